// Frames and control.
#include <algorithm>

#include "jit/emit/emitter.h"

#include "jit/emit/emission.h"
#include "jit/emit/layout.h"

namespace wembed::jit {

bool emit(const EmitInput& input, Emitted& made) {
  return Emission(input, made, input.function.allocator).run();
}

bool Emission::run() {
  if (!blocks_.resize(function_.blocks.size())) return false;
  for (Label& label : blocks_) label = code_.new_label();
  for (Label* label : {&entry_, &linked_, &no_room_, &below_floor_, &return_trap_})
    *label = code_.new_label();
  made_.outgoing = static_cast<uint32_t>(first_slot_) + allocation_.slots;
  made_.slots = static_cast<uint32_t>(local_slots_) + made_.outgoing + function_.outgoing_slots;
  thunk();
  if (has_entry_) entry();
  begin_frame();
  if (!find_ends() || !lay_out(function_, order_)) return false;
  BlockIndex* last = std::remove_if(order_.begin(), order_.end(),
                                    [&](BlockIndex block) { return ends_[block] != block; });
  order_.truncate(static_cast<size_t>(last - order_.begin()));
  for (size_t i = 0; i < order_.size(); i++) {
    block(order_[i], i + 1 < order_.size() ? order_[i + 1] : kNoBlock);
  }
  tail();
  return !failed_ && code_.finish();
}

// --- frames --------------------------------------------------------------------------------------

// The first result goes to where C++ looks for it.
void Emission::thunk() {
  code_.address_of(kRax, linked_);
  code_.constant(kScratch, stubs_.enter);
  if (!function_.has_result) {
    return code_.emit(Encoding::JumpIndirect, false, 0, Place::of(kScratch));
  }
  const Label trapped = code_.new_label();
  code_.push(kRsi);
  code_.emit(Encoding::CallIndirect, false, 0, Place::of(kScratch));
  code_.pop(kRcx);
  code_.emit(Encoding::Test, false, kRax, Place::of(kRax));
  code_.jump_if(Condition::NotEqual, trapped);
  const bool is_float = function_.result == RegisterClass::Float;
  code_.emit(is_float ? Encoding::MovStoreDouble : Encoding::MovStore, true,
             result_register(function_.result), Place::at(kRcx, -local_slots_ * kSlotBytes));
  code_.bind(trapped);
  code_.ret();
}

// rax: the Code, rcx: arguments, rdx: the Instance.
void Emission::entry() {
  code_.pad_to(16);
  made_.entry = code_.size();
  code_.bind(entry_);
  code_.emit(Encoding::Lea, true, kScratch,
             Place::at(kRcx, static_cast<int32_t>(made_.slots) * kSlotBytes));
  code_.emit(Encoding::Compare, true, kScratch, environment(vm::kExecEnv_stack_limit));
  code_.jump_if(Condition::Above, no_room_);
  const int32_t at = local_slots_ * kSlotBytes;
  store(Place::at(kRcx, at + kLinkCode * kSlotBytes), kRax);
  load(kRax, Place::at(kRsp, 0));
  store(Place::at(kRcx, at + kLinkInstance * kSlotBytes), kRdx);
  store(Place::at(kRcx, at + kLinkCaller * kSlotBytes), kFrame);
  store(Place::at(kRcx, at + kLinkReturn * kSlotBytes), kRax);
  code_.emit(Encoding::Lea, true, kFrame, Place::at(kRcx, at));
}

void Emission::begin_frame() {
  code_.bind(linked_);
  if (function_.is_leaf) return;
  code_.emit_immediate(Encoding::SubImmediate, true, Place::of(kRsp), kSlotBytes);
  code_.emit(Encoding::Compare, true, kRsp, environment(vm::kExecEnv_native_floor));
  code_.jump_if(Condition::Below, below_floor_);
}

// With a Trap in eax.
void Emission::epilogue() {
  if (!function_.is_leaf) {
    code_.emit_immediate(Encoding::AddImmediate, true, Place::of(kRsp), kSlotBytes);
  }
  load(kFrame, link(kLinkCaller));
  code_.ret();
}

// --- blocks --------------------------------------------------------------------------------------

void Emission::note_source(const Instruction& in) {
  const uint32_t at = code_.size();
  Vector<SourceEntry>& sources = made_.sources;
  if (!sources.empty() && sources.back().source == in.source) return;
  if (!sources.empty() && sources.back().code == at) {
    sources.back().source = in.source;
  } else {
    keep(sources.push_back({at, in.source}));
  }
}

// Blocks that only lead on, and have no moves to make, are passed by.
bool Emission::find_ends() {
  const auto count = static_cast<BlockIndex>(function_.blocks.size());
  if (!ends_.resize(count)) return false;
  size_t moves = allocation_.moves.size();
  for (BlockIndex index = count; index-- > 0;) {
    const MachineBlock& of = function_.blocks[index];
    const Instruction& first = function_.instructions[of.first];
    while (moves > 0 && allocation_.moves[moves - 1].before > of.first) moves--;
    const bool has_moves = moves > 0 && allocation_.moves[moves - 1].before == of.first;
    ends_[index] = index;
    if (index == 0 || has_moves || first.op != MachineOp::Jump) continue;
    const BlockIndex target = function_.targets_of(first)[0];
    if (target > index) ends_[index] = ends_[target];
  }
  return true;
}

void Emission::block(BlockIndex index, BlockIndex next) {
  const MachineBlock& of = function_.blocks[index];
  code_.bind(blocks_[index]);
  next_move_ = first_move(of.first);
  for (uint32_t i = of.first; i < of.first + of.count; i++) {
    moves_before(i);
    note_source(function_.instructions[i]);
    instruction(function_.instructions[i], next);
  }
}

void Emission::instruction(const Instruction& in, BlockIndex next) {
  if (in.op.is_encoding()) return encoded(in);
  pseudo(in, next);
}

void Emission::pseudo(const Instruction& in, BlockIndex next) {
  switch (in.op.pseudo()) {
    case MachineOp::LoadConstant:
      return code_.constant(reg(in, 0), static_cast<uint64_t>(in.immediate));
    case MachineOp::LoadFloat:
      return code_.emit_at(Encoding::MovLoadDouble, false, reg(in, 0),
                           literal(static_cast<uint64_t>(in.immediate)));
    case MachineOp::Sum: return sum(in);
    case MachineOp::SumConstant: return sum_constant(in);
    case MachineOp::Divide: return divide(in);
    case MachineOp::CountZeros: return count_zeros(in);
    case MachineOp::FloatExtreme: return float_extreme(in);
    case MachineOp::FloatSelect: return float_select(in);
    case MachineOp::FloatUnary: return float_unary(in);
    case MachineOp::Truncate: return truncate(in);
    case MachineOp::SetIfEqual: return set_if_equal(in);
    case MachineOp::Jump: return jump(function_.targets_of(in)[0], next);
    case MachineOp::Branch: return branch(in, next);
    case MachineOp::BranchFloat: return branch_float(in, next);
    case MachineOp::BranchTable: return branch_table(in);
    case MachineOp::Return:
      code_.emit(Encoding::Xor, false, kRax, Place::of(kRax));
      return epilogue();
    case MachineOp::Trap: return code_.jump(trap_label(static_cast<wembed::Trap>(in.detail), in));
    case MachineOp::TrapIf:
      return code_.jump_if(in.condition, trap_label(static_cast<wembed::Trap>(in.detail), in));
    case MachineOp::Poll: return poll(in);
    case MachineOp::CallDirect: return call_direct(in);
    case MachineOp::CallImport: return call_import(in);
    case MachineOp::CallIndirect: return call_indirect(in);
    case MachineOp::CallRuntime: return call_runtime(in);
    case MachineOp::CallNumeric: return call_numeric(in);
    case MachineOp::kFirst: break;
  }
}

void Emission::jump(BlockIndex to, BlockIndex next) {
  if (ends_[to] != next) code_.jump(label_of(to));
}

void Emission::branch(const Instruction& in, BlockIndex next) {
  const std::span<const BlockIndex> targets = function_.targets_of(in);
  if (ends_[targets[0]] == next) {
    code_.jump_if(opposite(in.condition), label_of(targets[1]));
  } else {
    code_.jump_if(in.condition, label_of(targets[0]));
    jump(targets[1], next);
  }
}

// Behind a comparison of unordered floats Parity is set, and Equal.
void Emission::branch_float(const Instruction& in, BlockIndex next) {
  const std::span<const BlockIndex> targets = function_.targets_of(in);
  const bool if_equal = in.condition == Condition::Equal;
  const BlockIndex equal = targets[if_equal ? 0 : 1];
  const BlockIndex other = targets[if_equal ? 1 : 0];
  code_.jump_if(Condition::Parity, label_of(other));
  if (ends_[equal] == next) return code_.jump_if(Condition::NotEqual, label_of(other));
  code_.jump_if(Condition::Equal, label_of(equal));
  jump(other, next);
}

// The table has distances from itself, of 32 bits.
void Emission::branch_table(const Instruction& in) {
  const std::span<const BlockIndex> targets = function_.targets_of(in);
  const MachineRegister index = reg(in, 0);
  const MachineRegister table = reg(in, 1);
  const MachineRegister distance = reg(in, 2);
  const auto count = static_cast<int32_t>(targets.size() - 1);
  const Label label = code_.new_label();
  keep(tables_.push_back({label, &in}));
  code_.emit_immediate(Encoding::CompareImmediate, false, Place::of(index), count);
  code_.jump_if(Condition::AboveEqual, label_of(targets.back()));
  code_.address_of(table, label);
  code_.emit(Encoding::MovSign32, true, distance, Place::at(table, index, 2, 0));
  code_.emit(Encoding::Add, true, table, Place::of(distance));
  code_.emit(Encoding::JumpIndirect, false, 0, Place::of(table));
}

// --- behind the function -------------------------------------------------------------------------

Emission::Cold& Emission::add_cold(ColdKind kind, const Instruction& in) {
  keep(cold_.push_back({kind, wembed::Trap::None, code_.new_label(), code_.new_label(), &in}));
  return failed_ ? spare_ : cold_.back();
}

Label Emission::trap_label(wembed::Trap trap, const Instruction& in) {
  Cold& made = add_cold(ColdKind::Trap, in);
  made.trap = trap;
  return made.label;
}

// The place is the beginning of this very part.
void Emission::cold_trap(wembed::Trap trap) {
  const Label here = code_.new_label();
  code_.bind(here);
  code_.address_of(kScratch, here);
  store(environment(vm::kExecEnv_place), kScratch);
  store(environment(vm::kExecEnv_fp), kFrame);
  if (trap != wembed::Trap::None) code_.constant(kRax, static_cast<uint64_t>(trap));
  code_.jump(return_trap_);
}

void Emission::cold(const Cold& part) {
  code_.bind(part.label);
  note_source(*part.instruction);
  switch (part.kind) {
    case ColdKind::Trap: return cold_trap(part.trap);
    case ColdKind::TrapInRdx:
      code_.emit(Encoding::MovLoad, false, kRax, Place::of(kRdx));
      return cold_trap(wembed::Trap::None);
    case ColdKind::Poll:
      // Any other register may hold something.
      code_.constant(kScratch, stubs_.poll);
      code_.emit(Encoding::CallIndirect, false, 0, Place::of(kScratch));
      return code_.jump(part.back);
    case ColdKind::Truncate: return cold_truncate(part);
    case ColdKind::Callee: return cold_callee(part);
    case ColdKind::CallAny: return cold_call_any(part);
  }
}

void Emission::tail() {
  // Parts may add further ones.
  for (size_t i = 0; i < cold_.size() && !failed_; i++) {
    const Cold part = cold_[i];
    cold(part);
  }
  Instruction nowhere;
  note_source(nowhere);
  code_.bind(return_trap_);
  epilogue();
  if (has_entry_) {
    code_.bind(no_room_);
    call_address(stubs_.make_room);
    code_.jump(entry_);
  }
  code_.bind(below_floor_);
  code_.constant(kRax, static_cast<uint64_t>(wembed::Trap::NativeStackOverflow));
  store(environment(vm::kExecEnv_fp), kFrame);
  code_.emit(Encoding::MovImmediate, true, 0, environment(vm::kExecEnv_place), 0);
  epilogue();
  for (const BranchTable& table : tables_) {
    code_.pad_to(4);
    code_.bind(table.label);
    const std::span<const BlockIndex> targets = function_.targets_of(*table.instruction);
    for (BlockIndex target : targets.first(targets.size() - 1)) {
      code_.distance(label_of(target), table.label);
    }
  }
  if (!literals_.empty()) code_.pad_to(16);
  for (const Literal& literal : literals_) {
    code_.bind(literal.label);
    code_.word(literal.bits);
    code_.word(0);
  }
}

}  // namespace wembed::jit
