// Shared heaps behind memories: which lies behind which, and the code that looks for them there.
//
// Instances of a memory with a heap run code of the windowed variant, from their next calls on:
// functions that run already, and those they call directly, go on without. So no check of an
// address has become dearer for those that have no heap. Nobody else runs the instances meanwhile.
#pragma once

#include <cstdint>

namespace wembed {

struct Instance;
struct Memory;
class SharedHeap;

enum class Attachment : uint8_t {
  Done,
  NoMemory,  // the module has none
  Already,   // another one is attached, or this one
  Overlaps,  // the memory reaches into it
  Refused,   // there is no memory for other code
};

// The heap, with those it is chained to, behind the instance's memory 0, for all that use it.
[[nodiscard]] Attachment attach_shared_heap(Instance& instance, SharedHeap& heap);
// Nothing when there is none.
void detach_shared_heap(Memory& memory);

// The memory's storage goes, and who used it before. There is a heap.
void forget_shared_heap(Memory& memory);

}  // namespace wembed
