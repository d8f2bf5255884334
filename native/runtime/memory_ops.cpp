// Bulk operations on memories. Ranges are checked in 64 bits and before anything is written.
#include <cstring>
#include <utility>

#include "runtime/operations.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

bool in_range(uint64_t size, uint64_t start, uint64_t count) {
  return start <= size && count <= size - start;
}

}  // namespace

int64_t op_memory_grow(ExecEnv& env, Instance& instance, uint32_t memory, uint64_t delta,
                       Slot* top) {
  Memory& target = *instance.memories[memory];
  // What follows may be the embedder's code: of storage by functions, and of the callback.
  Slot* old_top = std::exchange(env.top, top);
  int64_t old = target.grow(delta);
  if (old < 0) [[unlikely]] {
    GrowthRefused refused = instance.runtime->growth_refused();
    bool limit_reached = delta > target.max_pages - target.pages;
    if (refused != nullptr) refused(instance, &env, delta, target.size, limit_reached);
  }
  env.top = old_top;
  return old;
}

Trap op_memory_init(Instance& instance, uint32_t segment, uint32_t memory, uint64_t destination,
                    uint64_t source, uint64_t count) {
  const Module& module = *instance.module;
  const ReadScope scope(module.source());
  auto bytes = module.slice(module.data()[segment].bytes);
  uint64_t available = instance.dropped_data[segment] != 0 ? 0 : bytes.size();
  Memory& target = *instance.memories[memory];
  if (!in_range(available, source, count) || !in_range(target.size, destination, count)) {
    return Trap::MemoryOutOfBounds;
  }
  if (count == 0) return Trap::None;
  if (scope.lost()) return Trap::BytesLost;
  std::memcpy(target.base + destination, bytes.data() + source, count);
  return scope.lost() ? Trap::BytesLost : Trap::None;
}

void op_data_drop(Instance& instance, uint32_t segment) { instance.dropped_data[segment] = 1; }

Trap op_memory_copy(Instance& instance, uint32_t destination_memory, uint32_t source_memory,
                    uint64_t destination, uint64_t source, uint64_t count) {
  Memory& to = *instance.memories[destination_memory];
  const Memory& from = *instance.memories[source_memory];
  if (!in_range(from.size, source, count) || !in_range(to.size, destination, count)) {
    return Trap::MemoryOutOfBounds;
  }
  if (count > 0) std::memmove(to.base + destination, from.base + source, count);
  return Trap::None;
}

Trap op_memory_fill(Instance& instance, uint32_t memory, uint64_t destination, uint8_t value,
                    uint64_t count) {
  Memory& target = *instance.memories[memory];
  if (!in_range(target.size, destination, count)) return Trap::MemoryOutOfBounds;
  if (count > 0) std::memset(target.base + destination, value, count);
  return Trap::None;
}

}  // namespace wembed
