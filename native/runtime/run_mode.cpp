#include "runtime/run_mode.h"

#include <mutex>

#include "runtime/exec_env_cold.h"
#include "runtime/instance_code.h"
#include "runtime/instance_cold.h"
#include "runtime/prepare.h"
#include "runtime/pulse.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

// Best: impossible.
RunMode choose(const Runtime& runtime, RunMode wish, CodeMode& code) {
  code = CodeMode::ByEngine;
  const Engine& engine = runtime.engine();
  if (engine.choose != nullptr) return engine.choose(wish, code);
  const bool is_possible = wish == RunMode::Best || wish == RunMode::Interpreted;
  return is_possible ? RunMode::Interpreted : RunMode::Best;
}

// Of memory for them, the engine's included, as the runtime promises for its instances.
bool prepare_code(Instance& instance) {
  Diagnostic diagnostic;
  Trap trap = Trap::None;
  return prepare_instance(instance, instance.runtime->prepare(), Poll(), diagnostic, trap) ==
         Error::None;
}

// Nobody else gives the instance other code meanwhile.
class Switching {
 public:
  explicit Switching(Instance& instance)
      : heaps_(instance.runtime->shared_heaps().mutex), store_(instance.runtime->store_mutex()) {}

 private:
  std::lock_guard<std::mutex> heaps_;
  std::lock_guard<std::mutex> store_;
};

bool switch_code(Instance& instance, CodeMode mode) {
  const Switching lock(instance);
  Variant variant = instance.variant;
  variant.mode = mode;
  if (!make_code(instance, variant)) return false;
  take_code(instance, variant);
  return true;
}

void sample_calls(Instance& instance) {
  instance.runtime->set_sampled();
  std::lock_guard lock(instance.cold->mutex);
  for (ExecEnv* env = instance.cold->envs; env != nullptr; env = env->cold->next) init_pulse(*env);
}

}  // namespace

bool can_run(const Runtime& runtime, RunMode mode) {
  CodeMode code;
  return choose(runtime, mode, code) != RunMode::Best;
}

bool set_default_run_mode(Runtime& runtime, RunMode mode) {
  if (!can_run(runtime, mode)) return false;
  runtime.set_run_mode(mode);
  return true;
}

bool set_run_mode(Instance& instance, RunMode mode) {
  CodeMode code;
  if (choose(*instance.runtime, mode, code) == RunMode::Best) return false;
  const CodeMode before = instance.variant.mode;
  if (!switch_code(instance, code)) return false;
  if (!prepare_code(instance)) {
    static_cast<void>(switch_code(instance, before));  // it was there
    return false;
  }
  instance.cold->run_mode = mode;
  if (code != CodeMode::Interpreted) sample_calls(instance);
  return true;
}

RunMode run_mode(const Instance& instance) {
  CodeMode code;
  return choose(*instance.runtime, instance.cold->run_mode, code);
}

bool init_run_mode(Instance& instance, RunMode mode) {
  CodeMode code = CodeMode::ByEngine;
  // Of the best the engine need not know yet what it is.
  if (mode != RunMode::Best && choose(*instance.runtime, mode, code) == RunMode::Best) return false;
  instance.cold->run_mode = mode;
  instance.variant.mode = code;
  if (code != CodeMode::Interpreted) instance.runtime->set_sampled();
  return true;
}

}  // namespace wembed
