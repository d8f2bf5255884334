// Calls of guests and of the runtime: arguments go to slots behind the frame, results come from
// there.
#include <algorithm>

#include "jit/lower/lowering.h"
#include "runtime/exec_env.h"

namespace wembed::jit {

namespace {

Address outgoing(uint32_t slot) {
  return {Base::Outgoing, false, 0, static_cast<int32_t>(slot * sizeof(Slot))};
}

}  // namespace

void Lowering::pass(std::span<const NodeId> operands) {
  for (uint32_t i = 0; i < operands.size(); i++) store_value(operands[i], outgoing(i), kNowhere);
}

void Lowering::clobber_all(Instruction& call) {
  call.clobbers = kAllocatable;
  function_.is_leaf = false;
}

void Lowering::receive(NodeId id, uint32_t index) {
  if (node_of(id).type != Type::None) load_value(id, outgoing(index), kNowhere);
}

bool Lowering::lower_call(NodeId id, const Node& node) {
  const std::span<const NodeId> operands = graph_.operands_of(node);
  const OpInfo& info = op_info(node.op);
  if (info.is_runtime || node.op == Op::TableSize) {
    pass(operands);
    function_.outgoing_slots = std::max(function_.outgoing_slots, 3u);
    Instruction& made = build_.add(MachineOp::CallRuntime);
    made.detail = static_cast<uint16_t>(node.op);
    made.immediate = static_cast<int64_t>(node.immediate);
    clobber_all(made);
    receive(id, 0);
    return true;
  }
  if (node.op != Op::Call && node.op != Op::CallIndirect) return false;
  const CallSite& site = graph_.calls[static_cast<uint32_t>(node.immediate)];
  function_.outgoing_slots = std::max(function_.outgoing_slots, site.type->most_slots);
  if (node.op == Op::CallIndirect) {
    const VirtualRegister index = value(operands.back());
    pass(operands.first(operands.size() - 1));
    Instruction& made = build_.add(MachineOp::CallIndirect, {use_fixed(index, kRcx)});
    made.immediate = static_cast<int64_t>(reinterpret_cast<uintptr_t>(site.type));
    is_known_ = is_known_ && site.index <= UINT16_MAX;
    made.detail = static_cast<uint16_t>(site.index);
    clobber_all(made);
  } else {
    pass(operands);
    const uint32_t imported = module_.imported_function_count();
    const bool is_import = site.index < imported;
    Instruction& made = build_.add(is_import ? MachineOp::CallImport : MachineOp::CallDirect);
    const Code* sibling = siblings_ + (is_import ? 0 : site.index - imported);
    made.immediate =
        is_import ? site.index : static_cast<int64_t>(reinterpret_cast<uintptr_t>(sibling));
    clobber_all(made);
  }
  receive_first(id);
  return true;
}

// One more operand of the call. An i32 that C++ returned may have anything above its 32 bits.
void Lowering::receive_first(NodeId id) {
  const Type type = node_of(id).type;
  if (type == Type::None) return;
  const RegisterClass of = class_of_type(type);
  const VirtualRegister result = type == Type::I32 ? build_.general() : define_value(id);
  build_.operand(define_fixed(result, result_register(of)));
  if (type != Type::I32) return;
  build_.add(Encoding::MovLoad, Form::Unary, false, {define(define_value(id)), use_any(result)});
}

}  // namespace wembed::jit
