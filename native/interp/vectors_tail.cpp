// The handlers of vector operations in the tail form, in the form for every processor.
#include "interp/tail_handler.h"

#if WEMBED_DISPATCH_TAIL

#include "isa/simd.h"

namespace wembed {
namespace {

#define OP(name) WEMBED_HANDLER uint64_t op_##name(WEMBED_STATE) WEMBED_LABEL(name);
#include "interp/vector_ops.def"
#undef OP

#include "interp/handlers_memory.inc"

#include "interp/handlers_vector.inc"

}  // namespace

#if defined(__ELF__)
WEMBED_DECLARE_TABLE(wembed_vectors)
asm(WEMBED_TABLE_BEGIN(wembed_vectors)
#define OP(name) WEMBED_TABLE_ROW(wembed_vectors, name)
#include "interp/vector_ops.def"
        WEMBED_TABLE_END(wembed_vectors));

uint64_t vector_handler(uint32_t index) {
  const int32_t* table = wembed_vectors;
  return reinterpret_cast<uint64_t>(table) + static_cast<uint64_t>(int64_t{table[index]});
}
#else
static constexpr Handler kHandlers[] = {
#define OP(name) op_##name,
#include "interp/vector_ops.def"
};

uint64_t vector_handler(uint32_t index) { return reinterpret_cast<uint64_t>(kHandlers[index]); }
#endif

}  // namespace wembed

#endif
