// A function of an instance: what a funcref points to and what wasm_function_inst_t is.
// Its address is stable for the life of the instance.
#pragma once

#include <cstdint>

#include "isa/types.h"

namespace wembed {

struct HostFunction;
struct Instance;

// Function::index of one that no module has: see host_reference.h.
constexpr uint32_t kNotOfModule = UINT32_MAX;

struct Function {
  const TypeDef* type = nullptr;
  Instance* instance = nullptr;  // whose code it is; for a host function: the importing instance
  const HostFunction* host = nullptr;  // null: defined in wasm, code is instance->code[defined]
  uint32_t index = 0;                  // in the function index space of `instance`
  uint32_t defined = 0;                // index minus the number of imported functions; wasm only
};

}  // namespace wembed
