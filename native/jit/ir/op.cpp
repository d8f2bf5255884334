#include "jit/ir/op.h"

#include <array>

namespace wembed::jit {

namespace {

constexpr size_t kOps = static_cast<size_t>(Op::Count);

constexpr Signature signature_of(Opcode opcode) {
  switch (opcode) {
#define OP(name, prefix, code, text, immediates, signature, feature) \
  case Opcode::name:                                                 \
    return parse_signature(#signature);
#include "isa/wasm_ops.def"
#undef OP
  }
  return {};
}

constexpr OpInfo wasm(Opcode opcode, uint8_t effects) {
  OpInfo info;
  info.signature = signature_of(opcode);
  info.effects = effects;
  info.opcode = static_cast<uint16_t>(opcode);
  return info;
}

// A signature whose operands are `*` has any number of them.
constexpr OpInfo own(const char* signature, uint8_t effects, bool is_runtime) {
  OpInfo info;
  info.signature = parse_signature(signature);
  info.effects = effects;
  info.is_runtime = is_runtime;
  info.any_count = info.signature.operands[0] == '*';
  return info;
}

constexpr std::array<OpInfo, kOps> make_infos() {
  return {{
#define WASM_OP(name, effects) wasm(Opcode::name, effects),
#define IR_OP(name, signature, effects) own(#signature, effects, false),
#define RUNTIME_OP(name, signature) own(#signature, kReads | kWrites | kTraps | kCalls, true),
#include "jit/ir/ir_ops.def"
  }};
}

constexpr std::array<OpInfo, kOps> kInfos = make_infos();

constexpr std::array<Op, kOpcodeSpace> make_ops() {
  std::array<Op, kOpcodeSpace> ops;
  ops.fill(Op::Count);
  for (size_t i = 0; i < kOps; i++) {
    if (kInfos[i].opcode != kOpcodeSpace) ops[kInfos[i].opcode] = static_cast<Op>(i);
  }
  return ops;
}

constexpr std::array<Op, kOpcodeSpace> kOpOf = make_ops();

}  // namespace

const OpInfo& op_info(Op op) { return kInfos[static_cast<size_t>(op)]; }

Op op_of(Opcode opcode) { return kOpOf[static_cast<size_t>(opcode)]; }

}  // namespace wembed::jit
