// The items of an element segment, as an instance has them.
#pragma once

#include <cstdint>

#include "runtime/bulk.h"
#include "runtime/const_scope.h"
#include "runtime/element_values.h"
#include "runtime/instance.h"

namespace wembed {

// None of one that was dropped.
inline uint64_t item_count(const Instance& instance, uint32_t segment) {
  return instance.dropped_elements[segment] != 0 ? 0 : instance.module->elements()[segment].count;
}

// Between two looks whether to stop: each is some work.
constexpr uint64_t kItemsAtOnce = 4096;

inline Trap item_trap(Error error) {
  if (error == Error::BytesLost) return Trap::BytesLost;
  return error == Error::OutOfMemory ? Trap::OutOfMemory : Trap::InvalidCode;
}

// visit(position from `source` on, reference) for `count` items, which are there. Those before
// `source` are kept as bytes too: they are read and dropped.
template <class Visit> [[nodiscard]] Trap each_item(Bulk& bulk, Instance& instance,
                                                    uint32_t segment, uint64_t source,
                                                    uint64_t count, Visit visit) {
  if (std::span<const Slot> kept = kept_element_values(instance, segment); !kept.empty()) {
    for (uint64_t i = 0; i < count; i++) {
      if (i % kItemsAtOnce == kItemsAtOnce - 1) {
        if (Trap trap = bulk.look(); trap != Trap::None) return trap;
      }
      visit(i, kept[source + i]);
    }
    return Trap::None;
  }
  const ReadScope bytes(instance.module->source());
  if (bytes.lost()) return Trap::BytesLost;
  InstanceScope scope(instance);
  Diagnostic diagnostic;
  ElementItems reader(*instance.module, instance.module->elements()[segment], scope, diagnostic);
  for (uint64_t i = 0; i < source + count; i++) {
    if (i % kItemsAtOnce == kItemsAtOnce - 1) {
      if (Trap trap = bulk.look(); trap != Trap::None) return trap;
    }
    Result<uint64_t> item = reader.next();
    if (bytes.lost()) return Trap::BytesLost;  // and not a reference that was never there
    if (!item.ok()) return item_trap(item.error());
    if (i >= source) visit(i - source, item.value());
  }
  return Trap::None;
}

}  // namespace wembed
