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
};

// Engine::init: interpreted until somebody joins machine code to it.
void init_joined(Code& code);

// Code that counts instructions, is timed, or has a shared heap behind its memory, is interpreted.
inline bool may_be_joined(const Code& code) {
  const Variant variant = code.variant();
  return !variant.metered && !variant.profiled && !variant.windowed && !variant.leavable;
}

// The machine code that was joined to it; null: none.
const JoinedCode* joined_code(const Code& code);

// Compiles the function, with memory of that allocator, which stays. None with a null result: it is
// to be interpreted.
[[nodiscard]] Trap make_joined(const Code& code, const Poll& poll, Allocator& allocator,
                               JoinedCode*& made);

// Publishes what make_joined() has made, unless another thread was faster.
void publish_joined(Code& code, JoinedCode& made);

// Has all callers come to the machine code from now on.
void use_joined(Code& code, const JoinedCode& joined);

}  // namespace wembed
