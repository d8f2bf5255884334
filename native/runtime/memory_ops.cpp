// Bulk operations on memories. Ranges are checked in 64 bits and before anything is written.
#include <cstring>
#include <utility>

#include "runtime/bulk.h"
#include "runtime/collection.h"
#include "runtime/guest_span.h"
#include "runtime/operations.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

bool in_range(uint64_t size, uint64_t start, uint64_t count) {
  return start <= size && count <= size - start;
}

}  // namespace

Trap op_memory_grow(ExecEnv& env, Instance& instance, uint32_t memory, uint64_t delta, Slot* top,
                    int64_t& old) {
  Memory& target = *instance.memories[memory];
  bool limit_reached = delta > target.max_pages - target.pages;
  if (!limit_reached) {
    Trap trap = Bulk(env, instance).begin(delta * target.type.page_size);
    if (trap != Trap::None) return trap;
  }
  // What follows may be the embedder's code: of storage by functions, and of the callback.
  Slot* old_top = std::exchange(env.top, top);
  old = target.grow(delta);
  if (old < 0) [[unlikely]] {
    GrowthRefused refused = instance.runtime->growth_refused();
    Away away(env);
    if (refused != nullptr) refused(instance, &env, delta, target.size, limit_reached);
  }
  env.top = old_top;
  return Trap::None;
}

Trap init_memory(Bulk& bulk, Instance& instance, uint32_t segment, uint32_t memory,
                 uint64_t destination, uint64_t source, uint64_t count) {
  const Module& module = *instance.module;
  const ReadScope scope(module.source());
  auto bytes = module.slice(module.data()[segment].bytes);
  uint64_t available = instance.dropped_data[segment] != 0 ? 0 : bytes.size();
  uint8_t* to;
  if (!in_range(available, source, count) ||
      !find_guest_bytes(*instance.memories[memory], destination, count, to)) {
    return Trap::MemoryOutOfBounds;
  }
  if (count == 0) return Trap::None;
  if (Trap trap = bulk.begin(count); trap != Trap::None) return trap;
  if (scope.lost()) return Trap::BytesLost;
  const uint8_t* from = bytes.data() + source;
  Trap trap = bulk.each(count, 1, false,
                        [&](uint64_t at, uint64_t n) { std::memcpy(to + at, from + at, n); });
  return scope.lost() ? Trap::BytesLost : trap;
}

Trap op_memory_init(ExecEnv& env, Instance& instance, uint32_t segment, uint32_t memory,
                    uint64_t destination, uint64_t source, uint64_t count) {
  Bulk bulk(env, instance);
  return init_memory(bulk, instance, segment, memory, destination, source, count);
}

void op_data_drop(Instance& instance, uint32_t segment) { instance.dropped_data[segment] = 1; }

Trap op_memory_copy(ExecEnv& env, Instance& instance, uint32_t destination_memory,
                    uint32_t source_memory, uint64_t destination, uint64_t source, uint64_t count) {
  uint8_t* target;
  uint8_t* origin;
  if (!find_guest_bytes(*instance.memories[source_memory], source, count, origin) ||
      !find_guest_bytes(*instance.memories[destination_memory], destination, count, target)) {
    return Trap::MemoryOutOfBounds;
  }
  if (count == 0) return Trap::None;
  Bulk bulk(env, instance);
  if (Trap trap = bulk.begin(count); trap != Trap::None) return trap;
  return bulk.each(count, 1, target > origin,
                   [&](uint64_t at, uint64_t n) { std::memmove(target + at, origin + at, n); });
}

Trap op_memory_fill(ExecEnv& env, Instance& instance, uint32_t memory, uint64_t destination,
                    uint8_t value, uint64_t count) {
  uint8_t* place;
  if (!find_guest_bytes(*instance.memories[memory], destination, count, place)) {
    return Trap::MemoryOutOfBounds;
  }
  if (count == 0) return Trap::None;
  Bulk bulk(env, instance);
  if (Trap trap = bulk.begin(count); trap != Trap::None) return trap;
  return bulk.each(count, 1, false,
                   [&](uint64_t at, uint64_t n) { std::memset(place + at, value, n); });
}

}  // namespace wembed
