#include "wasi/file_time.h"

#include "platform/clock.h"
#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/native_stack.h"
#include "wasi/abi.h"
#include "wasi/state.h"

namespace wembed::wasi {

namespace {

// Null: the system's clock is meant.
const Sources* own_sources(const ExecEnv* env) {
  State* state = env == nullptr || env->instance == nullptr ? nullptr : State::of(*env->instance);
  if (state == nullptr || state->settings().sources.read_clock == nullptr) return nullptr;
  return &state->settings().sources;
}

const uint8_t* memory_of(const Instance& guest) {
  return guest.memory == nullptr ? nullptr : guest.memory->base;
}

}  // namespace

bool has_own_clock() { return own_sources(thread_state.current) != nullptr; }

Errno file_time(uint64_t& ns) {
  ExecEnv* env = thread_state.current;
  if (const Sources* sources = own_sources(env); sources != nullptr) {
    Instance& guest = *env->instance;
    const uint8_t* before = memory_of(guest);
    bool had_exception = guest.has_exception();
    bool is_known = sources->read_clock(sources->context, env, kRealtime, &ns);
    if (guest.has_exception() && !had_exception) return Errno::kCANCELED;
    if (memory_of(guest) != before) {
      guest.set_exception("a clock of the host has moved the memory");
      return Errno::kCANCELED;
    }
    if (is_known) return kSuccess;
  }
  if (!platform::read_clock(platform::SystemClock::Real, ns)) ns = 0;
  return kSuccess;
}

}  // namespace wembed::wasi
