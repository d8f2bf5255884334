// The names in a directory of memory files: found by name in constant time, listed in the order in
// which they came.
#pragma once

#include <string_view>

#include "base/vector.h"

namespace wembed::wasi {

class MemoryNode;

class MemoryNames {
 public:
  struct Entry {
    char* name;  // null: removed
    uint32_t length;
    uint32_t hash;
    uint64_t serial;  // grows from entry to entry
    MemoryNode* node;
  };

  MemoryNames(Allocator& allocator, uint64_t seed)
      : allocator_(allocator), seed_(seed), entries_(allocator), buckets_(allocator) {}
  ~MemoryNames();
  MemoryNames(const MemoryNames&) = delete;
  MemoryNames& operator=(const MemoryNames&) = delete;

  [[nodiscard]] size_t size() const { return live_; }
  // Null: there is none.
  Entry* find(std::string_view name);
  // The name is not there. False: no memory.
  [[nodiscard]] bool add(std::string_view name, MemoryNode* node);
  void remove(Entry& entry);
  // All, removed ones included, which have no name; sorted by serial.
  [[nodiscard]] std::span<Entry> entries() { return {entries_.data(), entries_.size()}; }
  // Of the first whose serial is above.
  [[nodiscard]] size_t first_after(uint64_t serial) const;

 private:
  [[nodiscard]] uint32_t hash_of(std::string_view name) const;
  [[nodiscard]] bool rebuild();
  void enter(uint32_t entry);

  Allocator& allocator_;
  uint64_t seed_;
  Vector<Entry> entries_;
  Vector<uint32_t> buckets_;  // entry + 1; 0: empty. A power of two, or none
  size_t live_ = 0;
  uint64_t last_serial_ = 0;
};

}  // namespace wembed::wasi
