#include "addon/host_function.h"

#include <chrono>
#include <thread>
#include <utility>

#include "addon/async_call.h"
#include "addon/environment.h"
#include "addon/exception.h"
#include "addon/given.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

uint32_t slots_of(uint32_t count, wasm_func_type_t type,
                  wasm_valkind_t (*kind_of)(const wasm_func_type_t, uint32_t)) {
  uint32_t slots = 0;
  for (uint32_t i = 0; i < count; ++i) slots += kind_of(type, i) == WASM_V128 ? 2 : 1;
  return slots;
}

// The guest goes on: nothing that JavaScript saw of it may be used any more.
void give_back(HostCall& call, napi_env env, HostOutcome outcome) {
  LinkGroup& group = *call.host->home->group;
  group.detach_all(env);
  group.lent = false;
  group.lease = 0;
  call.answer(outcome);
}

// Carries a HostCall to the JavaScript thread. The guest's group is lent meanwhile: host
// functions may use its instances.
class HostCallMessage final : public Message {
 public:
  explicit HostCallMessage(std::shared_ptr<HostCall> call) : call_(std::move(call)) {}
  void deliver(napi_env env) override {
    if (env == nullptr) return call_->answer(kHostFailed);
    HostFunction& host = *call_->host;
    Environment& environment = *host.environment;
    const CallBounds bounds = host.home->group->running->bounds();
    const uint32_t number = environment.next_host_call();
    host.home->group->lent = true;
    environment.bounds = &bounds;
    const HostOutcome outcome = host.run(call_->exec_env, call_->slots, number);
    environment.bounds = nullptr;
    if (outcome == kHostThrew) call_->thrown = std::exchange(environment.thrown, nullptr);
    if (outcome != kHostWaits) return give_back(*call_, env, outcome);
    host.home->group->lent = false;
    host.home->group->lease = number;
    environment.promised.emplace(number, std::move(call_));
    // Whatever the promise waits for keeps the event loop alive, or nothing does.
    environment.channel.release(env);
  }

 private:
  std::shared_ptr<HostCall> call_;
};

// hostSettle(number)
Napi::Value host_settle(const Napi::CallbackInfo& info) {
  auto& environment = *static_cast<Environment*>(info.Data());
  const uint32_t outcome = std::exchange(environment.cell->host_outcome, kHostDone);
  const auto found = environment.promised.find(index_of(info[0]));
  if (found == environment.promised.end()) return info.Env().Undefined();
  const std::shared_ptr<HostCall> call = std::move(found->second);
  environment.promised.erase(found);
  environment.channel.hold(info.Env());
  if (outcome == kHostDone) call->host->take_results(*environment.cell, call->slots);
  if (outcome == kHostThrew) call->thrown = std::exchange(environment.thrown, nullptr);
  const bool is_known = outcome != kHostWaits && outcome <= kHostThrew;
  give_back(*call, info.Env(), is_known ? static_cast<HostOutcome>(outcome) : kHostFailed);
  return info.Env().Undefined();
}

// The call ends by a deadline or request that JavaScript has seen: soon the guest's side does too.
void await_stop(wasm_exec_env_t exec_env) {
  for (int i = 0; i < 1000 && !wembed_host_must_stop(exec_env); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool call_from_elsewhere(HostFunction& host, wasm_exec_env_t exec_env, uint64_t* slots) {
  auto call = std::make_shared<HostCall>();
  call->host = &host;
  call->exec_env = exec_env;
  call->slots = slots;
  Environment& environment = *host.environment;
  if (!environment.add_waiting(call.get())) return false;
  const bool sent = environment.channel.post(std::make_unique<HostCallMessage>(call));
  const HostOutcome outcome = sent ? call->wait() : kHostFailed;
  environment.remove_waiting(call.get());
  if (outcome == kHostStopped) await_stop(exec_env);
  if (outcome == kHostThrew) throw_in(exec_env, call->thrown);
  return outcome == kHostDone;
}

}  // namespace

void HostCall::answer(HostOutcome outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome_ == kHostWaits) outcome_ = outcome;
  wake_.notify_one();
}

HostOutcome HostCall::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return outcome_ != kHostWaits; });
  return outcome_;
}

void HostFunction::set_type(wasm_func_type_t type) {
  signature = Signature::of(type);
  param_slots = slots_of(signature.params, type, wasm_func_type_get_param_valkind);
  result_slots = slots_of(signature.results, type, wasm_func_type_get_result_valkind);
}

void HostFunction::enter_owner(wasm_exec_env_t exec_env) const {
  const wasm_module_inst_t current = wasm_runtime_get_module_inst(exec_env);
  InstanceState* owner = home->owner;
  if (wasm_runtime_get_custom_data(current) == owner) owner->enter(current, exec_env);
}

napi_value HostFunction::target() const {
  napi_value value = nullptr;
  napi_get_reference_value(environment->env, function, &value);
  return value;
}

HostOutcome HostFunction::run(wasm_exec_env_t exec_env, uint64_t* slots, uint32_t number) {
  const napi_env env = environment->env;
  const WaitingCalls::Floor floor(*environment);
  Cell& cell = *environment->cell;
  napi_handle_scope scope = nullptr;
  napi_value self = nullptr;
  napi_value result = nullptr;
  napi_open_handle_scope(env, &scope);
  begin(cell, exec_env, slots, number);
  const napi_value callee = target();
  napi_get_undefined(env, &self);
  bool ok =
      callee != nullptr && napi_call_function(env, self, callee, 0, nullptr, &result) == napi_ok;
  if (!ok) {
    // The JavaScript side catches what is thrown; this is an overflow of its stack or the end of
    // a worker. Node raises the latter again by itself.
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (pending) napi_get_and_clear_last_exception(env, &result);
    environment->call_failed();
  }
  napi_close_handle_scope(env, scope);
  const uint32_t outcome = std::exchange(cell.host_outcome, kHostDone);
  if (!ok) return kHostFailed;
  if (outcome == kHostDone) [[likely]] {
    take_results(cell, slots);
    return kHostDone;
  }
  if (number == 0 && outcome == kHostThrew) {
    throw_in(exec_env, std::exchange(environment->thrown, nullptr));
  }
  if (number == 0 || outcome > kHostThrew) return kHostFailed;
  return static_cast<HostOutcome>(outcome);
}

void HostFunction::drop(napi_env env) {
  if (env != nullptr && function != nullptr) napi_delete_reference(env, function);
  function = nullptr;
}

bool call_host_function(wasm_exec_env_t exec_env, void* data, uint64_t* slots) {
  auto& host = *static_cast<HostFunction*>(data);
  if (host.environment->on_js_thread()) [[likely]]
    return host.run(exec_env, slots, 0) == kHostDone;
  return call_from_elsewhere(host, exec_env, slots);
}

void define_host_functions(Environment& environment, Napi::Object binding) {
  binding["hostSettle"] =
      Napi::Function::New(binding.Env(), host_settle, "hostSettle", &environment);
}

}  // namespace wembed::addon
