// What the addon knows in one Node environment (the main thread or a worker): nothing is global.
// Held by Node as instance data and by every handle's state; `env` is null once it has ended.
#pragma once

#include <memory>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "addon/bounds.h"
#include "addon/cell.h"
#include "addon/channel.h"
#include "addon/epoch_words.h"
#include "addon/exported_function.h"
#include "addon/napi_setup.h"
#include "addon/trap_places.h"
#include "addon/waiting_call.h"
#include "addon/worker_pool.h"
#include "wembed.h"

namespace wembed::addon {

class Environment;
class HostBuffer;
class TrapRegistry;
struct AsyncCall;
struct HostCall;
struct RuntimeState;

// Initial-exec makes the access one load and never calls; see native/base/thread_local.h.
#if defined(__GLIBC__)
#define WEMBED_ADDON_TLS __attribute__((tls_model("initial-exec")))
#else
#define WEMBED_ADDON_TLS
#endif

// The environment whose functions this thread called last: asking Node-API for the data of a
// function takes a quarter of what a call of an empty one takes.
struct KnownEnvironment {
  napi_env env = nullptr;
  Environment* environment = nullptr;
};
extern constinit thread_local KnownEnvironment known_environment WEMBED_ADDON_TLS;

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  Environment();
  // Makes the environment's state and registers its clean-up; null with an exception pending.
  static Environment* create(Napi::Env env);
  static std::shared_ptr<Environment> of(Napi::Env env);
  // In a function that has the environment as its data.
  static Environment& here(napi_env env, napi_callback_info info) {
    if (known_environment.env == env) [[likely]]
      return *known_environment.environment;
    return ask(env, info);
  }

  [[nodiscard]] bool on_js_thread() const { return std::this_thread::get_id() == thread_; }
  [[nodiscard]] bool external_buffers() const { return external_buffers_; }
  void refuse_external_buffers() { external_buffers_ = false; }
  // A call of JavaScript has failed, and its exception was taken: finds out about `ending`.
  void call_failed();
  [[nodiscard]] Napi::Value cell_buffer() const;

  napi_env env = nullptr;
  Cell* cell = nullptr;  // the memory of cell_buffer(), which is never detached
  FunctionTable functions;
  const CallBounds* bounds = nullptr;  // of the innermost call; null: it has none
  WaitingCalls waiting;
  std::shared_ptr<ExceptionState> thrown;  // by the host function that ends now
  std::shared_ptr<ExceptionState> taken;   // with the error that was taken last
  std::shared_ptr<RuntimeState> taken_of;
  bool quiet = false;   // no JavaScript may run: a finalizer or the clean-up runs
  bool ending = false;  // JavaScript was ended below a call of ours, and runs no more

  Channel channel;
  WorkerPool pool;
  const std::shared_ptr<TrapRegistry> traps;
  TrapBatches trap_batches;
  const std::shared_ptr<EpochWords> epochs = std::make_shared<EpochWords>();
  std::unordered_set<RuntimeState*> runtimes;  // open ones
  std::unordered_set<HostBuffer*> host_buffers;
  std::unordered_set<AsyncCall*> calls;  // asynchronous, not yet ended

  // Host calls whose function has returned a promise that has not settled, by number.
  std::unordered_map<uint32_t, std::shared_ptr<HostCall>> promised;
  uint32_t next_host_call() { return ++last_host_call_ != 0 ? last_host_call_ : ++last_host_call_; }

  // Host calls that wait for the JavaScript thread; released when the environment ends.
  // False: it has ended already.
  bool add_waiting(HostCall* call);
  void remove_waiting(HostCall* call);

 private:
  static Environment& ask(napi_env env, napi_callback_info info);
  void close();

  std::thread::id thread_;
  napi_ref cell_ref_ = nullptr;
  bool external_buffers_ = true;
  uint32_t last_host_call_ = 0;
  std::mutex waiting_mutex_;
  std::unordered_set<HostCall*> waiting_;
  bool ended_ = false;
};

// While it exists no JavaScript is run: log lines wait for the event loop.
class QuietScope {
 public:
  explicit QuietScope(Environment& environment)
      : environment_(environment), before_(std::exchange(environment.quiet, true)) {}
  ~QuietScope() { environment_.quiet = before_; }
  QuietScope(const QuietScope&) = delete;
  QuietScope& operator=(const QuietScope&) = delete;

 private:
  Environment& environment_;
  bool before_;
};

}  // namespace wembed::addon
