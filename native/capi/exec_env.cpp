// wasm_export.h: execution environments and threads.
#include "capi/cluster.h"
#include "capi/handles.h"
#include "runtime/call.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/native_stack.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

// A closed instance whose group keeps its storage gets nothing new.
bool is_open(wasm_module_inst_t instance) {
  return instance != nullptr && !unwrap(instance)->cold->closed;
}

}  // namespace

wasm_exec_env_t wasm_runtime_create_exec_env(wasm_module_inst_t module_inst, uint32_t stack_size) {
  if (!is_open(module_inst)) return nullptr;
  return wrap(create_exec_env(*unwrap(module_inst), stack_size));
}

void wasm_runtime_destroy_exec_env(wasm_exec_env_t exec_env) {
  if (exec_env == nullptr || unwrap(exec_env)->depth > 0) return;
  if (end_spawned(*unwrap(exec_env)) || is_singleton(*unwrap(exec_env))) return;
  destroy_exec_env(*unwrap(exec_env));
}

wasm_exec_env_t wasm_runtime_get_exec_env_singleton(wasm_module_inst_t module_inst) {
  if (!is_open(module_inst)) return nullptr;
  unwrap(module_inst)->cold->is_singleton_known = true;
  return wrap(singleton_exec_env(*unwrap(module_inst)));
}

wasm_module_inst_t wasm_runtime_get_module_inst(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : wrap(unwrap(exec_env)->instance);
}

void wasm_runtime_set_module_inst(wasm_exec_env_t exec_env, const wasm_module_inst_t module_inst) {
  if (exec_env == nullptr || !is_open(module_inst)) return;
  Instance& instance = *unwrap(module_inst);
  if (lend_exec_env(*unwrap(exec_env), instance)) return;
  log_message(instance.runtime->log(), LogLevel::Error,
              "the exec_env cannot run that instance: another runtime, or no memory");
}

void wasm_runtime_set_user_data(wasm_exec_env_t exec_env, void* user_data) {
  if (exec_env != nullptr) unwrap(exec_env)->user_data = user_data;
}

void* wasm_runtime_get_user_data(wasm_exec_env_t exec_env) {
  return exec_env == nullptr ? nullptr : unwrap(exec_env)->user_data;
}

void* wasm_runtime_get_function_attachment(wasm_exec_env_t exec_env) {
  const Function* function = exec_env == nullptr
                                 ? nullptr
                                 : unwrap(exec_env)->host_function.load(std::memory_order_relaxed);
  return function == nullptr ? nullptr : function->host->attachment;
}

void wasm_runtime_set_native_stack_boundary(wasm_exec_env_t exec_env,
                                            uint8_t* native_stack_boundary) {
  if (exec_env != nullptr) unwrap(exec_env)->native_stack_limit = native_stack_boundary;
}

bool wasm_runtime_detect_native_stack_overflow(wasm_exec_env_t exec_env) {
  return wasm_runtime_detect_native_stack_overflow_size(exec_env, 0);
}

bool wasm_runtime_detect_native_stack_overflow_size(wasm_exec_env_t exec_env,
                                                    uint32_t required_size) {
  if (exec_env == nullptr) return false;
  ExecEnv& env = *unwrap(exec_env);
  if (native_stack_has(env, required_size) || env.instance == nullptr) return true;
  env.instance->set_exception(trap_text(Trap::NativeStackOverflow), Trap::NativeStackOverflow);
  return false;
}

void wasm_runtime_set_instruction_count_limit(wasm_exec_env_t exec_env, int instruction_count) {
  if (exec_env != nullptr) unwrap(exec_env)->fuel_limit = instruction_count;
}

// A thread needs nothing but what it makes at its first call.
bool wasm_runtime_init_thread_env() { return true; }
void wasm_runtime_destroy_thread_env() {}
bool wasm_runtime_thread_env_inited() { return true; }

bool wasm_runtime_begin_blocking_op(wasm_exec_env_t exec_env) {
  if (exec_env == nullptr) return false;
  const Instance* instance = unwrap(exec_env)->instance;
  return instance == nullptr ||
         instance->cold->terminated.load(std::memory_order_acquire) == Trap::None;
}

void wasm_runtime_end_blocking_op(wasm_exec_env_t) {}
