// The modules of the process-wide runtime that others import from by name, and where they come from
// when they are not there yet.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "wasm_export.h"

namespace wembed {

class ModuleHandle;

class ModuleRegistry {
 public:
  ModuleRegistry() = default;
  ModuleRegistry(const ModuleRegistry&) = delete;
  ModuleRegistry& operator=(const ModuleRegistry&) = delete;

  // The first of that name; null: none.
  [[nodiscard]] ModuleHandle* find(const char* name);
  // The first name of a module; null: it has none.
  [[nodiscard]] const char* name_of(const ModuleHandle& module);
  // Without a lock: each load asks.
  [[nodiscard]] bool is_empty() const { return first_.load(std::memory_order_acquire) == nullptr; }

  // A module of the host's, which is kept beside the host's own hold of it. False: no memory.
  [[nodiscard]] bool add(Allocator& allocator, const char* name, ModuleHandle& module);
  // One that was read: it is the registry's, and `buffer` the destroyer's once it has gone.
  [[nodiscard]] bool add_read(Allocator& allocator, const char* name, ModuleHandle& module,
                              uint8_t* buffer, uint32_t size);

  // Ends what is the registry's.
  void clear(Allocator& allocator, module_destroyer destroyer);

 private:
  struct Entry {
    Entry* next;
    ModuleHandle* module;
    uint8_t* buffer;  // null: the module is the host's
    uint32_t size;
    char name[1];  // with its NUL
  };
  bool append(Allocator& allocator, const char* name, ModuleHandle& module, uint8_t* buffer,
              uint32_t size);

  std::mutex mutex_;
  std::atomic<Entry*> first_{nullptr};  // written under the lock
  Entry* last_ = nullptr;
};

// The process's reader and destroyer.
struct ModuleSource {
  module_reader read = nullptr;
  module_destroyer destroy = nullptr;
};
ModuleSource module_source();
// Whether there is a reader; without a lock.
bool has_module_reader();
void set_module_source(const ModuleSource& source);

}  // namespace wembed
