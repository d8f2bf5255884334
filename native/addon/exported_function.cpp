#include "addon/exported_function.h"

#include "addon/bounds.h"
#include "addon/environment.h"
#include "addon/given.h"
#include "addon/instance.h"
#include "addon/stop.h"

namespace wembed::addon {

namespace {

// What can be said against calling the instance now. Its stack is made by its first call.
CallStatus callable(InstanceState& instance) {
  if (instance.group->busy()) return kCallBusy;
  if (instance.exec_env != nullptr) [[likely]]
    return kCallOk;
  if (instance.starting) return kCallStarting;
  instance.exec_env = wasm_runtime_get_exec_env_singleton(instance.instance);
  return instance.exec_env == nullptr ? kCallFailed : kCallOk;
}

// The arguments are in the cell; results are put there last, so that nested calls may use it.
void call(Environment& environment, const wembed_call_options_t* options) {
  Cell& cell = *environment.cell;
  const ExportedFunction* found = environment.functions.find(cell.target, cell.generation);
  if (found == nullptr) [[unlikely]] {
    cell.status = kCallClosed;
    return;
  }
  InstanceState& instance = *found->instance;
  if (const CallStatus status = callable(instance); status != kCallOk) [[unlikely]] {
    cell.status = status;
    return;
  }
  // It stays: an instance that runs is not closed.
  const Signature& signature = found->signature;
  if (signature.functions) [[unlikely]]
    params_from_js(environment, signature, cell.slots);
  ++instance.active;
  const bool ok = wembed_call(instance.exec_env, found->function, cell.slots, options);
  --instance.active;
  instance.group->refresh(environment.env);
  cell.status = ok ? kCallOk : kCallFailed;
  if (ok && signature.functions) [[unlikely]]
    results_to_js(environment, signature, cell.slots);
}

void call_bounded(Environment& environment, double deadline, double fuel, wembed_stop_t stop) {
  const CallBounds bounds = bounded(environment.bounds, deadline, stop);
  const wembed_call_options_t options = options_for(bounds, fuel_of(fuel));
  const CallBounds* outer = environment.bounds;
  environment.bounds = &bounds;
  call(environment, &options);
  environment.bounds = outer;
}

// invoke(): everything goes through the cell. Plain Node-API, since this is the path that counts.
napi_value invoke(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto& environment = *static_cast<Environment*>(data);
  if (environment.bounds == nullptr) [[likely]] {
    call(environment, nullptr);
  } else {
    call_bounded(environment, 0, -1, nullptr);
  }
  return nullptr;
}

// invokeWith(stop | undefined): with the deadline and fuel of the cell.
Napi::Value invoke_with(const Napi::CallbackInfo& info) {
  auto& environment = *static_cast<Environment*>(info.Data());
  std::shared_ptr<StopState> stop;
  if (info[0].IsObject()) {
    stop = unwrap_handle<StopState>(info.Env(), info[0]);
    if (stop == nullptr) return info.Env().Undefined();
  }
  const Cell& cell = *environment.cell;
  call_bounded(environment, cell.deadline, cell.fuel, stop ? stop->stop : nullptr);
  return info.Env().Undefined();
}

// functionInfo(index, generation): [owner's serial, function index, param kinds..., -1, result
// kinds...]
Napi::Value function_info(const Napi::CallbackInfo& info) {
  auto& environment = *static_cast<Environment*>(info.Data());
  const uint32_t index = index_of(info[0]);
  const uint32_t generation = index_of(info[1]);
  const ExportedFunction* found = environment.functions.find(index, generation);
  if (found == nullptr) return info.Env().Undefined();
  auto array = Napi::Array::New(info.Env());
  uint32_t at = 0;
  array[at++] = static_cast<double>(found->instance->serial);
  array[at++] = wembed_function_index(found->function);
  const Signature& signature = found->signature;
  for (uint32_t i = 0; i < signature.params; ++i) {
    array[at++] = static_cast<uint32_t>(wasm_func_type_get_param_valkind(signature.type, i));
  }
  array[at++] = -1;
  for (uint32_t i = 0; i < signature.results; ++i) {
    array[at++] = static_cast<uint32_t>(wasm_func_type_get_result_valkind(signature.type, i));
  }
  return array;
}

// Visits the slots of funcrefs; `kind_of` is the reflection function of one side.
template <class KindOf, class Convert> void each_function(wasm_func_type_t type, uint32_t count,
                                                          uint64_t* slots, KindOf kind_of,
                                                          Convert convert) {
  for (uint32_t i = 0; i < count; ++i) {
    const wasm_valkind_t kind = kind_of(type, i);
    if (kind == WASM_FUNCREF) *slots = convert(*slots);
    slots += kind == WASM_V128 ? 2 : 1;
  }
}

uint64_t slot_to_js(Environment& environment, uint64_t slot) {
  const auto address = static_cast<uintptr_t>(slot);
  return function_to_js(environment, reinterpret_cast<wasm_function_inst_t>(address));
}

uint64_t slot_from_js(Environment& environment, uint64_t slot) {
  return reinterpret_cast<uintptr_t>(function_from_js(environment, slot));
}

}  // namespace

Signature Signature::of(wasm_func_type_t type) {
  Signature signature;
  signature.type = type;
  signature.params = wasm_func_type_get_param_count(type);
  signature.results = wasm_func_type_get_result_count(type);
  for (uint32_t i = 0; i < signature.params; ++i) {
    signature.functions |= wasm_func_type_get_param_valkind(type, i) == WASM_FUNCREF;
  }
  for (uint32_t i = 0; i < signature.results; ++i) {
    signature.functions |= wasm_func_type_get_result_valkind(type, i) == WASM_FUNCREF;
  }
  return signature;
}

uint32_t FunctionTable::add(InstanceState* instance, wasm_function_inst_t function) {
  uint32_t index = static_cast<uint32_t>(entries_.size());
  if (free_.empty()) {
    entries_.push_back(std::make_unique<ExportedFunction>());
  } else {
    index = free_.back();
    free_.pop_back();
  }
  ExportedFunction& entry = *entries_[index];
  entry.instance = instance;
  entry.function = function;
  entry.signature = Signature::of(wembed_function_type(function));
  return index;
}

void FunctionTable::remove(uint32_t index) {
  ExportedFunction& entry = *entries_[index];
  entry.instance = nullptr;
  ++entry.generation;
  free_.push_back(index);
}

void FunctionTable::hand_over(uint32_t index, InstanceState* instance) {
  ExportedFunction& entry = *entries_[index];
  entry.instance = instance;
  ++entry.generation;
}

void FunctionTable::clear() {
  entries_.clear();
  free_.clear();
}

uint64_t function_to_js(Environment& environment, wasm_function_inst_t function) {
  if (function == nullptr) return kNullFunction;
  const wasm_module_inst_t owner = wembed_function_instance(function);
  auto* state = static_cast<InstanceState*>(wasm_runtime_get_custom_data(owner));
  if (state == nullptr) return kNullFunction - 1;  // closed: an index beyond every table
  const auto [at, added] = state->functions.try_emplace(function, 0);
  if (added) at->second = environment.functions.add(state, function);
  const uint32_t generation = environment.functions.at(at->second).generation;
  return uint64_t{generation} << 32 | at->second;
}

wasm_function_inst_t function_from_js(Environment& environment, uint64_t reference) {
  if (reference == kNullFunction) return nullptr;
  const ExportedFunction* found = environment.functions.find(
      static_cast<uint32_t>(reference), static_cast<uint32_t>(reference >> 32));
  return found == nullptr ? nullptr : found->function;
}

void params_from_js(Environment& environment, const Signature& signature, uint64_t* slots) {
  each_function(signature.type, signature.params, slots, wasm_func_type_get_param_valkind,
                [&](uint64_t slot) { return slot_from_js(environment, slot); });
}

void params_to_js(Environment& environment, const Signature& signature, uint64_t* slots) {
  each_function(signature.type, signature.params, slots, wasm_func_type_get_param_valkind,
                [&](uint64_t slot) { return slot_to_js(environment, slot); });
}

void results_to_js(Environment& environment, const Signature& signature, uint64_t* slots) {
  each_function(signature.type, signature.results, slots, wasm_func_type_get_result_valkind,
                [&](uint64_t slot) { return slot_to_js(environment, slot); });
}

void results_from_js(Environment& environment, const Signature& signature, uint64_t* slots) {
  each_function(signature.type, signature.results, slots, wasm_func_type_get_result_valkind,
                [&](uint64_t slot) { return slot_from_js(environment, slot); });
}

void define_calls(Environment& environment, Napi::Object binding) {
  const Napi::Env env = binding.Env();
  napi_value function = nullptr;
  napi_create_function(env, "invoke", NAPI_AUTO_LENGTH, invoke, &environment, &function);
  binding["invoke"] = Napi::Value(env, function);
  binding["invokeWith"] = Napi::Function::New(env, invoke_with, "invokeWith", &environment);
  binding["functionInfo"] = Napi::Function::New(env, function_info, "functionInfo", &environment);
}

}  // namespace wembed::addon
