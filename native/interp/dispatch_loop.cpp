// Dispatch by a loop over member functions: for compilers and build modes that do not turn calls
// into jumps. Slower, but the bodies are the same as in dispatch_tail.cpp, and sanitizers get
// functions of a size they can handle.
#include "interp/dispatch.h"

#if !WEMBED_DISPATCH_TAIL

#include "interp/handler_access.h"
#include "isa/simd.h"

namespace wembed {
namespace {

constexpr uint64_t kContinue = UINT64_MAX;  // no Trap

// The state has the names that the bodies use.
struct Machine {
  const uint64_t* ip;
  Slot* fp;
  uint8_t* mem;
  ExecEnv* env;
  uint64_t acc;
  uint64_t mem_size;
  double facc;
  float facc32;

#define OP(name) uint64_t op_##name();
#include "interp/reg_ops.def"
};

// Every access to the state would be checked for null and alignment; what the guest's values do
// (shifts, overflow, conversions, memory) still is.
#define WEMBED_OP(name)                                                                   \
  WEMBED_HANDLER_SECTION __attribute__((no_sanitize("null", "alignment", "object-size"))) \
  uint64_t Machine::op_##name()
#define WEMBED_NEXT(words) \
  do {                     \
    ip += words;           \
    return kContinue;      \
  } while (false)
#define WEMBED_GO(name) return op_##name()
#define WEMBED_PIN_STATE()           \
  do {                               \
    env->place = ip;                 \
    env->fp = fp;                    \
    asm volatile("" : : : "memory"); \
  } while (false)

#ifndef WEMBED_WITHOUT_ATOMICS
#include "interp/handlers_atomic.inc"
#endif
#include "interp/handlers_memory.inc"
#include "interp/handlers_numeric.inc"
#define PLAIN_OPS_ELSEWHERE
#define VECTOR_OPS_ELSEWHERE
#define OP(name)
#include "interp/reg_ops.def"

#include "interp/handlers_control.inc"
#include "interp/handlers_table.inc"
// Behind them: they have their names.
#include "interp/handlers_far.inc"
#include "interp/handlers_wide.inc"
#ifndef WEMBED_WITHOUT_OBJECTS
#include "interp/handlers_object.inc"
#endif
#ifndef WEMBED_WITHOUT_VECTORS
#include "interp/handlers_vector.inc"
#endif

constexpr uint64_t (Machine::*kHandlers[])() = {
#define OP(name) &Machine::op_##name,
#include "interp/reg_ops.def"
};

}  // namespace

uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t first,
                 uint64_t mem_size) {
  Machine machine{ip, fp, mem, env, 0, mem_size, 0, 0};
  uint64_t result = (machine.*kHandlers[first])();
  while (result == kContinue) result = (machine.*kHandlers[*machine.ip])();
  return result;
}

uint64_t handler_word(RegOp op) { return static_cast<uint64_t>(op); }

const char* dispatch_name() { return "loop"; }

}  // namespace wembed

#endif
