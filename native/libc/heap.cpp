// malloc and the like, by the allocator that the host uses for the guest.
#include <cstring>

#include "libc/functions.h"
#include "memory/guest_heap.h"
#include "runtime/guest_allocator.h"

namespace wembed::libc {

namespace {

Trap allocated(Call& call, uint64_t size) {
  uint64_t offset = guest_malloc(call.instance(), size);
  // The guest's own malloc may have trapped.
  if (call.instance().has_exception()) return Trap::HostException;
  return call.give_wide(offset);
}

}  // namespace

Trap heap_malloc(Call& call) { return allocated(call, call.word(0)); }

// A host's malloc takes these sizes as well, and what is thrown is small.
Trap cxa_allocate_exception(Call& call) { return allocated(call, call.word(0)); }

Trap heap_calloc(Call& call) {
  uint64_t size = uint64_t{call.word(0)} * call.word(1);
  if (size >= UINT32_MAX) return call.give(0);
  Instance& instance = call.instance();
  uint64_t offset = guest_malloc(instance, size);
  if (instance.has_exception()) return Trap::HostException;
  uint8_t* data = offset == 0 ? nullptr : call.range(offset, size);
  if (data == nullptr) return call.give(0);
  if (Trap trap = call.bulk().begin(size); trap != Trap::None) return trap;
  Trap trap = call.bulk().each(
      size, 1, false, [&](uint64_t at, uint64_t length) { std::memset(data + at, 0, length); });
  return trap != Trap::None ? trap : call.give_wide(offset);
}

// Only the host-managed heap knows how large a block is.
Trap heap_realloc(Call& call) {
  Memory* memory = call.instance().memory;
  uint32_t offset = call.word(0);
  uint32_t size = call.word(1);
  uint64_t moved = 0;
  if (memory != nullptr && memory->heap != nullptr) {
    if (Trap trap = call.bulk().begin(size); trap != Trap::None) return trap;
    moved = memory->heap->reallocate(offset, size, memory->base);
  }
  return moved == 0 ? call.fail("out of memory") : call.give_wide(moved);
}

// As under WAMR the alignment is that of any block.
Trap heap_memalign(Call& call) {
  const uint64_t target = call.pointer(0);
  if (call.range(target, sizeof(uint32_t)) == nullptr) return Trap::MemoryOutOfBounds;
  uint64_t offset = guest_malloc(call.instance(), call.word(2));
  if (call.instance().has_exception()) return Trap::HostException;
  call.write_word(target, static_cast<uint32_t>(offset));
  return call.give(offset == 0 ? UINT32_MAX : 0);
}

Trap heap_free(Call& call) {
  uint64_t offset = call.pointer(0);
  if (call.range(offset, sizeof(uint32_t)) == nullptr) return Trap::MemoryOutOfBounds;
  guest_free(call.instance(), offset);
  return call.instance().has_exception() ? Trap::HostException : Trap::None;
}

Trap string_duplicate(Call& call) {
  Text text;
  uint64_t source = call.pointer(0);
  if (Trap trap = call.string(source, text); trap != Trap::None) return trap;
  uint64_t size = text.length + 1;
  Instance& instance = call.instance();
  uint64_t offset = guest_malloc(instance, size);
  if (instance.has_exception()) return Trap::HostException;
  if (offset == 0) return call.give(0);
  // Looked up again: the guest's malloc may have moved the memory.
  uint8_t* target = call.range(offset, size);
  const uint8_t* from = call.range(source, size);
  if (target == nullptr || from == nullptr) return Trap::MemoryOutOfBounds;
  Trap trap = call.bulk().each(size, 1, target > from, [&](uint64_t at, uint64_t length) {
    std::memmove(target + at, from + at, length);
  });
  return trap != Trap::None ? trap : call.give_wide(offset);
}

}  // namespace wembed::libc
