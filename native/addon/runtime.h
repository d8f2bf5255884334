// A wembed runtime as JavaScript holds it, and where its log lines and what guests print go.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "addon/environment.h"
#include "addon/link_group.h"
#include "addon/loaded_module.h"
#include "addon/owned_handle.h"

namespace wembed::addon {

// Takes log lines, or what guests print, from any thread to the JavaScript function, on the
// JavaScript thread.
struct TextSink : std::enable_shared_from_this<TextSink> {
  std::weak_ptr<Environment> environment;
  napi_ref function = nullptr;  // weak: the JavaScript runtime holds it; null: closed

  // `level` is null for what is printed: its bytes are given as they are.
  void say(const uint32_t* level, std::string_view text);
  void tell(napi_env env, const uint32_t* level, std::string_view text) const;
  // The function goes.
  void close(napi_env env);
};

// What JavaScript holds of a runtime's, and must not outlast its closing: tags and exceptions.
struct Belonging {
  std::shared_ptr<NativeRuntime> runtime;  // null: closed

  Belonging() = default;
  virtual ~Belonging() = default;
  Belonging(const Belonging&) = delete;
  Belonging& operator=(const Belonging&) = delete;
  virtual void close() = 0;
  void abandon() {}
};

struct RuntimeState {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<NativeRuntime> native;     // null: closed
  std::shared_ptr<TextSink> log;             // where it was made: the function goes with it
  std::shared_ptr<TextSink> print;           // likewise
  std::unordered_set<ModuleState*> modules;  // open ones
  // What it closes. Those that are gone are taken out when there are twice as many as were left.
  std::vector<std::weak_ptr<Belonging>> belongings;
  size_t most_belongings = 64;

  void own(const std::shared_ptr<Belonging>& belonging);

  ~RuntimeState() { close(); }
  // False: an instance of it is running, nothing was closed.
  bool close();
  void abandon();
  [[nodiscard]] bool idle() const;
};

// Adds runtimeNew(options), runtimeAttach(token), runtimeClose(runtime), runtimeNumber(runtime),
// sharedRuntime(token), checkSignals(runtime) and poolInfo(runtime).
void define_runtime(Napi::Object binding);

}  // namespace wembed::addon
