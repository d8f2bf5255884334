#include "addon/global.h"

#include "addon/given.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

// globalGet(instance, index): whether there is such a global.
Napi::Value global_get(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  wembed_global_t global{};
  if (state == nullptr || !wembed_instance_global(state->instance, index_of(info[1]), &global)) {
    return Napi::Boolean::New(info.Env(), false);
  }
  Environment& environment = *state->environment;
  uint64_t slot = *global.slots;
  if (global.kind == WASM_FUNCREF) {
    const auto address = static_cast<uintptr_t>(slot);
    slot = function_to_js(environment, reinterpret_cast<wasm_function_inst_t>(address));
  }
  environment.cell->slots[0] = slot;
  return Napi::Boolean::New(info.Env(), true);
}

// globalSet(instance, index): false when it is immutable or not there.
Napi::Value global_set(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  wembed_global_t global{};
  if (state == nullptr || !wembed_instance_global(state->instance, index_of(info[1]), &global) ||
      !global.is_mutable) {
    return Napi::Boolean::New(info.Env(), false);
  }
  Environment& environment = *state->environment;
  uint64_t slot = environment.cell->slots[0];
  if (global.kind == WASM_FUNCREF) {
    slot = reinterpret_cast<uintptr_t>(function_from_js(environment, slot));
  }
  return Napi::Boolean::New(info.Env(),
                            wembed_global_set(state->instance, index_of(info[1]), &slot));
}

}  // namespace

void define_global(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["globalGet"] = Napi::Function::New(env, global_get, "globalGet");
  binding["globalSet"] = Napi::Function::New(env, global_set, "globalSet");
}

}  // namespace wembed::addon
