// What code pays when it runs under fuel: the one rule, which every tier follows, so that a call
// uses the same fuel whoever runs it.
//
// An instruction that can be reached costs one unit. Code is divided into blocks; a block's
// instructions are paid at once, before the first of them runs, and code that cannot pay traps
// there. A block begins
//   - where the function begins,
//   - behind `loop`, `if`, `else`, `br_if`, `br_on_null`, `br_on_non_null`, `catch`, `catch_all`,
//   - behind an `end` that control reaches in another way than out of the code before it: a branch
//     or the first arm of an `if` leads there, or there is no `else`, or nothing comes out of the
//     code before it. A clause of try_table is a branch to its label, and the parts of a legacy try
//     are like the arms of an `if`.
// The instruction before that point belongs to the block before: `loop` is paid when the loop is
// entered, not each time round, `else` and `end` by who comes to them from above, `catch` likewise.
// A block that an exception leaves is paid for as a whole. Throwing costs what the instruction
// does, however many frames it ends: they were paid for when they began.
//
// The walker applies the rule: it calls on_instruction() and on_fuel_block() of its sink.
//
// Operations on whole ranges pay for their length besides; see kBytesPerFuel.
#pragma once

#include <cstdint>

#include "module/walk_scratch.h"

namespace wembed {

// memory.fill, memory.copy and memory.init cost one unit more for each so many bytes in full;
// table operations likewise, for the eight bytes that an element counts; making an object, by its
// bytes, and operations on ranges of arrays too. So whoever allocates pays for collections:
// there is one when as much was made as lives.
constexpr uint64_t kBytesPerFuel = 64;

// Whether a block begins behind the end of this construct.
inline bool fuel_block_behind(const Control& ended) {
  if (!ended.entry_reachable || ended.kind == ControlKind::Function) return false;
  bool joined =
      ended.kind == ControlKind::If || (ended.kind != ControlKind::Loop && ended.is_branch_target);
  return joined || !ended.reachable;
}

}  // namespace wembed
