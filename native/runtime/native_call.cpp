#include "runtime/native_call.h"
#include "platform/host_call.h"

#include <bit>
#include <cstring>

#include "runtime/exec_env.h"
#include "runtime/funcref.h"
#include "runtime/guest_span.h"
#include "runtime/host_plan.h"
#include "runtime/instance.h"
#include "runtime/native_stack.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

const HostPlan& plan_of(const Function& function) {
  return *static_cast<const HostPlan*>(function.host->signature);
}

const ReferenceForm& form_of(const Function& function) {
  return *function.instance->runtime->conventions().references;
}

Trap reference_to_host(const Function& function, ValType type, Slot slot, uint64_t& word) {
  return form_of(function).to_host(*function.instance, type, slot, word) ? Trap::None
                                                                         : Trap::OutOfMemory;
}

// Stack words that fit a small buffer; more take the outlined path.
constexpr uint32_t kSmallStack = 16;

// The native address of a checked guest range, or false.
bool guest_range(const Memory* memory, uint64_t offset, uint64_t length, uint64_t& word) {
  if (memory == nullptr) return false;
  const uint64_t size = memory->size;  // read once: others may grow it
  if (offset > size || length > size - offset) [[unlikely]] {
    word = reinterpret_cast<uintptr_t>(shared_bytes(*memory, offset, length));
    return word != 0;
  }
  // At the very end there is no byte to point at.
  word = offset == size ? 0 : reinterpret_cast<uintptr_t>(memory->base + offset);
  return true;
}

bool guest_string(const Memory* memory, uint64_t offset, uint64_t& word) {
  if (memory == nullptr) return false;
  const GuestSpan text = guest_span(*memory, offset);
  if (text.size == 0 || std::memchr(text.data, 0, text.size) == nullptr) return false;
  word = reinterpret_cast<uintptr_t>(text.data);
  return true;
}

uint64_t index_value(const HostPlan& plan, Slot slot) {
  return plan.wide_index ? slot : static_cast<uint32_t>(slot);
}

bool is_range(ArgKind kind) { return kind == ArgKind::Pointer || kind == ArgKind::Sized; }

inline Trap convert_range(const HostPlan& plan, const HostArg& arg, const Function& function,
                          const Slot* slots, uint64_t& word) {
  uint64_t length = arg.kind == ArgKind::Sized ? static_cast<uint32_t>(slots[arg.slot + 1]) : 1;
  uint64_t offset = index_value(plan, slots[arg.slot]);
  return guest_range(function.instance->memory, offset, length, word) ? Trap::None
                                                                      : Trap::MemoryOutOfBounds;
}

__attribute__((noinline)) Trap convert_other(const HostPlan& plan, const HostArg& arg,
                                             const Function& function, const Slot* slots,
                                             uint64_t& word) {
  Slot slot = slots[arg.slot];
  const Memory* memory = function.instance->memory;
  switch (arg.kind) {
    case ArgKind::Word32:
    case ArgKind::Float32: word = static_cast<uint32_t>(slot); return Trap::None;
    case ArgKind::Word64:
    case ArgKind::Float64: word = slot; return Trap::None;
    case ArgKind::Extern: return reference_to_host(function, kExternRef, slot, word);
    case ArgKind::Object: return reference_to_host(function, kAnyRef, slot, word);
    case ArgKind::Function:
    case ArgKind::FunctionNumber: return reference_to_host(function, kFuncRef, slot, word);
    case ArgKind::Vector:  // raw functions', never converted
    case ArgKind::Pointer:
    case ArgKind::Sized: break;  // convert's
    case ArgKind::String:
      return guest_string(memory, index_value(plan, slot), word) ? Trap::None
                                                                 : Trap::MemoryOutOfBounds;
  }
  return Trap::InvalidCode;
}

// One argument as the callee wants it. None, or the trap that stops the call.
inline Trap convert(const HostPlan& plan, const HostArg& arg, const Function& function,
                    const Slot* slots, uint64_t& word) {
  if (!is_range(arg.kind)) [[unlikely]]
    return convert_other(plan, arg, function, slots, word);
  return convert_range(plan, arg, function, slots, word);
}

// A reference, which has to be of its type.
Trap store_reference(const Function& function, uint32_t result, uint64_t word, Slot& slot) {
  ValType type = function.type->results()[result];
  Trap trap = form_of(function).from_host(*function.instance, type, word, slot);
  if (trap != Trap::None) return trap;
  return is_of_type(*function.instance, type, slot) ? Trap::None : Trap::ReferenceType;
}

// The function's result of that number.
Trap store_as(ResultKind kind, const Function& function, uint32_t result, uint64_t word,
              Slot& slot) {
  switch (kind) {
    case ResultKind::None:
    case ResultKind::Vector: break;
    case ResultKind::Word32:
    case ResultKind::Float32: slot = static_cast<uint32_t>(word); break;
    case ResultKind::Word64:
    case ResultKind::Float64: slot = word; break;
    case ResultKind::Reference: return store_reference(function, result, word, slot);
  }
  return Trap::None;
}

Trap store_result(const HostPlan& plan, const Function& function, uint64_t word, Slot* slots) {
  return store_as(plan.result, function, 0, word, slots[0]);
}

// All results of a raw native, each where it has left it.
Trap store_results(const Function& function, Slot* slots) {
  uint32_t result = 0;
  for (ValType type : function.type->results()) {
    Trap trap = store_as(result_kind(type), function, result++, *slots, *slots);
    if (trap != Trap::None) return trap;
    slots += type.slots();
  }
  return Trap::None;
}

// Reading behind the arguments is safe: every wasm stack ends in kStackPadding spare slots.
// Each word by itself: read in pairs they would wait until they have left the store buffer.
inline uint64_t call_words(ExecEnv& env, const Function& function, const HostPlan& plan,
                           const Slot* slots) {
  uint64_t args[5] = {slots[0] & plan.masks[0], slots[1] & plan.masks[1], slots[2] & plan.masks[2],
                      slots[3] & plan.masks[3], slots[4] & plan.masks[4]};
  return platform::host_call_fast(function.host->target, &env, args);
}

// The first argument of those that `bits` has: one at least.
const HostArg& first_of(const HostPlan& plan, uint32_t bits) {
  return plan.args[__builtin_ctz(bits)];
}

// Up to five integers that need at most a mask.
Trap invoke_words(ExecEnv& env, const Function& function, Slot* slots) {
  const HostPlan& plan = plan_of(function);
  uint64_t word = call_words(env, function, plan, slots);
  slots[0] = word & plan.result_mask;  // without a result: the slot is dead
  return Trap::None;
}

// The same with one range of guest memory among them, which is what most host functions take.
Trap invoke_range(ExecEnv& env, const Function& function, Slot* slots) {
  const HostPlan& plan = plan_of(function);
  const HostArg& arg = first_of(plan, plan.converted);
  Trap trap = convert_range(plan, arg, function, slots, slots[arg.slot]);
  if (trap != Trap::None) [[unlikely]]
    return trap;
  uint64_t word = call_words(env, function, plan, slots);
  slots[0] = word & plan.result_mask;
  return Trap::None;
}

// Up to five integers, some of them converted: in place, nobody reads them afterwards.
Trap invoke_pointers(ExecEnv& env, const Function& function, Slot* slots) {
  const HostPlan& plan = plan_of(function);
  for (uint32_t rest = plan.converted; rest != 0; rest &= rest - 1) {
    const HostArg& arg = first_of(plan, rest);
    Trap trap = convert(plan, arg, function, slots, slots[arg.slot]);
    if (trap != Trap::None) [[unlikely]]
      return trap;
  }
  return store_result(plan, function, call_words(env, function, plan, slots), slots);
}

Trap call_and_store(const HostPlan& plan, const Function& function,
                    const platform::HostCallFrame& frame, Slot* slots) {
  bool is_float = plan.result == ResultKind::Float32 || plan.result == ResultKind::Float64;
  void* target = function.host->target;
  uint64_t word = is_float ? std::bit_cast<uint64_t>(plan.variant->for_float(target, frame))
                           : plan.variant->for_int(target, frame);
  return store_result(plan, function, word, slots);
}

// Integers and floats in registers, none to convert.
Trap invoke_registers(ExecEnv& env, const Function& function, Slot* slots) {
  const HostPlan& plan = plan_of(function);
  platform::HostCallFrame frame;
  frame.words[0] = reinterpret_cast<uintptr_t>(&env);
  for (uint32_t i = 0; i < plan.arg_count; i++) {
    const HostArg& arg = plan.args[i];
    bool is_narrow = arg.kind == ArgKind::Word32 || arg.kind == ArgKind::Float32;
    uint64_t mask = is_narrow ? UINT32_MAX : UINT64_MAX;
    frame.words[arg.place] = slots[arg.slot] & mask;
  }
  return call_and_store(plan, function, frame, slots);
}

Trap call_with_stack(ExecEnv& env, const Function& function, Slot* slots, uint64_t* stack) {
  const HostPlan& plan = plan_of(function);
  platform::HostCallFrame frame;
  frame.words[0] = reinterpret_cast<uintptr_t>(&env);
  frame.stack = stack;
  for (uint32_t i = 0; i < plan.arg_count; i++) {
    const HostArg& arg = plan.args[i];
    uint64_t word = 0;
    Trap trap = convert(plan, arg, function, slots, word);
    if (trap != Trap::None) [[unlikely]]
      return trap;
    if (arg.place < HostPlan::kFirstStackByte) {
      frame.words[arg.place] = word;
    } else {
      uint8_t* at = reinterpret_cast<uint8_t*>(stack) + (arg.place - HostPlan::kFirstStackByte);
      std::memcpy(at, &word,
                  platform::kHostCallConvention.packed_stack ? packed_size(arg.kind) : 8);
    }
  }
  return call_and_store(plan, function, frame, slots);
}

__attribute__((noinline)) Trap invoke_large(ExecEnv& env, const Function& function, Slot* slots) {
  if (!native_stack_has(env, 3 * sizeof(uint64_t) * platform::kMaxStackWords)) {
    return Trap::NativeStackOverflow;
  }
  uint64_t stack[platform::kMaxStackWords] = {};
  return call_with_stack(env, function, slots, stack);
}

// Any mix of integers and floats, converted where asked for.
Trap invoke_any(ExecEnv& env, const Function& function, Slot* slots) {
  uint64_t stack[kSmallStack] = {};
  return call_with_stack(env, function, slots, stack);
}

// void fn(exec_env, uint64_t* slots): converted in place.
WEMBED_ANY_FUNCTION_TYPE Trap invoke_raw(ExecEnv& env, const Function& function, Slot* slots) {
  const HostPlan& plan = plan_of(function);
  for (uint32_t i = 0; i < plan.arg_count; i++) {
    const HostArg& arg = plan.args[i];
    // A length stays readable for its pointer: it comes later and is never converted itself.
    Trap trap = convert(plan, arg, function, slots, slots[arg.slot]);
    if (trap != Trap::None) [[unlikely]]
      return trap;
  }
  reinterpret_cast<void (*)(ExecEnv*, uint64_t*)>(function.host->target)(&env, slots);
  if (plan.result_mask != 0) [[likely]] {
    slots[0] &= plan.result_mask;
    return Trap::None;
  }
  if (function.type->result_count > 1) return store_results(function, slots);
  return store_result(plan, function, slots[0], slots);
}

// The way of up to five integers in registers.
auto fast_invoke(const HostPlan& plan) {
  if (plan.result > ResultKind::Word64) return &invoke_pointers;
  if (plan.converted == 0) return &invoke_words;
  bool one_range =
      std::has_single_bit(plan.converted) && is_range(first_of(plan, plan.converted).kind);
  return one_range ? &invoke_range : &invoke_pointers;
}

}  // namespace

HostFunction bind_host_plan(const HostPlan& plan, const NativeRegistry::Found& native) {
  HostFunction function = {nullptr, native.function, native.attachment, {&plan}};
  if (native.raw) {
    function.invoke = &invoke_raw;
    return function;
  }
  bool fast = plan.arg_count <= 5 && plan.result != ResultKind::Float32 &&
              plan.result != ResultKind::Float64;
  bool plain = true;
  for (uint32_t i = 0; i < plan.arg_count; i++) {
    const HostArg& arg = plan.args[i];
    fast = fast && arg.place < platform::kMaxIntRegisters;
    plain = plain && arg.kind < ArgKind::Extern;
  }
  if (fast) {
    function.invoke = fast_invoke(plan);
  } else if (plan.variant->stack_words == 0 && plain) {
    function.invoke = &invoke_registers;
  } else {
    function.invoke = plan.variant->stack_words > kSmallStack ? &invoke_large : &invoke_any;
  }
  return function;
}

}  // namespace wembed
