// What wasm_module_t points to: a Module and the mutable state that WAMR's API keeps per module.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/sha256.h"
#include "base/sharded_count.h"
#include "capi/wasi_settings.h"
#include "module/module.h"
#include "runtime/host_module.h"
#include "runtime/native_links.h"
#include "runtime/runtime.h"

namespace wembed {

// Names as C strings and imports by kind, made when a host first asks. Copies, because hosts read
// them when they like, and the module's bytes may vanish.
struct Reflection {
  const Import** imports = nullptr;  // functions, tables, memories, globals, tags
  // The rest in file order.
  const char** import_modules = nullptr;
  const char** import_names = nullptr;
  const char** export_names = nullptr;
};

// The custom sections in the order of the file, found when a host first asks for one by its number.
struct SectionTable {
  struct Entry {
    const char* name;  // a copy
    uint32_t name_length;
    ByteRange bytes;
  };
  uint32_t count = 0;
  Entry* entries = nullptr;
};

class ModuleHandle;

// An export of another module that serves an import; held.
struct ModuleLink {
  ModuleHandle* module = nullptr;  // null: none
  uint32_t export_index = 0;
};

class ModuleHandle {
 public:
  // Takes over the caller's reference to `module`, also when it fails. Null: no memory.
  static ModuleHandle* create(Runtime& runtime, Module& module);

  // The host holds it once, until it unloads the module, and each instance once.
  void retain() { references_.retain(); }
  void release();
  // The host's release: what is left of the module no longer needs bytes the host has lent. Nothing
  // when it was unloaded already, as far as there is still something of it.
  void unload();
  [[nodiscard]] HostModule held();

  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  [[nodiscard]] Module& module() const { return module_; }
  [[nodiscard]] NativeLinks* links() const { return links_; }

  // Links function imports that are not linked yet. False: no memory.
  [[nodiscard]] bool resolve();
  [[nodiscard]] bool is_resolved() const;

  // By import, in the order of the file; null: none is linked to another module.
  [[nodiscard]] const ModuleLink* module_links() const { return module_links_; }
  // While it is loaded. The first stays. False: no memory.
  [[nodiscard]] bool set_module_link(size_t import, const ModuleLink& link);

  // A copy of the text. False: no memory. Names that were given out stay as long as the handle.
  [[nodiscard]] bool set_name(const char* name);
  [[nodiscard]] const char* name() const { return name_.load(std::memory_order_acquire); }

  // Null: no memory, or the bytes are lost. Safe from any thread.
  const Reflection* reflection();
  const SectionTable* sections();
  const Sha256Digest* digest();  // of the bytes
  // The function's name; a copy that lives as long as the handle. Empty: none, no memory, or the
  // bytes are lost. Safe from any thread.
  std::string_view function_name(uint32_t index);

  // Made when a frame's lines are first asked for, see debug_places.cpp. It ends with the module.
  struct Debug {
    void (*drop)(Debug* self) = nullptr;
  };
  [[nodiscard]] Debug* debug() const { return debug_.load(std::memory_order_acquire); }
  // What is kept: the first that comes; others are dropped.
  Debug* keep_debug(Debug* made) {
    Debug* known = nullptr;
    if (debug_.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
    made->drop(made);
    return known;
  }

  // visit(handle) for all there are, of every runtime, while none comes or goes.
  template <class Visit> static void for_each(Visit visit) {
    std::lock_guard lock(all_mutex_);
    for (const ModuleHandle* at = all_; at != nullptr; at = at->next_) visit(*at);
  }

  bool is_freeable = false;  // the host's buffer is not needed
  WasiSettings wasi;         // of instances that are given none
  bool gives_wasi = false;   // by wembed_instantiate too

 private:
  struct FunctionName {
    uint32_t index = 0;
    uint32_t length = 0;
    char* text = nullptr;
  };
  ModuleHandle(Runtime& runtime, Module& module)
      : runtime_(runtime), module_(module), function_names_(runtime.allocator()) {}
  ~ModuleHandle() = default;
  // What is there already, else what make(allocator, module) makes.
  template <class T, class Make> const T* made_once(std::atomic<T*>& place, Make make);
  void enlist();
  void delist();
  void destroy();
  friend struct ::wembed::Allocator;

  static std::mutex all_mutex_;  // of the list
  static ModuleHandle* all_;
  ModuleHandle* next_ = nullptr;
  ModuleHandle** link_ = nullptr;  // what points to this one

  Runtime& runtime_;
  Module& module_;
  NativeLinks* links_ = nullptr;
  ModuleLink* module_links_ = nullptr;
  struct Name {
    Name* older;
    char text[1];  // with its NUL
  };
  std::atomic<const char*> name_{""};  // one of `names_`, or empty
  std::atomic<Reflection*> reflection_{nullptr};
  std::atomic<SectionTable*> sections_{nullptr};
  std::atomic<Sha256Digest*> digest_{nullptr};
  std::atomic<Debug*> debug_{nullptr};
  std::mutex mutex_;                     // of what follows
  Name* names_ = nullptr;                // all that were set, newest first
  Vector<FunctionName> function_names_;  // those asked for, by index
  ShardedCount references_;
  std::atomic<bool> is_unloaded_{false};
};

}  // namespace wembed
