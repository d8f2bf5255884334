// Machine code of one function: instructions by their rows with the registers that an allocator
// gave them, and what is more than one instruction. What is done seldom stands behind the rest.
//
//   thunk       NativeBody: called by C++ with a complete link
//   entry       called by native code; makes the link
//   linked      the function
//   cold parts, tables of branches, literals
//
// A native frame on the machine's stack is the return address and, where anything is called, a word
// that keeps the stack aligned. Between a function's instructions the registers of registers.h hold
// their values and the machine's stack pointer is where its first instruction left it.
#pragma once

#include "jit/asm/assembler.h"
#include "jit/code/source_table.h"
#include "jit/lower/machine.h"
#include "jit/stubs.h"

namespace wembed::jit {

struct EmitInput {
  const MachineFunction& function;
  const Allocation& allocation;
  const Stubs& stubs;
  uint32_t local_slots;
  uint32_t operand_slots;  // above the link: operands that the function begins with
  bool has_entry;          // else only C++ calls it
  bool guarded;            // memory 0 stays where it is
};

struct Emitted {
  explicit Emitted(Allocator& allocator) : code(allocator), sources(allocator) {}
  Assembler code;
  Vector<SourceEntry> sources;
  uint32_t entry = 0;     // offset of what native code calls
  uint32_t slots = 0;     // of the frame, from the first parameter to the last outgoing slot
  uint32_t outgoing = 0;  // where those begin, from the link on
};

// False: no memory.
[[nodiscard]] bool emit(const EmitInput& input, Emitted& made);

}  // namespace wembed::jit
