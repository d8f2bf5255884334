// A function as machine instructions on virtual registers: what lowering makes, what an allocator
// gives registers and slots, and what is emitted.
//
// Virtual registers are in SSA: each has one definition, a Define or a block's parameter, which all
// its uses are dominated by. Blocks stand in an order in which a block comes behind those that
// dominate it, and the blocks of a loop follow each other. No edge is critical: a block with
// parameters, or with more than one predecessor, is reached by Jumps alone.
#pragma once

#include <cstdint>
#include <span>

#include "base/vector.h"
#include "jit/asm/registers.h"
#include "jit/code/source_table.h"
#include "jit/lower/machine_op.h"

namespace wembed::jit {

using VirtualRegister = uint32_t;
using BlockIndex = uint32_t;

enum class Role : uint8_t {
  Use,        // read first: its register may be that of a Define
  LateUse,    // read after definitions were written, too: its register is that of no Define
  Define,     // written, whether or not anybody reads it
  Temporary,  // written at any time: shares its register with no operand at all
};

enum class Constraint : uint8_t {
  Register,
  RegisterOrSlot,  // of uses; the instruction reads the slot's 64 bits, or as many as it needs
  Fixed,           // Operand::fixed
  SameAsNext,      // of a Define: the register of the Use that follows it
};

struct Operand {
  VirtualRegister reg;
  Role role;
  Constraint constraint;
  MachineRegister fixed;
};

// What an address is relative to.
enum class Base : uint8_t {
  Register,  // an operand
  Memory,    // of memory 0
  Frame,     // the link; slots below it are parameters
  Outgoing,  // the first slot behind the frame: arguments of calls; its place is known at the end
  Environment,
  Literal,  // the instruction's immediate is in memory there, with zeros up to 128 bits
};

// base + index * 2^scale + displacement. The index, if there is one, is an operand of 64 bits whose
// upper half is zero.
struct Address {
  Base base = Base::Register;
  bool has_index = false;
  uint8_t scale = 0;
  int32_t displacement = 0;
};

struct Instruction {
  MachineOp op;
  Form form = Form::None;
  bool is_wide = false;  // 64 bits, where the operation leaves it open
  Condition condition = Condition::Equal;
  Address address;
  uint32_t first_operand = 0;
  uint16_t operand_count = 0;
  uint16_t detail = 0;          // which trap, which function of the runtime
  uint32_t source = kNoSource;  // byte offset in the module
  uint32_t first_target = 0;    // of MachineFunction::targets
  uint32_t target_count = 0;
  RegisterSet clobbers = 0;  // changed between uses and definitions
  int64_t immediate = 0;
};

// Its parameters take their values by Jumps, in whose operands they stand in the same order.
struct MachineBlock {
  uint32_t first = 0;  // instruction
  uint32_t count = 0;  // the last one is the only one that leads elsewhere
  uint32_t first_parameter = 0;
  uint32_t parameter_count = 0;
  uint32_t loop_depth = 0;
  bool is_loop_header = false;
  // The last block of the loop that begins here, in the order of blocks.
  BlockIndex loop_end = 0;
};

struct MachineFunction {
  explicit MachineFunction(Allocator& of)
      : allocator(of),
        blocks(of),
        instructions(of),
        operands(of),
        parameters(of),
        targets(of),
        classes(of) {}

  Allocator& allocator;
  Vector<MachineBlock> blocks;
  Vector<Instruction> instructions;
  Vector<Operand> operands;
  Vector<VirtualRegister> parameters;
  Vector<BlockIndex> targets;
  Vector<RegisterClass> classes;  // by virtual register
  uint32_t outgoing_slots = 0;
  bool has_result = false;
  RegisterClass result = RegisterClass::General;  // of the first one, which is in a register
  bool is_leaf = true;                            // nothing is called

  [[nodiscard]] std::span<const Operand> operands_of(const Instruction& of) const {
    return operands.span().subspan(of.first_operand, of.operand_count);
  }
  [[nodiscard]] std::span<const BlockIndex> targets_of(const Instruction& of) const {
    return targets.span().subspan(of.first_target, of.target_count);
  }
  [[nodiscard]] std::span<const VirtualRegister> parameters_of(const MachineBlock& of) const {
    return parameters.span().subspan(of.first_parameter, of.parameter_count);
  }
};

// --- what an allocator says ----------------------------------------------------------------------

// A register, or a slot of the frame: slot 0 is the first one above the link and above the operands
// that the function begins with. A value in a slot has
// 64 bits there, whatever its type.
class Location {
 public:
  constexpr Location() = default;
  static constexpr Location in_register(MachineRegister reg) { return Location(reg); }
  static constexpr Location in_slot(uint32_t slot) { return Location(kRegisters + slot); }

  [[nodiscard]] constexpr bool is_known() const { return value_ != UINT32_MAX; }
  [[nodiscard]] constexpr bool is_register() const { return value_ < kRegisters; }
  [[nodiscard]] constexpr MachineRegister reg() const {
    return static_cast<MachineRegister>(value_);
  }
  [[nodiscard]] constexpr uint32_t slot() const { return value_ - kRegisters; }
  constexpr bool operator==(const Location&) const = default;

 private:
  constexpr explicit Location(uint32_t value) : value_(value) {}
  uint32_t value_ = UINT32_MAX;
};

// Before an instruction, in the order of the list: one after the other, all 64 bits. From slot to
// slot goes too. Between registers of both classes bits are moved as they are.
struct Move {
  uint32_t before;  // instruction
  Location from;
  Location to;
};

struct Allocation {
  explicit Allocation(Allocator& allocator) : operands(allocator), moves(allocator) {}

  Vector<Location> operands;  // of MachineFunction::operands, one for one; Jumps' are not looked at
  Vector<Move> moves;         // by `before`
  uint32_t slots = 0;
};

}  // namespace wembed::jit
