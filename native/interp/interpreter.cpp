#include "interp/interpreter.h"

#include <new>

#include "interp/dispatch.h"
#include "interp/translate.h"
#include "platform/fault.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"
#include "runtime/operations.h"

// The linker's names for the ends of the handlers' section.
#if defined(__APPLE__)
extern const char handlers_begin[] __asm("section$start$__TEXT$wembed_interp");
extern const char handlers_end[] __asm("section$end$__TEXT$wembed_interp");
#else
extern "C" __attribute__((visibility("hidden"))) const char __start_wembed_interp[];
extern "C" __attribute__((visibility("hidden"))) const char __stop_wembed_interp[];
#define handlers_begin __start_wembed_interp
#define handlers_end __stop_wembed_interp
#endif

namespace wembed {

namespace {

// No stack has room for this frame: the first call of a function goes the slow way.
constexpr uint64_t kLazyFrame = uint64_t{INT32_MAX} << 32;

uint64_t exit_ops[1];
uint64_t lazy_ops[2];

bool is_lazy(const uint64_t* ops) { return ops == lazy_ops + 1; }

// Puts a translation where `code` has its lazy entry, unless somebody else was faster.
Trap prepare(Code& code) {
  if (!is_lazy(code.ops.load(std::memory_order_acquire))) return Trap::None;
  Translation made;
  Error error = translate(code, made);
  if (error == Error::OutOfMemory) return Trap::OutOfMemory;
  if (error == Error::BytesLost) return Trap::BytesLost;
  if (error != Error::None) return Trap::InvalidCode;
  const uint64_t* expected = lazy_ops + 1;
  if (!code.ops.compare_exchange_strong(expected, made.ops(), std::memory_order_acq_rel)) {
    code.module->allocator().release(made.block);
  }
  return Trap::None;
}

// A call found that `code`'s frame does not fit above `base`.
Trap make_room(ExecEnv& env, Instance& instance, Code& code, Slot* base) {
  const uint64_t* ops = code.ops.load(std::memory_order_acquire);
  if (is_lazy(ops)) {
    Trap trap = prepare(code);
    if (trap != Trap::None) return trap;
    ops = code.ops.load(std::memory_order_acquire);
  }
  Slot* end = base + (ops[-1] >> 32);
  if (end <= env.stack_limit.load(std::memory_order_relaxed)) return Trap::None;
  return op_interrupted(env, instance, end);
}

void init(Code& code) { code.ops.store(lazy_ops + 1, std::memory_order_relaxed); }

void discard(Code& code) {
  const uint64_t* ops = code.ops.exchange(lazy_ops + 1, std::memory_order_acq_rel);
  if (!is_lazy(ops)) code.module->allocator().release(const_cast<uint64_t*>(ops - 1));
}

bool is_made(const Code& code) { return !is_lazy(code.ops.load(std::memory_order_acquire)); }

uint64_t locate(const Code& code, const uint64_t* ip) {
  const uint64_t* ops = code.ops.load(std::memory_order_acquire);
  if (is_lazy(ops) || ip < ops) return kNoOffset;
  return source_offset(code, static_cast<uint32_t>(ip - ops));
}

// A fault of a handler in guest memory ends the run. Code without a memory may call other code
// that has one, so the recovery is always there.
Trap run(const uint64_t* ops, Slot* link, ExecEnv& env, uint8_t* mem, uint64_t mem_size) {
  platform::FaultRecovery recovery;
  platform::enter_fault_recovery(recovery);
  Trap trap;
  if (WEMBED_CATCH_FAULT(recovery) == 0) [[likely]] {
    trap = static_cast<Trap>(run_ops(ops, link, mem, &env, mem_size));
  } else {
#if WEMBED_STATE_IN_REGISTERS
    env.ip = reinterpret_cast<const uint64_t*>(recovery.arguments[0]);
    env.fp = reinterpret_cast<Slot*>(recovery.arguments[1]);
#endif
    trap = Trap::MemoryOutOfBounds;
  }
  platform::leave_fault_recovery(recovery);
  return trap;
}

Trap enter(ExecEnv& env, const Function& function, Slot* args) {
  Instance& instance = *function.instance;
  Code* table = env.fuel_limit >= 0 ? instance.metered_code : instance.code;
  Code& code = table[function.defined];
  const uint64_t* ops = code.ops.load(std::memory_order_acquire);
  while (args + (ops[-1] >> 32) > env.stack_limit.load(std::memory_order_relaxed)) [[unlikely]] {
      Trap trap = make_room(env, instance, code, args);
      if (trap != Trap::None) return trap;
      ops = code.ops.load(std::memory_order_acquire);
    }
  Slot* link = args + static_cast<uint32_t>(ops[-1]);
  link[kLinkReturn] = reinterpret_cast<Slot>(exit_ops);
  link[kLinkCaller] = 0;
  link[kLinkCode] = reinterpret_cast<Slot>(&code);
  link[kLinkInstance] = reinterpret_cast<Slot>(&instance);
  const Memory* memory = instance.memory;
  uint8_t* base = memory == nullptr ? nullptr : memory->base;
  uint64_t size = memory == nullptr ? 0 : memory->size;
  return run(ops, link, env, base, size);
}

const Engine* make_engine() {
  exit_ops[0] = handler_word(RegOp::Exit);
  lazy_ops[0] = kLazyFrame;
  lazy_ops[1] = handler_word(RegOp::Lazy);
  // Cannot fail: it is among the first ranges. Stays for the life of the process.
  static_cast<void>(platform::register_code_range(handlers_begin, handlers_end));
  static const Engine engine = {"interpreter", init, enter, locate, prepare, is_made, discard};
  return &engine;
}

}  // namespace

Trap enter_slow(ExecEnv& env, const uint64_t* ip, Slot* fp, Code& code, Slot* base) {
  Instance& instance = *reinterpret_cast<Instance*>(fp[kLinkInstance]);
  env.ip = ip;
  env.fp = fp;
  env.instance = &instance;
  return make_room(env, instance, code, base);
}

const Engine& interpreter_engine() {
  static const Engine* engine = make_engine();
  return *engine;
}

const char* interpreter_dispatch() { return dispatch_name(); }

}  // namespace wembed
