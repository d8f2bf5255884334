#include "addon/wasi_source.h"

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "addon/exception.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

constexpr std::chrono::milliseconds kLookAgain(20);

// A question on its way, shared by the guest's thread and the message. It has bytes of its own, so
// that the guest's thread may leave at any time: JavaScript may be ending it.
struct Asked {
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<uint8_t> bytes;  // of the guest's, then for it
  bool is_answered = false;
  bool is_given_up = false;  // the guest's thread has gone, and the source may have
  int64_t answer = kWasiFailed;
  std::shared_ptr<ExceptionState> thrown;
};

// A start function's first way out: the instance is known from here on.
void show_guest(Environment& environment, wasm_exec_env_t exec_env) {
  const wasm_module_inst_t current = wasm_runtime_get_module_inst(exec_env);
  auto* owner = static_cast<InstanceState*>(wasm_runtime_get_custom_data(current));
  if (owner == nullptr) return;
  if (owner->instance == nullptr && owner->starting) owner->enter(current, exec_env);
  owner->group->refresh(environment.env);
}

// The function may go while it runs, and the guest that waits on another thread.
int64_t call_function(Environment& environment, napi_ref reference, uint32_t question,
                      const void* from, void* to, size_t size, bool on_thread) {
  const napi_env env = environment.env;
  const WaitingCalls::Floor floor(environment);
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env, &scope);
  napi_value self = nullptr, function = nullptr, buffer = nullptr, result = nullptr;
  napi_value arguments[3] = {};
  void* data = nullptr;
  napi_get_undefined(env, &self);
  napi_get_reference_value(env, reference, &function);
  bool ok =
      function != nullptr && napi_create_uint32(env, question, &arguments[0]) == napi_ok &&
      napi_create_arraybuffer(env, size, &data, &buffer) == napi_ok &&
      napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &arguments[1]) == napi_ok &&
      napi_get_boolean(env, on_thread, &arguments[2]) == napi_ok;
  if (ok && from != nullptr && size > 0) std::memcpy(data, from, size);
  ok = ok && napi_call_function(env, self, function, 3, arguments, &result) == napi_ok;
  int64_t answer = kWasiFailed;
  if (ok) {
    napi_get_value_int64(env, result, &answer);
  } else {
    // The JavaScript side catches what is thrown; this is an overflow of its stack or the end of a
    // worker.
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (pending) napi_get_and_clear_last_exception(env, &result);
    environment.call_failed();
  }
  // JavaScript may have given the buffer away meanwhile.
  void* now = nullptr;
  size_t there = 0;
  if (to != nullptr && answer >= 0 &&
      napi_get_arraybuffer_info(env, buffer, &now, &there) == napi_ok && there == size &&
      size > 0) {
    std::memcpy(to, now, size);
  }
  napi_close_handle_scope(env, scope);
  return answer;
}

}  // namespace

class WasiMessage final : public Message {
 public:
  WasiMessage(WasiSource& source, uint32_t question, bool takes, std::shared_ptr<Asked> asked)
      : source_(source), question_(question), takes_(takes), asked_(std::move(asked)) {}
  void deliver(napi_env env) override {
    std::shared_ptr<Environment> environment;
    napi_ref function = nullptr;
    {
      const std::lock_guard lock(asked_->mutex);
      if (asked_->is_given_up) return;
      environment = source_.environment_;
      function = source_.function_;
    }
    std::vector<uint8_t>& bytes = asked_->bytes;
    int64_t answer = kWasiFailed;
    if (env != nullptr) {
      answer = call_function(*environment, function, question_, bytes.data(),
                             takes_ ? bytes.data() : nullptr, bytes.size(), false);
    }
    const std::lock_guard lock(asked_->mutex);
    asked_->answer = answer;
    if (answer == kWasiThrew) asked_->thrown = std::exchange(environment->thrown, nullptr);
    asked_->is_answered = true;
    asked_->wake.notify_one();
  }

 private:
  WasiSource& source_;
  uint32_t question_;
  bool takes_;  // the guest wants the bytes
  std::shared_ptr<Asked> asked_;
};

namespace {

// Deletes a reference where it may be.
class Forget final : public Message {
 public:
  explicit Forget(napi_ref reference) : reference_(reference) {}
  void deliver(napi_env env) override {
    if (env != nullptr) napi_delete_reference(env, reference_);
  }

 private:
  napi_ref reference_;
};

}  // namespace

WasiSource::WasiSource(std::shared_ptr<Environment> environment, Napi::Value function)
    : environment_(std::move(environment)) {
  napi_create_reference(function.Env(), function, 0, &function_);
}

WasiSource::~WasiSource() = default;

void WasiSource::give_up(WasiSource* source) {
  Environment& environment = *source->environment_;
  if (environment.on_js_thread()) {
    if (environment.env != nullptr) napi_delete_reference(environment.env, source->function_);
  } else {
    environment.channel.post(std::make_unique<Forget>(source->function_));
  }
  delete source;
}

int64_t WasiSource::ask(wasm_exec_env_t exec_env, uint32_t question, const void* from, void* to,
                        size_t size) {
  const int64_t answer = ask_there(exec_env, question, from, to, size);
  if (exec_env == nullptr) return answer;
  const wasm_module_inst_t guest = wasm_runtime_get_module_inst(exec_env);
  if (answer <= kWasiFailed && wasm_runtime_get_exception(guest) == nullptr) {
    wasm_runtime_set_exception(guest, "a function of the host failed");
  }
  return answer;
}

int64_t WasiSource::ask_there(wasm_exec_env_t exec_env, uint32_t question, const void* from,
                              void* to, size_t size) {
  if (environment_->on_js_thread()) {
    if (exec_env != nullptr) show_guest(*environment_, exec_env);
    const int64_t answer = call_function(*environment_, function_, question, from, to, size, true);
    if (answer != kWasiThrew) return answer;
    const auto thrown = std::exchange(environment_->thrown, nullptr);
    if (exec_env != nullptr) throw_in(exec_env, thrown);
    return answer;
  }
  const auto asked = std::make_shared<Asked>();
  asked->bytes.resize(size);
  if (from != nullptr && size > 0) std::memcpy(asked->bytes.data(), from, size);
  auto message = std::make_unique<WasiMessage>(*this, question, to != nullptr, asked);
  if (!environment_->channel.post(std::move(message))) return kWasiFailed;
  std::unique_lock lock(asked->mutex);
  const auto is_answered = [&] { return asked->is_answered; };
  // The JavaScript thread may be busy for long, or wait for this one to end, also in the function
  // that answers: it is looked whether the guest has to stop.
  const auto is_done = [&] {
    // By the clock that every C library can wait by; how long it takes to look again matters
    // little.
    const auto until = std::chrono::system_clock::now() + kLookAgain;
    return asked->wake.wait_until(lock, until, is_answered);
  };
  while (!is_done()) {
    lock.unlock();
    const bool stops = wembed_host_must_stop(exec_env);
    lock.lock();
    if (!stops || asked->is_answered) continue;
    asked->is_given_up = true;
    return kWasiFailed;
  }
  if (asked->answer == kWasiThrew && exec_env != nullptr) throw_in(exec_env, asked->thrown);
  if (asked->answer >= 0 && to != nullptr && size > 0) {
    std::memcpy(to, asked->bytes.data(), size);
  }
  return asked->answer;
}

}  // namespace wembed::addon
