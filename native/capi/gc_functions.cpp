// gc_export.h: functions as objects.
#include <cstdarg>

#include "capi/call_list.h"
#include "capi/gc_handles.h"

using namespace wembed;

namespace {

wasm_func_obj_t function_object(Instance* instance, const TypeDef* type, uint32_t index) {
  if (type == nullptr || index >= instance->module->function_count()) return nullptr;
  const Function* function = instance->function(index);
  if (function == nullptr || !is_subtype(function->type, type)) return nullptr;
  return object_of<wasm_func_obj_t>(reinterpret_cast<uintptr_t>(function));
}

}  // namespace

wasm_func_obj_t wasm_func_obj_new_with_typeidx(wasm_exec_env_t exec_env, uint32_t type_idx,
                                               uint32_t func_idx_bound) {
  Instance* instance = instance_of(exec_env);
  return function_object(instance, type_at(instance, type_idx, CompositeKind::Func),
                         func_idx_bound);
}

wasm_func_obj_t wasm_func_obj_new_with_type(wasm_exec_env_t exec_env, wasm_func_type_t type,
                                            uint32_t func_idx_bound) {
  Instance* instance = instance_of(exec_env);
  return function_object(instance, type_among(instance, type_in(type), CompositeKind::Func),
                         func_idx_bound);
}

uint32_t wasm_func_obj_get_func_idx_bound(const wasm_func_obj_t func_obj) {
  const Function* function = function_in(func_obj);
  return function == nullptr ? kNotOfModule : function->index;
}

wasm_func_type_t wasm_func_obj_get_func_type(const wasm_func_obj_t func_obj) {
  const Function* function = function_in(func_obj);
  return function == nullptr ? nullptr : wrap(function->type);
}

bool wasm_runtime_call_func_ref(wasm_exec_env_t exec_env, const wasm_func_obj_t func_obj,
                                uint32_t argc, uint32_t argv[]) {
  return wasm_runtime_call_wasm(exec_env, wrap_function(function_in(func_obj)), argc, argv);
}

bool wasm_runtime_call_func_ref_a(wasm_exec_env_t exec_env, const wasm_func_obj_t func_obj,
                                  uint32_t num_results, wasm_val_t results[], uint32_t num_args,
                                  wasm_val_t* args) {
  return wasm_runtime_call_wasm_a(exec_env, wrap_function(function_in(func_obj)), num_results,
                                  results, num_args, args);
}

bool wasm_runtime_call_func_ref_v(wasm_exec_env_t exec_env, const wasm_func_obj_t func_obj,
                                  uint32_t num_results, wasm_val_t results[], uint32_t num_args,
                                  ...) {
  va_list list;
  va_start(list, num_args);
  const bool good = call_with_list(exec_env, wrap_function(function_in(func_obj)), num_results,
                                   results, num_args, &list);
  va_end(list);
  return good;
}
