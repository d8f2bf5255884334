// A function of an instance: what a funcref points to and what wasm_function_inst_t is.
// Its address is stable for the life of the instance.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct ExecEnv;
struct Function;
struct Instance;

// How a host function is called; made by runtime/host_function.cpp or by an import list.
struct HostFunction {
  // Arguments in and results out at `slots`. A trap has its text set on env.instance.
  Trap (*invoke)(ExecEnv& env, const Function& function, Slot* slots) = nullptr;
  void* target = nullptr;           // the host's function pointer
  void* attachment = nullptr;       // the host's data
  const void* signature = nullptr;  // how to convert, private to invoke
};

struct Function {
  const TypeDef* type = nullptr;
  Instance* instance = nullptr;  // whose code it is; for a host function: the importing instance
  const HostFunction* host = nullptr;  // null: defined in wasm, code is instance->code[defined]
  uint32_t index = 0;                  // in the function index space of `instance`
  uint32_t defined = 0;                // index minus the number of imported functions; wasm only
};

}  // namespace wembed
