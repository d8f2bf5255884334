// The meaning of each numeric instruction as a small inline function, shared by every tier, the
// evaluation of constant expressions and tests. Integer arguments are unsigned where wrap-around
// is wanted; `_s` functions reinterpret them. Nothing here traps: a partial operation has a twin
// that says why there is no result.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/trap.h"

// What flags.txt says is right; these are what may be put after it.
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "-ffast-math and its parts change what guests compute: leave them out"
#endif
static_assert(FLT_EVAL_METHOD == 0, "floats are computed in their own precision (-mfpmath=sse)");

namespace wembed::isa {

template <class T> constexpr unsigned kBits = sizeof(T) * 8;

template <class T> using Signed = std::make_signed_t<T>;

// --- integers ----------------------------------------------------------------------------------

template <class T> constexpr T add(T a, T b) { return a + b; }
template <class T> constexpr T sub(T a, T b) { return a - b; }
template <class T> constexpr T mul(T a, T b) { return a * b; }
template <class T> constexpr T and_(T a, T b) { return a & b; }
template <class T> constexpr T or_(T a, T b) { return a | b; }
template <class T> constexpr T xor_(T a, T b) { return a ^ b; }
template <class T> constexpr T shl(T a, T b) { return a << (b & (kBits<T> - 1)); }
template <class T> constexpr T shr_u(T a, T b) { return a >> (b & (kBits<T> - 1)); }
template <class T> constexpr T shr_s(T a, T b) {
  return static_cast<T>(static_cast<Signed<T>>(a) >> (b & (kBits<T> - 1)));
}
template <class T> constexpr T rotl(T a, T b) {
  return (a << (b & (kBits<T> - 1))) | (a >> ((0 - b) & (kBits<T> - 1)));
}
template <class T> constexpr T rotr(T a, T b) {
  return (a >> (b & (kBits<T> - 1))) | (a << ((0 - b) & (kBits<T> - 1)));
}

template <class T> constexpr T clz(T a) { return a == 0 ? kBits<T> : std::countl_zero(a); }
template <class T> constexpr T ctz(T a) { return a == 0 ? kBits<T> : std::countr_zero(a); }
// Written out: without a processor option compilers call a library function for it.
template <class T> constexpr T popcnt(T a) {
  constexpr T k1 = static_cast<T>(0x5555555555555555), k2 = static_cast<T>(0x3333333333333333);
  constexpr T k4 = static_cast<T>(0x0f0f0f0f0f0f0f0f), k8 = static_cast<T>(0x0101010101010101);
  a -= (a >> 1) & k1;
  a = (a & k2) + ((a >> 2) & k2);
  a = (a + (a >> 4)) & k4;
  return static_cast<T>(a * k8) >> (kBits<T> - 8);
}
// Sign-extends the low bits that From has.
template <class T, class From> constexpr T extend(T a) {
  return static_cast<T>(static_cast<Signed<T>>(static_cast<From>(a)));
}

// Division is partial: `div_trap_*` says whether there is a result.
template <class T> constexpr Trap div_trap_s(T a, T b) {
  if (b == 0) [[unlikely]]
    return Trap::DivideByZero;
  constexpr T kMin = T{1} << (kBits<T> - 1);
  if (b == static_cast<T>(-1) && a == kMin) [[unlikely]]
    return Trap::IntegerOverflow;
  return Trap::None;
}
template <class T> constexpr Trap div_trap_u(T, T b) {
  return b == 0 ? Trap::DivideByZero : Trap::None;
}
template <class T> constexpr T div_s(T a, T b) {
  return static_cast<T>(static_cast<Signed<T>>(a) / static_cast<Signed<T>>(b));
}
template <class T> constexpr T div_u(T a, T b) { return a / b; }
// The remainder by -1 is 0, also where the quotient would overflow.
template <class T> constexpr T rem_s(T a, T b) {
  if (b == static_cast<T>(-1)) return 0;
  return static_cast<T>(static_cast<Signed<T>>(a) % static_cast<Signed<T>>(b));
}
template <class T> constexpr T rem_u(T a, T b) { return a % b; }

// --- comparisons (integers and floats; `_s` for signed) ----------------------------------------

template <class T> constexpr bool eqz(T a) { return a == 0; }
template <class T> constexpr bool eq(T a, T b) { return a == b; }
template <class T> constexpr bool ne(T a, T b) { return a != b; }
template <class T> constexpr bool lt(T a, T b) { return a < b; }
template <class T> constexpr bool gt(T a, T b) { return a > b; }
template <class T> constexpr bool le(T a, T b) { return a <= b; }
template <class T> constexpr bool ge(T a, T b) { return a >= b; }
template <class T> constexpr bool lt_s(T a, T b) {
  return static_cast<Signed<T>>(a) < static_cast<Signed<T>>(b);
}
template <class T> constexpr bool gt_s(T a, T b) { return lt_s(b, a); }
template <class T> constexpr bool le_s(T a, T b) { return !lt_s(b, a); }
template <class T> constexpr bool ge_s(T a, T b) { return !lt_s(a, b); }

// --- floats ------------------------------------------------------------------------------------

template <class T> using BitsOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
template <class T> constexpr BitsOf<T> kSignBit = BitsOf<T>{1} << (kBits<T> - 1);
template <class T> constexpr BitsOf<T> kQuietBit = BitsOf<T>{1}
                                                   << (std::numeric_limits<T>::digits - 2);

template <class T> constexpr BitsOf<T> bits(T a) { return std::bit_cast<BitsOf<T>>(a); }
template <class T> constexpr T float_of(BitsOf<T> a) { return std::bit_cast<T>(a); }

// A NaN made quiet: what arithmetic answers when it is given a NaN.
template <class T> T quiet(T a) { return float_of<T>(bits(a) | kQuietBit<T>); }

template <class T> T fadd(T a, T b) { return a + b; }
template <class T> T fsub(T a, T b) { return a - b; }
template <class T> T fmul(T a, T b) { return a * b; }
template <class T> T fdiv(T a, T b) { return a / b; }
template <class T> T fmin(T a, T b) {
  if (a < b) return a;
  if (b < a) return b;
  if (a == b) return float_of<T>(bits(a) | bits(b));  // -0 is less than 0
  return quiet(a != a ? a : b);
}
template <class T> T fmax(T a, T b) {
  if (a > b) return a;
  if (b > a) return b;
  if (a == b) return float_of<T>(bits(a) & bits(b));
  return quiet(a != a ? a : b);
}
template <class T> T copysign(T a, T b) {
  return float_of<T>((bits(a) & ~kSignBit<T>) | (bits(b) & kSignBit<T>));
}
template <class T> T neg(T a) { return float_of<T>(bits(a) ^ kSignBit<T>); }
template <class T> T abs(T a) { return float_of<T>(bits(a) & ~kSignBit<T>); }
template <class T> T sqrt(T a) { return std::sqrt(a); }

// Rounding without a library call. Adding and subtracting 2^(digits-1) rounds to nearest, ties to
// even, in the default rounding mode, exactly for anything smaller; larger values are integers.
template <class T> T nearest(T a) {
  constexpr T kWhole = static_cast<T>(BitsOf<T>{1} << (std::numeric_limits<T>::digits - 1));
  T magnitude = abs(a);
  if (!(magnitude < kWhole)) return a != a ? quiet(a) : a;
  return copysign((magnitude + kWhole) - kWhole, a);
}
template <class T> T floor(T a) {
  T rounded = nearest(a);
  return copysign(rounded > a ? rounded - 1 : rounded, a);
}
template <class T> T ceil(T a) {
  T rounded = nearest(a);
  return copysign(rounded < a ? rounded + 1 : rounded, a);
}
template <class T> T trunc(T a) {
  T rounded = nearest(a);
  T magnitude = abs(rounded);
  return copysign(magnitude > abs(a) ? magnitude - 1 : magnitude, a);
}

// --- conversions -------------------------------------------------------------------------------

// The float values an integer type can take in after truncation lie strictly between these.
template <class I, class F> struct TruncRange;
template <> struct TruncRange<int32_t, float> {
  static constexpr float low = -2147483904.0f, high = 2147483648.0f;
};
template <> struct TruncRange<int32_t, double> {
  static constexpr double low = -2147483649.0, high = 2147483648.0;
};
template <> struct TruncRange<uint32_t, float> {
  static constexpr float low = -1.0f, high = 4294967296.0f;
};
template <> struct TruncRange<uint32_t, double> {
  static constexpr double low = -1.0, high = 4294967296.0;
};
template <> struct TruncRange<int64_t, float> {
  static constexpr float low = -9223373136366403584.0f, high = 9223372036854775808.0f;
};
template <> struct TruncRange<int64_t, double> {
  static constexpr double low = -9223372036854777856.0, high = 9223372036854775808.0;
};
template <> struct TruncRange<uint64_t, float> {
  static constexpr float low = -1.0f, high = 18446744073709551616.0f;
};
template <> struct TruncRange<uint64_t, double> {
  static constexpr double low = -1.0, high = 18446744073709551616.0;
};

template <class I, class F> Trap trunc_trap(F a) {
  if (a > TruncRange<I, F>::low && a < TruncRange<I, F>::high) [[likely]]
    return Trap::None;
  return a != a ? Trap::InvalidConversion : Trap::IntegerOverflow;
}
// Only where trunc_trap() says None. The result is the integer's bits.
template <class I, class F> std::make_unsigned_t<I> trunc_to(F a) {
  return static_cast<std::make_unsigned_t<I>>(static_cast<I>(a));
}
template <class I, class F> std::make_unsigned_t<I> trunc_sat(F a) {
  if (a > TruncRange<I, F>::low && a < TruncRange<I, F>::high) [[likely]]
    return trunc_to<I>(a);
  if (a != a) return 0;
  return static_cast<std::make_unsigned_t<I>>(a < 0 ? std::numeric_limits<I>::min()
                                                    : std::numeric_limits<I>::max());
}
template <class I, class F> F convert(std::make_unsigned_t<I> a) {
  return static_cast<F>(static_cast<I>(a));
}
inline float demote(double a) { return static_cast<float>(a); }
inline double promote(float a) { return static_cast<double>(a); }

}  // namespace wembed::isa
