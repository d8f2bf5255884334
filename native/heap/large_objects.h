// The objects of a heap that share no block, found by their addresses. Private to native/heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/vector.h"
#include "heap/block.h"

namespace wembed {

class LargeObjects {
 public:
  explicit LargeObjects(Allocator& allocator) : all_(allocator), places_(allocator) {}

  // There will be room for so many more. False: no memory.
  [[nodiscard]] bool make_room(size_t more) {
    if (more == 0) return true;
    const size_t size = all_.size();
    if (all_.extend(more) == nullptr) return false;
    all_.truncate(size);
    return (size + more) * 2 <= places_.size() || rebuild((size + more) * 2);
  }
  // There is room.
  void add(LargeObject& large) {
    static_cast<void>(all_.push_back(&large));
    put(&large);
  }
  [[nodiscard]] bool has(const LargeObject* large) const {
    if (places_.size() == 0) return false;
    size_t at = home_of(large);
    while (places_[at] != nullptr && places_[at] != large) at = next(at);
    return places_[at] != nullptr;
  }

  [[nodiscard]] size_t size() const { return all_.size(); }
  [[nodiscard]] LargeObject** begin() { return all_.begin(); }
  [[nodiscard]] LargeObject** end() { return all_.end(); }

  // keep(large) for each; those for which it is false are no longer here.
  template <class Keep> void retain(Keep keep) {
    size_t kept = 0;
    for (LargeObject* large : all_) {
      if (keep(*large)) all_[kept++] = large;
    }
    all_.truncate(kept);
    fill();
  }
  void clear() {
    all_.clear();
    fill();
  }

 private:
  [[nodiscard]] size_t home_of(const LargeObject* large) const {
    const uint64_t mixed = (reinterpret_cast<uintptr_t>(large) >> 4) * 0x9e3779b97f4a7c15u;
    return static_cast<size_t>(mixed >> 32) & (places_.size() - 1);
  }
  [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (places_.size() - 1); }
  void put(LargeObject* large) {
    size_t at = home_of(large);
    while (places_[at] != nullptr) at = next(at);
    places_[at] = large;
  }
  void fill() {
    for (LargeObject*& place : places_) place = nullptr;
    for (LargeObject* large : all_) put(large);
  }
  [[nodiscard]] bool rebuild(size_t least) {
    size_t size = places_.size() == 0 ? 16 : places_.size();
    while (size < least) size *= 2;
    if (places_.extend(size - places_.size()) == nullptr) return false;
    fill();
    return true;
  }

  Vector<LargeObject*> all_;
  Vector<LargeObject*> places_;  // a power of two, at most half taken; each at or behind its home
};

}  // namespace wembed
