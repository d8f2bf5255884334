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
    // Values.
    LoadConstant,  // Define: the immediate's 64 bits
    LoadFloat,     // Define: a float of the immediate's bits
    Sum,           // Define, two Uses: the second one times 2^scale; and the immediate
    SumConstant,   // Define, Use times 2^scale, immediate
    Divide,        // Form::None. Define rax or rdx, Use rax, LateUse divisor; `detail`: DivideKind
    CountZeros,    // Define, LateUse; `detail`: whether trailing ones
    FloatExtreme,  // Define same as next, LateUse; `detail`: whether the greater
    FloatSelect,   // Define same as next (taken when the condition holds), LateUse
    FloatUnary,    // an encoding in `detail` whose result has to be cleared first: Define, LateUse
    Truncate,      // Define, LateUse, Temporary; `detail`: TruncateKind
    SetIfEqual,    // by flags of floats, the condition Equal or NotEqual: Define, Temporary
    // Control.
    Jump,         // to target 0; operands: the arguments of its block's parameters
    Branch,       // by flags: to target 0 when the condition holds, else to target 1
    BranchFloat,  // the same behind a comparison of floats, where Equal excludes unordered
    BranchTable,  // LateUse index, two Temporaries; the last target is for all numbers beyond
    Return,       // Use, of the first result
    Trap,         // `detail`: which
    TrapIf,       // by flags
    Poll,         // sees whether somebody wants something; changes no register
    // Calls: arguments are in outgoing slots, and results but the first of a function: Define.
    CallDirect,    // `immediate` is the Code
    CallImport,    // `immediate` is the function's index
    CallIndirect,  // Use rcx: the element; `immediate` is the TypeDef, `detail` the table
    CallRuntime,   // `detail` is the Op; `immediate` that of the node
    CallNumeric,   // Define rax, Use rdi, both as bits; `detail` is the Op
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

enum class DivideKind : uint8_t { Quotient, Remainder, SignedQuotient, SignedRemainder };

// What a float is truncated to; Instruction::is_wide: a double is.
enum class TruncateKind : uint8_t { I32, U32, I64 };

// Which operand is in which field of an instruction of the processor, by number.
enum class Form : uint8_t {
  None,
  Unary,       // reg: 0, a Define; rm: 1
  Binary,      // reg: 0, a Define that is the same as 1; rm: 2
  InPlace,     // rm: 0, a Define that is the same as 1; others are fixed
  Compare,     // reg: 0; rm: 1
  CompareOne,  // rm: 0
  DefineOne,   // rm: 0, a Define
  MoveOut,     // rm: 0, a Define; reg: 1
  Load,        // reg: 0, a Define; rm: the address of the others
  LoadInto,    // reg: 0, a Define that is the same as 1; rm: the address of the others
  Store,       // reg: 0; rm: the address of the others; comparisons too
  StoreOne,    // rm: the address of all operands
};

}  // namespace wembed::jit
