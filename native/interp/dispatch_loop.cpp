// Dispatch by computed goto in one function: for compilers and build modes that do not turn calls
// into jumps. The bodies are the same as in dispatch_tail.cpp.
#include "interp/dispatch.h"

#if !WEMBED_DISPATCH_TAIL

#include "interp/handler_access.h"

namespace wembed {
namespace {

#define WEMBED_OP(name) op_##name:
#define WEMBED_NEXT(words)                       \
  do {                                           \
    ip += words;                                 \
    goto* reinterpret_cast<const void*>(*ip);    \
  } while (false)
#define WEMBED_GO(name) goto op_##name
#define WEMBED_PIN_STATE()            \
  do {                                \
    env->ip = ip;                     \
    env->fp = fp;                     \
    asm volatile("" : : : "memory");  \
  } while (false)

// With `labels` it only says where the handlers are.
WEMBED_HANDLER_SECTION __attribute__((noinline)) uint64_t run_loop(WEMBED_STATE,
                                                                   const void* const** labels) {
  static const void* const kLabels[] = {
#define OP(name) &&op_##name,
#include "interp/reg_ops.def"
  };
  if (labels != nullptr) {
    *labels = kLabels;
    return 0;
  }
  goto* reinterpret_cast<const void*>(*ip);

#include "interp/handlers_numeric.inc"
#include "interp/handlers_memory.inc"
#define PLAIN_OPS_ELSEWHERE
#define OP(name)
#include "interp/reg_ops.def"

#include "interp/handlers_control.inc"
#include "interp/handlers_table.inc"
}

}  // namespace

uint64_t run_ops(const uint64_t* ip, Slot* fp, uint8_t* mem, ExecEnv* env, uint64_t mem_size) {
  return run_loop(ip, fp, mem, env, 0, mem_size, 0, 0, nullptr);
}

uint64_t handler_word(RegOp op) {
  const void* const* labels = nullptr;
  run_loop(nullptr, nullptr, nullptr, nullptr, 0, 0, 0, 0, &labels);
  return reinterpret_cast<uint64_t>(labels[static_cast<size_t>(op)]);
}

const char* dispatch_name() {
  return "loop";
}

}  // namespace wembed

#endif
