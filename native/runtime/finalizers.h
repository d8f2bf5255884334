// What is called for objects of a group that go, and for values of the host that nothing refers to
// any more. Private to native/runtime; under Runtime::store_mutex(), as the ObjectSpace it is in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address_table.h"
#include "heap/mark.h"
#include "runtime/host_objects.h"
#include "runtime/object_handle.h"

namespace wembed {

class Finalizers {
 public:
  explicit Finalizers(Allocator& allocator) : table_(allocator) {}

  // One for each; a new one replaces the last. False: no memory.
  [[nodiscard]] bool set(Handle handle, const Finalizer& finalizer);
  void unset(Handle handle);
  [[nodiscard]] bool empty() const { return table_.size() == 0; }
  // Whether there are so many that a collection is worth looking for those to call.
  [[nodiscard]] bool has_many() const { return table_.size() >= 2 * kept_ + kMany; }

  // An externref that a collection has found, as it is in a slot.
  void see(Slot externref);
  // The collection is not finished.
  void forget_seen();
  // Before what is not marked is freed: calls those whose objects go.
  void call_unreached();
  // All objects go.
  void call_all();

  // Those of `other` as well, which has none any more; of a value of the host's that has one in
  // both, the other's is called at once. There has to be room.
  [[nodiscard]] bool reserve(const Finalizers& other) {
    return table_.make_room(other.table_.size());
  }
  void adopt(Finalizers& other);

 private:
  struct Entry {
    Handle key = 0;     // without its side
    Handle handle = 0;  // as it was given
    Finalizer finalizer;
    bool is_seen = false;  // of a value of the host's, by the collection that goes on
  };
  static constexpr size_t kMany = 256;
  static void call(const Entry& entry);

  AddressTable<Entry> table_;
  size_t kept_ = 0;  // by the last collection
};

// Tells both a collection's observer and the finalizers, if there are any, what there is of values
// of the host's.
class HostValueWatch {
 public:
  HostValueWatch(const MarkObserver& observer, Finalizers* finalizers)
      : observer_(observer),
        finalizers_(finalizers != nullptr && !finalizers->empty() ? finalizers : nullptr) {}
  HostValueWatch(const HostValueWatch&) = delete;
  HostValueWatch& operator=(const HostValueWatch&) = delete;

  [[nodiscard]] MarkObserver observer() {
    return finalizers_ == nullptr ? observer_ : MarkObserver{&see, this};
  }

 private:
  static void see(void* context, uint64_t slot) {
    auto& watch = *static_cast<HostValueWatch*>(context);
    watch.finalizers_->see(slot);
    if (watch.observer_.seen != nullptr) watch.observer_.seen(watch.observer_.context, slot);
  }

  MarkObserver observer_;
  Finalizers* finalizers_;
};

}  // namespace wembed
