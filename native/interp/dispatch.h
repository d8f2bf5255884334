// What the two dispatch files offer, and which of them is compiled.
//
// The tail form makes each register operation a function that ends in a jump to the next; it needs
// a compiler that turns such calls into jumps. The loop form calls one operation after the other
// and serves everything else (sanitizers, unoptimised builds). -DWEMBED_DISPATCH_LOOP forces it.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "interp/native_stub.h"
#include "interp/reg_op.h"
#include "runtime/code.h"
#include "runtime/exec_env.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEMBED_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define WEMBED_SANITIZED 1
#endif
#endif

#if defined(WEMBED_DISPATCH_LOOP) || defined(WEMBED_SANITIZED) || !defined(__OPTIMIZE__)
#define WEMBED_DISPATCH_TAIL 0
#elif defined(__x86_64__) || defined(__aarch64__)
#define WEMBED_DISPATCH_TAIL 1
#else
#define WEMBED_DISPATCH_TAIL 0
#endif

// All handlers stand in one section, so that a fault's program counter tells whether it is ours.
#if defined(__APPLE__)
#define WEMBED_HANDLER_SECTION __attribute__((section("__TEXT,wembed_interp")))
#else
#define WEMBED_HANDLER_SECTION __attribute__((section("wembed_interp")))
#endif

namespace wembed {

// The machine's state: what every handler takes and passes on. acc, facc, facc32 are the
// accumulators for integers, f64 and f32.
#define WEMBED_STATE                                                                             \
  [[maybe_unused]] const uint64_t *ip, [[maybe_unused]] Slot *fp, [[maybe_unused]] uint8_t *mem, \
      [[maybe_unused]] ExecEnv *env, [[maybe_unused]] uint64_t acc,                              \
      [[maybe_unused]] uint64_t mem_size, [[maybe_unused]] double facc,                          \
      [[maybe_unused]] float facc32
#define WEMBED_STATE_ARGS ip, fp, mem, env, acc, mem_size, facc, facc32

// Runs from `ip` until the entry frame returns or something traps; the result is a Trap.
uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t mem_size);

// Word 0 of an operation.
uint64_t handler_word(RegOp op);

// The code that may fault in guest memory.
struct CodeRange {
  const void* begin;
  const void* end;
};
CodeRange handler_code();

// True when a fault's registers tell ip and fp (the first two arguments of the C calling
// convention): handlers then store neither before an access that may fault.
#if WEMBED_DISPATCH_TAIL && (defined(__x86_64__) || defined(__aarch64__)) && defined(__linux__)
#define WEMBED_STATE_IN_REGISTERS 1
#else
#define WEMBED_STATE_IN_REGISTERS 0
#endif

// The name of the form that was compiled: "tail" or "loop".
const char* dispatch_name();

// --- called by handlers off the fast path --------------------------------------------------------

// The call at `ip` found no room for `code`'s frame with its first argument at `base`: an
// interrupt, the stack's end, or a body not yet translated. None: repeat the call.
Trap enter_slow(ExecEnv& env, const uint64_t* ip, Slot* fp, Code& code, Slot* base);

// Runs a native body in the frame whose link is given, if the native stack has room.
Trap enter_native(ExecEnv& env, NativeBody body, Slot* link);

}  // namespace wembed
