// wasm_export.h: running programs and functions with arguments as text.
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "capi/call_scope.h"
#include "capi/cluster.h"
#include "capi/handles.h"
#include "capi/references.h"
#include "capi/value_kind.h"
#include "capi/wasi_state.h"
#include "isa/reference.h"
#include "runtime/funcref.h"
#include "runtime/guest_allocator.h"
#include "runtime/object_handle.h"

using namespace wembed;

namespace {

bool failed(Instance& instance, const char* text) {
  instance.set_exception(text);
  return false;
}

// ---- main

const Function* find_main(Instance& instance) {
  for (const char* name : {"main", "__main_argc_argv", "_main"}) {
    auto* function = static_cast<Function*>(wasm_runtime_lookup_function(wrap(&instance), name));
    if (function != nullptr) return function;
  }
  return nullptr;
}

bool is_main_type(const Instance& instance, const TypeDef* type) {
  if (type->result_count > 1) return false;
  if (type->result_count == 1 && type->results()[0] != kI32) return false;
  if (type->param_count == 0) return true;
  bool is_64 = instance.memory != nullptr && instance.memory->type.limits.is_64;
  return type->param_count == 2 && type->params()[0] == kI32 &&
         type->params()[1] == (is_64 ? kI64 : kI32);
}

// Puts the strings and then the array of their offsets into guest memory; 0: no room.
uint64_t copy_arguments(Instance& instance, int32_t argc, char* argv[], uint64_t& array) {
  uint64_t bytes = 0;
  for (int32_t i = 0; i < argc; i++) bytes += std::strlen(argv[i]) + 1;
  uint64_t text_bytes = (bytes + 3) / 4 * 4;
  uint64_t offset = guest_malloc(instance, text_bytes + static_cast<uint64_t>(argc) * 4);
  if (offset == 0) return 0;
  array = offset + text_bytes;
  uint8_t* base = instance.memory->base;
  uint64_t at = offset;
  for (int32_t i = 0; i < argc; i++) {
    size_t length = std::strlen(argv[i]) + 1;
    std::memcpy(base + at, argv[i], length);
    auto word = static_cast<uint32_t>(at);
    std::memcpy(base + array + static_cast<uint64_t>(i) * 4, &word, sizeof(word));
    at += length;
  }
  return offset;
}

// A command of WASI, whose arguments are in its settings. It may end by saying so.
bool run_start(Instance& instance, const Function& start) {
  ExecEnv* env = singleton_exec_env(instance);
  if (env == nullptr) return failed(instance, "create singleton exec_env failed");
  Slot* slots = begin_call(env, &start);
  Trap trap = slots == nullptr ? Trap::HostException : invoke(*env, start, slots);
  // Whoever returns ends the program, as by saying so.
  end_detached(instance);
  if (trap == Trap::ProcessExit) instance.set_exception(nullptr);
  return !instance.has_exception();
}

constexpr const char* kNoEntry =
    kHasWasi ? "lookup the entry point symbol (like _start, main, _main, __main_argc_argv) failed"
             : "lookup the entry point symbol (like main, _main, __main_argc_argv) failed";

bool execute_main(Instance& instance, int32_t argc, char* argv[]) {
  if (kHasWasi) {
    const Function* start =
        unwrap_function(wasm_runtime_lookup_wasi_start_function(wrap(&instance)));
    if (start != nullptr) return run_start(instance, *start);
  }
  const Function* function = find_main(instance);
  if (function == nullptr) return failed(instance, kNoEntry);
  if (!is_main_type(instance, function->type)) {
    log_message(instance.runtime->log(), LogLevel::Error,
                "WASM execute application failed: invalid main function type.\n");
    return failed(instance, "invalid function type of main function");
  }
  if (argc < 0 || argv == nullptr) argc = 0;
  uint64_t block = 0;
  Slot args[2] = {static_cast<uint32_t>(argc), 0};
  if (function->type->param_count == 2) {
    block = copy_arguments(instance, argc, argv, args[1]);
    // Whatever the allocation itself left as exception.
    if (block == 0) return failed(instance, "allocate memory failed");
  }
  Slot result = 0;
  ExecEnv* env = singleton_exec_env(instance);
  Slot* slots = env == nullptr ? nullptr : begin_call(env, function);
  if (env == nullptr) failed(instance, "create singleton exec_env failed");
  bool good = false;
  if (slots != nullptr) {
    slots[0] = args[0];
    slots[1] = args[1];
    good = invoke(*env, *function, slots) == Trap::None;
    result = slots[0];
  }
  if (good && function->type->result_count == 1 && argc > 0) {
    auto code = static_cast<int32_t>(result);
    std::memcpy(static_cast<void*>(argv), &code, sizeof(code));
  }
  if (block != 0) guest_free(instance, block);
  return good && !instance.has_exception();
}

// As WAMR does that measures, however the program ended.
bool report_times(Instance& instance, bool good) {
  if (instance.runtime->profiles()) wasm_runtime_dump_perf_profiling(wrap(&instance));
  return good;
}

// ---- functions by name

// A NaN with a payload ("nan:0x..."): the payload replaces the mantissa. Returns where it ends.
template <class Float, class Bits, int kMantissa>
Float parse_float(const char* text, char** end, Float (*parse)(const char*, char**)) {
  Float value = parse(text, end);
  if (!std::isnan(value)) return value;
  Bits bits;
  std::memcpy(&bits, &value, sizeof(bits));
  constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  bits = text[0] == '-' ? bits | kSign : bits & ~kSign;
  if (**end == ':') {
    Bits payload = static_cast<Bits>(std::strtoull(*end + 1, end, 0));
    Bits mask = (Bits{1} << kMantissa) - 1;
    bits = (bits & ~mask) | (payload & mask);
  }
  std::memcpy(&value, &bits, sizeof(bits));
  return value;
}

bool says_null(const char* text) {
  constexpr char kNull[] = "null";
  for (int i = 0; i < 4; i++) {
    if ((text[i] | 0x20) != kNull[i]) return false;
  }
  return true;
}

// One argument's text as slots. False: it is no such value; `rest` is then or otherwise where
// reading stopped.
bool parse_value(Instance& instance, ValType type, const char* text, Slot* slots, char** rest) {
  switch (value_kind(type)) {
    case WASM_I32: slots[0] = static_cast<uint32_t>(std::strtoul(text, rest, 0)); return true;
    case WASM_I64: slots[0] = std::strtoull(text, rest, 0); return true;
    case WASM_F32: {
      float value = parse_float<float, uint32_t, 23>(text, rest, &std::strtof);
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof(bits));
      slots[0] = bits;
      return true;
    }
    case WASM_F64: {
      double value = parse_float<double, uint64_t, 52>(text, rest, &std::strtod);
      std::memcpy(&slots[0], &value, sizeof(value));
      return true;
    }
    case WASM_V128:
      slots[0] = std::strtoull(text, rest, 0);
      if (**rest != 0) slots[1] = std::strtoull(*rest + 1, rest, 0);
      return true;
    case WASM_FUNCREF: {
      if (says_null(text)) {
        slots[0] = 0;
        *rest = const_cast<char*>(text) + std::strlen(text);
        return true;
      }
      auto index = static_cast<uint32_t>(std::strtoul(text, rest, 0));
      return index_to_funcref(instance, index, slots[0]) == Trap::None;
    }
    default: {
      if (says_null(text)) {
        slots[0] = 0;
        *rest = const_cast<char*>(text) + std::strlen(text);
        return true;
      }
      // Objects have no text, values of the host's are the pointers that hosts have of them.
      const bool is_any = kReferenceForm.are_words && type.is_any_ref();
      if (!is_any && value_kind(type) != WASM_EXTERNREF) return false;
      const Slot given = externref_from_host(static_cast<uintptr_t>(std::strtoull(text, rest, 0)));
      slots[0] = is_any ? to_other_side(given) : given;
      return true;
    }
  }
}

bool parse_arguments(Instance& instance, const TypeDef* type, char* argv[], Slot* slots) {
  char text[128];
  for (uint32_t i = 0; i < type->param_count; i++) {
    ValType param = type->params()[i];
    if (argv[i] == nullptr || argv[i][0] == 0) {
      std::snprintf(text, sizeof(text), "invalid input argument %u", i);
      return failed(instance, text);
    }
    char* rest = argv[i];
    slots[0] = 0;
    if (param == kV128) slots[1] = 0;
    bool good =
        parse_value(instance, param, argv[i], slots, &rest) && is_of_type(instance, param, *slots);
    if (!good || (*rest != 0 && *rest != '_')) {
      std::snprintf(text, sizeof(text), "invalid input argument %u: %s", i, argv[i]);
      return failed(instance, text);
    }
    slots += param.slots();
  }
  return true;
}

float float_of(Slot slot) {
  auto bits = static_cast<uint32_t>(slot);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

double double_of(Slot slot) {
  double value;
  std::memcpy(&value, &slot, sizeof(value));
  return value;
}

void print_function(Instance& instance, Slot slot) {
  bool unbuffered = instance.runtime->no_system_memory();
  uint32_t index = kNullFuncIndex;
  if (!funcref_to_index(instance, slot, index) || index == kNullFuncIndex) {
    print_text(unbuffered, "func:ref.null");
  } else {
    print_text(unbuffered, "%u:ref.func", index);
  }
}

// As a WAMR with GC says what a reference is one to.
void print_object(bool unbuffered, ValType type, Slot slot) {
  const Handle handle = handle_of(type, slot);
  const auto pointer = static_cast<uintptr_t>(externref_to_host(slot_of(without_side(handle))));
  const TypeDef* defined = type_of_handle(handle);
  if (slot == 0) {
    const char* hierarchy = type.is_extern_ref() ? "extern" : "any";
    print_text(unbuffered, "%s:ref.null", type.is_function_ref() ? "func" : hierarchy);
  } else if (is_extern_handle(handle)) {
    print_text(unbuffered, "ref.extern");
  } else if (is_of_host(handle)) {
    print_text(unbuffered, "0x%" PRIxPTR ":ref.host", pointer);
  } else if (defined == nullptr) {
    print_text(unbuffered, "ref.i31");
  } else {
    constexpr const char* kKinds[] = {"ref.func", "ref.struct", "ref.array"};
    print_text(unbuffered, "%s", kKinds[static_cast<size_t>(defined->kind)]);
  }
}

void print_value(Instance& instance, ValType type, const Slot* slots) {
  bool unbuffered = instance.runtime->no_system_memory();
  if (kReferenceForm.are_words && type.is_ref()) return print_object(unbuffered, type, slots[0]);
  switch (value_kind(type)) {
    case WASM_I32:
      print_text(unbuffered, "0x%" PRIx32 ":i32", static_cast<uint32_t>(slots[0]));
      break;
    case WASM_I64: print_text(unbuffered, "0x%" PRIx64 ":i64", slots[0]); break;
    case WASM_F32:
      print_text(unbuffered, "%.7g:f32", static_cast<double>(float_of(slots[0])));
      break;
    case WASM_F64: print_text(unbuffered, "%.7g:f64", double_of(slots[0])); break;
    case WASM_V128:
      print_text(unbuffered, "<0x%016" PRIx64 " 0x%016" PRIx64 ">:v128", slots[0], slots[1]);
      break;
    case WASM_FUNCREF: print_function(instance, slots[0]); break;
    case WEMBED_ANYREF: print_text(unbuffered, slots[0] == 0 ? "any:ref.null" : "ref.any"); break;
    default: {
      uintptr_t pointer = externref_to_host(slots[0]);
      if (pointer == 0)
        print_text(unbuffered, "extern:ref.null");
      else
        print_text(unbuffered, "0x%" PRIxPTR ":ref.extern", pointer);
      break;
    }
  }
}

void print_results(Instance& instance, const TypeDef* type, const Slot* slots) {
  bool unbuffered = instance.runtime->no_system_memory();
  bool first = true;
  for (ValType result : type->results()) {
    if (!first) print_text(unbuffered, ",");
    first = false;
    print_value(instance, result, slots);
    slots += result.slots();
  }
  print_text(unbuffered, "\n");
}

bool execute_func(Instance& instance, const char* name, int32_t argc, char* argv[]) {
  const Function* function = unwrap_function(wasm_runtime_lookup_function(wrap(&instance), name));
  if (function == nullptr) {
    char text[128];
    std::snprintf(text, sizeof(text), "lookup function %s failed", name);
    return failed(instance, text);
  }
  const TypeDef* type = function->type;
  if (argc < 0 || static_cast<uint32_t>(argc) != type->param_count) {
    return failed(instance, "invalid input argument count");
  }
  ExecEnv* env = singleton_exec_env(instance);
  if (env == nullptr) return failed(instance, "create singleton exec_env failed");
  instance.set_exception(nullptr);
  Slot* slots = begin_call(env, function);
  if (slots == nullptr || !parse_arguments(instance, type, argv, slots)) return false;
  if (invoke(*env, *function, slots) != Trap::None) return false;
  print_results(instance, type, slots);
  return !instance.has_exception();
}

}  // namespace

bool wasm_application_execute_main(wasm_module_inst_t module_inst, int32_t argc, char* argv[]) {
  if (module_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  return report_times(instance, execute_main(instance, argc, argv));
}

bool wasm_application_execute_func(wasm_module_inst_t module_inst, const char* name, int32_t argc,
                                   char* argv[]) {
  if (module_inst == nullptr || name == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  return report_times(instance, execute_func(instance, name, argc, argv));
}
