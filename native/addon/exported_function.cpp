#include "addon/exported_function.h"

#include <utility>

#include "addon/bounds.h"
#include "addon/environment.h"
#include "addon/exception.h"
#include "addon/given.h"
#include "addon/host_function.h"
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

// A call that has ended, not counted among those that wait.
inline void finish(Environment& environment, InstanceState& instance, const Signature& signature,
                   bool is_done) {
  Cell& cell = *environment.cell;
  --instance.active;
  instance.group->refresh(environment.env);
  cell.status = is_done ? kCallOk : kCallFailed;
  if (is_done && signature.functions) [[unlikely]]
    results_to_js(environment, signature, cell.slots);
}

// The call waits for a host function of ours: puts its arguments into the cell.
inline HostFunction& begin_host(Cell& cell, WaitingCall& call,
                                const wembed_host_call_t& host_call) {
  call.host = static_cast<HostFunction*>(host_call.data);
  call.slots = host_call.slots;
  call.host->begin(cell, call.exec_env, host_call.slots, 0);
  return *call.host;
}

void end_waiting(Environment& environment, const WaitingCall& call, bool is_done) {
  if (call.is_bounded) environment.bounds = call.bounds.outer;
  InstanceState& instance = *call.instance;
  const Signature& signature = *call.signature;
  environment.waiting.remove();
  environment.cell->depth = static_cast<uint32_t>(environment.waiting.count());
  finish(environment, instance, signature, is_done);
}

// The innermost call that waits has been gone on with: the function that it waits for now, or null
// when it has ended. Where that function is gone it fails, and the call goes on with that.
napi_value next_host(Environment& environment, WaitingCall& call, wembed_call_state_t state,
                     wembed_host_call_t& host_call) {
  for (;;) {
    if (state != WEMBED_CALL_WAITING) {
      end_waiting(environment, call, state == WEMBED_CALL_DONE);
      return nullptr;
    }
    const napi_value function = begin_host(*environment.cell, call, host_call).target();
    if (function != nullptr) [[likely]]
      return function;
    state = wembed_call_resume(call.exec_env, false, environment.cell->slots, &host_call);
  }
}

// From here on the call can be found by resume().
napi_value wait(Environment& environment, const ExportedFunction& called, const CallBounds* bounds,
                wembed_host_call_t& host_call) {
  WaitingCall& call = environment.waiting.add();
  call.instance = called.instance;
  call.signature = &called.signature;
  call.exec_env = called.instance->exec_env;
  call.is_bounded = bounds != nullptr;
  if (bounds != nullptr) {
    call.bounds = *bounds;
    environment.bounds = &call.bounds;
  }
  environment.cell->depth = static_cast<uint32_t>(environment.waiting.count());
  return next_host(environment, call, WEMBED_CALL_WAITING, host_call);
}

// The arguments are in the cell; results are put there last, so that nested calls may use it. The
// result is the host function that the call waits for; null: it has ended, or was not begun.
napi_value call(Environment& environment, const CallBounds* bounds,
                const wembed_call_options_t* options) {
  Cell& cell = *environment.cell;
  if (cell.depth != environment.waiting.count()) [[unlikely]]
    environment.waiting.drop(environment, cell.depth);
  const ExportedFunction* found = environment.functions.find(cell.target, cell.generation);
  if (found == nullptr) [[unlikely]] {
    cell.status = kCallClosed;
    return nullptr;
  }
  InstanceState& instance = *found->instance;
  if (const CallStatus status = callable(instance); status != kCallOk) [[unlikely]] {
    cell.status = status;
    return nullptr;
  }
  // It stays: an instance that runs is not closed.
  const Signature& signature = found->signature;
  if (signature.functions) [[unlikely]]
    params_from_js(environment, signature, cell.slots);
  ++instance.active;
  wembed_host_call_t host_call;
  host_call.size = sizeof host_call;
  const wembed_call_state_t state =
      wembed_call_start(instance.exec_env, found->function, cell.slots, options, &host_call);
  if (state == WEMBED_CALL_WAITING) return wait(environment, *found, bounds, host_call);
  finish(environment, instance, signature, state == WEMBED_CALL_DONE);
  return nullptr;
}

napi_value call_bounded(Environment& environment, double deadline, double fuel,
                        wembed_stop_t stop) {
  const CallBounds bounds = bounded(environment.bounds, deadline, stop);
  const wembed_call_options_t options = options_for(bounds, fuel_of(fuel));
  // The log's function may be called while the guest runs.
  environment.bounds = &bounds;
  const napi_value function = call(environment, &bounds, &options);
  if (function == nullptr) environment.bounds = bounds.outer;
  return function;
}

// invoke(): everything goes through the cell. A result is a host function to be run: the call waits
// for it, and for resume(). Plain Node-API, since this is the path that counts.
napi_value invoke(napi_env env, napi_callback_info info) {
  Environment& environment = Environment::here(env, info);
  if (environment.bounds == nullptr) [[likely]]
    return call(environment, nullptr, nullptr);
  return call_bounded(environment, 0, -1, nullptr);
}

// invokeWith(stop | undefined): the same with the deadline and fuel of the cell. JavaScript holds
// the stop until the call has ended.
napi_value invoke_with(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value stop_handle = nullptr;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &stop_handle, nullptr, &data);
  auto& environment = *static_cast<Environment*>(data);
  std::shared_ptr<StopState> stop;
  if (Napi::Value(env, stop_handle).IsObject()) {
    stop = unwrap_handle<StopState>(env, stop_handle);
    if (stop == nullptr) return nullptr;
  }
  const Cell& cell = *environment.cell;
  return call_bounded(environment, cell.deadline, cell.fuel, stop ? stop->stop : nullptr);
}

// The host function has failed, or left what it threw.
napi_value resume_failed(Environment& environment, WaitingCall& call) {
  Cell& cell = *environment.cell;
  if (std::exchange(cell.host_outcome, kHostDone) == kHostThrew) {
    throw_in(call.exec_env, std::exchange(environment.thrown, nullptr));
  }
  wembed_host_call_t host_call;
  host_call.size = sizeof host_call;
  const wembed_call_state_t state =
      wembed_call_resume(call.exec_env, false, cell.slots, &host_call);
  return next_host(environment, call, state, host_call);
}

// resume(): the host function has left its results in the cell, or its failure. As invoke(); it may
// also say kCallAgain, which spares Node-API a look for the function, and JavaScript one for its
// code.
napi_value resume(napi_env env, napi_callback_info info) {
  Environment& environment = Environment::here(env, info);
  Cell& cell = *environment.cell;
  if (cell.depth != environment.waiting.count()) [[unlikely]]
    environment.waiting.drop(environment, cell.depth);
  if (environment.waiting.count() == 0) [[unlikely]] {
    cell.host_outcome = kHostDone;
    cell.status = kCallClosed;
    return nullptr;
  }
  WaitingCall& call = environment.waiting.innermost();
  if (cell.host_outcome != kHostDone) [[unlikely]]
    return resume_failed(environment, call);
  call.host->take_results(cell, call.slots);
  wembed_host_call_t host_call;
  host_call.size = sizeof host_call;
  const wembed_call_state_t state = wembed_call_resume(call.exec_env, true, cell.slots, &host_call);
  const bool is_again = state == WEMBED_CALL_WAITING && host_call.data == call.host;
  if (!is_again) return next_host(environment, call, state, host_call);
  begin_host(cell, call, host_call);
  cell.status = kCallAgain;
  return nullptr;
}

// takeErrorOfCall(): of the instance whose function the cell names. To find one by its handle takes
// as long as all the rest.
napi_value error_of_call(napi_env env, napi_callback_info info) {
  Environment& environment = Environment::here(env, info);
  const Cell& cell = *environment.cell;
  const ExportedFunction* found = environment.functions.find(cell.target, cell.generation);
  return found == nullptr ? nullptr : error_of(*found->instance);
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
    const wasm_valkind_t kind = wasm_func_type_get_result_valkind(type, i);
    signature.functions |= kind == WASM_FUNCREF;
    signature.narrow_results &= kind == WASM_I32 || kind == WASM_F32;
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
  napi_create_function(env, "invokeWith", NAPI_AUTO_LENGTH, invoke_with, &environment, &function);
  binding["invokeWith"] = Napi::Value(env, function);
  napi_create_function(env, "resume", NAPI_AUTO_LENGTH, resume, &environment, &function);
  binding["resume"] = Napi::Value(env, function);
  napi_create_function(env, "takeErrorOfCall", NAPI_AUTO_LENGTH, error_of_call, &environment,
                       &function);
  binding["takeErrorOfCall"] = Napi::Value(env, function);
  binding["functionInfo"] = Napi::Function::New(env, function_info, "functionInfo", &environment);
}

}  // namespace wembed::addon
