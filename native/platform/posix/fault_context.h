// The registers of an interrupted context that fault handling reads and changes, per processor
// and system. WEMBED_FAULT_CONTEXT is 0 where they are not known; faults are not handled there.
#pragma once

#include <ucontext.h>

#include <cstdint>

#include "platform/fault.h"

#if defined(__linux__) && defined(__x86_64__)
#define WEMBED_FAULT_CONTEXT 1
#define WEMBED_CONTEXT_PC(context) ((context)->uc_mcontext.gregs[REG_RIP])
#define WEMBED_CONTEXT_SP(context) ((context)->uc_mcontext.gregs[REG_RSP])
#define WEMBED_CONTEXT_ARGUMENT_0(context) ((context)->uc_mcontext.gregs[REG_RDI])
#define WEMBED_CONTEXT_ARGUMENT_1(context) ((context)->uc_mcontext.gregs[REG_RSI])
#define WEMBED_CONTEXT_KEPT(context) ((context)->uc_mcontext.gregs[REG_RBP])
#elif defined(__linux__) && defined(__aarch64__)
#define WEMBED_FAULT_CONTEXT 1
#define WEMBED_CONTEXT_PC(context) ((context)->uc_mcontext.pc)
#define WEMBED_CONTEXT_SP(context) ((context)->uc_mcontext.sp)
#define WEMBED_CONTEXT_ARGUMENT_0(context) ((context)->uc_mcontext.regs[0])
#define WEMBED_CONTEXT_ARGUMENT_1(context) ((context)->uc_mcontext.regs[1])
#define WEMBED_CONTEXT_KEPT(context) ((context)->uc_mcontext.regs[21])
#elif defined(__APPLE__) && defined(__x86_64__)
#define WEMBED_FAULT_CONTEXT 1
#define WEMBED_CONTEXT_PC(context) ((context)->uc_mcontext->__ss.__rip)
#define WEMBED_CONTEXT_SP(context) ((context)->uc_mcontext->__ss.__rsp)
#define WEMBED_CONTEXT_ARGUMENT_0(context) ((context)->uc_mcontext->__ss.__rdi)
#define WEMBED_CONTEXT_ARGUMENT_1(context) ((context)->uc_mcontext->__ss.__rsi)
#define WEMBED_CONTEXT_KEPT(context) ((context)->uc_mcontext->__ss.__rbp)
#elif defined(__APPLE__) && defined(__aarch64__)
#define WEMBED_FAULT_CONTEXT 1
#define WEMBED_CONTEXT_PC(context) ((context)->uc_mcontext->__ss.__pc)
#define WEMBED_CONTEXT_SP(context) ((context)->uc_mcontext->__ss.__sp)
#define WEMBED_CONTEXT_ARGUMENT_0(context) ((context)->uc_mcontext->__ss.__x[0])
#define WEMBED_CONTEXT_ARGUMENT_1(context) ((context)->uc_mcontext->__ss.__x[1])
#define WEMBED_CONTEXT_KEPT(context) ((context)->uc_mcontext->__ss.__x[21])
#else
#define WEMBED_FAULT_CONTEXT 0
#endif

namespace wembed::platform {

#if WEMBED_FAULT_CONTEXT

inline uintptr_t context_pc(const ucontext_t* context) {
  return static_cast<uintptr_t>(WEMBED_CONTEXT_PC(context));
}

inline uintptr_t context_register(const ucontext_t* context, StateRegister which) {
  switch (which) {
    case StateRegister::ProgramCounter: return context_pc(context);
    case StateRegister::Argument0:
      return static_cast<uintptr_t>(WEMBED_CONTEXT_ARGUMENT_0(context));
    case StateRegister::Argument1:
      return static_cast<uintptr_t>(WEMBED_CONTEXT_ARGUMENT_1(context));
    case StateRegister::Kept: return static_cast<uintptr_t>(WEMBED_CONTEXT_KEPT(context));
    case StateRegister::None: break;
  }
  return 0;
}

// Makes the context continue at the start of `function`, which takes nothing and never returns,
// on the interrupted stack below whatever the interrupted code may keep there.
inline void redirect_context(ucontext_t* context, void (*function)()) {
  constexpr uintptr_t kRedZone = 128;
  uintptr_t sp = (static_cast<uintptr_t>(WEMBED_CONTEXT_SP(context)) - kRedZone) & ~uintptr_t{15};
#if defined(__x86_64__)
  sp -= 8;  // as if a call had pushed its return address
#endif
  WEMBED_CONTEXT_SP(context) = static_cast<decltype(WEMBED_CONTEXT_SP(context) + 0)>(sp);
  WEMBED_CONTEXT_PC(context) =
      static_cast<decltype(WEMBED_CONTEXT_PC(context) + 0)>(reinterpret_cast<uintptr_t>(function));
}

#else

inline uintptr_t context_pc(const ucontext_t*) { return 0; }
inline uintptr_t context_register(const ucontext_t*, StateRegister) { return 0; }
inline void redirect_context(ucontext_t*, void (*)()) {}

#endif

}  // namespace wembed::platform
