#include "runtime/close.h"

#include "runtime/exec_env_cold.h"
#include "runtime/group_envs.h"
#include "runtime/host_function.h"
#include "runtime/host_reference.h"
#include "runtime/instance_cold.h"
#include "runtime/library_state.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

bool is_running(const Instance& instance) {
  return has_envs(instance) &&
         any_env_of(instance, [](const ExecEnv& env) { return env.depth > 0; });
}

namespace {

void end_singleton(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  if (cold.singleton == nullptr) return;
  destroy_exec_env(*cold.singleton);
  cold.singleton = nullptr;
}

void close_library_state(Instance& instance) {
  if (LibraryState* state = library_state(instance); state != nullptr) state->close();
}

}  // namespace

void close_instance(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  end_singleton(instance);
  // Others of the group may still call its functions, but those of the host have lost their data.
  for (uint32_t i = 0; i < instance.module->imported_function_count(); i++) {
    if (cold.host_functions[i].host != nullptr) cold.host_functions[i].host = &kClosedFunction;
  }
  close_library_state(instance);
  close_host_references(instance);
  leave_store(instance);
}

void retire_instance(Instance& instance, const Gone& gone) {
  end_singleton(instance);
  close_library_state(instance);
  instance.cold->gone = gone;
  leave_store(instance);
}

}  // namespace wembed
