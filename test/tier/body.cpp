#include "tier/body.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "module/function_walker.h"
#include "runtime/exec_env.h"
#include "runtime/root_map.h"
#include "tier/engine.h"

namespace wembed::test_tier {

namespace {

constexpr uint32_t kUnbound = UINT32_MAX;

// Control::user: the label's number, and the one of the `else` above it.
uint32_t label_of(const Control& control) { return static_cast<uint32_t>(control.user); }
uint32_t else_of(const Control& control) { return static_cast<uint32_t>(control.user >> 32); }

uint32_t slots_of(std::span<const ValType> types) {
  uint32_t slots = 0;
  for (ValType type : types) slots += type.slots();
  return slots;
}

// Writes down what the walker says.
class Builder : public NullSink {
 public:
  static constexpr bool kActive = true;
  using Walker = FunctionWalker<Builder>;

  Builder(bool metered, const WalkScratch& scratch, Allocator& allocator)
      : roots(allocator),
        handlers(allocator, out_of_memory),
        metered_(metered),
        scratch_(scratch) {}

  std::vector<Instr> code;
  std::vector<Branch> branches;
  RootMapBuilder roots;
  uint32_t local_slots = 0;
  uint32_t most = 0;  // slots of operands at any time
  bool out_of_memory = false;
  HandlerTableBuilder handlers;

  [[nodiscard]] Error error() const { return out_of_memory ? Error::OutOfMemory : Error::None; }

  void finish() {
    // What legacy arms have caught stands behind the locals.
    local_slots += arms_;
    for (int32_t slot : references_) roots.add_local(slot - static_cast<int32_t>(local_slots));
    for (uint32_t arm = 0; arm < arms_; arm++) {
      handlers.keep(arm_handlers_[arm], static_cast<int32_t>(arm) - static_cast<int32_t>(arms_));
    }
    for (Instr& in : code) {
      if (in.op == kRethrow) in.a += local_slots - arms_;
    }
    for (const auto& [handler, label] : landings_) handlers.set_target(handler, labels_[label]);
    if (charge_ != kUnbound) code[charge_].a = instructions_;
    for (Branch& branch : branches) branch.target = labels_[branch.target];
  }

  void on_start(const Walker& walker) {
    walker_ = &walker;
    local_slots = walker.local_slot(walker.local_count());
    labels_ = {kUnbound};
    for (uint32_t i = 0; i < walker.local_count(); i++) {
      if (!walker.local_type(i).is_ref()) continue;
      references_.push_back(static_cast<int32_t>(walker.local_slot(i)));
    }
  }
  void on_instruction() {
    instructions_++;
    if (!walker_->reachable()) return;
    roots.cut(0);
    size_t index = 0;
    int32_t slot = kLinkSlots;
    const ValType* operands = scratch_.operands.data() + kStackPad;
    for (uint32_t i = 0; i < walker_->height() + walker_->control_count(); i++) {
      const ValType type = operands[i];
      if (type == kFrameMark) continue;
      if (type.is_ref()) roots.push(index, slot, true);
      index++;
      slot += static_cast<int32_t>(type.slots());
    }
    roots.begin_instruction(static_cast<uint32_t>(code.size()));
  }
  void on_fuel_block() {
    if (!metered_) return;
    if (charge_ != kUnbound) code[charge_].a = instructions_;
    charge_ = static_cast<uint32_t>(code.size());
    instructions_ = 0;
    emit(kCharge);
  }

  void on_unreachable() { emit(Opcode::Unreachable); }
  void on_block(Control& control) { control.user = new_label(); }
  void on_loop(Control& control) {
    control.user = new_label();
    bind(label_of(control));
  }
  void on_if(Control& control) {
    control.user = new_label();
    control.user |= uint64_t{new_label()} << 32;
    if (!control.entry_reachable) return;
    uint32_t parameters = slots_of(control.params());
    emit(kJumpUnless, add_branch({else_of(control), parameters, control.slot_height}));
  }
  void on_else(Control& control) {
    if (control.reachable) emit(kJump, to_end(control));
    bind(else_of(control));
    control.user = label_of(control) | uint64_t{kUnbound} << 32;
  }
  void on_end(Control& control) {
    if (control.kind == ControlKind::If) bind(else_of(control));
    bool opened = control.kind == ControlKind::TryTable || control.kind == ControlKind::Try;
    if (opened && control.entry_reachable) close(control);
    if (control.kind != ControlKind::Loop) bind(label_of(control));
    if (control.kind == ControlKind::Function) emit(kReturn);
  }
  void on_try_table(Control& control, std::span<const CatchClause> clauses) {
    control.user = new_label() | uint64_t{handlers.current()} << 32;
    if (!control.entry_reachable) return;
    uint32_t region = open(control);
    for (const CatchClause& clause : clauses) {
      const Control& target = walker_->control(clause.label + 1);
      Handler handler;
      handler.home = kLinkSlots + static_cast<int32_t>(target.slot_height);
      uint32_t values = 0;
      if (takes_tag(clause.kind)) {
        handler.tag = clause.tag;
        values = walker_->module().tags()[clause.tag]->param_slots;
      }
      if (takes_reference(clause.kind)) {
        handler.reference = handler.home + static_cast<int32_t>(values);
        handler.keeps = true;
        values++;
      }
      most = std::max(most, target.slot_height + values);
      landings_.emplace_back(handlers.add(region, handler), label_of(target));
    }
  }
  void on_throw(uint32_t tag, const TypeDef* type) { emit(Opcode::Throw, tag, 0, type); }
  void on_throw_ref() { emit(Opcode::ThrowRef); }
  // A try's label is followed by the numbers of its region and of the arm it is in.
  void on_try(Control& control) {
    control.user = new_label();
    tries_[label_of(control)] = {control.entry_reachable ? open(control) : kNoRegion, 0};
  }
  void on_catch(Control& control, uint32_t tag, const TypeDef* type) {
    if (control.reachable) emit(kJump, to_end(control));
    if (!control.entry_reachable) return;
    if (control.kind == ControlKind::Try) close(control);
    Handler handler;
    if (type != nullptr) handler.tag = tag;
    handler.target = static_cast<uint32_t>(code.size());
    handler.home = kLinkSlots + static_cast<int32_t>(control.slot_height);
    Try& at = tries_[label_of(control)];
    at.arm = arms_++;
    arm_handlers_.push_back(handlers.add(at.region, handler));
    most = std::max(most, control.slot_height + (type == nullptr ? 0 : type->param_slots));
  }
  void on_delegate(Control& control, uint32_t depth) {
    uint32_t to = kNoRegion;
    // The label's own region, or the one around it.
    for (uint32_t k = depth + 1; k < walker_->control_count() && to == kNoRegion; k++) {
      const Control& target = walker_->control(k);
      if (auto found = inside_.find(label_of(target)); found != inside_.end()) to = found->second;
    }
    on_end(control);
    if (control.entry_reachable) handlers.delegate(tries_[label_of(control)].region, to);
  }
  void on_rethrow(uint32_t depth) { emit(kRethrow, tries_[label_of(walker_->control(depth))].arm); }
  void on_br(uint32_t depth) { emit(kJump, branch_to(depth)); }
  void on_br_if(uint32_t depth) { emit(Opcode::BrIf, branch_to(depth)); }
  void on_br_on_null(uint32_t depth) { emit(Opcode::BrOnNull, branch_to(depth)); }
  void on_br_on_non_null(uint32_t depth) { emit(Opcode::BrOnNonNull, branch_to(depth)); }
  void on_br_table(std::span<const uint32_t> depths) {
    auto first = static_cast<uint32_t>(branches.size());
    for (uint32_t depth : depths) static_cast<void>(branch_to(depth));
    emit(Opcode::BrTable, first, static_cast<uint32_t>(depths.size()) - 1);
  }
  void on_return() { emit(kReturn); }

  void on_call(uint32_t function, const TypeDef* type) { emit(Opcode::Call, function, 0, type); }
  void on_call_indirect(const TypeDef* type, uint32_t table) {
    emit(Opcode::CallIndirect, table, 0, type);
  }
  void on_call_ref(const TypeDef* type) { emit(Opcode::CallRef, 0, 0, type); }
  void on_return_call(uint32_t function, const TypeDef* type) {
    emit(Opcode::ReturnCall, function, 0, type);
  }
  void on_return_call_indirect(const TypeDef* type, uint32_t table) {
    emit(Opcode::ReturnCallIndirect, table, 0, type);
  }
  void on_return_call_ref(const TypeDef* type) { emit(Opcode::ReturnCallRef, 0, 0, type); }
  void on_drop(ValType type) { emit(Opcode::Drop, type.slots()); }
  void on_select(ValType type) { emit(Opcode::Select, type.slots()); }
  void on_local_get(uint32_t local) { access(Opcode::LocalGet, local); }
  void on_local_set(uint32_t local) { access(Opcode::LocalSet, local); }
  void on_local_tee(uint32_t local) { access(Opcode::LocalTee, local); }
  void on_global_get(uint32_t global) { access_global(Opcode::GlobalGet, global); }
  void on_global_set(uint32_t global) { access_global(Opcode::GlobalSet, global); }
  void on_table_get(uint32_t table) { emit(Opcode::TableGet, table); }
  void on_table_set(uint32_t table) { emit(Opcode::TableSet, table); }
  void on_load(Opcode opcode, const MemArg& arg) { emit(opcode, arg.memory, 0, arg.offset); }
  void on_store(Opcode opcode, const MemArg& arg) { emit(opcode, arg.memory, 0, arg.offset); }
  void on_memory_size(uint32_t memory) { emit(Opcode::MemorySize, memory); }
  void on_memory_grow(uint32_t memory) { emit(Opcode::MemoryGrow, memory); }
  void on_memory_init(uint32_t data, uint32_t memory) { emit(Opcode::MemoryInit, data, memory); }
  void on_data_drop(uint32_t data) { emit(Opcode::DataDrop, data); }
  void on_memory_copy(uint32_t to, uint32_t from) { emit(Opcode::MemoryCopy, to, from); }
  void on_memory_fill(uint32_t memory) { emit(Opcode::MemoryFill, memory); }
  void on_table_init(uint32_t elements, uint32_t table) {
    emit(Opcode::TableInit, elements, table);
  }
  void on_elem_drop(uint32_t elements) { emit(Opcode::ElemDrop, elements); }
  void on_table_copy(uint32_t to, uint32_t from) { emit(Opcode::TableCopy, to, from); }
  void on_table_grow(uint32_t table) { emit(Opcode::TableGrow, table); }
  void on_table_size(uint32_t table) { emit(Opcode::TableSize, table); }
  void on_table_fill(uint32_t table) { emit(Opcode::TableFill, table); }
  void on_const(ValType, uint64_t bits) { emit(Opcode::I64Const, 0, 0, bits); }
  void on_unary(Opcode opcode) { emit(opcode); }
  void on_binary(Opcode opcode) { emit(opcode); }
  void on_wide(Opcode opcode) { emit(opcode); }
  void on_vector(Opcode opcode, const VectorArg& arg) {
    uint64_t words[2];
    std::memcpy(words, arg.bytes, sizeof words);
    emit(opcode, arg.memory.memory, arg.lane, words[0] | arg.memory.offset);
    code.back().high = words[1];
  }
  void on_atomic(Opcode opcode, const MemArg& arg) { emit(opcode, arg.memory, 0, arg.offset); }
  void on_atomic_fence() { emit(Opcode::AtomicFence); }
  void on_ref_null(ValType) { emit(Opcode::I64Const); }
  void on_ref_is_null() { emit(Opcode::RefIsNull); }
  void on_ref_func(uint32_t function) { emit(Opcode::RefFunc, function); }
  void on_ref_as_non_null() { emit(Opcode::RefAsNonNull); }
  void on_struct_new(const TypeDef* type, bool has_values) {
    emit(has_values ? Opcode::StructNew : Opcode::StructNewDefault, 0, 0, type);
  }
  void on_struct_get(Opcode opcode, const TypeDef* type, uint32_t field) {
    emit(opcode, field, 0, type);
  }
  void on_struct_set(const TypeDef* type, uint32_t field) {
    emit(Opcode::StructSet, field, 0, type);
  }
  void on_array_new(const TypeDef* type, bool has_value) {
    emit(has_value ? Opcode::ArrayNew : Opcode::ArrayNewDefault, 0, 0, type);
  }
  void on_array_new_fixed(const TypeDef* type, uint32_t count) {
    emit(Opcode::ArrayNewFixed, count, 0, type);
  }
  void on_array_new_segment(Opcode opcode, const TypeDef* type, uint32_t segment) {
    emit(opcode, segment, 0, type);
  }
  void on_array_get(Opcode opcode, const TypeDef* type) { emit(opcode, 0, 0, type); }
  void on_array_set(const TypeDef* type) { emit(Opcode::ArraySet, 0, 0, type); }
  void on_array_len() { emit(Opcode::ArrayLen); }
  void on_array_fill(const TypeDef* type) { emit(Opcode::ArrayFill, 0, 0, type); }
  void on_array_copy(const TypeDef* to, const TypeDef*) { emit(Opcode::ArrayCopy, 0, 0, to); }
  void on_array_init_segment(Opcode opcode, const TypeDef* type, uint32_t segment) {
    emit(opcode, segment, 0, type);
  }
  void on_ref_test(ValType target) { emit(Opcode::RefTest, 0, 0, target.bits()); }
  void on_ref_cast(ValType target) { emit(Opcode::RefCast, 0, 0, target.bits()); }
  void on_br_on_cast(uint32_t depth, ValType target, bool on_fail) {
    emit(Opcode::BrOnCast, branch_to(depth), on_fail ? 1 : 0, target.bits());
  }
  void on_ref_eq() { emit(Opcode::RefEq); }
  void on_ref_i31() { emit(Opcode::RefI31); }
  void on_i31_get(Opcode opcode) { emit(opcode); }
  void on_convert(Opcode opcode) { emit(opcode); }

 private:
  void emit(uint16_t op, uint32_t a = 0, uint32_t b = 0, uint64_t wide = 0) {
    code.push_back({op, walker_->offset(), a, b, wide});
    most = std::max(most, walker_->slot_height());
  }
  void emit(Opcode op, uint32_t a = 0, uint32_t b = 0, uint64_t wide = 0) {
    emit(static_cast<uint16_t>(op), a, b, wide);
  }
  void emit(Opcode op, uint32_t a, uint32_t b, const TypeDef* type) {
    emit(op, a, b, reinterpret_cast<uint64_t>(type));
  }
  void access(Opcode op, uint32_t local) {
    emit(op, walker_->local_slot(local), walker_->local_type(local).slots());
  }

  void access_global(Opcode op, uint32_t global) {
    emit(op, global, walker_->module().globals()[global].type.type.slots());
  }

  uint32_t open(const Control& control) {
    uint32_t region = handlers.open(static_cast<uint32_t>(code.size()));
    inside_[label_of(control)] = region;
    return region;
  }
  void close(const Control& control) {
    handlers.close(static_cast<uint32_t>(code.size()));
    inside_.erase(label_of(control));
  }

  uint32_t new_label() {
    labels_.push_back(kUnbound);
    return static_cast<uint32_t>(labels_.size()) - 1;
  }
  void bind(uint32_t label) {
    if (label != kUnbound) labels_[label] = static_cast<uint32_t>(code.size());
  }
  uint32_t add_branch(Branch branch) {
    branches.push_back(branch);
    return static_cast<uint32_t>(branches.size()) - 1;
  }
  uint32_t to_end(const Control& control) {
    return add_branch({label_of(control), slots_of(control.results()), control.slot_height});
  }
  uint32_t branch_to(uint32_t depth) {
    const Control& control = walker_->control(depth);
    return add_branch({label_of(control), slots_of(control.label_types()), control.slot_height});
  }

  struct Try {
    uint32_t region;
    uint32_t arm;  // counted over the body
  };

  bool metered_;
  const WalkScratch& scratch_;                           // the walker's
  std::vector<std::pair<uint32_t, uint32_t>> landings_;  // handler, label
  std::map<uint32_t, uint32_t> inside_;                  // label -> region that it is the body of
  std::map<uint32_t, Try> tries_;                        // by label
  std::vector<int32_t> references_;  // locals that are, among the slots of locals
  std::vector<uint32_t> arm_handlers_;
  uint32_t arms_ = 0;
  const Walker* walker_ = nullptr;
  std::vector<uint32_t> labels_;  // 0 is the function's
  uint32_t charge_ = kUnbound;
  uint32_t instructions_ = 0;  // since the last charge
};

}  // namespace

TestBody* make_body(const Code& code, NativeBody run, const Poll& poll, Error& error) {
  const Module& module = code.module();
  const ReadScope scope(module.source());
  Diagnostic diagnostic;
  WalkScratch scratch(code.module().allocator(), poll);
  Builder builder(code.variant().metered, scratch, code.module().allocator());
  error = scope.lost() ? Error::BytesLost : Error::None;
  if (error != Error::None) return nullptr;
  FunctionWalker<Builder> walker(module, code.function, diagnostic, scratch, builder);
  error = walker.walk();
  if (scope.lost()) error = Error::BytesLost;
  if (error != Error::None) return nullptr;
  builder.finish();
  HandlerTable* handlers = builder.handlers.finish(code.module().allocator(), 0);
  error = builder.error();
  if (error != Error::None) return nullptr;
  const TypeDef* type = code.type();
  // Results of a call may need more room than its arguments; no instruction pushes more than those.
  uint32_t slots = builder.local_slots + kLinkSlots + builder.most + type->result_slots;
  const auto first = -static_cast<int32_t>(builder.local_slots);
  builder.roots.set_extent({first, first + static_cast<int32_t>(slots), true});
  RootMap* roots = builder.roots.finish(code.module().allocator());
  if (roots == nullptr) {
    code.module().allocator().release(handlers);
    error = Error::OutOfMemory;
    return nullptr;
  }
  auto* body = new TestBody(run, builder.local_slots, slots);
  body->local_slots = builder.local_slots;
  body->param_slots = type->param_slots;
  body->result_slots = type->result_slots;
  body->slots = slots;
  body->code = std::move(builder.code);
  body->branches = std::move(builder.branches);
  body->tier = &tier();
  body->begin = body->code.data();
  body->end = body->code.data() + body->code.size();
  body->next = nullptr;
  body->handlers = handlers;
  body->roots = roots;
  return body;
}

}  // namespace wembed::test_tier
