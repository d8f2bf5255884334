// What the host holds of a group's objects, and values of its own that it holds on to by a handle:
// roots, as often as each is held. By their handles, of either hierarchy (object_handle.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address_table.h"
#include "runtime/object_handle.h"

namespace wembed {

class HeldObjects {
 public:
  explicit HeldObjects(Allocator& allocator) : held_(allocator) {}

  // Once more. False: no memory.
  [[nodiscard]] bool hold(Handle handle);
  // Once less. False: it is not held.
  bool release(Handle handle);
  [[nodiscard]] bool holds(Handle handle) const {
    return held_.find(without_side(handle)) != nullptr;
  }
  [[nodiscard]] size_t size() const { return held_.size(); }

  // Those of `other` as well, which has none any more. There has to be room for them; false: there
  // is no memory.
  [[nodiscard]] bool reserve(const HeldObjects& other) { return held_.make_room(other.size()); }
  void adopt(HeldObjects& other);

  // visit(handle)
  template <class Visit> void for_each(Visit visit) const {
    held_.for_each([&](const Entry& entry) { visit(entry.key); });
  }

 private:
  struct Entry {
    Handle key = 0;
    uint64_t times = 0;
  };

  AddressTable<Entry> held_;
};

}  // namespace wembed
