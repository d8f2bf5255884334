// Trap codes: one byte through the hot code, details elsewhere.
#pragma once

#include <cstdint>

namespace wembed {

enum class Trap : uint8_t {
  None,
#define TRAP(name, text) name,
#include "base/trap.def"
#undef TRAP
  Suspended,  // no trap: the call waits for a deferred host function, see runtime/resumable_call.h
  TailCall,   // none either: another call takes this one's place, see ExecEnv::tail
};

// The text of trap.def; "" for None.
const char* trap_text(Trap trap);
// The same after "Exception: ", as an instance's exception has it.
const char* trap_exception(Trap trap);
// The enumerator's name, e.g. "DivideByZero": what TypeScript shows as a trap's code.
const char* trap_name(Trap trap);

}  // namespace wembed
