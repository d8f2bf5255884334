// The registers of x86-64 and what native code uses them for.
#pragma once

#include <cstdint>

namespace wembed::jit {

// 0 to 15 are general, 16 to 31 are xmm0 to xmm15.
using MachineRegister = uint8_t;
using RegisterSet = uint32_t;

enum class RegisterClass : uint8_t { General, Float };

enum : MachineRegister {
  kRax,
  kRcx,
  kRdx,
  kRbx,
  kRsp,
  kRbp,
  kRsi,
  kRdi,
  kR8,
  kR9,
  kR10,
  kR11,
  kR12,
  kR13,
  kR14,
  kR15,
  kXmm0,
  kXmm15 = kXmm0 + 15,
};
constexpr int kRegisters = 32;

constexpr RegisterClass class_of(MachineRegister reg) {
  return reg < kXmm0 ? RegisterClass::General : RegisterClass::Float;
}
constexpr RegisterSet set_of(MachineRegister reg) { return RegisterSet{1} << reg; }

// What keeps its meaning all through native code. A C function keeps them too.
constexpr MachineRegister kMemoryBase = kRbx;  // Memory::base of memory 0
constexpr MachineRegister kFrame = kRbp;       // the frame's link
constexpr MachineRegister kEnvironment = kR13;

// Where a function leaves its first result.
constexpr MachineRegister result_register(RegisterClass of) {
  return of == RegisterClass::General ? kRdx : kXmm0;
}

// Nothing lives in these from one machine instruction to the next. Moves that an allocator asks
// for use the first to break a cycle, the second to get from slot to slot.
constexpr MachineRegister kScratch = kR11;
constexpr MachineRegister kFloatScratch = kXmm15;

constexpr RegisterSet kGeneralRegisters = 0x0000ffff;
constexpr RegisterSet kFloatRegisters = 0xffff0000;
constexpr RegisterSet kAllocatable =
    ~(set_of(kRsp) | set_of(kMemoryBase) | set_of(kFrame) | set_of(kEnvironment) |
      set_of(kScratch) | set_of(kFloatScratch));

// What a C function may leave changed, of those.
constexpr RegisterSet kCallerSaved = kAllocatable & ~(set_of(kR12) | set_of(kR14) | set_of(kR15));

constexpr RegisterSet allocatable(RegisterClass of) {
  return kAllocatable & (of == RegisterClass::General ? kGeneralRegisters : kFloatRegisters);
}

}  // namespace wembed::jit
