#include "addon/channel.h"

namespace wembed::addon {

namespace {

void deliver(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<Message> message(static_cast<Message*>(data));
  message->deliver(env);
}

}  // namespace

bool Channel::open(napi_env env) {
  if (function_ != nullptr) return true;
  napi_value name = nullptr;
  napi_create_string_utf8(env, "wembed", NAPI_AUTO_LENGTH, &name);
  // Runs before Node frees the function, in whatever order the environment is taken down.
  const napi_finalize closed = [](napi_env, void* data, void*) {
    static_cast<Channel*>(data)->close();
  };
  napi_threadsafe_function made = nullptr;
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, this, closed, nullptr,
                                      deliver, &made) != napi_ok) {
    return false;
  }
  napi_unref_threadsafe_function(env, made);
  const std::lock_guard lock(mutex_);
  function_ = made;
  return true;
}

bool Channel::post(std::unique_ptr<Message> message) {
  const std::lock_guard lock(mutex_);
  if (function_ == nullptr) return false;
  if (napi_call_threadsafe_function(function_, message.get(), napi_tsfn_nonblocking) != napi_ok) {
    return false;
  }
  static_cast<void>(message.release());  // delivered, and deleted, by deliver()
  return true;
}

void Channel::hold(napi_env env) {
  if (holds_++ == 0 && function_ != nullptr) napi_ref_threadsafe_function(env, function_);
}

void Channel::release(napi_env env) {
  if (--holds_ == 0 && function_ != nullptr) napi_unref_threadsafe_function(env, function_);
}

void Channel::close() {
  const std::lock_guard lock(mutex_);
  function_ = nullptr;
}

}  // namespace wembed::addon
