#include "addon/host_function.h"

#include <cstring>

#include "addon/async_call.h"
#include "addon/environment.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

uint32_t slots_of(uint32_t count, wasm_func_type_t type,
                  wasm_valkind_t (*kind_of)(const wasm_func_type_t, uint32_t)) {
  uint32_t slots = 0;
  for (uint32_t i = 0; i < count; ++i) slots += kind_of(type, i) == WASM_V128 ? 2 : 1;
  return slots;
}

// Carries a HostCall to the JavaScript thread. The guest's group is lent meanwhile: host
// functions may use its instances, and nothing they saw may be used when the guest goes on.
class HostCallMessage final : public Message {
 public:
  explicit HostCallMessage(std::shared_ptr<HostCall> call) : call_(std::move(call)) {}
  void deliver(napi_env env) override {
    if (env == nullptr) return call_->answer(false);
    HostFunction& host = *call_->host;
    Environment& environment = *host.environment;
    AsyncCall* running = host.group->running;
    const CallBounds bounds = running->bounds();
    host.group->lent = true;
    environment.bounds = &bounds;
    const bool ok = host.run(call_->exec_env, call_->slots);
    environment.bounds = nullptr;
    host.group->detach_all(env);
    host.group->lent = false;
    call_->answer(ok);
  }

 private:
  std::shared_ptr<HostCall> call_;
};

bool call_from_elsewhere(HostFunction& host, wasm_exec_env_t exec_env, uint64_t* slots) {
  auto call = std::make_shared<HostCall>();
  call->host = &host;
  call->exec_env = exec_env;
  call->slots = slots;
  Environment& environment = *host.environment;
  if (!environment.add_waiting(call.get())) return false;
  const bool sent = environment.channel.post(std::make_unique<HostCallMessage>(call));
  const bool ok = sent && call->wait();
  environment.remove_waiting(call.get());
  return ok;
}

}  // namespace

void HostCall::answer(bool ok) {
  const std::lock_guard lock(mutex_);
  if (!answered_) ok_ = ok;
  answered_ = true;
  wake_.notify_one();
}

bool HostCall::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return answered_; });
  return ok_;
}

void HostFunction::set_type(wasm_func_type_t type) {
  signature = Signature::of(type);
  param_slots = slots_of(signature.params, type, wasm_func_type_get_param_valkind);
  result_slots = slots_of(signature.results, type, wasm_func_type_get_result_valkind);
}

bool HostFunction::run(wasm_exec_env_t exec_env, uint64_t* slots) {
  const napi_env env = environment->env;
  // A start function's first way out: the instance is known from here on.
  if (owner != nullptr && owner->starting && owner->instance == nullptr) {
    const wasm_module_inst_t current = wasm_runtime_get_module_inst(exec_env);
    if (wasm_runtime_get_custom_data(current) == owner) owner->enter(current, exec_env);
  }
  group->refresh(env);
  Cell& cell = *environment->cell;
  std::memcpy(cell.slots, slots, param_slots * sizeof(uint64_t));
  if (signature.functions) [[unlikely]]
    params_to_js(*environment, signature, cell.slots);

  napi_handle_scope scope = nullptr;
  napi_value target = nullptr;
  napi_value self = nullptr;
  napi_value result = nullptr;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, function, &target);
  napi_get_undefined(env, &self);
  bool ok =
      target != nullptr && napi_call_function(env, self, target, 0, nullptr, &result) == napi_ok;
  if (!ok) {
    // The JavaScript side catches what is thrown; this is an overflow of its stack or the end of
    // a worker. Node raises the latter again by itself.
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (pending) napi_get_and_clear_last_exception(env, &result);
  }
  napi_close_handle_scope(env, scope);
  ok = ok && cell.host_failed == 0;
  cell.host_failed = 0;
  if (!ok) return false;
  if (signature.functions) [[unlikely]]
    results_from_js(*environment, signature, cell.slots);
  std::memcpy(slots, cell.slots, result_slots * sizeof(uint64_t));
  return true;
}

void HostFunction::drop(napi_env env) {
  if (env != nullptr && function != nullptr) napi_delete_reference(env, function);
  function = nullptr;
}

bool call_host_function(wasm_exec_env_t exec_env, void* data, uint64_t* slots) {
  auto& host = *static_cast<HostFunction*>(data);
  if (host.environment->on_js_thread()) [[likely]]
    return host.run(exec_env, slots);
  return call_from_elsewhere(host, exec_env, slots);
}

}  // namespace wembed::addon
