// What handler bodies read and write with: fields of the operation at ip, slots, guest memory.
// Included by the dispatch files, and by what handlers leave to a file of its own.
#pragma once

#include <cstring>

#include "interp/dispatch.h"
#include "isa/atomic.h"
#include "isa/numeric.h"
#include "isa/reference.h"
#include "isa/wide.h"
#include "runtime/field.h"
#include "runtime/guest_span.h"
#include "runtime/instance.h"
#include "runtime/object_ops.h"
#include "runtime/operations.h"
#include "runtime/profile.h"
#include "runtime/unwind.h"

namespace wembed {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

// Field k of word 1, a signed slot index.
inline int64_t slot_field(const uint64_t* ip, int k) {
  int16_t field;
  std::memcpy(&field, reinterpret_cast<const uint8_t*>(ip) + 8 + 2 * k, sizeof field);
  return field;
}
// An operation of far memories says in its last field which one it is.
inline RegOp far_op_at(const uint64_t* ip) {
  return static_cast<RegOp>(static_cast<int64_t>(RegOp::FarLoad8) + slot_field(ip, 3));
}
// The 32-bit half `half` (0: low) of word `w`.
template <class T> inline T half_field(const uint64_t* ip, int w, int half) {
  T field;
  std::memcpy(&field, reinterpret_cast<const uint8_t*>(ip + w) + 4 * half, sizeof field);
  return field;
}
template <class T> inline T read_slot(const Slot* slot) {
  T value;
  std::memcpy(&value, slot, sizeof value);
  return value;
}
// A 32-bit immediate stands in word 1, a 64-bit one in word 2.
template <class T> inline T immediate(const uint64_t* ip) {
  return sizeof(T) == 4 ? half_field<T>(ip, 1, 1) : read_slot<T>(ip + 2);
}
template <class T> inline T accumulator(uint64_t acc, double facc, float facc32) {
  if constexpr (std::is_same_v<T, f64>)
    return facc;
  else if constexpr (std::is_same_v<T, f32>)
    return facc32;
  else
    return static_cast<T>(acc);
}
template <class T> inline void keep(T value, uint64_t& acc, double& facc, float& facc32) {
  if constexpr (std::is_same_v<T, f64>)
    facc = value;
  else if constexpr (std::is_same_v<T, f32>)
    facc32 = value;
  else
    acc = value;
}
// Always the whole slot: a 64-bit copy of a slot whose half was written would stall.
template <class T> inline Slot slot_bits(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return isa::bits(value);
  else
    return value;
}
// Guest memory, at any alignment. Not memcpy: the access itself must stand in the handler, where a
// fault is recognised, also when a sanitizer replaces memcpy.
template <class T> struct __attribute__((packed, may_alias)) Unaligned {
  T value;
};
template <class T> __attribute__((always_inline)) inline T read_guest(const uint8_t* at) {
  return reinterpret_cast<const Unaligned<T>*>(at)->value;
}
template <class T> __attribute__((always_inline)) inline void write_guest(uint8_t* at, T value) {
  reinterpret_cast<Unaligned<T>*>(at)->value = value;
}
inline void move_slots(Slot* to, const Slot* from, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[i] = from[i];
}
inline void zero_slots(Slot* to, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[i] = 0;
}
inline uint64_t choose(bool condition, uint64_t a, uint64_t b) { return condition ? a : b; }
// The product is rounded before it is added: flags.txt sees to it.
template <class T> inline T multiply_add(T a, T b, T c) { return c + a * b; }
template <class T> inline T multiply_subtract(T a, T b, T c) { return c - a * b; }
template <unsigned kShift> inline u32 add_shl(u32 base, u32 index) {
  return base + (index << kShift);
}

}  // namespace wembed

#define P(k) slot_field(ip, k)
#define I32 half_field<u32>(ip, 1, 1)
#define S32 half_field<int32_t>(ip, 1, 1)
#define W(n) ip[n]
#define LOW(n) half_field<int32_t>(ip, n, 0)
#define HIGH(n) half_field<int32_t>(ip, n, 1)
#define HALF(n, k) \
  uint64_t { half_field<u32>(ip, n, k) }
#define WIDE(T, n) read_slot<T>(ip + (n))
#define SLOT(T, k) read_slot<T>(fp + P(k))
#define ACC(T) accumulator<T>(acc, facc, facc32)
#define IMM(T) immediate<T>(ip)
#define IMM_WORDS(T) (sizeof(T) == 4 ? 2 : 3)
#define INSTANCE reinterpret_cast<Instance*>(fp[kLinkInstance])
#define KEEP(T, value) keep<T>(value, acc, facc, facc32)
#define SET(T, value)                      \
  do {                                     \
    T set_value = value;                   \
    keep<T>(set_value, acc, facc, facc32); \
    fp[P(0)] = slot_bits<T>(set_value);    \
  } while (false)
#define WEMBED_SAVE(self) \
  do {                    \
    env->place = ip;      \
    env->fp = fp;         \
    env->instance = self; \
  } while (false)
#define WEMBED_TRAP(code)               \
  do {                                  \
    env->place = ip;                    \
    env->fp = fp;                       \
    return static_cast<uint64_t>(code); \
  } while (false)
#define WEMBED_BRANCH()                                                     \
  do {                                                                      \
    ip += S32;                                                              \
    if (env->interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] { \
      WEMBED_GO(Poll);                                                      \
    }                                                                       \
    WEMBED_NEXT(0);                                                         \
  } while (false)
