// The interpreter's table says what each instruction means; its operands come from the stack here,
// and every access to memory is checked.
#include "tier/numeric.h"

#include <cstring>

#include "isa/numeric.h"
#include "runtime/guest_span.h"

namespace wembed::test_tier {

namespace {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

template <class T> T pop(Slot*& sp) {
  T value;
  std::memcpy(&value, --sp, sizeof value);
  return value;
}
template <class T> void push(Slot*& sp, T value) {
  Slot slot = 0;
  std::memcpy(&slot, &value, sizeof value);
  *sp++ = slot;
}

template <class M, class T, class R>
Trap load(const Instr& in, const Instance& instance, Slot*& sp) {
  const uint8_t* from = address(in, instance, sp, sizeof(M));
  if (from == nullptr) return Trap::MemoryOutOfBounds;
  M raw;
  std::memcpy(&raw, from, sizeof raw);
  push(sp, static_cast<R>(static_cast<T>(raw)));
  return Trap::None;
}
template <class M> Trap store(const Instr& in, const Instance& instance, Slot*& sp) {
  M value = pop<M>(sp);  // the low bytes of wider ones
  uint8_t* to = address(in, instance, sp, sizeof(M));
  if (to == nullptr) return Trap::MemoryOutOfBounds;
  std::memcpy(to, &value, sizeof value);
  return Trap::None;
}

}  // namespace

uint8_t* address(const Instr& in, const Instance& instance, Slot*& sp, size_t bytes) {
  const Memory& memory = *instance.memories[in.a];
  u64 at = memory.type.limits.is_64 ? pop<u64>(sp) : u64{pop<u32>(sp)};
  if (__builtin_add_overflow(at, in.wide, &at)) return nullptr;
  uint8_t* place;
  return find_guest_bytes(memory, at, bytes, place) ? place : nullptr;
}

#define CASE(name) case static_cast<uint16_t>(Opcode::name):
#define BINARY_TRAP(name, T, may, fn) \
  CASE(name) {                        \
    T b = pop<T>(sp), a = pop<T>(sp); \
    trap = may(a, b);                 \
    if (trap != Trap::None) break;    \
    push<T>(sp, fn(a, b));            \
    break;                            \
  }
#define BINARY(name, T, fn)           \
  CASE(name) {                        \
    T b = pop<T>(sp), a = pop<T>(sp); \
    push<T>(sp, fn(a, b));            \
    break;                            \
  }
#define BINARY_C(name, T, fn) BINARY(name, T, fn)
#define FUSED_C(name, T, fn)
#define FUSED(name, T, fn)
#define COMPARE(name, T, fn)          \
  CASE(name) {                        \
    T b = pop<T>(sp), a = pop<T>(sp); \
    push<u32>(sp, fn(a, b));          \
    break;                            \
  }
#define COMPARE_F(name, T, fn) COMPARE(name, T, fn)
#define UNARY(name, T, R, fn) \
  CASE(name) {                \
    T a = pop<T>(sp);         \
    push<R>(sp, fn(a));       \
    break;                    \
  }
#define UNARY_TRAP(name, T, R, may, fn) \
  CASE(name) {                          \
    T a = pop<T>(sp);                   \
    trap = may(a);                      \
    if (trap != Trap::None) break;      \
    push<R>(sp, fn(a));                 \
    break;                              \
  }
#define LOAD(name, M, T, R)                 \
  CASE(name) {                              \
    trap = load<M, T, R>(in, instance, sp); \
    break;                                  \
  }
#define STORE(name, M, T)              \
  CASE(name) {                         \
    trap = store<M>(in, instance, sp); \
    break;                             \
  }
#define PLAIN_OPS_ELSEWHERE
#define VECTOR_OPS_ELSEWHERE
#define OP(name)

bool perform_numeric(const Instr& in, const Instance& instance, Slot*& sp, Trap& trap) {
  switch (in.op) {
#include "interp/reg_ops.def"
    // What the interpreter has no operation of its own for.
    CASE(I64Store8) {
      trap = store<uint8_t>(in, instance, sp);
      break;
    }
    CASE(I64Store16) {
      trap = store<uint16_t>(in, instance, sp);
      break;
    }
    CASE(I64Store32) {
      trap = store<u32>(in, instance, sp);
      break;
    }
    CASE(I32Eqz) {
      push<u32>(sp, pop<u32>(sp) == 0);
      break;
    }
    CASE(I64Eqz) {
      push<u32>(sp, pop<u64>(sp) == 0);
      break;
    }
    CASE(I32WrapI64) {
      push(sp, pop<u32>(sp));
      break;
    }
    CASE(I32ReinterpretF32)
    CASE(I64ReinterpretF64)
    CASE(F32ReinterpretI32)
    CASE(F64ReinterpretI64) break;
    CASE(I64Const) {
      *sp++ = in.wide;
      break;
    }
    default: return false;
  }
  return true;
}

}  // namespace wembed::test_tier
