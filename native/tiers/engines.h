// Who runs a runtime's functions: engines put together from tiers, which do not know each other.
#pragma once

#include "runtime/engine.h"

namespace wembed {

// Every function is interpreted.
const Engine& interpreted_engine();

// Functions are machine code from their first call on, where the native tier knows all that is in
// them; the others are interpreted. Null: there is no machine code here. `error` is then the
// system's error number, ENOSYS where it is unknown for the processor or not part of this build.
const Engine* native_engine(int& error);

// Bytes of memory for machine code, of the process.
uint64_t native_code_bytes();

// Functions are interpreted until samples of what runs find them hot; then they become machine
// code, made by a thread of the process's. Until then nothing is taken of the system, nor asked of
// it: where machine code is forbidden functions stay interpreted. Null: not part of this build.
const Engine* sampled_engine(int& error);

// Functions that became machine code in the process, and loops that did to take running functions
// over.
struct NativeCount {
  uint64_t functions = 0;
  uint64_t loops = 0;
};
NativeCount native_count();

// Functions of the process that are interpreted although their engine makes machine code, each of
// them once, by the reason that was found first. False: that is no number of a reason.
struct RefusalCount {
  const char* word;
  const char* text;
  uint64_t functions;
};
bool refusal_count(uint32_t reason, RefusalCount& made);

// What a runtime is made with: that one, unless a test has said otherwise. Null takes it back.
const Engine& chosen_engine();
bool is_engine_chosen();  // by a test
void choose_engine(const Engine* engine);

}  // namespace wembed
