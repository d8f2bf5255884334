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
// The assembler writes their table, so they have names that it knows.
#if defined(__ELF__)
#define WEMBED_LABEL(name) asm("wembed_op_" #name) __attribute__((used))
#else
#define WEMBED_LABEL(name)
#endif
#define OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE) WEMBED_LABEL(name);
#include "interp/reg_ops.def"

#define WEMBED_OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE)
#define WEMBED_NEXT(words)                                         \
  do {                                                             \
    ip += words;                                                   \
    WEMBED_JUMP reinterpret_cast<Handler>(*ip)(WEMBED_STATE_ARGS); \
  } while (false)
#define WEMBED_GO(name) WEMBED_JUMP op_##name(WEMBED_STATE_ARGS)

// Keeps ip and fp in the registers they were passed in, where the fault's context shows them.
#if WEMBED_STATE_IN_REGISTERS
#define WEMBED_PIN_STATE() WEMBED_PIN_ARGUMENTS(ip, fp)
#else
#define WEMBED_PIN_STATE()           \
  do {                               \
    env->place = ip;                 \
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

}  // namespace

// Where the handlers are, by RegOp. Distances from the table itself: half as large as addresses,
// and nothing for the loader to relocate, which takes another 24 bytes in the file for each
// address. C++ has no constant for the distance of two functions; the assembler has.
#if defined(__ELF__)
extern "C" __attribute__((visibility("hidden"))) const int32_t wembed_handlers[];
asm(R"(
.pushsection .rodata.wembed_handlers, "a", %progbits
.balign 4
.globl wembed_handlers
.hidden wembed_handlers
.type wembed_handlers, %object
wembed_handlers:
)"
#define OP(name) ".long wembed_op_" #name " - wembed_handlers\n"
#include "interp/reg_ops.def"
    ".size wembed_handlers, . - wembed_handlers\n.popsection\n");

uint64_t handler_word(RegOp op) {
  int32_t distance = wembed_handlers[static_cast<size_t>(op)];
  return reinterpret_cast<uint64_t>(wembed_handlers) + static_cast<uint64_t>(int64_t{distance});
}
#else
static constexpr Handler kHandlers[] = {
#define OP(name) op_##name,
#include "interp/reg_ops.def"
};

uint64_t handler_word(RegOp op) {
  return reinterpret_cast<uint64_t>(kHandlers[static_cast<size_t>(op)]);
}
#endif

uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t first,
                 uint64_t mem_size) {
  return reinterpret_cast<Handler>(first)(ip, fp, mem, env, first, mem_size, 0, 0);
}

const char* dispatch_name() { return "tail"; }

}  // namespace wembed

#endif
