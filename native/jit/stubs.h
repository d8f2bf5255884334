// Machine code that all functions share: ways in from C++, ways out to it. Made once, with the
// first code.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "jit/asm/assembler.h"
#include "runtime/exec_env.h"

namespace wembed::jit {

// Addresses.
struct Stubs {
  uint64_t enter = 0;      // rax: what to call, rdi: env, rsi: link. A NativeBody's second half
  uint64_t interpret = 0;  // in place of a function's entry: calls Code::entry
  uint64_t make_room = 0;  // r11: the end of the frame that is wanted. Changes r8 to r11 alone
  uint64_t poll = 0;       // changes r11 alone; does not come back when it traps
  uint64_t go_on = 0;      // Tier::go_on
};

// Offsets instead of addresses, in `code`.
[[nodiscard]] bool emit_stubs(Assembler& code, Stubs& made);

// Writes back where the guest is: the frame, the place `here` in it, the instance. Changes r11.
void save_state(Assembler& code, Label here);
// The same, where the place is one byte before the end of a call that can be left: see Tier::go_on.
void save_state_before(Assembler& code, Label back);

}  // namespace wembed::jit
