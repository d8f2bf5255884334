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
  CodeSpace::Piece piece;
  SourceEntry* sources = nullptr;  // the module allocator's
  uint32_t source_count = 0;
  uint32_t entry = 0;        // offset of what machine code calls
  uint32_t local_slots = 0;  // of the frame, below its link
  uint32_t slots = 0;        // of the whole frame
};

const Tier& tier();

// Whether functions can be compiled here: asked once. 0, or an error number: ENOSYS where no
// machine code is known for the processor, what the system said where it forbids such memory.
[[nodiscard]] int start();
// Once started.
[[nodiscard]] const Stubs& stubs();

// Fills in what `made` has but its tier and its list. Error::Unsupported: there is something in the
// function that is not known here, `refusal` says what.
[[nodiscard]] Error compile(const Code& code, const Poll& poll, NativeCode& made, Refusal& refusal);

// What a compilation that was not used has.
void discard(Allocator& allocator, NativeCode& made);

}  // namespace wembed::jit
