// Atomic instructions that no tier does by itself: waits, notify, accesses to any memory.
#include "isa/atomic.h"

#include "runtime/guest_span.h"
#include "runtime/operations.h"
#include "runtime/wait_queue.h"

namespace wembed {

namespace {

// In the order of isa::Atomic.
template <class M> uint64_t access(isa::Atomic kind, uint8_t* at, uint64_t value, uint64_t other) {
  using isa::Atomic;
  switch (kind) {
    case Atomic::Load: return isa::atomic<Atomic::Load, M>(at, value, other);
    case Atomic::Store: return isa::atomic<Atomic::Store, M>(at, value, other);
    case Atomic::Add: return isa::atomic<Atomic::Add, M>(at, value, other);
    case Atomic::Sub: return isa::atomic<Atomic::Sub, M>(at, value, other);
    case Atomic::And: return isa::atomic<Atomic::And, M>(at, value, other);
    case Atomic::Or: return isa::atomic<Atomic::Or, M>(at, value, other);
    case Atomic::Xor: return isa::atomic<Atomic::Xor, M>(at, value, other);
    case Atomic::Exchange: return isa::atomic<Atomic::Exchange, M>(at, value, other);
    case Atomic::CompareExchange: break;
  }
  return isa::atomic<Atomic::CompareExchange, M>(at, value, other);
}

void perform(Opcode opcode, uint8_t width, uint8_t* at, Slot* a) {
  const isa::Atomic kind = isa::atomic_of(opcode);
  const uint32_t operands = isa::operands_of(kind);
  const uint64_t value = operands > 0 ? a[1] : 0;
  const uint64_t other = operands > 1 ? a[2] : 0;
  switch (width) {
    case 0: a[0] = access<uint8_t>(kind, at, value, other); break;
    case 1: a[0] = access<uint16_t>(kind, at, value, other); break;
    case 2: a[0] = access<uint32_t>(kind, at, value, other); break;
    default: a[0] = access<uint64_t>(kind, at, value, other); break;
  }
}

Trap wait(ExecEnv& env, Memory& memory, uint64_t at, uint32_t bytes, Slot* a) {
  if (!memory.is_shared()) return Trap::ExpectedSharedMemory;
  WaitResult result;
  uint64_t expected = bytes == 4 ? static_cast<uint32_t>(a[1]) : a[1];
  Trap trap = wait_for_word(env, memory, at, bytes, expected, static_cast<int64_t>(a[2]), result);
  a[0] = static_cast<Slot>(result);
  return trap;
}

// Where the word of `bytes` at that address begins.
inline Trap find_word(Memory& memory, Slot address, uint64_t offset, uint64_t bytes, uint64_t& at,
                      uint8_t*& place) {
  at = memory.type.limits.is_64 ? address : static_cast<uint32_t>(address);
  if (__builtin_add_overflow(at, offset, &at) || !find_guest_bytes(memory, at, bytes, place)) {
    return Trap::MemoryOutOfBounds;
  }
  return at % bytes != 0 ? Trap::UnalignedAtomic : Trap::None;
}

// Mostly nobody waits: it knows its width, and asks nothing else.
inline Trap notify(Memory& memory, uint64_t offset, Slot* a) {
  uint64_t at;
  uint8_t* place;
  if (Trap trap = find_word(memory, a[0], offset, 4, at, place); trap != Trap::None) return trap;
  a[0] = memory.is_shared() ? wake_waiters(memory, at, static_cast<uint32_t>(a[1])) : 0;
  return Trap::None;
}

}  // namespace

Trap op_atomic(ExecEnv& env, Instance& instance, Opcode opcode, uint32_t memory, uint64_t offset,
               Slot* a) {
  Memory& target = *instance.memories[memory];
  if (opcode == Opcode::MemoryAtomicNotify) return notify(target, offset, a);
  const uint8_t width = natural_alignment(opcode);
  const uint64_t bytes = uint64_t{1} << width;
  uint64_t at;
  uint8_t* place;
  Trap trap = find_word(target, a[0], offset, bytes, at, place);
  if (trap != Trap::None) return trap;
  if (opcode == Opcode::MemoryAtomicWait32 || opcode == Opcode::MemoryAtomicWait64) {
    return wait(env, target, at, static_cast<uint32_t>(bytes), a);
  }
  perform(opcode, width, place, a);
  return Trap::None;
}

}  // namespace wembed
