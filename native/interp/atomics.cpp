// Translation of atomic instructions. Accesses to a first memory with 32-bit addresses have an
// operation each, with operands in any slots; everything else goes through the runtime.
#include "interp/op_table.h"
#include "interp/translator.h"
#include "isa/atomic.h"

namespace wembed {

namespace {

// Rows of reg_ops.def: by kind, then by width.
constexpr uint32_t kWidths = 4;

RegOp access_operation(isa::Atomic kind, uint8_t width) {
  return RegOp::AtomicLoad8 + (static_cast<uint32_t>(kind) * kWidths + width);
}
static_assert(RegOp::AtomicLoad8 + kWidths * static_cast<uint32_t>(isa::Atomic::CompareExchange) ==
              RegOp::AtomicCompareExchange8);

}  // namespace

void Translator::atomic_access(Opcode opcode, uint64_t offset) {
  const isa::Atomic kind = isa::atomic_of(opcode);
  Encoding encoding(access_operation(kind, natural_alignment(opcode)));
  for (uint32_t k = isa::operands_of(kind) + 1; k > 0; k--) {
    Operand operand = pop();
    materialise(operand);
    encoding.from(static_cast<int>(k), operand.slot);
  }
  encoding.wide(offset);
  if (kind == isa::Atomic::Store) {
    plain(encoding);
  } else {
    produce_plain(encoding, op_entry(opcode).result);
  }
}

void Translator::on_atomic(Opcode opcode, const MemArg& argument) {
  if (!is_far(argument.memory) && isa::is_atomic_access(opcode)) {
    return atomic_access(opcode, argument.offset);
  }
  const Signature& signature = opcode_info(opcode).signature;
  uint32_t what = static_cast<uint32_t>(opcode) | argument.memory << 16;
  operation(Encoding(RegOp::AtomicOther).imm(what).wide(argument.offset),
            {signature.count, 0, signature.result != 0 ? 1u : 0u});
  if (signature.result != 'L') return;
  pop();
  push_home(ValueClass::I64);
}

void Translator::on_atomic_fence() { plain(Encoding(RegOp::AtomicFence)); }

}  // namespace wembed
