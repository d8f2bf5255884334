// Functions of the host as guest code sees them: something to invoke with slots. Those that are
// entered by a signature are made in native_call.h.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Function;
struct NativeLibrary;

// How a host function is called.
struct HostFunction {
  // Arguments in and results out at `slots`. A trap has its text set on env.instance.
  Trap (*invoke)(ExecEnv& env, const Function& function, Slot* slots) = nullptr;
  void* target = nullptr;      // the host's function pointer
  void* attachment = nullptr;  // the host's data
  union {
    const void* signature = nullptr;  // how to convert, private to invoke
    const NativeLibrary* library;     // that it is of, where `target` is null
  };
};

// A host function that takes slots: returns false to stop the guest.
using SlotCallback = bool (*)(ExecEnv* env, void* data, uint64_t* slots);
HostFunction slot_callback(SlotCallback callback, void* data);
Trap invoke_callback(ExecEnv& env, const Function& function, Slot* slots);

// What an import is bound to that nobody provides: calling it traps.
extern const HostFunction kUnlinkedFunction;

// What a closed instance's imports from the host become: calling one traps.
extern const HostFunction kClosedFunction;

}  // namespace wembed
