// Which form of the vector operations is run: see isa/simd.h.
#pragma once

namespace wembed {

// Whether translations from now on have the operations for x86-64-v2: where the processor has it.
bool vectors_are_v2();

// For tests: the operations that every processor has, from now on and for good.
void use_base_vectors();

}  // namespace wembed
