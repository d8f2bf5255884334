// What machine code calls in C++. Each is called with the guest's state written back.
#pragma once

#include "base/trap.h"
#include "jit/ir/op.h"
#include "runtime/exec_env.h"
#include "runtime/value.h"

namespace wembed {
struct Code;
struct Instance;
struct TypeDef;
}  // namespace wembed

namespace wembed::jit {

// A frame that ends at `needed` does not fit, or somebody wants something.
Trap make_room(ExecEnv& env, Slot* needed);

// A loop found that somebody wants something.
Trap poll(ExecEnv& env);

// Calls what the instance imports, or a function of any instance or the host's: arguments at
// `args`, results in their place; `back` is where the call returns to.
Trap call_import(ExecEnv& env, uint32_t index, Slot* args, const void* back);
Trap call_function(ExecEnv& env, const Function& function, Slot* args, const void* back);

// The function in an element of a table, made if need be, of that type: else a Trap, which is less
// than any address.
uint64_t find_callee(ExecEnv& env, uint32_t table, uint32_t index, const TypeDef* type);

// An operation of the runtime's, with what its instruction names. Operands at `slots`, the result
// in place of the first.
using RuntimeFunction = Trap (*)(ExecEnv& env, Instance& instance, Slot* slots, uint32_t first,
                                 uint32_t second);
RuntimeFunction runtime_function(Op op);

// A conversion, from bits to bits.
struct NumericResult {
  uint64_t bits;
  uint64_t trap;
};
using NumericFunction = NumericResult (*)(uint64_t bits);
NumericFunction numeric_function(Op op);

}  // namespace wembed::jit
