// Vector instructions by the portable form of isa/simd.h, which the interpreter does not run.
#define WEMBED_SIMD_PORTABLE
#include "isa/simd.h"

#include <cstring>

#include "tier/numeric.h"

namespace wembed::test_tier {

namespace {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;
using simd::V;

template <class T> T pop(Slot*& sp) {
  sp -= (sizeof(T) + 7) / 8;
  T value;
  std::memcpy(&value, sp, sizeof value);
  return value;
}
template <class T> void push(Slot*& sp, T value) {
  constexpr size_t kSlots = (sizeof(T) + 7) / 8;
  Slot slots[kSlots] = {};
  std::memcpy(slots, &value, sizeof value);
  for (Slot slot : slots) *sp++ = slot;
}

template <class M> Trap fetch(const Instr& in, const Instance& instance, Slot*& sp, M& value) {
  const uint8_t* from = address(in, instance, sp, sizeof(M));
  if (from == nullptr) return Trap::MemoryOutOfBounds;
  std::memcpy(&value, from, sizeof value);
  return Trap::None;
}
template <class M> Trap store(const Instr& in, const Instance& instance, Slot*& sp, M value) {
  uint8_t* to = address(in, instance, sp, sizeof(M));
  if (to == nullptr) return Trap::MemoryOutOfBounds;
  std::memcpy(to, &value, sizeof value);
  return Trap::None;
}

// The instruction that a relaxed one is.
uint16_t strict(uint16_t op) {
  switch (op) {
#define RELAXED(relaxed, strict)               \
  case static_cast<uint16_t>(Opcode::relaxed): \
    return static_cast<uint16_t>(Opcode::strict);
#include "isa/relaxed_ops.def"
#undef RELAXED
    default: return op;
  }
}

}  // namespace

#define CASE(name) case static_cast<uint16_t>(Opcode::name):
#define VECTOR_UNARY(name, fn) \
  CASE(name) {                 \
    push(sp, fn(pop<V>(sp)));  \
    break;                     \
  }
#define VECTOR_TEST(name, fn) VECTOR_UNARY(name, fn)
#define VECTOR_BINARY(name, fn)       \
  CASE(name) {                        \
    V b = pop<V>(sp), a = pop<V>(sp); \
    push(sp, fn(a, b));               \
    break;                            \
  }
#define VECTOR_TERNARY(name, fn)                      \
  CASE(name) {                                        \
    V c = pop<V>(sp), b = pop<V>(sp), a = pop<V>(sp); \
    push(sp, fn(a, b, c));                            \
    break;                                            \
  }
#define VECTOR_SHIFT(name, fn)       \
  CASE(name) {                       \
    u32 count = pop<u32>(sp);        \
    push(sp, fn(pop<V>(sp), count)); \
    break;                           \
  }
#define VECTOR_SPLAT(name, T)          \
  CASE(name) {                         \
    push(sp, simd::splat(pop<T>(sp))); \
    break;                             \
  }
#define VECTOR_EXTRACT(name, T, R)                        \
  CASE(name) {                                            \
    V a = pop<V>(sp);                                     \
    push(sp, static_cast<R>(simd::extract<T>(&a, in.b))); \
    break;                                                \
  }
#define VECTOR_REPLACE(name, T)                       \
  CASE(name) {                                        \
    T value = pop<T>(sp);                             \
    push(sp, simd::replace(pop<V>(sp), value, in.b)); \
    break;                                            \
  }
#define VECTOR_LOAD(name, M, fn)                 \
  CASE(name) {                                   \
    M value;                                     \
    trap = fetch(in, instance, sp, value);       \
    if (trap == Trap::None) push(sp, fn(value)); \
    break;                                       \
  }
#define VECTOR_STORE(name, M)              \
  CASE(name) {                             \
    M value = pop<M>(sp);                  \
    trap = store(in, instance, sp, value); \
    break;                                 \
  }
#define VECTOR_LOAD_LANE(name, T)                                         \
  CASE(name) {                                                            \
    V vector = pop<V>(sp);                                                \
    T value;                                                              \
    trap = fetch(in, instance, sp, value);                                \
    if (trap == Trap::None) push(sp, simd::replace(vector, value, in.b)); \
    break;                                                                \
  }
#define VECTOR_STORE_LANE(name, T)                                   \
  CASE(name) {                                                       \
    V vector = pop<V>(sp);                                           \
    trap = store(in, instance, sp, simd::extract<T>(&vector, in.b)); \
    break;                                                           \
  }
#define PLAIN_VECTOR_OPS_ELSEWHERE
#define OP(name)

bool perform_vector(const Instr& in, const Instance& instance, Slot*& sp, Trap& trap) {
  switch (strict(in.op)) {
#include "interp/vector_ops.def"
    CASE(V128Const) {
      push(sp, V{in.wide, in.high});
      break;
    }
    CASE(I8x16Shuffle) {
      V b = pop<V>(sp), a = pop<V>(sp);
      push(sp, simd::shuffle(a, b, V{in.wide, in.high}));
      break;
    }
    default: return false;
  }
  return true;
}

}  // namespace wembed::test_tier
