// What wasm_module_t points to: a Module and the mutable state that WAMR's API keeps per module.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "module/module.h"
#include "runtime/host_function.h"
#include "runtime/instantiate.h"
#include "runtime/runtime.h"

namespace wembed {

// Names as C strings and imports by kind, made when a host first asks.
struct Reflection {
  const Import** imports = nullptr;       // functions, tables, memories, globals, tags
  const char** import_modules = nullptr;  // parallel to `imports`
  const char** import_names = nullptr;
  const char** export_names = nullptr;  // in file order
};

class ModuleHandle {
 public:
  // Takes over the caller's reference to `module`, also when it fails. Null: no memory.
  static ModuleHandle* create(Runtime& runtime, Module& module);

  // The host holds it once, until it unloads the module, and each instance once.
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();
  [[nodiscard]] HostModule held();

  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  [[nodiscard]] Module& module() const { return module_; }
  [[nodiscard]] NativeLinks* links() const { return links_; }

  // Links function imports that are not linked yet. False: no memory.
  [[nodiscard]] bool resolve();
  [[nodiscard]] bool is_resolved() const;

  // A copy of the text. False: no memory.
  [[nodiscard]] bool set_name(const char* name);
  [[nodiscard]] const char* name() const { return name_ == nullptr ? "" : name_; }

  // Null: no memory. Safe from any thread.
  const Reflection* reflection();

  bool is_freeable = false;  // the host's buffer is not needed

 private:
  ModuleHandle(Runtime& runtime, Module& module) : runtime_(runtime), module_(module) {}
  ~ModuleHandle() = default;
  friend struct ::wembed::Allocator;

  Runtime& runtime_;
  Module& module_;
  NativeLinks* links_ = nullptr;
  char* name_ = nullptr;
  std::atomic<Reflection*> reflection_{nullptr};
  std::atomic<uint32_t> references_{1};
};

}  // namespace wembed
