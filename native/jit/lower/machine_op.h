// What machine instructions are called, and where their operands go.
#pragma once

#include <cstdint>

#include "jit/asm/encoding.h"

namespace wembed::jit {

// An instruction of the processor, or one of these, which are emitted as several or as something
// that has to be decided at the end.
class MachineOp {
 public:
  enum Pseudo : uint16_t {
    kFirst = 256,
    LoadConstant,  // Define: the immediate's 64 bits
    LoadDouble,    // Define: a float of these bits
    Jump,          // to target 0; operands: the arguments of its block's parameters
    Branch,        // by flags: target 0 when the condition holds, else target 1
    BranchFloat,   // as Branch, when Condition::Equal or NotEqual takes unordered into account
    BranchTable,  // operands: index (its upper half zero), two Temporaries; the last target: others
    Return,
    Trap,          // always
    TrapIf,        // by flags; `detail` is a Trap
    SetEqual,      // Define: whether floats compared equal, of flags; needs a Temporary
    Poll,          // leaves the loop for a moment when somebody wants something
    CallDirect,    // `immediate` is the Code; arguments and results in outgoing slots
    CallFunction,  // operand: a Function; of any instance, or the host's
    CallRuntime,   // `detail` is the RuntimeCall; operands fixed as the function takes them
  };

  constexpr MachineOp() = default;
  constexpr MachineOp(Encoding encoding) : value_(static_cast<uint16_t>(encoding)) {}
  constexpr MachineOp(Pseudo pseudo) : value_(pseudo) {}

  [[nodiscard]] constexpr bool is_encoding() const { return value_ < kFirst; }
  [[nodiscard]] constexpr Encoding encoding() const { return static_cast<Encoding>(value_); }
  [[nodiscard]] constexpr Pseudo pseudo() const { return static_cast<Pseudo>(value_); }
  constexpr bool operator==(const MachineOp&) const = default;

 private:
  uint16_t value_ = kFirst;
};

// Which operand is in which field of an instruction of the processor, by number.
enum class Form : uint8_t {
  None,
  Unary,        // reg: 0, a Define; rm: 1
  Binary,       // reg: 0, a Define that is the same as 1; rm: 2
  InPlace,      // rm: 0, a Define that is the same as 1
  Compare,      // reg: 0; rm: 1
  CompareOne,   // rm: 0
  DefineRm,     // rm: 0, a Define (setcc)
  Load,         // reg: 0, a Define; rm: the address of the others
  LoadInto,     // reg: 0, a Define that is the same as 1; rm: the address of the others
  Store,        // reg: 0; rm: the address of the others
  StoreOne,     // rm: the address of all operands; an immediate is stored or compared
  CompareLoad,  // reg: 0; rm: the address of the others
};

}  // namespace wembed::jit
