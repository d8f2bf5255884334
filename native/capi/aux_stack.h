// The stack that a program has in its memory, besides that of the runtime's.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

struct AuxStack {
  uint32_t global = 0;  // the stack pointer
  uint32_t bottom = 0;  // its first value; the stack grows down from there
  uint32_t size = 0;
};

// As WAMR tells: by the constants __data_end and __heap_base, and the first global that changes and
// begins below the heap. False: the module does not say.
bool find_aux_stack(Instance& instance, AuxStack& stack);

// The stack divided among the root and all that may be spawned. 0: too small.
uint32_t part_of(const AuxStack& stack, uint32_t most);

}  // namespace wembed
