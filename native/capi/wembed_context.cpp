// wembed.h: what a host function finds out about the call it serves.
#include "capi/handles.h"
#include "runtime/host_function.h"
#include "runtime/instance_cold.h"
#include "runtime/operations.h"

using namespace wembed;

WEMBED_API bool wembed_host_context(wasm_exec_env_t exec_env, void** data,
                                    wasm_memory_inst_t* memory) {
  const Function* function = exec_env == nullptr
                                 ? nullptr
                                 : unwrap(exec_env)->host_function.load(std::memory_order_relaxed);
  // An instance that was closed meanwhile, which only its group keeps, has lost its data.
  if (function == nullptr || function->host == &kClosedFunction) return false;
  const Instance& instance = *function->instance;
  void* own = function->host->attachment;
  if (data != nullptr) *data = own != nullptr ? own : instance.cold->custom_data;
  if (memory != nullptr) *memory = wrap(instance.memory);
  return true;
}

WEMBED_API bool wembed_host_must_stop(wasm_exec_env_t exec_env) {
  if (exec_env == nullptr || unwrap(exec_env)->host_function == nullptr) return false;
  ExecEnv& env = *unwrap(exec_env);
  Instance& instance = *env.host_function.load(std::memory_order_relaxed)->instance;
  Trap trap = op_interrupted(env, instance, nullptr);
  if (trap == Trap::None) return false;
  instance.set_exception(trap_text(trap), trap);
  return true;
}
