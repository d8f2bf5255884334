// Hardware faults of guest code become traps; all other faults stay whoever's they were.
//
// A fault is ours when the address lies in a registered guest range AND the program counter lies
// in a registered code range AND the thread is inside a FaultRecovery. Everything else goes to
// the handler that was installed before ours, as if the kernel had called it.
//
// The handler does not jump out of the signal. It points the interrupted context at a landing
// function and returns, so that the kernel restores signal mask and stack as usual; the landing
// function then jumps to the recovery. That also works when another handler, installed after
// ours, called us.
//
// One kind of fault is answered in place: of a module's bytes that vanished under their reader, see
// base/byte_source.h. A page of zeros is put there, the bytes count as lost, and the reader goes
// on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_local.h"
#include "platform/range_table.h"

// The compiler's own setjmp saves three words; where it has none, the C library's without mask.
#if defined(__x86_64__) || defined(__i386__) || (defined(__GNUC__) && !defined(__clang__))
#define WEMBED_BUILTIN_JUMP 1
#else
#include <csetjmp>
#endif

namespace wembed::platform {

// A register, of those that hold a part of the guest's state wherever code of a range may fault.
enum class StateRegister : uint8_t {
  None,  // the code has stored it before
  ProgramCounter,
  Argument0,  // of the C calling convention
  Argument1,
  Kept,  // one that C functions keep: rbp, x21
};

// Where code that may fault has the guest's state: state that is in registers all along need not be
// stored before each access.
struct StateRegisters {
  StateRegister place = StateRegister::None;  // of the operation
  StateRegister frame = StateRegister::None;
};

// Where a thread continues after a fault. Lives in the frame that entered guest code:
//
//   FaultRecovery recovery;
//   enter_fault_recovery(recovery);
//   if (WEMBED_CATCH_FAULT(recovery) == 0) run(); else faulted(recovery.address);
//   leave_fault_recovery(recovery);
//
// As with setjmp, locals changed by run()'s side must be volatile to be read in the else branch.
struct FaultRecovery {
#ifdef WEMBED_BUILTIN_JUMP
  void* jump[5];
#else
  jmp_buf jump;
#endif
  FaultRecovery* previous;
  // The rest is written by the fault.
  uintptr_t address;      // what the guest tried to access
  uintptr_t instruction;  // program counter of the access
  // What the registers of the range held; has_state: as far as it has named any.
  bool has_state;
  uintptr_t place;
  uintptr_t frame;
};

#ifdef WEMBED_BUILTIN_JUMP
#define WEMBED_CATCH_FAULT(recovery) __builtin_setjmp((recovery).jump)
#else
#define WEMBED_CATCH_FAULT(recovery) _setjmp((recovery).jump)
#endif

// The innermost recovery of this thread.
extern constinit thread_local FaultRecovery* current_fault_recovery WEMBED_TLS_MODEL;

inline void enter_fault_recovery(FaultRecovery& recovery) {
  recovery.previous = current_fault_recovery;
  current_fault_recovery = &recovery;
}

inline void leave_fault_recovery(FaultRecovery& recovery) {
  current_fault_recovery = recovery.previous;
}

// Installs the handlers at the first call and counts the others. Returns 0 or an error number;
// then nothing is installed and guarded memory must not be used.
[[nodiscard]] int retain_fault_handlers();

// Removes them at the last call. When somebody installed a handler over ours in the meantime,
// ours stays in the chain and passes everything on; the library must then stay loaded (link it
// with -z nodelete).
void release_fault_handlers();

// True between the first retain and the last release.
[[nodiscard]] bool fault_handlers_active();

// Whether a fault of this thread would come back, as far as that can be known without one.
enum class FaultDelivery : uint8_t {
  Unknown,  // nobody has looked
  Works,
  Blocked,  // this thread blocks one of the signals: the system ends the process instead
  Covered,  // somebody's handler stands over ours and may not pass faults on
};

// Asks the system, by three calls.
[[nodiscard]] FaultDelivery fault_delivery();

// Reads a byte that must fault, in a registered guest range, and tells whether the fault came back:
// 0, else an error number. EAGAIN: not tried, because somebody's handler stands over ours and may
// not pass the fault on, or because this thread blocks the signal.
[[nodiscard]] int probe_fault(const void* address);

// Code whose accesses to guest ranges may fault: the interpreter's handlers, generated code.
// It must keep nothing on the native stack that needs unwinding.
[[nodiscard]] uint32_t register_code_range(const void* begin, const void* end,
                                           StateRegisters registers = {});
void unregister_code_range(uint32_t range);

// Reservations of linear memories. RangeTable::kNone when there is no memory for the entry.
[[nodiscard]] uint32_t register_guest_range(const void* begin, size_t bytes);
void unregister_guest_range(uint32_t range);

}  // namespace wembed::platform
