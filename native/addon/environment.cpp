#include "addon/environment.h"

#include <cstdlib>
#include <cstring>

#include "addon/async_call.h"
#include "addon/host_function.h"
#include "addon/runtime.h"
#include "addon/trap_places.h"

namespace wembed::addon {

constinit thread_local KnownEnvironment known_environment;

namespace {

using Holder = std::shared_ptr<Environment>;

// A switch for tests: behave as where Node is built without external buffers.
bool external_buffers_wanted() {
  const char* value = std::getenv("WEMBED_NO_EXTERNAL_BUFFERS");
  return value == nullptr || *value == '\0' || std::strcmp(value, "0") == 0;
}

}  // namespace

Environment::Environment() : traps(std::make_shared<TrapRegistry>()) {}

Environment* Environment::create(Napi::Env env) {
  auto* holder = new Holder(std::make_shared<Environment>());
  Environment& self = **holder;
  self.env = env;
  self.thread_ = std::this_thread::get_id();
  self.external_buffers_ = external_buffers_wanted();
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, sizeof(Cell), &data, &buffer) != napi_ok ||
      napi_create_reference(env, buffer, 1, &self.cell_ref_) != napi_ok) {
    delete holder;
    return nullptr;
  }
  self.cell = new (data) Cell{};
  const napi_finalize drop = [](napi_env, void* state, void*) {
    delete static_cast<Holder*>(state);
  };
  napi_set_instance_data(env, holder, drop, nullptr);
  const auto cleanup = [](void* state) { static_cast<Environment*>(state)->close(); };
  napi_add_env_cleanup_hook(env, cleanup, &self);
  wasm_runtime_init_thread_env();
  return &self;
}

std::shared_ptr<Environment> Environment::of(Napi::Env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Holder*>(data);
}

Environment& Environment::ask(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  known_environment = {env, static_cast<Environment*>(data)};
  return *known_environment.environment;
}

Napi::Value Environment::cell_buffer() const {
  napi_value buffer = nullptr;
  napi_get_reference_value(env, cell_ref_, &buffer);
  return {env, buffer};
}

void Environment::call_failed() {
  // Converts nothing; like all that might run JavaScript it is refused then.
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  if (napi_coerce_to_bool(env, value, &value) != napi_ok) ending = true;
}

bool Environment::add_waiting(HostCall* call) {
  const std::lock_guard lock(waiting_mutex_);
  return !ended_ && waiting_.insert(call).second;
}

void Environment::remove_waiting(HostCall* call) {
  const std::lock_guard lock(waiting_mutex_);
  waiting_.erase(call);
}

// Order matters: running guests are told to stop and those that wait for JavaScript are released,
// then the pool can end, and only then may instances go.
void Environment::close() {
  const Holder self = shared_from_this();
  quiet = true;
  channel.close();
  // JavaScript has ended in a host function.
  waiting.drop(*this, 0);
  for (AsyncCall* call : calls) call->abandon();
  {
    const std::lock_guard lock(waiting_mutex_);
    ended_ = true;
    for (HostCall* call : waiting_) call->answer(kHostFailed);
  }
  pool.close();
  for (size_t i = 0; i < promised.size(); ++i) channel.hold(env);
  promised.clear();
  while (!calls.empty()) (*calls.begin())->drop();
  // One that cannot be closed is left alone: better lost than freed under a call.
  while (!runtimes.empty()) {
    if (!(*runtimes.begin())->close()) runtimes.erase(runtimes.begin());
  }
  functions.clear();
  epochs->end(env);
  trap_batches.end(env);
  napi_delete_reference(env, cell_ref_);
  if (known_environment.env == env) known_environment = {};
  cell = nullptr;
  env = nullptr;
  wasm_runtime_destroy_thread_env();
}

}  // namespace wembed::addon
