// The native tier: machine code of functions, made of their bodies by `compile`.
#pragma once

#include "base/poll.h"
#include "base/trap.h"
#include "jit/build/build.h"
#include "jit/code/code_space.h"
#include "jit/code/source_table.h"
#include "jit/stubs.h"
#include "runtime/code.h"

namespace wembed::jit {

// A body. Its range is the code's, places are addresses in it.
struct NativeCode : Body {
  explicit NativeCode(Allocator& of) : Body{}, allocator(of) {}

  Allocator allocator;  // of itself and what it has; its roots are the module allocator's
  CodeSpace::Piece piece;
  SourceEntry* sources = nullptr;
  uint32_t source_count = 0;
  uint32_t entry = 0;        // offset of what machine code calls
  uint32_t local_slots = 0;  // of the frame, below its link
  uint32_t slots = 0;        // of the whole frame
  uint32_t loop = 0;         // that it begins with, byte in the module; 0: it is the function's
};

const Tier& tier();
// Of bodies that begin with a loop: a function may have several, none of which can be called.
const Tier& loop_tier();

// Whether functions can be compiled here: asked once, by any thread. 0, or an error number: ENOSYS
// where no machine code is known for the processor, what the system said where it forbids such
// memory.
[[nodiscard]] int start();
// Once started.
[[nodiscard]] const Stubs& stubs();

// Code::native of a function that has no machine code. Is there before anything is started.
[[nodiscard]] const void* interpreted();
// The same, of one that will have none: which of the two it is tells them apart.
[[nodiscard]] const void* refused();

// Fills in what `made` has but its list; what is needed meanwhile is its allocator's, too. With an
// `entry` the body begins with that loop, else it is null. Error::Unsupported: there is something
// in the function that is not known here. `refusal` says what; else None, or why there is no
// memory.
[[nodiscard]] Error compile(const Code& code, const LoopEntry* entry, const Poll& poll,
                            NativeCode& made, Refusal& refusal);

}  // namespace wembed::jit
