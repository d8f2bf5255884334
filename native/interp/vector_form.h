// Which form of the vector operations is run: see isa/simd.h.
#pragma once

// 1 where the library has the operations for x86-64-v2: not where it is to be small.
#if defined(__x86_64__) && !defined(WEMBED_SMALL)
#define WEMBED_HAS_V2 1
#else
#define WEMBED_HAS_V2 0
#endif

namespace wembed {

// Whether translations from now on have the operations for x86-64-v2: where the processor has it.
bool vectors_are_v2();

// For tests: the operations that every processor has, from now on and for good.
void use_base_vectors();

}  // namespace wembed
