// A runtime: what modules and instances of one embedder have in common. WAMR's API works on one
// process-wide runtime; wembed.h can make more. Nothing else in the core is global.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "memory/backend.h"
#include "module/type_registry.h"
#include "runtime/engine.h"
#include "runtime/natives.h"

namespace wembed {

struct RuntimeConfig {
  Allocator allocator;
  const Engine* engine = nullptr;
  Backend backend = Backend::Automatic;
  bool signals = true;  // false: no fault handler, checked memories only
};

class Runtime {
 public:
  // Null when there is no memory, or the fault handlers could not be installed.
  static Runtime* create(const RuntimeConfig& config, Diagnostic& diagnostic);
  void destroy();  // modules and instances must be gone

  [[nodiscard]] Allocator& allocator() { return allocator_; }
  [[nodiscard]] TypeRegistry& types() { return types_; }
  [[nodiscard]] NativeRegistry& natives() { return natives_; }
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] Backend backend() const { return backend_; }
  [[nodiscard]] bool signals() const { return signals_; }
  std::mutex& mutex() { return mutex_; }  // guards lazily made code tables and functions

 private:
  Runtime(const RuntimeConfig& config);
  ~Runtime();
  Allocator allocator_;
  const Engine* engine_;
  Backend backend_;
  bool signals_;
  std::mutex mutex_;
  TypeRegistry types_;
  NativeRegistry natives_;
};

}  // namespace wembed
