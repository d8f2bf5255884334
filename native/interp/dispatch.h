// What the two dispatch files offer, and which of them is compiled.
//
// The tail form makes each register operation a function that ends in a jump to the next; it needs
// a compiler that turns such calls into jumps. The loop form calls one operation after the other
// and serves everything else (sanitizers, unoptimised builds). -DWEMBED_DISPATCH_LOOP forces it.
#pragma once

#include <cstdint>

#include "base/sanitizers.h"
#include "base/trap.h"
#include "interp/native_stub.h"
#include "interp/reg_op.h"
#include "platform/argument_registers.h"
#include "platform/code_section.h"
#include "runtime/code.h"
#include "runtime/exec_env.h"

#if defined(WEMBED_DISPATCH_LOOP) || WEMBED_SANITIZED || !defined(__OPTIMIZE__)
#define WEMBED_DISPATCH_TAIL 0
#else
#define WEMBED_DISPATCH_TAIL WEMBED_ARGUMENTS_STAY
#endif

// All handlers stand in one section, so that a fault's program counter tells whether it is ours.
// Each begins where a processor's block of decoded operations does: elsewhere two kernels of the
// benchmarks took 1.08 and 1.56 times as long, for no other reason. A small build does without.
#ifdef WEMBED_SMALL
#define WEMBED_HANDLER_SECTION WEMBED_CODE_SECTION(wembed_interp)
#else
#define WEMBED_HANDLER_SECTION WEMBED_CODE_SECTION(wembed_interp) __attribute__((aligned(32)))
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

// Runs from `ip` until the entry frame returns or something traps; the result is a Trap. `first` is
// the handler's word of the first operation: as a rule the one at `ip`. It stands where the state
// has acc, of which nothing is expected there, so that all stays where it is.
uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t first,
                 uint64_t mem_size);

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
#define WEMBED_STATE_IN_REGISTERS (WEMBED_DISPATCH_TAIL && WEMBED_ARGUMENTS_TOLD)

// The name of the form that was compiled: "tail" or "loop".
const char* dispatch_name();

// --- called by handlers off the fast path --------------------------------------------------------

// The call at `ip` found no room for `code`'s frame with its first argument at `base`: an
// interrupt, the stack's end, or a body not yet translated. None: repeat the call.
Trap enter_slow(ExecEnv& env, const uint64_t* ip, Slot* fp, Code& code, Slot* base);

// Where a call whose place to return to this is continues when its memory has to be loaded again.
Slot reloading_place(Slot place);

// The load or store of a far memory at `ip`, whose address is not the memory's: in a shared heap.
Trap access_outside(const uint64_t* ip, Slot* fp);

// Whether a call of the kinds that may be the host's is in place of the function.
bool is_last_call(const uint64_t* call);

// The native body of the frame at `fp`, whose parameters begin at `base`, left its last call in
// env.tail. The frame's place is taken by that of the callee; its link, with env.tail.ops to go on
// with. Null: env.tail.trap.
Slot* enter_tail(ExecEnv& env, Slot* fp, Slot* base);

// An exception came from `ip`, or returned there, in frame `fp`: None when it is caught, in env.fp
// and at env.place; else env.arrival.fp is where the search came to an end. Handlers have no
// structure of their own, which would keep them from jumping.
Trap unwind(ExecEnv& env, Slot* fp, const uint64_t* ip, bool is_return);

// Where the frame goes on whose branch led to `ip` and saw that somebody wanted something: there,
// or in machine code of the loop that begins there.
const uint64_t* after_poll(ExecEnv& env, Slot* fp, const uint64_t* ip);

// Runs a native body in the frame whose link is given, if the native stack has room.
inline Trap enter_native(ExecEnv& env, NativeBody body, Slot* link) {
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) >= env.native_floor) [[likely]] {
    return body(env, link);
  }
  env.fp = link;
  env.place = nullptr;
  return Trap::NativeStackOverflow;
}

}  // namespace wembed
