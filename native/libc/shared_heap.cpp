// Blocks of the shared heap that the host has attached to the guest, for guests that allocate there
// by themselves.
#include "runtime/shared_heap.h"

#include "libc/functions.h"

namespace wembed::libc {

namespace {

SharedHeap* heap_of(const Call& call) {
  const Memory* memory = call.instance().memory;
  return memory == nullptr ? nullptr : memory->shared_heap.get();
}

}  // namespace

Trap shared_heap_malloc(Call& call) {
  SharedHeap* heap = heap_of(call);
  uint8_t* place;
  return call.give_wide(heap == nullptr ? 0 : heap->allocate(call.word(0), call.is_wide(), place));
}

// As free(): what is no block is left alone.
Trap shared_heap_free(Call& call) {
  if (call.range(call.pointer(0), 1) == nullptr) return Trap::MemoryOutOfBounds;
  if (SharedHeap* heap = heap_of(call)) heap->release(call.pointer(0), call.is_wide());
  return Trap::None;
}

}  // namespace wembed::libc
