#include "addon/table.h"

#include "addon/given.h"
#include "addon/host_reference.h"
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

// The value in the cell as the table takes it.
uint64_t given_slot(Environment& environment, bool holds_functions) {
  const uint64_t slot = environment.cell->slots[0];
  if (!holds_functions) return slot;
  return reinterpret_cast<uintptr_t>(function_from_js(environment, slot));
}

// What tableSet() returns.
enum TableSet : uint32_t {
  kNotSet = 0,  // the element does not take the value
  kSet = 1,
  kReferenceGone = 2  // it did, and had a host reference before
};

// tableSet(instance, index, element, holds functions): see above.
Napi::Value table_set(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return Napi::Number::New(info.Env(), kNotSet);
  const uint32_t table = index_of(info[1]);
  const uint64_t element = element_of(info[2]);
  const bool holds_functions = flag_of(info[3]);
  uint64_t before = 0;
  if (holds_functions) wembed_table_get(state->instance, table, element, &before);
  const uint64_t slot = given_slot(*state->environment, holds_functions);
  TableSet result = kNotSet;
  if (wembed_table_set(state->instance, table, element, slot)) {
    const bool was_one = before != 0 && before != slot && is_host_reference(before);
    result = was_one ? kReferenceGone : kSet;
  }
  return Napi::Number::New(info.Env(), result);
}

// tableGrow(instance, index, elements, holds functions): the length before; undefined: refused;
// false: the table does not take the value.
Napi::Value table_grow(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const uint64_t slot = given_slot(*state->environment, flag_of(info[3]));
  uint64_t old = 0;
  const uint32_t table = index_of(info[1]);
  if (!wembed_table_grow(state->instance, table, element_of(info[2]), slot, &old)) {
    const bool takes_value = wembed_table_grow(state->instance, table, 0, slot, nullptr);
    return takes_value ? info.Env().Undefined() : Napi::Boolean::New(info.Env(), false);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(old));
}

}  // namespace

void define_table(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["tableSize"] = Napi::Function::New(env, table_size, "tableSize");
  binding["tableGet"] = Napi::Function::New(env, table_get, "tableGet");
  binding["tableGrow"] = Napi::Function::New(env, table_grow, "tableGrow");
  binding["tableSet"] = Napi::Function::New(env, table_set, "tableSet");
}

}  // namespace wembed::addon
