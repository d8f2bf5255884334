// Modules and runtimes as the whole process has them: any number of environments may use one, and
// the last of them ends it, on its own thread. A module that is shared has a token, by which other
// environments find it as long as somebody has it open.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wembed.h"
#include "wembed_debug.h"

namespace wembed::addon {

class Environment;
struct TextSink;

// A runtime; every environment that uses it has attached itself.
class NativeRuntime {
 public:
  NativeRuntime();
  ~NativeRuntime();
  NativeRuntime(const NativeRuntime&) = delete;
  NativeRuntime& operator=(const NativeRuntime&) = delete;

  // On the environment's thread, before it uses the runtime.
  void attach(const std::shared_ptr<Environment>& environment);
  // The environment whose JavaScript runs on this thread; null: none that is attached.
  std::shared_ptr<Environment> environment_here();

  wembed_runtime_t runtime = nullptr;
  void* pool = nullptr;             // the block of a pool allocator
  const uint64_t number;            // its own in this process
  std::shared_ptr<TextSink> log;    // may be told something until the runtime is deleted
  std::shared_ptr<TextSink> print;  // likewise

 private:
  struct Attached {
    std::thread::id thread;
    std::weak_ptr<Environment> environment;
  };
  std::mutex mutex_;
  std::vector<Attached> attached_;  // guarded by `mutex_`
};

// The file that has a module's debugging information, open as long as the module.
struct DebugTwin {
  wembed_debug_t debug = nullptr;
  std::vector<std::vector<uint8_t>> files;

  DebugTwin() = default;
  ~DebugTwin();
  DebugTwin(const DebugTwin&) = delete;
  DebugTwin& operator=(const DebugTwin&) = delete;
};

// Immutable after loading, so that threads use it at the same time.
struct LoadedModule : std::enable_shared_from_this<LoadedModule> {
  LoadedModule(std::shared_ptr<NativeRuntime> of, wasm_module_t loaded)
      : runtime(std::move(of)), module(loaded) {}
  ~LoadedModule();
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;

  // Its token: `wish`, or the one that it has got before. Any thread.
  std::string share(const std::string& wish);
  // The module of that token; null: there is none (any more). Any thread.
  static std::shared_ptr<LoadedModule> find(const std::string& token);

  const std::shared_ptr<NativeRuntime> runtime;
  const wasm_module_t module;
  std::unique_ptr<DebugTwin> twin;  // set before anybody else has the module; null: it has its own

 private:
  std::string token_;  // guarded by the table of tokens; empty: not shared
};

}  // namespace wembed::addon
