// The meaning of every atomic access, one for all widths; all are sequentially consistent. A
// narrow access works on the low bits of its operands and extends its result with zeros.
#pragma once

#include <cstdint>

#include "isa/opcode.h"

namespace wembed::isa {

// In the order of the binary format, seven opcodes of each: i32, i64, and the narrow ones.
enum class Atomic : uint8_t { Load, Store, Add, Sub, And, Or, Xor, Exchange, CompareExchange };

constexpr Atomic atomic_of(Opcode opcode) {
  constexpr auto kFirst = static_cast<uint32_t>(Opcode::I32AtomicLoad);
  return static_cast<Atomic>((static_cast<uint32_t>(opcode) - kFirst) / 7);
}
constexpr bool is_atomic_access(Opcode opcode) {
  return opcode >= Opcode::I32AtomicLoad && opcode <= Opcode::I64AtomicRmw32CmpxchgU;
}
static_assert(atomic_of(Opcode::I64AtomicLoad32U) == Atomic::Load);
static_assert(atomic_of(Opcode::I32AtomicStore) == Atomic::Store);
static_assert(atomic_of(Opcode::I64AtomicRmw16XorU) == Atomic::Xor);
static_assert(atomic_of(Opcode::I64AtomicRmw32CmpxchgU) == Atomic::CompareExchange);

constexpr uint32_t operands_of(Atomic kind) {  // besides the address
  return kind == Atomic::Load ? 0 : kind == Atomic::CompareExchange ? 2 : 1;
}

// At an aligned address. `value` is the operand, or what is expected; the result is what was there.
template <Atomic kKind, class M>
__attribute__((always_inline)) inline uint64_t atomic(uint8_t* at, uint64_t value,
                                                      uint64_t replacement) {
  typedef M __attribute__((may_alias)) Cell;
  auto* cell = reinterpret_cast<Cell*>(at);
  const auto narrow = static_cast<M>(value);
  switch (kKind) {
    case Atomic::Load: return __atomic_load_n(cell, __ATOMIC_SEQ_CST);
    case Atomic::Store: __atomic_store_n(cell, narrow, __ATOMIC_SEQ_CST); return 0;
    case Atomic::Add: return __atomic_fetch_add(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::Sub: return __atomic_fetch_sub(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::And: return __atomic_fetch_and(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::Or: return __atomic_fetch_or(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::Xor: return __atomic_fetch_xor(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::Exchange: return __atomic_exchange_n(cell, narrow, __ATOMIC_SEQ_CST);
    case Atomic::CompareExchange: {
      M found = narrow;
      __atomic_compare_exchange_n(cell, &found, static_cast<M>(replacement), false,
                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
      return found;
    }
  }
}

}  // namespace wembed::isa
