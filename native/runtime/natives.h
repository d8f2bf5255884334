// Host functions registered by module name: the list that imports are looked up in.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/allocator.h"
#include "runtime/native_library.h"

namespace wembed {

// One registered function, in the layout of the public NativeSymbol.
struct NativeEntry {
  const char* symbol;
  void* function;
  const char* signature;
  void* attachment;
};

// Arrays and module names are borrowed from the host until removed or the registry goes.
class NativeRegistry {
 public:
  struct Found {
    void* function = nullptr;
    const char* signature = nullptr;
    void* attachment = nullptr;
    bool raw = false;
    // Of a library: entered by this, without a plan.
    Trap (*invoke)(ExecEnv& env, const Function& function, Slot* slots) = nullptr;
    const NativeLibrary* library = nullptr;
    [[nodiscard]] bool exists() const { return function != nullptr || invoke != nullptr; }
  };

  explicit NativeRegistry(Allocator& allocator) : allocator_(&allocator) {}
  ~NativeRegistry();
  NativeRegistry(const NativeRegistry&) = delete;
  NativeRegistry& operator=(const NativeRegistry&) = delete;

  // Sorts `entries` in place by symbol. Later registrations hide earlier ones. False: no memory.
  [[nodiscard]] bool add(const char* module, NativeEntry* entries, uint32_t count, bool raw);

  // Removes the newest registration of this array under this name; false when there is none.
  bool remove(const char* module, const NativeEntry* entries);

  // Offers functions that every registration hides. They stay.
  void offer(const NativeLibrary& library) { libraries_[library_count_++] = &library; }

  // The newest match. A name that begins with '_' and has no exact match is also tried without.
  [[nodiscard]] Found find(std::string_view module, std::string_view name);

 private:
  struct Node {
    const char* module;
    NativeEntry* entries;
    uint32_t count;
    bool raw;
    Node* older;
  };
  Allocator* allocator_;
  std::mutex mutex_;
  Node* newest_ = nullptr;
  static constexpr uint32_t kMostLibraries = 4;
  const NativeLibrary* libraries_[kMostLibraries] = {};
  uint32_t library_count_ = 0;
};

}  // namespace wembed
