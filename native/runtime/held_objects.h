// Objects of a group that the host holds: roots, as often as each is held.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/object.h"
#include "base/vector.h"

namespace wembed {

class HeldObjects {
 public:
  explicit HeldObjects(Allocator& allocator) : allocator_(&allocator), entries_(allocator) {}

  // Once more. False: no memory.
  [[nodiscard]] bool hold(Object& object);
  // Once less. False: it is not held.
  bool release(const Object& object);
  [[nodiscard]] bool holds(const Object* object) const { return find(object) != nullptr; }
  [[nodiscard]] size_t size() const { return count_; }

  // Those of `other` as well, which has none any more. There has to be room for them; false: there
  // is no memory.
  [[nodiscard]] bool reserve(const HeldObjects& other) { return make_room(other.count_); }
  void adopt(HeldObjects& other);

  template <class Visit> void for_each(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.object != nullptr) visit(*entry.object);
    }
  }

 private:
  struct Entry {
    Object* object = nullptr;  // null: a free place
    uint64_t times = 0;
  };

  [[nodiscard]] size_t home_of(const Object* object) const;
  [[nodiscard]] const Entry* find(const Object* object) const;
  [[nodiscard]] bool make_room(size_t more);
  void put(const Entry& entry);
  void close_gap(size_t gap);

  Allocator* allocator_;
  Vector<Entry> entries_;  // a power of two, at most half of them taken; each at or behind its home
  size_t count_ = 0;
};

}  // namespace wembed
