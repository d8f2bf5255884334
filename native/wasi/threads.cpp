// Threads that a guest starts.
#include "wasi/calls.h"

namespace wembed::wasi {

Trap thread_spawn(Call& call) {
  int32_t number = call.state().start_thread(call.env(), call.word(0));
  // One that is to end is not told that there are no more threads.
  Trap pending = call.instance().pending_trap();
  if (number < 0 && pending != Trap::None) return pending;
  return call.answer(number);
}

}  // namespace wembed::wasi
