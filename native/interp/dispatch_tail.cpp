// Dispatch by sibling calls: every handler is a function that ends in a jump to the next one, so
// the machine's state stays in argument registers throughout.
#include "interp/dispatch.h"

#if WEMBED_DISPATCH_TAIL

#include "interp/tail_handler.h"
#include "interp/vector_form.h"

namespace wembed {
namespace {

#define VECTOR_OPS_ELSEWHERE
#define OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE) WEMBED_LABEL(name);
#include "interp/reg_ops.def"

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

}  // namespace

// Where the handlers are, by RegOp.
#if defined(__ELF__)
WEMBED_DECLARE_TABLE(wembed_handlers)
asm(WEMBED_TABLE_BEGIN(wembed_handlers)
#define VECTOR_OPS_ELSEWHERE
#define OP(name) WEMBED_TABLE_ROW(wembed_handlers, name)
#include "interp/reg_ops.def"
        WEMBED_TABLE_END(wembed_handlers));

static uint64_t number_handler(RegOp op) {
  int32_t distance = wembed_handlers[static_cast<size_t>(op)];
  return reinterpret_cast<uint64_t>(wembed_handlers) + static_cast<uint64_t>(int64_t{distance});
}
#else
static constexpr Handler kHandlers[] = {
#define VECTOR_OPS_ELSEWHERE
#define OP(name) op_##name,
#include "interp/reg_ops.def"
};

static uint64_t number_handler(RegOp op) {
  return reinterpret_cast<uint64_t>(kHandlers[static_cast<size_t>(op)]);
}
#endif

uint64_t handler_word(RegOp op) {
  const auto index = static_cast<uint32_t>(op);
  if (kNumberOps == kRegOps || index < kNumberOps) return number_handler(op);
  return vectors_are_v2() ? vector_handler_v2(index - kNumberOps)
                          : vector_handler(index - kNumberOps);
}

uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t first,
                 uint64_t mem_size) {
  return reinterpret_cast<Handler>(first)(ip, fp, mem, env, first, mem_size, 0, 0);
}

const char* dispatch_name() { return "tail"; }

}  // namespace wembed

#endif
