// Dispatch by sibling calls: every handler is a function that ends in a jump to the next one, so
// the machine's state stays in argument registers throughout.
#include "interp/dispatch.h"

#if WEMBED_DISPATCH_TAIL

#include "interp/handler_access.h"

#if defined(__clang__)
#define WEMBED_JUMP __attribute__((musttail)) return
#else
#define WEMBED_JUMP return
#endif

namespace wembed {
namespace {

using Handler = uint64_t (*)(WEMBED_STATE);

// Handlers reach each other by jumps only: nothing may be inlined, cloned or given other arguments.
#if defined(__clang__)
#define WEMBED_HANDLER WEMBED_HANDLER_SECTION __attribute__((noinline))
#else
#define WEMBED_HANDLER WEMBED_HANDLER_SECTION __attribute__((noipa))
#endif
#define OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE);
#include "interp/reg_ops.def"

#define WEMBED_OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE)
#define WEMBED_NEXT(words)                                         \
  do {                                                             \
    ip += words;                                                   \
    WEMBED_JUMP reinterpret_cast<Handler>(*ip)(WEMBED_STATE_ARGS); \
  } while (false)
#define WEMBED_GO(name) WEMBED_JUMP op_##name(WEMBED_STATE_ARGS)

// Keeps ip and fp in the registers they were passed in, where the fault's context shows them.
#if WEMBED_STATE_IN_REGISTERS && defined(__x86_64__)
#define WEMBED_PIN_STATE() asm volatile("" : "+D"(ip), "+S"(fp) : : "memory")
#elif WEMBED_STATE_IN_REGISTERS && defined(__aarch64__)
#define WEMBED_PIN_STATE()                                      \
  do {                                                          \
    register const uint64_t* pin_ip asm("x0") = ip;             \
    register Slot* pin_fp asm("x1") = fp;                       \
    asm volatile("" : "+r"(pin_ip), "+r"(pin_fp) : : "memory"); \
    ip = pin_ip;                                                \
    fp = pin_fp;                                                \
  } while (false)
#else
#define WEMBED_PIN_STATE()           \
  do {                               \
    env->ip = ip;                    \
    env->fp = fp;                    \
    asm volatile("" : : : "memory"); \
  } while (false)
#endif

#include "interp/handlers_memory.inc"
#include "interp/handlers_numeric.inc"
#define PLAIN_OPS_ELSEWHERE
#define OP(name)
#include "interp/reg_ops.def"

#include "interp/handlers_control.inc"
#include "interp/handlers_table.inc"

constexpr Handler kHandlers[] = {
#define OP(name) op_##name,
#include "interp/reg_ops.def"
};

}  // namespace

uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t mem_size) {
  return reinterpret_cast<Handler>(*ip)(ip, fp, mem, env, 0, mem_size, 0, 0);
}

uint64_t handler_word(RegOp op) {
  return reinterpret_cast<uint64_t>(kHandlers[static_cast<size_t>(op)]);
}

const char* dispatch_name() { return "tail"; }

}  // namespace wembed

#endif
