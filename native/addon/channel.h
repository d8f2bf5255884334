// The way from any thread to the JavaScript thread of one environment. Messages are delivered in
// order by the event loop; when the environment ends, those on their way are delivered without it.
#pragma once

#include <memory>
#include <mutex>

#include "addon/napi_setup.h"

namespace wembed::addon {

class Message {
 public:
  virtual ~Message() = default;
  // On the JavaScript thread. `env` is null when the environment ends: no JavaScript then.
  virtual void deliver(napi_env env) = 0;
};

class Channel {
 public:
  // Opens it if it is not yet. JavaScript thread only. False: Node refused.
  bool open(napi_env env);
  // Takes the message; false, and it is deleted, when the channel is not open (any more).
  bool post(std::unique_ptr<Message> message);
  // While at least one hold is open the event loop stays alive. JavaScript thread only.
  void hold(napi_env env);
  void release(napi_env env);
  // Called by the environment's clean-up.
  void close();

 private:
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;  // null: not open
  uint32_t holds_ = 0;
};

}  // namespace wembed::addon
