// wasm_export.h: spawned exec_envs and threads.
#include "capi/cluster.h"
#include "capi/handles.h"

using namespace wembed;

void wasm_runtime_set_max_thread_num(uint32_t num) { set_most_spawned(num); }

wasm_exec_env_t wasm_runtime_spawn_exec_env(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : wrap(spawn_exec_env(*unwrap(exec_env)));
}

void wasm_runtime_destroy_spawned_exec_env(wasm_exec_env_t exec_env) {
  if (exec_env != nullptr) (void)end_spawned(*unwrap(exec_env));
}

int32_t wasm_runtime_spawn_thread(wasm_exec_env_t exec_env, wasm_thread_t* tid,
                                  wasm_thread_callback_t callback, void* arg) {
  if (exec_env == nullptr || tid == nullptr || callback == nullptr) return -1;
  return spawn_thread(*unwrap(exec_env), *tid, reinterpret_cast<SpawnedFunction>(callback), arg);
}

int32_t wasm_runtime_join_thread(wasm_thread_t tid, void** retval) {
  return join_spawned(tid, retval);
}
