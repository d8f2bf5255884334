#include "addon/stop.h"

#include "addon/runtime.h"

namespace wembed::addon {

namespace {

Napi::Value stop_new(const Napi::CallbackInfo& info) {
  const auto runtime = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return info.Env().Undefined();
  auto state = std::make_shared<StopState>();
  state->runtime = runtime->native;
  state->stop = wembed_stop_new(runtime->native->runtime);
  if (state->stop == nullptr) return info.Env().Undefined();
  return wrap_handle(info.Env(), std::move(state));
}

Napi::Value stop_request(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<StopState>(info.Env(), info[0]);
  if (state != nullptr) wembed_stop_request(state->stop);
  return info.Env().Undefined();
}

}  // namespace

void define_stop(Napi::Object binding) {
  binding["stopNew"] = Napi::Function::New(binding.Env(), stop_new, "stopNew");
  binding["stopRequest"] = Napi::Function::New(binding.Env(), stop_request, "stopRequest");
}

}  // namespace wembed::addon
