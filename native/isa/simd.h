// The meaning of each vector instruction, as numeric.h has it for numbers: shared by every tier.
//
// There are up to three forms of it, of which a source file chooses one before it includes this:
//   WEMBED_SIMD_PORTABLE  nothing but the compiler's vectors, any processor
//   WEMBED_SIMD_V2        x86-64-v2 (SSE4.2, SSSE3): only where has_simd_v2() is true
//   neither               what every processor of the kind has (SSE2, NEON)
// All give the same bits for the same operands, but for which NaN arithmetic on NaNs gives. Each
// form is a namespace, `simd` stands for the one chosen; everything is inlined, so that forms can
// be linked together.
//
// Relaxed instructions are the strict ones they relax, on every processor; those without a strict
// one: madd rounds twice, dot takes both operands as signed and wraps.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#if defined(WEMBED_SIMD_PORTABLE)
#define WEMBED_SIMD_FORM simd_portable
#elif defined(WEMBED_SIMD_V2)
#define WEMBED_SIMD_FORM simd_v2
#define WEMBED_SIMD_TARGET target("sse4.2"),
#else
#define WEMBED_SIMD_FORM simd_base
#endif
#if !defined(WEMBED_SIMD_TARGET)
#define WEMBED_SIMD_TARGET
#endif

#if !defined(WEMBED_SIMD_PORTABLE) && defined(__x86_64__)
#include <immintrin.h>
#define WEMBED_SIMD_X86 1
#elif !defined(WEMBED_SIMD_PORTABLE) && defined(__aarch64__)
#include <arm_neon.h>
#define WEMBED_SIMD_NEON 1
#endif

// Of a function that takes these in, too.
#define WEMBED_SIMD_FN __attribute__((WEMBED_SIMD_TARGET always_inline)) static inline

namespace wembed::isa::WEMBED_SIMD_FORM {

template <class L> struct LanesOf {
  typedef L type __attribute__((vector_size(16)));
};
template <class L> using Lanes = typename LanesOf<L>::type;

// A v128: as lanes of 64 bits, the first lowest.
using V = Lanes<uint64_t>;

template <class L> constexpr unsigned kLaneBits = sizeof(L) * 8;
template <class L> using BitsOfLane =
    std::conditional_t<sizeof(L) == 4, uint32_t, uint64_t>;  // of floats
template <class L> using Wider =
    std::conditional_t<std::is_signed_v<L>,
                       std::conditional_t<sizeof(L) == 1, int16_t,
                                          std::conditional_t<sizeof(L) == 2, int32_t, int64_t>>,
                       std::conditional_t<sizeof(L) == 1, uint16_t,
                                          std::conditional_t<sizeof(L) == 2, uint32_t, uint64_t>>>;

template <class L> WEMBED_SIMD_FN Lanes<L> as(V a) { return (Lanes<L>)a; }
template <class T> WEMBED_SIMD_FN V raw(T lanes) { return (V)lanes; }
#if defined(WEMBED_SIMD_X86)
WEMBED_SIMD_FN __m128i m(V a) { return (__m128i)a; }
WEMBED_SIMD_FN __m128 ms(V a) { return (__m128)a; }
WEMBED_SIMD_FN __m128d md(V a) { return (__m128d)a; }
#endif

// --- numbers in and out ------------------------------------------------------------------------

// Floats as their bits, so that -0 stays what it is.
template <class L> WEMBED_SIMD_FN V splat(L value) {
  static_assert(std::is_integral_v<L>);
  if constexpr (sizeof(L) == 8) return V{value, value};
  return raw(Lanes<L>{} + value);
}

WEMBED_SIMD_FN V lane_numbers(uint8_t) {
  return raw(Lanes<uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
}
WEMBED_SIMD_FN V lane_numbers(uint16_t) { return raw(Lanes<uint16_t>{0, 1, 2, 3, 4, 5, 6, 7}); }
WEMBED_SIMD_FN V lane_numbers(uint32_t) { return raw(Lanes<uint32_t>{0, 1, 2, 3}); }
WEMBED_SIMD_FN V lane_numbers(uint64_t) { return V{0, 1}; }

// From a vector in memory: that is where tiers have them.
template <class L> WEMBED_SIMD_FN L extract(const void* vector, unsigned lane) {
  L value;
  std::memcpy(&value, static_cast<const uint8_t*>(vector) + lane * sizeof(L), sizeof value);
  return value;
}
// In a register: a narrow store into a vector in memory would hold up whoever reads it next.
template <class L> WEMBED_SIMD_FN V replace(V a, L value, unsigned lane) {
  V here = raw(as<L>(lane_numbers(L{})) == as<L>(splat(static_cast<L>(lane))));
  return (a & ~here) | (splat(value) & here);
}

// --- bits --------------------------------------------------------------------------------------

WEMBED_SIMD_FN V same(V a) { return a; }
WEMBED_SIMD_FN V not_(V a) { return ~a; }
WEMBED_SIMD_FN V and_(V a, V b) { return a & b; }
WEMBED_SIMD_FN V andnot(V a, V b) { return a & ~b; }
WEMBED_SIMD_FN V or_(V a, V b) { return a | b; }
WEMBED_SIMD_FN V xor_(V a, V b) { return a ^ b; }
WEMBED_SIMD_FN V bitselect(V a, V b, V mask) { return b ^ ((a ^ b) & mask); }
WEMBED_SIMD_FN uint32_t any_true(V a) {
#if defined(WEMBED_SIMD_X86)
  return _mm_movemask_epi8(_mm_cmpeq_epi8(m(a), _mm_setzero_si128())) != 0xffff;
#else
  return (a[0] | a[1]) != 0;
#endif
}
template <class L> WEMBED_SIMD_FN uint32_t all_true(V a) {
  V zero = raw(as<L>(a) == Lanes<L>{});
#if defined(WEMBED_SIMD_X86)
  return _mm_movemask_epi8(m(zero)) == 0;
#else
  return (zero[0] | zero[1]) == 0;
#endif
}

}  // namespace wembed::isa::WEMBED_SIMD_FORM

// The definitions, in parts.
#include "isa/simd_integers.inc"
// Behind the integers, which it uses.
#include "isa/simd_floats.inc"

namespace wembed {
namespace simd = isa::WEMBED_SIMD_FORM;
}
