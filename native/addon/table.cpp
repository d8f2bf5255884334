#include "addon/table.h"

#include "addon/given.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

// Elements are whole numbers from 0 to 2^53, which lib/ has checked.
uint64_t element_of(const Napi::Value& value) { return static_cast<uint64_t>(whole_of(value)); }

Napi::Value table_size(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  uint64_t size = 0;
  if (state == nullptr || !wembed_table_size(state->instance, index_of(info[1]), &size)) {
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), static_cast<double>(size));
}

// tableGet(instance, index, element, holds functions): whether the element exists.
Napi::Value table_get(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  uint64_t slot = 0;
  if (state == nullptr ||
      !wembed_table_get(state->instance, index_of(info[1]), element_of(info[2]), &slot)) {
    return Napi::Boolean::New(info.Env(), false);
  }
  Environment& environment = *state->environment;
  if (flag_of(info[3])) {
    const auto address = static_cast<uintptr_t>(slot);
    slot = function_to_js(environment, reinterpret_cast<wasm_function_inst_t>(address));
  }
  environment.cell->slots[0] = slot;
  return Napi::Boolean::New(info.Env(), true);
}

// tableSet(instance, index, element, holds functions): whether the element took the value.
Napi::Value table_set(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return Napi::Boolean::New(info.Env(), false);
  Environment& environment = *state->environment;
  uint64_t slot = environment.cell->slots[0];
  if (flag_of(info[3])) {
    slot = reinterpret_cast<uintptr_t>(function_from_js(environment, slot));
  }
  return Napi::Boolean::New(
      info.Env(), wembed_table_set(state->instance, index_of(info[1]), element_of(info[2]), slot));
}

}  // namespace

void define_table(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["tableSize"] = Napi::Function::New(env, table_size, "tableSize");
  binding["tableGet"] = Napi::Function::New(env, table_get, "tableGet");
  binding["tableSet"] = Napi::Function::New(env, table_set, "tableSet");
}

}  // namespace wembed::addon
