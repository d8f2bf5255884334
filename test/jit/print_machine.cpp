#include "jit/print_machine.h"

namespace wembed::jit {

namespace {

constexpr const char* kRegisterNames[] = {
    "rax",  "rcx",  "rdx",  "rbx",  "rsp",   "rbp",   "rsi",   "rdi",   "r8",    "r9",   "r10",
    "r11",  "r12",  "r13",  "r14",  "r15",   "xmm0",  "xmm1",  "xmm2",  "xmm3",  "xmm4", "xmm5",
    "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"};
constexpr const char* kRoles[] = {"", "late ", "def ", "temp "};
constexpr const char* kPseudos[] = {
    "?",           "LoadConstant", "LoadFloat",    "Sum",         "SumConstant",
    "Divide",      "CountZeros",   "FloatExtreme", "FloatSelect", "FloatUnary",
    "Truncate",    "SetIfEqual",   "Jump",         "Branch",      "BranchFloat",
    "BranchTable", "Return",       "Trap",         "TrapIf",      "Poll",
    "CallDirect",  "CallImport",   "CallIndirect", "CallRuntime", "CallNumeric"};

std::string text(Location location) {
  if (!location.is_known()) return "nowhere";
  if (location.is_register()) return kRegisterNames[location.reg()];
  return "s" + std::to_string(location.slot());
}

std::string name(const MachineOp& op) {
  if (op.is_encoding()) return row_of(op.encoding()).text;
  return kPseudos[op.pseudo() - MachineOp::kFirst];
}

std::string line(const MachineFunction& function, const Instruction& in,
                 const Allocation* allocation) {
  std::string out = name(in.op) + (in.is_wide ? "q" : "");
  for (uint32_t k = 0; k < in.operand_count; k++) {
    const Operand& operand = function.operands[in.first_operand + k];
    out += std::string(k == 0 ? " " : ", ") + kRoles[static_cast<int>(operand.role)] + "v" +
           std::to_string(operand.reg);
    if (operand.constraint == Constraint::Fixed) {
      out += std::string("=") + kRegisterNames[operand.fixed];
    }
    if (operand.constraint == Constraint::SameAsNext) out += "=next";
    if (allocation != nullptr && in.op != MachineOp(MachineOp::Jump)) {
      out += ":" + text(allocation->operands[in.first_operand + k]);
    }
  }
  for (BlockIndex target : function.targets_of(in)) out += " ->b" + std::to_string(target);
  return out;
}

}  // namespace

std::string print(const MachineFunction& function, const Allocation* allocation) {
  std::string out;
  size_t move = 0;
  for (BlockIndex b = 0; b < function.blocks.size(); b++) {
    const MachineBlock& block = function.blocks[b];
    out += "b" + std::to_string(b) + "(";
    for (VirtualRegister parameter : function.parameters_of(block)) {
      out += " v" + std::to_string(parameter);
    }
    out += ")" + (block.is_loop_header ? " loop to b" + std::to_string(block.loop_end) : "") + "\n";
    for (uint32_t i = block.first; i < block.first + block.count; i++) {
      while (allocation != nullptr && move < allocation->moves.size() &&
             allocation->moves[move].before == i) {
        const Move& made = allocation->moves[move++];
        out += "      " + text(made.to) + " <- " + text(made.from) + "\n";
      }
      out += "  " + std::to_string(i) + ": " +
             line(function, function.instructions[i], allocation) + "\n";
    }
  }
  return out;
}

}  // namespace wembed::jit
