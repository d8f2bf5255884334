// Ways to end, and what C++ throws: each is an exception of the host's.
#include <cinttypes>
#include <cstdio>

#include "libc/functions.h"

namespace wembed::libc {

namespace {

Trap leave(Call& call, const char* name) {
  char text[64];
  std::snprintf(text, sizeof(text), "env.%s(%" PRId32 ")", name, call.number(0));
  return call.fail(text);
}

bool is_address(const Call& call, uint32_t index) {
  return call.range(call.pointer(index), 1) != nullptr;
}

}  // namespace

Trap exit_exit(Call& call) { return leave(call, "exit"); }
Trap exit_abort(Call& call) { return leave(call, "abort"); }
Trap exit_stack_overflow(Call& call) { return leave(call, "abortStackOverflow"); }
Trap exit_null_function(Call& call) { return leave(call, "nullFunc_X"); }

Trap cxa_begin_catch(Call& call) {
  return is_address(call, 0) ? Trap::None : Trap::MemoryOutOfBounds;
}

Trap cxa_throw(Call& call) {
  if (!is_address(call, 0) || !is_address(call, 1)) return Trap::MemoryOutOfBounds;
  return call.fail("exception thrown by stdc++");
}

}  // namespace wembed::libc
