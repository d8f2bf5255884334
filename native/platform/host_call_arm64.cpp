// AAPCS64: eight integer registers, eight vector registers, 8-byte stack words (packed on Apple's
// systems).
#if defined(__aarch64__) && !defined(_WIN32)

#include "platform/host_call_variants.h"

namespace wembed::platform {

#if defined(__APPLE__)
const HostCallConvention kHostCallConvention = {8, 8, true};
#else
const HostCallConvention kHostCallConvention = {8, 8, false};
#endif

namespace {

template <class R, size_t... Words> struct Call {
  WEMBED_ANY_FUNCTION_TYPE static R call(void* target, const HostCallFrame& f) {
    using Target =
        R (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
              double, double, double, double, double, double, double, double, StackWord<Words>...);
    return reinterpret_cast<Target>(target)(f.integer(0), f.integer(1), f.integer(2), f.integer(3),
                                            f.integer(4), f.integer(5), f.integer(6), f.integer(7),
                                            f.real(0), f.real(1), f.real(2), f.real(3), f.real(4),
                                            f.real(5), f.real(6), f.real(7), f.stack[Words]...);
  }
};

}  // namespace

const HostCallVariant* host_call_variant(uint32_t words) { return pick_variant<Call>(words); }

}  // namespace wembed::platform

#endif
