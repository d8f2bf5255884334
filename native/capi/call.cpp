// wasm_export.h: calls with cells, typed values, varargs and through a table.
#include "capi/call_list.h"

#include <cstdio>

#include "capi/call_scope.h"
#include "capi/cells.h"
#include "capi/handles.h"
#include "capi/references.h"
#include "capi/value_kind.h"
#include "runtime/funcref.h"

using namespace wembed;

namespace {

bool call_failed(ExecEnv& env, const char* text) {
  env.instance->set_exception(text);
  return false;
}

LogSink log_of(const ExecEnv* env) {
  return env == nullptr || env->instance == nullptr ? default_log() : env->instance->runtime->log();
}

}  // namespace

namespace wembed {

Slot* begin_call_slowly(ExecEnv* env, const Function* function) {
  if (env == nullptr || env->instance == nullptr || function == nullptr) {
    log_message(log_of(env), LogLevel::Error, "Invalid exec env stack info.");
    return nullptr;
  }
  Instance& instance = *env->instance;
  // Without an exception, which would be the other thread's.
  if (is_used_elsewhere(*env)) {
    log_message(log_of(env), LogLevel::Error, "the exec_env is in use by another thread");
    return nullptr;
  }
  if (instance.has_exception()) return nullptr;
  Trap trap = Trap::None;
  if (instance.runtime != function->instance->runtime) {
    trap = Trap::InvalidExecEnv;
  } else if (!is_within_reach(instance, *function->instance) &&
             !join(instance, *function->instance)) {
    // Nothing else would keep an unrelated instance while it runs on this exec_env.
    trap = Trap::OutOfMemory;
  } else if (Slot* slots = call_slots(*env, function->type); slots != nullptr) {
    return slots;
  } else {
    trap = Trap::StackOverflow;
  }
  refuse_call(*env, trap);
  return nullptr;
}

}  // namespace wembed

namespace {

// Says so where the host gives too few.
bool has_cells(ExecEnv& env, const TypeDef& type, uint32_t argc) {
  const uint32_t needed = cell_count(type.params());
  if (argc >= needed) return true;
  char text[96];
  std::snprintf(text, sizeof(text), "invalid argument count %u, must be no smaller than %u", argc,
                needed);
  return call_failed(env, text);
}

}  // namespace

// Without GC WAMR goes by the function's type alone.
bool wasm_runtime_call_wasm(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                            uint32_t argc, uint32_t argv[]) {
  ExecEnv* env = unwrap(exec_env);
  const Function* function = unwrap_function(function_inst);
  Slot* slots = begin_call(env, function);
  if (slots == nullptr) return false;
  if (kReferenceForm.are_words && !has_cells(*env, *function->type, argc)) return false;
  const TypeDef* type = function->type;
  bool lacks_cells = argv == nullptr && type->param_slots + type->result_slots > 0;
  if (lacks_cells || !params_from_cells(*env->instance, *type, argv, slots)) {
    return call_failed(*env, "the arguments conversion is failed");
  }
  if (invoke_begun(*env, *function, slots) != Trap::None) return false;
  // All is as before; read again, so that less has to be kept across the call.
  if (!results_to_cells(*env->instance, *function->type, env->top, argv)) {
    return call_failed(*env, "the result conversion is failed");
  }
  return !env->instance->has_exception();
}

namespace {

bool is_wide(wasm_valkind_t kind) {
  return kind == WASM_I64 || kind == WASM_F64 || kind == WASM_EXTERNREF || kind == WEMBED_ANYREF ||
         (kind == WASM_FUNCREF && kReferenceForm.are_words);
}

// WAMR copies the bits of a value of another kind as long as it has the same size; hosts rely on
// that for funcrefs, which come back to them as WASM_I32 where they are numbers.
bool value_to_slot(Instance& instance, ValType type, const wasm_val_t& value, Slot& slot) {
  wasm_valkind_t kind = value_kind(type);
  if (kind == WASM_V128 || is_wide(value.kind) != is_wide(kind)) return false;
  switch (kind) {
    case WASM_I32:
    case WASM_F32: slot = static_cast<uint32_t>(value.of.i32); return true;
    case WASM_I64:
    case WASM_F64: slot = static_cast<uint64_t>(value.of.i64); return true;
    case WASM_FUNCREF:
    case WASM_EXTERNREF:
    case WEMBED_ANYREF: {
      const auto word =
          is_wide(kind) ? static_cast<uint64_t>(value.of.i64) : static_cast<uint32_t>(value.of.i32);
      return kReferenceForm.from_host(instance, type, word, slot) == Trap::None &&
             is_of_type(instance, type, slot);
    }
    default: return false;
  }
}

bool slot_to_value(Instance& instance, ValType type, Slot slot, wasm_val_t& value) {
  value.kind = value_kind(type);
  switch (value.kind) {
    case WASM_I32:
    case WASM_F32: value.of.i32 = static_cast<int32_t>(slot); return true;
    case WASM_I64:
    case WASM_F64: value.of.i64 = static_cast<int64_t>(slot); return true;
    case WASM_FUNCREF:
    case WASM_EXTERNREF:
    case WEMBED_ANYREF: {
      uint64_t word;
      if (!kReferenceForm.to_host(instance, type, slot, word)) return false;
      if (is_wide(value.kind)) {
        value.of.i64 = static_cast<int64_t>(word);
        // What a WAMR with GC calls every reference.
        if (kReferenceForm.are_words) value.kind = WASM_EXTERNREF;
      } else {
        value.kind = WASM_I32;
        value.of.i32 = static_cast<int32_t>(word);
      }
      return true;
    }
    default: return false;
  }
}

bool params_from_values(Instance& instance, const TypeDef& type, const wasm_val_t* args,
                        Slot* slots) {
  if (type.params_narrow) {
    for (uint32_t i = 0; i < type.param_count; i++) {
      if (is_wide(args[i].kind)) return false;
      slots[i] = static_cast<uint32_t>(args[i].of.i32);
    }
    return true;
  }
  for (ValType param : type.params()) {
    if (!value_to_slot(instance, param, *args++, *slots)) return false;
    slots += param.slots();
  }
  return true;
}

bool results_to_values(Instance& instance, const TypeDef& type, const Slot* slots,
                       wasm_val_t* results) {
  if (type.results_narrow) {
    for (uint32_t i = 0; i < type.result_count; i++) {
      results[i].kind = type.results()[i] == kI32 ? WASM_I32 : WASM_F32;
      results[i].of.i32 = static_cast<int32_t>(slots[i]);
    }
    return true;
  }
  for (ValType result : type.results()) {
    if (!slot_to_value(instance, result, *slots, *results++)) return false;
    slots += result.slots();
  }
  return true;
}

// Checks the counts the host states.
bool counts_match(const ExecEnv* env, const TypeDef* type, uint32_t results, uint32_t args) {
  const char* what = nullptr;
  if (type->result_count != results)
    what = "result";
  else if (type->param_count != args)
    what = "argument";
  if (what == nullptr) return true;
  log_message(log_of(env), LogLevel::Error,
              "The %s value number does not match the function declaration.", what);
  return false;
}

}  // namespace

bool wasm_runtime_call_wasm_a(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                              uint32_t num_results, wasm_val_t results[], uint32_t num_args,
                              wasm_val_t* args) {
  ExecEnv* env = unwrap(exec_env);
  const Function* function = unwrap_function(function_inst);
  if (function != nullptr && !counts_match(env, function->type, num_results, num_args)) {
    return false;
  }
  Slot* slots = begin_call(env, function);
  if (slots == nullptr) return false;
  Instance& instance = *env->instance;
  if (!params_from_values(instance, *function->type, args, slots)) {
    return call_failed(*env, "the arguments conversion is failed");
  }
  if (invoke_begun(*env, *function, slots) != Trap::None) return false;
  if (!results_to_values(instance, *function->type, slots, results)) {
    return call_failed(*env, "the result conversion is failed");
  }
  return !instance.has_exception();
}

namespace {

// The next vararg as a parameter of that kind.
wasm_val_t next_value(wasm_valkind_t kind, va_list* list) {
  wasm_val_t value = {};
  value.kind = kind;
  switch (kind) {
    case WASM_I32: value.of.i32 = static_cast<int32_t>(va_arg(*list, uint32_t)); break;
    case WASM_FUNCREF:
      if (!is_wide(kind)) {
        value.of.i32 = static_cast<int32_t>(va_arg(*list, uint32_t));
        break;
      }
      [[fallthrough]];
    case WASM_EXTERNREF:
    case WEMBED_ANYREF: value.of.foreign = va_arg(*list, uintptr_t); break;
    case WASM_I64: value.of.i64 = static_cast<int64_t>(va_arg(*list, uint64_t)); break;
    case WASM_F32: value.of.f32 = static_cast<float>(va_arg(*list, double)); break;
    case WASM_F64: value.of.f64 = va_arg(*list, double); break;
    default: break;
  }
  return value;
}

}  // namespace

namespace wembed {

bool call_with_list(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                    uint32_t num_results, wasm_val_t results[], uint32_t num_args, va_list* list) {
  const Function* function = unwrap_function(function_inst);
  ExecEnv* env = unwrap(exec_env);
  if (function == nullptr) return begin_call(env, function) != nullptr;
  if (function->type->param_count != num_args) {
    return counts_match(env, function->type, function->type->result_count, num_args);
  }
  constexpr uint32_t kInline = 16;
  wasm_val_t few[kInline];
  wasm_val_t* args = few;
  Allocator& allocator = *function->instance->allocator;
  if (num_args > kInline) {
    args = static_cast<wasm_val_t*>(allocator.allocate(num_args * sizeof(wasm_val_t)));
    if (args == nullptr) {
      if (env != nullptr && env->instance != nullptr) refuse_call(*env, Trap::OutOfMemory);
      return false;
    }
  }
  for (uint32_t i = 0; i < num_args; i++) {
    args[i] = next_value(value_kind(function->type->params()[i]), list);
  }
  bool good =
      wasm_runtime_call_wasm_a(exec_env, function_inst, num_results, results, num_args, args);
  if (args != few) allocator.release(args);
  return good;
}

}  // namespace wembed

bool wasm_runtime_call_wasm_v(wasm_exec_env_t exec_env, wasm_function_inst_t function_inst,
                              uint32_t num_results, wasm_val_t results[], uint32_t num_args, ...) {
  va_list list;
  va_start(list, num_args);
  bool good = call_with_list(exec_env, function_inst, num_results, results, num_args, &list);
  va_end(list);
  return good;
}

bool wasm_runtime_call_indirect(wasm_exec_env_t exec_env, uint32_t element_index, uint32_t argc,
                                uint32_t argv[]) {
  ExecEnv* env = unwrap(exec_env);
  if (env == nullptr || env->instance == nullptr) return begin_call(env, nullptr) != nullptr;
  Instance& instance = *env->instance;
  if (instance.has_exception()) return false;
  if (instance.module->tables().empty()) return call_failed(*env, "unknown table");
  Table& table = *instance.tables[0];
  if (value_kind(table.type.element) != WASM_FUNCREF) return call_failed(*env, "unknown table");
  Slot element = 0;
  Trap trap = table.get(element_index, element);
  if (trap == Trap::TableOutOfBounds) trap = Trap::UndefinedElement;
  if (trap == Trap::None && element == 0) trap = Trap::UninitializedElement;
  if (trap != Trap::None) {
    refuse_call(*env, trap);
    return false;
  }
  auto* function = reinterpret_cast<Function*>(static_cast<uintptr_t>(element));
  if (!has_cells(*env, *function->type, argc)) return false;
  return wasm_runtime_call_wasm(exec_env, wrap_function(function), argc, argv);
}
