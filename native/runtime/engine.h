// What a tier does for the runtime. The runtime knows tiers through this table only.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/code.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Function;

struct Engine {
  const char* name;

  // Gives a fresh Code its lazy entry. Cannot fail.
  void (*init)(Code& code);

  // Runs a defined function to its end, its trap, or its interruption. `args` is on the wasm stack
  // of `env`: arguments in, results out. Frame bookkeeping of `env` is as before on return; on a
  // trap env.fp and env.ip describe the innermost guest frame until the caller has recorded it.
  Trap (*enter)(ExecEnv& env, const Function& function, Slot* args);

  // The byte offset in the module of the operation that the word at `ip` belongs to (for a caller's
  // frame: one before its return address); kNoOffset when it is not known.
  uint64_t (*locate)(const Code& code, const uint64_t* ip);

  // Does now what the first call would do. None, or why that call would trap. Any thread.
  Trap (*prepare)(Code& code);

  // Whether something was made of the function, more than its lazy entry.
  bool (*is_made)(const Code& code);

  // Frees whatever was made of a function. No thread runs it any more.
  void (*discard)(Code& code);
};

}  // namespace wembed
