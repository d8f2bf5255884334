#include "addon/reset.h"

#include <algorithm>
#include <utility>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/host_function.h"
#include "addon/instance.h"
#include "addon/module.h"
#include "addon/stop.h"

namespace wembed::addon {

namespace {

// The instance of argument 0 when nothing of it runs; else null with the reason in the status.
std::shared_ptr<InstanceState> idle_instance(const Napi::CallbackInfo& info) {
  auto state = usable_instance(info);
  if (state == nullptr || state->idle()) return state;
  state->environment->cell->status = kCallActive;
  return nullptr;
}

// instanceReset(instance, start, deadline, fuel, stop | undefined): undefined, or the error.
Napi::Value instance_reset(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = idle_instance(info);
  if (state == nullptr) return env.Undefined();
  if (state->group->strays(env)) {
    // It would show what comes to lie there next, or pages that are gone.
    state->environment->cell->status = kCallMoved;
    return env.Undefined();
  }
  wembed_reset_options_t options{};
  options.size = sizeof options;
  options.skip_start = !flag_of(info[1]);
  options.deadline_ms = whole_of(info[2]);
  options.fuel = whole_of(info[3]);
  std::shared_ptr<StopState> stop;
  if (info[4].IsObject()) {
    stop = unwrap_handle<StopState>(env, info[4]);
    if (stop == nullptr) return env.Undefined();
    options.stop = stop->stop;
  }
  wembed_error_t error{};
  bool done = false;
  {
    const GuestScope scope(*state);
    done = wembed_instance_reset(state->instance, &options, &error);
  }
  // Start functions came back to JavaScript in between.
  state->environment->cell->status = kCallOk;
  return done ? env.Undefined() : error_to_js(env, error);
}

// instanceHandOver(instance, serial): another handle for what this one held. Buffers over its
// memory are detached, its functions get new generations, and the old handle is closed. undefined:
// refused, or JavaScript has moved such a buffer to where it cannot be detached.
Napi::Value instance_hand_over(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto old = idle_instance(info);
  if (old == nullptr) return env.Undefined();
  old->group->detach_all(env);
  if (old->group->strays()) return env.Undefined();
  auto next = std::make_shared<InstanceState>();
  next->environment = old->environment;
  next->module = old->module;
  next->native = std::move(old->native);
  next->group = old->group;
  next->instance = std::exchange(old->instance, nullptr);
  next->exec_env = std::exchange(old->exec_env, nullptr);
  next->stack_size = old->stack_size;
  next->serial = number_of(info[1]);
  next->functions = std::exchange(old->functions, {});
  for (const auto& [function, index] : next->functions) {
    next->environment->functions.hand_over(index, next.get());
  }
  next->own = std::move(old->own);
  next->own->owner = next.get();
  next->own->serial = next->serial;
  next->group->open.erase(old.get());
  next->group->open.insert(next.get());
  next->module->instances.erase(old.get());
  next->module->instances.insert(next.get());
  wasm_runtime_set_custom_data(next->instance, next.get());
  return wrap_handle(env, std::move(next));
}

}  // namespace

void define_reset(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["instanceReset"] = Napi::Function::New(env, instance_reset, "instanceReset");
  binding["instanceHandOver"] = Napi::Function::New(env, instance_hand_over, "instanceHandOver");
}

}  // namespace wembed::addon
