// Functions of the native tier, joined with the interpreter: what callers of either come to.
#pragma once

#include "base/poll.h"
#include "interp/native_stub.h"
#include "jit/native_code.h"

namespace wembed {

// Machine code, with what an interpreted caller continues at.
struct JoinedCode : jit::NativeCode {
  explicit JoinedCode(Allocator& of) : NativeCode(of) {}
  NativeStub stub{nullptr, 0, 0};
  // Of one that begins with a loop: the interpreted body's places that it takes frames over at.
  const void* places[2] = {nullptr, nullptr};
};

// Engine::init: interpreted until somebody joins machine code to it.
void init_joined(Code& code);

// Code that counts instructions, is timed, has a shared heap behind its memory, or is to be
// interpreted, is interpreted.
bool may_be_joined(const Code& code);

// Compiling it was tried, and will not be again.
bool is_refused(const Code& code);

// The machine code that was joined to it; null: none.
const JoinedCode* joined_code(const Code& code);

// Compiles the function, with memory of that allocator, which stays. None with a null result: it is
// to be interpreted, which is counted.
[[nodiscard]] Trap make_joined(Code& code, const Poll& poll, Allocator& allocator,
                               JoinedCode*& made);

// The same for the loop that begins at that place of the interpreted body, if one does.
[[nodiscard]] Trap make_joined_loop(const Code& code, const void* place, const Poll& poll,
                                    Allocator& allocator, JoinedCode*& made);

// Publishes what make_joined() or make_joined_loop() has made, unless another thread was faster.
void publish_joined(Code& code, JoinedCode& made);

// Engine::prepare of what is machine code from its first call on.
[[nodiscard]] Trap prepare_joined(Code& code, const Poll& poll);
// The interpreter's, which counts code that may not be joined.
[[nodiscard]] Trap prepare_interpreted(Code& code, const Poll& poll);

// Whether the place is in the interpreted body.
bool is_interpreted_at(const Code& code, const void* place);

// The machine code that takes frames over at that place; null: none.
const JoinedCode* joined_loop(const Code& code, const void* place);

// Engine::take_over.
const uint64_t* take_over(Code& code, const void* place);

// Has all callers come to the machine code from now on.
void use_joined(Code& code, const JoinedCode& joined);

}  // namespace wembed
