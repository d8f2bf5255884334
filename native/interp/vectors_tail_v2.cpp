// The handlers of vector operations in the tail form, for processors that have x86-64-v2.
#define WEMBED_OP_PREFIX "wembed_v2_op_"
#include "interp/tail_handler.h"

#if WEMBED_DISPATCH_TAIL && WEMBED_HAS_V2

#define WEMBED_SIMD_V2
#include "isa/simd.h"

namespace wembed {
namespace {

#define OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE) WEMBED_LABEL(name);
#include "interp/vector_ops.def"
#undef OP

// Only these may use what not every processor has.
#undef WEMBED_OP
#define WEMBED_OP(name) \
  __attribute__((target("sse4.2"))) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE)

#include "interp/handlers_memory.inc"

#include "interp/handlers_vector.inc"

}  // namespace

#if defined(__ELF__)
WEMBED_DECLARE_TABLE(wembed_vectors_v2)
asm(WEMBED_TABLE_BEGIN(wembed_vectors_v2)
#define OP(name) WEMBED_TABLE_ROW(wembed_vectors_v2, name)
#include "interp/vector_ops.def"
        WEMBED_TABLE_END(wembed_vectors_v2));

uint64_t vector_handler_v2(uint32_t index) {
  const int32_t* table = wembed_vectors_v2;
  return reinterpret_cast<uint64_t>(table) + static_cast<uint64_t>(int64_t{table[index]});
}
#else
static constexpr Handler kHandlers[] = {
#define OP(name) op_##name,
#include "interp/vector_ops.def"
};

uint64_t vector_handler_v2(uint32_t index) { return reinterpret_cast<uint64_t>(kHandlers[index]); }
#endif

}  // namespace wembed

#elif WEMBED_DISPATCH_TAIL

namespace wembed {

// Never asked for.
uint64_t vector_handler_v2(uint32_t index) { return vector_handler(index); }

}  // namespace wembed

#endif
