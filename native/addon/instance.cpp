#include "addon/instance.h"

#include <algorithm>
#include <utility>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/host_function.h"
#include "addon/instantiate.h"
#include "addon/module.h"
#include "addon/runtime.h"
#include "addon/shared_memory.h"

namespace wembed::addon {

namespace {

// instanceNew(module, serial): an instance that is still to be instantiated.
Napi::Value instance_new(const Napi::CallbackInfo& info) {
  const auto module = unwrap_handle<ModuleState>(info.Env(), info[0]);
  if (module == nullptr || module->native == nullptr) return info.Env().Undefined();
  auto state = std::make_shared<InstanceState>();
  state->environment = module->environment;
  state->module = module;
  state->native = module->native;
  state->serial = number_of(info[1]);
  state->group = std::make_shared<LinkGroup>();
  state->group->open.insert(state.get());
  state->own = std::make_unique<Belongings>();
  state->own->environment = state->environment;
  state->own->group = state->group.get();
  state->own->owner = state.get();
  state->own->serial = state->serial;
  module->instances.insert(state.get());
  return wrap_handle(info.Env(), std::move(state));
}

Napi::Value instance_close(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  return Napi::Boolean::New(info.Env(), state != nullptr && state->close());
}

// instancesGone(instance): the serials of closed members of its group that nobody reaches any more,
// each once. undefined: none.
Napi::Value instances_gone(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<InstanceState>(env, info[0]);
  if (state == nullptr || state->group->gone.empty()) return env.Undefined();
  const std::vector<double> gone = std::exchange(state->group->gone, {});
  auto array = Napi::Array::New(env, gone.size());
  for (uint32_t i = 0; i < gone.size(); ++i) array[i] = gone[i];
  return array;
}

// instanceFunctions(instance, export indices): two numbers each, index and generation.
Napi::Value instance_functions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr) return env.Undefined();
  const auto wanted = info[1].As<Napi::Array>();
  auto array = Napi::Array::New(env, size_t{wanted.Length()} * 2);
  for (uint32_t i = 0; i < wanted.Length(); ++i) {
    const Napi::HandleScope scope(env);
    const uint32_t index = index_of(element_of(wanted, i));
    const uint64_t reference =
        function_to_js(*state->environment, wembed_instance_function(state->instance, index));
    array[i * 2] = static_cast<uint32_t>(reference);
    array[i * 2 + 1] = static_cast<uint32_t>(reference >> 32);
  }
  return array;
}

// link(instance, other): from now on they end together. Refused while another thread has either.
Napi::Value link(const Napi::CallbackInfo& info) {
  const auto one = unwrap_handle<InstanceState>(info.Env(), info[0]);
  const auto other = unwrap_handle<InstanceState>(info.Env(), info[1]);
  if (one == nullptr || other == nullptr) return info.Env().Undefined();
  const bool both = one->group != other->group && one->group->running != nullptr &&
                    other->group->running != nullptr;
  const bool refused = both || one->group->busy() || other->group->busy();
  one->environment->cell->status = refused ? kCallBusy : kCallOk;
  if (!refused) merge_groups(other->group, one->group);
  return info.Env().Undefined();
}

// takeError(instance)
Napi::Value instance_error(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  return {info.Env(), state == nullptr ? nullptr : error_of(*state)};
}

// instanceIdentity(instance, export): a number below 2^53, as addresses are; 0: there is none. Also
// while another thread has the instance: it does not change.
Napi::Value instance_identity(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  if (state == nullptr || state->instance == nullptr) return info.Env().Undefined();
  const uint64_t identity = wembed_instance_identity(state->instance, index_of(info[1]));
  return Napi::Number::New(info.Env(), static_cast<double>(identity));
}

}  // namespace

napi_value error_of(const InstanceState& state) {
  if (state.instance == nullptr) return nullptr;
  // A call made by a host function of another instance leaves it there.
  const wasm_module_inst_t current =
      state.exec_env == nullptr ? nullptr : wasm_runtime_get_module_inst(state.exec_env);
  const bool elsewhere = current != nullptr && current != state.instance &&
                         wasm_runtime_get_exception(state.instance) == nullptr;
  return take_error(*state.environment, elsewhere ? current : state.instance,
                    state.module->runtime);
}

void InstanceState::enter(wasm_module_inst_t made, wasm_exec_env_t env) {
  instance = made;
  exec_env = env;
}

void InstanceState::leave() {
  for (const auto& [function, index] : functions) environment->functions.remove(index);
  functions.clear();
  if (own != nullptr) own->owner = nullptr;
  instance = nullptr;
  exec_env = nullptr;
}

bool InstanceState::close() {
  if (native == nullptr) return true;
  if (!idle()) return false;
  const napi_env env = environment->env;
  const std::shared_ptr<LinkGroup> members = group;
  const wasm_module_inst_t ending = instance;
  members->detach_all(env);
  leave();
  members->open.erase(this);
  module->instances.erase(this);
  end(ending);
  members->end_if_closed(env);
  if (own != nullptr) {
    own->drop_all(env);
    own.reset();
  }
  native.reset();
  return true;
}

void InstanceState::end(wasm_module_inst_t ending) {
  if (ending == nullptr) return;
  forget_shared_memories(ending);
  // What JavaScript would reach through it is gone, whoever still runs it.
  wasm_runtime_set_custom_data(ending, nullptr);
  own->instance = ending;
  own->module = native;
  group->retire(environment->env, std::move(own), group->strays());
}

void InstanceState::abandon() {
  const QuietScope quiet(*environment);
  close();
}

std::shared_ptr<InstanceState> usable_instance(const Napi::CallbackInfo& info) {
  auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  if (state == nullptr) return nullptr;
  uint32_t& status = state->environment->cell->status;
  status = kCallOk;
  if (state->instance == nullptr) status = state->starting ? kCallStarting : kCallClosed;
  const uint32_t lease = state->environment->cell->lease;
  const bool lent = lease != 0 && lease == state->group->lease;
  if (state->group->busy() && !lent) status = kCallBusy;
  return status == kCallOk ? state : nullptr;
}

void define_instance(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["instanceNew"] = Napi::Function::New(env, instance_new, "instanceNew");
  binding["instantiate"] = Napi::Function::New(env, instantiate, "instantiate");
  binding["instanceClose"] = Napi::Function::New(env, instance_close, "instanceClose");
  binding["instancesGone"] = Napi::Function::New(env, instances_gone, "instancesGone");
  binding["instanceFunctions"] = Napi::Function::New(env, instance_functions, "instanceFunctions");
  binding["instanceIdentity"] = Napi::Function::New(env, instance_identity, "instanceIdentity");
  binding["link"] = Napi::Function::New(env, link, "link");
  binding["takeError"] = Napi::Function::New(env, instance_error, "takeError");
}

}  // namespace wembed::addon
