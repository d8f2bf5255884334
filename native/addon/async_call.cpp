#include "addon/async_call.h"

#include <algorithm>
#include <cstring>

#include "addon/bounds.h"

namespace wembed::addon {

namespace {

// Says that a call has ended. When the environment ends first, its clean-up drops the call.
class Finished final : public Message {
 public:
  explicit Finished(AsyncCall* call) : call_(call) {}
  void deliver(napi_env env) override {
    if (env != nullptr) call_->finish(env);
  }

 private:
  AsyncCall* call_;
};

CallStatus refusal(Environment& environment, const ExportedFunction* found) {
  if (found == nullptr) return kCallClosed;
  const InstanceState& instance = *found->instance;
  if (instance.group->running != nullptr || instance.active != 0) return kCallBusy;
  if (instance.starting || !environment.channel.open(environment.env)) return kCallStarting;
  return kCallOk;
}

// Takes the arguments out of the cell, and the group for itself.
bool prepare(AsyncCall& call, const ExportedFunction& found, Napi::Value handle,
             Napi::Value settle) {
  Environment& environment = *call.environment;
  const Cell& cell = *environment.cell;
  call.function = found.function;
  call.signature = found.signature;
  call.slots.assign(cell.slots, cell.slots + kCellSlots);
  params_from_js(environment, call.signature, call.slots.data());
  call.deadline = cell.deadline > 0 ? now_ms() + static_cast<int64_t>(cell.deadline) : 0;
  call.fuel = fuel_of(cell.fuel);
  call.exec_env = wasm_runtime_create_exec_env(call.instance->instance, call.instance->stack_size);
  if (call.exec_env == nullptr) return false;
  napi_create_reference(environment.env, handle, 1, &call.handle);
  napi_create_reference(environment.env, settle, 1, &call.settle);
  call.instance->group->detach_all(environment.env);
  call.instance->group->running = &call;
  environment.calls.insert(&call);
  environment.channel.hold(environment.env);
  return true;
}

Napi::Value call_async(const Napi::CallbackInfo& info) {
  auto& environment = *static_cast<Environment*>(info.Data());
  const Napi::Env env = info.Env();
  const auto stop = unwrap_handle<StopState>(env, info[1]);
  if (stop == nullptr) return env.Undefined();
  Cell& cell = *environment.cell;
  const ExportedFunction* found = environment.functions.find(cell.target, cell.generation);
  cell.status = refusal(environment, found);
  if (cell.status != kCallOk) return env.Undefined();
  auto call = std::make_unique<AsyncCall>();
  call->environment = environment.shared_from_this();
  call->instance = found->instance->shared_from_this();
  call->stop = stop;
  if (!prepare(*call, *found, info[0], info[2])) {
    cell.status = kCallFailed;
    return env.Undefined();
  }
  if (environment.pool.submit(call.get())) {
    static_cast<void>(call.release());  // finish() or drop() deletes it
  } else {
    cell.status = kCallFailed;
    call.release()->drop();
  }
  return env.Undefined();
}

}  // namespace

AsyncCall::~AsyncCall() {
  if (exec_env != nullptr) wasm_runtime_destroy_exec_env(exec_env);
}

void AsyncCall::run() {
  const wembed_call_options_t options = options_for(bounds(), fuel);
  ok = wembed_call(exec_env, function, slots.data(), &options);
  environment->channel.post(std::make_unique<Finished>(this));
}

void AsyncCall::give_back() {
  const napi_env env = environment->env;
  instance->group->running = nullptr;
  environment->calls.erase(this);
  environment->channel.release(env);
  if (handle != nullptr) napi_delete_reference(env, handle);
  if (settle != nullptr) napi_delete_reference(env, settle);
  if (exec_env != nullptr) wasm_runtime_destroy_exec_env(exec_env);
  exec_env = nullptr;
}

void AsyncCall::drop() {
  give_back();
  delete this;
}

void AsyncCall::finish(napi_env env) {
  const std::unique_ptr<AsyncCall> self(this);
  const Napi::HandleScope scope(env);
  napi_value tell = nullptr;
  napi_get_reference_value(env, settle, &tell);
  give_back();
  Cell& cell = *environment->cell;
  if (ok) {
    if (signature.functions) results_to_js(*environment, signature, slots.data());
    std::memcpy(cell.slots, slots.data(), sizeof cell.slots);
  }
  cell.status = ok ? kCallOk : kCallFailed;
  napi_value result = nullptr;
  napi_call_function(env, Napi::Env(env).Undefined(), tell, 0, nullptr, &result);
}

void define_async_call(Environment& environment, Napi::Object binding) {
  binding["callAsync"] = Napi::Function::New(binding.Env(), call_async, "callAsync", &environment);
}

}  // namespace wembed::addon
