// gc_export.h: what the host keeps, and wants to know the end of.
#include <cstddef>

#include "capi/gc_handles.h"
#include "runtime/host_objects.h"

using namespace wembed;

namespace {

static_assert(sizeof(LocalReference) == sizeof(wasm_local_obj_ref_t));
static_assert(offsetof(LocalReference, previous) == offsetof(wasm_local_obj_ref_t, prev));
static_assert(offsetof(LocalReference, handle) == offsetof(wasm_local_obj_ref_t, val));

wasm_local_obj_ref_t* wrap(LocalReference* reference) {
  return reinterpret_cast<wasm_local_obj_ref_t*>(reference);
}

// Functions stay as long as their instance, and i31 are values.
bool is_collected(Handle handle) {
  return handle != 0 && !is_i31_handle(without_side(handle)) && !is_function_handle(handle);
}

void call_finalizer(const Finalizer& finalizer, Handle handle) {
  reinterpret_cast<wasm_obj_finalizer_t>(finalizer.function)(object_of<wasm_obj_t>(handle),
                                                             finalizer.data);
}

}  // namespace

void wasm_runtime_push_local_obj_ref(wasm_exec_env_t exec_env,
                                     wasm_local_obj_ref_t* local_obj_ref) {
  if (exec_env == nullptr || local_obj_ref == nullptr) return;
  push_local_reference(*unwrap(exec_env), *reinterpret_cast<LocalReference*>(local_obj_ref));
}

wasm_local_obj_ref_t* wasm_runtime_pop_local_obj_ref(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : wrap(pop_local_reference(*unwrap(exec_env)));
}

void wasm_runtime_pop_local_obj_refs(wasm_exec_env_t exec_env, uint32_t n) {
  while (n > 0 && wasm_runtime_pop_local_obj_ref(exec_env) != nullptr) n--;
}

wasm_local_obj_ref_t* wasm_runtime_get_cur_local_obj_ref(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : wrap(last_local_reference(*unwrap(exec_env)));
}

bool wasm_runtime_pin_object(wasm_exec_env_t exec_env, wasm_obj_t obj) {
  Instance* instance = instance_of(exec_env);
  const Handle handle = handle_in(obj);
  if (instance == nullptr || handle == 0) return false;
  return !is_collected(handle) || hold_handle(*instance, handle);
}

bool wasm_runtime_unpin_object(wasm_exec_env_t exec_env, wasm_obj_t obj) {
  Instance* instance = instance_of(exec_env);
  const Handle handle = handle_in(obj);
  if (instance == nullptr || handle == 0) return false;
  return !is_collected(handle) || release_handle(*instance, handle);
}

bool wasm_obj_set_gc_finalizer(wasm_exec_env_t exec_env, const wasm_obj_t obj,
                               wasm_obj_finalizer_t cb, void* data) {
  Instance* instance = instance_of(exec_env);
  const Handle handle = handle_in(obj);
  if (instance == nullptr || cb == nullptr || !is_collected(handle)) return false;
  return set_finalizer(*instance, handle,
                       {&call_finalizer, reinterpret_cast<void (*)()>(cb), data});
}

void wasm_obj_unset_gc_finalizer(wasm_exec_env_t exec_env, void* obj) {
  const Instance* instance = instance_of(exec_env);
  if (instance != nullptr) unset_finalizer(*instance, handle_in(obj));
}
