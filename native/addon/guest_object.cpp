#include "addon/guest_object.h"

#include "addon/given.h"
#include "addon/instance.h"
#include "wembed_gc.h"

namespace wembed::addon {

namespace {

uint64_t slot_of(const Napi::CallbackInfo& info) {
  return index_of(info[1]) | static_cast<uint64_t>(index_of(info[2])) << 32;
}

// False: no memory. undefined: the instance cannot be used now.
Napi::Value object_hold(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), wembed_object_hold(state->instance, slot_of(info)));
}

// False: it is not held. undefined: as above.
Napi::Value object_release(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), wembed_object_release(state->instance, slot_of(info)));
}

// objectShare(instance, other): false: no memory. undefined: as above.
Napi::Value object_share(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  const auto other = unwrap_handle<InstanceState>(info.Env(), info[1]);
  if (state == nullptr || other == nullptr || other->instance == nullptr) {
    return info.Env().Undefined();
  }
  return Napi::Boolean::New(info.Env(), wembed_object_share(state->instance, other->instance));
}

}  // namespace

void define_guest_objects(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["objectHold"] = Napi::Function::New(env, object_hold, "objectHold");
  binding["objectShare"] = Napi::Function::New(env, object_share, "objectShare");
  binding["objectRelease"] = Napi::Function::New(env, object_release, "objectRelease");
}

}  // namespace wembed::addon
