// AAPCS64: eight integer registers, eight vector registers, 8-byte stack words (packed on Apple's
// systems).
#if defined(__aarch64__) && !defined(_WIN32)

#include "runtime/host_call_variants.h"

namespace wembed {

#if defined(__APPLE__)
const HostCallConvention kHostCallConvention = {8, 8, true};
#else
const HostCallConvention kHostCallConvention = {8, 8, false};
#endif

namespace {

template <class R, size_t... Words> struct Call {
  WEMBED_ANY_FUNCTION_TYPE static R call(void* target, const HostCallFrame& frame) {
    using Target =
        R (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
              double, double, double, double, double, double, double, double, StackWord<Words>...);
    const uint64_t* g = frame.ints;
    const double* d = frame.floats;
    return reinterpret_cast<Target>(target)(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], d[0],
                                            d[1], d[2], d[3], d[4], d[5], d[6], d[7],
                                            frame.stack[Words]...);
  }
};

}  // namespace

const HostCallVariant* host_call_variant(uint32_t words) { return pick_variant<Call>(words); }

}  // namespace wembed

#endif
