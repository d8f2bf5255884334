#include "addon/host_reference.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "addon/given.h"
#include "addon/host_function.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

wasm_function_inst_t function_in(uint64_t slot) {
  return reinterpret_cast<wasm_function_inst_t>(static_cast<uintptr_t>(slot));
}

std::vector<wasm_valkind_t> kinds_of(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<wasm_valkind_t> kinds(list.Length());
  for (uint32_t i = 0; i < kinds.size(); ++i) {
    kinds[i] = static_cast<wasm_valkind_t>(index_of(element_of(list, i)));
  }
  return kinds;
}

// referenceNew(instance, call, param kinds, result kinds): [index, generation] of the function;
// undefined: no memory, or refused, see the status.
Napi::Value reference_new(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr) return env.Undefined();
  const std::vector<wasm_valkind_t> params = kinds_of(info[2]);
  const std::vector<wasm_valkind_t> results = kinds_of(info[3]);
  auto made = std::make_unique<HostFunction>();
  wembed_host_function_t what{};
  what.size = sizeof what;
  what.params = params.data();
  what.param_count = static_cast<uint32_t>(params.size());
  what.results = results.data();
  what.result_count = static_cast<uint32_t>(results.size());
  what.is_deferred = true;
  what.callback = call_host_function;
  what.data = made.get();
  const wasm_function_inst_t function = wembed_function_new(state->instance, &what);
  if (function == nullptr) return env.Undefined();
  made->environment = state->environment.get();
  made->set_type(wembed_function_type(function));
  napi_create_reference(env, info[1], 0, &made->function);
  state->own->add(std::move(made));
  const uint64_t reference = function_to_js(*state->environment, function);
  auto name = Napi::Array::New(env, 2);
  name[0u] = static_cast<uint32_t>(reference);
  name[1u] = static_cast<uint32_t>(reference >> 32);
  return name;
}

struct Sweep {
  InstanceState* instance;
  std::vector<uint32_t> kept;   // sorted indices
  std::vector<uint32_t> freed;  // indices
};

bool keep(void* context, wasm_function_inst_t function, void* data) {
  auto& sweep = *static_cast<Sweep*>(context);
  InstanceState& instance = *sweep.instance;
  const auto found = instance.functions.find(function);
  if (found != instance.functions.end()) {
    const uint32_t index = found->second;
    if (std::binary_search(sweep.kept.begin(), sweep.kept.end(), index)) return true;
    sweep.freed.push_back(index);
    instance.environment->functions.remove(index);
    instance.functions.erase(found);
  }
  instance.own->drop(instance.environment->env, *static_cast<HostFunction*>(data));
  return false;
}

// referenceSweep(instance, sorted indices that JavaScript holds): [places looked at, indices that
// are free now...]; undefined: something runs.
Napi::Value reference_sweep(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr || !state->idle()) return env.Undefined();
  Sweep sweep{state.get(), {}, {}};
  const auto kept = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < kept.Length(); ++i) sweep.kept.push_back(index_of(element_of(kept, i)));
  const int64_t places = wembed_functions_sweep(state->instance, keep, &sweep);
  if (places < 0) return env.Undefined();
  auto result = Napi::Array::New(env, sweep.freed.size() + 1);
  result[0u] = static_cast<double>(places);
  for (uint32_t i = 0; i < sweep.freed.size(); ++i) result[i + 1] = sweep.freed[i];
  return result;
}

void add_number(void* numbers, uint64_t externref) {
  static_cast<std::vector<uint64_t>*>(numbers)->push_back(externref);
}

// collect(instance): numbers of the externrefs that something refers to, each once; undefined: not
// now.
Napi::Value collect(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  std::vector<uint64_t> numbers;
  if (state == nullptr || !wembed_collect(state->instance, add_number, &numbers)) {
    return env.Undefined();
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  auto result = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), result.Data());
  return result;
}

}  // namespace

bool is_host_reference(uint64_t slot) {
  return slot != 0 && wembed_function_index(function_in(slot)) == UINT32_MAX;
}

void define_host_references(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["referenceNew"] = Napi::Function::New(env, reference_new, "referenceNew");
  binding["collect"] = Napi::Function::New(env, collect, "collect");
  binding["referenceSweep"] = Napi::Function::New(env, reference_sweep, "referenceSweep");
}

}  // namespace wembed::addon
