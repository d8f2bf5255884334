// FunctionWalker, second part: dispatch, control, calls, variables.
// Included by function_walker.h only.
#pragma once

#include "module/function_walker.h"

namespace wembed {

// Tells the sink, where there is one and the code can be reached.
#define WEMBED_TELL(call)                           \
  do {                                              \
    if constexpr (Sink::kActive) {                  \
      if (reachable()) sink_.call;                  \
    }                                               \
  } while (false)

template <class Sink>
Error FunctionWalker<Sink>::step() {
  if (ip_ >= end_) [[unlikely]] return ran_off_the_end();
  if (limit_ - top_ < static_cast<ptrdiff_t>(kStepRoom)) [[unlikely]] {
    WEMBED_CHECK(make_room(kStepRoom));
  }
  op_ = ip_;
  uint8_t code = *ip_++;
  const OpShape& shape = kOpShapes[code];
  Opcode opcode = static_cast<Opcode>(code);
  switch (shape.kind) {
    case ShapeKind::Unary:
      WEMBED_CHECK(pop(ValType(shape.operand)));
      push(ValType(shape.result));
      WEMBED_TELL(on_unary(opcode));
      return Error::None;
    case ShapeKind::Binary:
      WEMBED_CHECK(pop(ValType(shape.operand)));
      WEMBED_CHECK(pop(ValType(shape.operand)));
      push(ValType(shape.result));
      WEMBED_TELL(on_binary(opcode));
      return Error::None;
    case ShapeKind::Load:
    case ShapeKind::Store: return load_or_store(opcode, shape);
    case ShapeKind::Other: break;
  }
  switch (opcode) {
    case Opcode::Unreachable:
      WEMBED_TELL(on_unreachable());
      cut();
      return Error::None;
    case Opcode::Nop: WEMBED_TELL(on_nop()); return Error::None;
    case Opcode::Block: return block(ControlKind::Block);
    case Opcode::Loop: return block(ControlKind::Loop);
    case Opcode::If: return block(ControlKind::If);
    case Opcode::Else: return else_arm();
    case Opcode::End: return end();
    case Opcode::Br: return branch();
    case Opcode::BrIf: return branch_if();
    case Opcode::BrTable: return branch_table();
    case Opcode::Return: return return_();
    case Opcode::Call: return call();
    case Opcode::CallIndirect: return call_indirect();
    case Opcode::Drop: {
      ValType type;
      WEMBED_CHECK(pop_any(type, "type mismatch, opcode drop was found but stack was empty"));
      WEMBED_TELL(on_drop(type));
      return Error::None;
    }
    case Opcode::Select: return select();
    case Opcode::SelectTyped: return select_typed();
    case Opcode::LocalGet:
    case Opcode::LocalSet:
    case Opcode::LocalTee: return local(opcode);
    case Opcode::GlobalGet:
    case Opcode::GlobalSet: return global(opcode);
    case Opcode::TableGet:
    case Opcode::TableSet: return table_access(opcode);
    case Opcode::MemorySize:
    case Opcode::MemoryGrow: return memory_size_or_grow(opcode);
    case Opcode::I32Const:
    case Opcode::I64Const:
    case Opcode::F32Const:
    case Opcode::F64Const: return constant(opcode);
    case Opcode::RefNull: return ref_null();
    case Opcode::RefIsNull: return ref_is_null();
    case Opcode::RefFunc: return ref_func();
    default: break;
  }
  return code == 0xfc ? step_prefixed() : unsupported(0, code);
}

template <class Sink>
Error FunctionWalker<Sink>::step_prefixed() {
  uint32_t code;
  WEMBED_CHECK(read_u32(code));
  Opcode opcode = static_cast<Opcode>(opcode_value(0xfc, code));
  if (opcode <= Opcode::I64TruncSatF64U) {
    const Signature& signature = opcode_info(opcode).signature;
    WEMBED_CHECK(pop(letter_type(signature.operands[0])));
    push(letter_type(signature.result));
    WEMBED_TELL(on_unary(opcode));
    return Error::None;
  }
  switch (opcode) {
    case Opcode::MemoryInit: return memory_init();
    case Opcode::DataDrop: return data_drop();
    case Opcode::MemoryCopy: return memory_copy();
    case Opcode::MemoryFill: return memory_fill();
    case Opcode::TableInit: return table_init();
    case Opcode::ElemDrop: return elem_drop();
    case Opcode::TableCopy: return table_copy();
    case Opcode::TableGrow: return table_grow();
    case Opcode::TableSize: return table_size();
    case Opcode::TableFill: return table_fill();
    default: return unsupported(0xfc, code);
  }
}

// Blocks ----------------------------------------------------------------------------------------

// Parameters are popped already: the mark goes below them.
template <class Sink>
Error FunctionWalker<Sink>::push_control(ControlKind kind, Control control) {
  if (scratch_.controls.size() >= kMaxNesting) {
    return fail(Error::Limit, "label stack depth limit exceeded");
  }
  control.kind = kind;
  control.height = height();
  if constexpr (Sink::kActive) control.slot_height = slot_height();
  control.init_mark = static_cast<uint32_t>(scratch_.initialised.size());
  if (!scratch_.controls.empty()) {
    control.entry_reachable = reachable();
    control.reachable = control.entry_reachable;
  }
  push(kFrameMark);
  if (!scratch_.controls.push_back(control)) return out_of_memory();
  return kind == ControlKind::Function ? Error::None : push_all(control.params());
}

template <class Sink>
Error FunctionWalker<Sink>::block(ControlKind kind) {
  Control control;
  WEMBED_CHECK(read_block_type(control));
  if (kind == ControlKind::If) WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop_all(control.params()));
  WEMBED_CHECK(push_control(kind, control));
  if constexpr (Sink::kActive) {
    Control& entered = scratch_.controls.back();
    if (kind == ControlKind::If) {
      sink_.on_if(entered);
    } else if (kind == ControlKind::Loop) {
      sink_.on_loop(entered);
    } else {
      sink_.on_block(entered);
    }
  }
  return Error::None;
}

// The block's results, and nothing else, must be on the stack; leaves them there as declared.
template <class Sink>
Error FunctionWalker<Sink>::check_results(Control& control) {
  std::span<const ValType> results = control.results();
  size_t present = static_cast<size_t>(top_ - floor());
  if (present > results.size() || (!control.polymorphic && present != results.size())) {
    return fail(Error::Invalid, "type mismatch: stack size does not match block type");
  }
  WEMBED_CHECK(pop_all(results));
  return push_all(results);
}

template <class Sink>
Error FunctionWalker<Sink>::else_arm() {
  Control* control = &scratch_.controls.back();
  if (control->kind != ControlKind::If) {
    return fail(Error::Malformed, "opcode else found without matched opcode if");
  }
  WEMBED_CHECK(check_results(*control));
  if constexpr (Sink::kActive) sink_.on_else(*control);
  forget_locals(*control);
  control->kind = ControlKind::Else;
  control->reachable = control->entry_reachable;
  control->polymorphic = false;
  top_ = floor();
  return push_all(control->params());
}

template <class Sink>
Error FunctionWalker<Sink>::end() {
  Control& control = scratch_.controls.back();
  if (control.kind == ControlKind::If) {
    std::span<const ValType> params = control.params();
    std::span<const ValType> results = control.results();
    bool same = params.size() == results.size();
    for (size_t i = 0; same && i < params.size(); i++) {
      same = module_.registry().matches(params[i], results[i]);
    }
    if (!same) return fail(Error::Invalid, "type mismatch: else branch missing");
  }
  WEMBED_CHECK(check_results(control));
  if constexpr (Sink::kActive) sink_.on_end(control);
  forget_locals(control);
  Control ended = control;
  top_ = floor() - 1;
  scratch_.controls.pop_back();
  return scratch_.controls.empty() ? Error::None : push_all(ended.results());
}

// Locals that got their first value inside a block have none again behind it.
template <class Sink>
void FunctionWalker<Sink>::forget_locals(const Control& control) {
  while (scratch_.initialised.size() > control.init_mark) {
    scratch_.locals[scratch_.initialised.back()] = kBottom;
    scratch_.initialised.pop_back();
  }
}

// Branches --------------------------------------------------------------------------------------

template <class Sink>
Error FunctionWalker<Sink>::label(uint32_t& depth) {
  WEMBED_CHECK(read_u32(depth));
  return depth < scratch_.controls.size() ? Error::None : fail(Error::Invalid, "unknown label");
}

template <class Sink>
Error FunctionWalker<Sink>::branch() {
  uint32_t depth;
  WEMBED_CHECK(label(depth));
  ValType* top = top_;
  WEMBED_CHECK(pop_all(control(depth).label_types()));
  top_ = top;
  WEMBED_TELL(on_br(depth));
  cut();
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::branch_if() {
  uint32_t depth;
  WEMBED_CHECK(label(depth));
  WEMBED_CHECK(pop(kI32));
  std::span<const ValType> types = control(depth).label_types();
  WEMBED_CHECK(pop_all(types));
  WEMBED_CHECK(push_all(types));
  WEMBED_TELL(on_br_if(depth));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::branch_table() {
  uint32_t count;
  WEMBED_CHECK(read_u32(count));
  if (count > kMaxBrTableTargets) return fail(Error::Limit, "too many branch targets");
  WEMBED_CHECK(pop(kI32));
  if constexpr (Sink::kActive) scratch_.labels.clear();
  const ValType* checked = nullptr;  // types found good already; most tables have few distinct ones
  size_t arity = 0;
  for (uint32_t i = 0; i <= count; i++) {
    if (ip_ >= end_) return ran_off_the_end();
    uint32_t depth;
    WEMBED_CHECK(label(depth));
    if constexpr (Sink::kActive) {
      if (!scratch_.labels.push_back(depth)) return out_of_memory();
    }
    Control& target = control(depth);
    std::span<const ValType> types = target.label_types();
    if (i != 0 && types.size() != arity) {
      return fail(Error::Invalid,
                  "type mismatch: br_table targets must all use same result type");
    }
    arity = types.size();
    if (types.empty() || types.data() == checked) continue;
    checked = types.data();
    ValType* top = top_;
    WEMBED_CHECK(pop_all(types));
    top_ = top;
  }
  WEMBED_TELL(on_br_table(scratch_.labels.span()));
  cut();
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::return_() {
  ValType* top = top_;
  WEMBED_CHECK(pop_all(type_->results()));
  top_ = top;
  WEMBED_TELL(on_return());
  cut();
  return Error::None;
}

// Calls and variables ---------------------------------------------------------------------------

template <class Sink>
Error FunctionWalker<Sink>::call() {
  uint32_t index;
  WEMBED_CHECK(read_u32(index));
  if (index >= module_.function_count()) {
    return fail(Error::Invalid, "unknown function %u", index);
  }
  const TypeDef* type = module_.function_type(index);
  WEMBED_CHECK(pop_all(type->params()));
  WEMBED_CHECK(push_all(type->results()));
  WEMBED_TELL(on_call(index, type));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::call_indirect() {
  uint32_t type_index;
  uint32_t table;
  WEMBED_CHECK(read_u32(type_index));
  WEMBED_CHECK(read_table_index(table));
  if (type_index >= module_.types().size() ||
      module_.type(type_index)->kind != CompositeKind::Func) {
    return fail(Error::Invalid, "unknown type");
  }
  if (!module_.registry().matches(module_.tables()[table].type.element, kFuncRef)) {
    return fail(Error::Invalid,
                "type mismatch: instruction requires table of functions but table %u has %s",
                table, value_type_text(module_.tables()[table].type.element));
  }
  WEMBED_CHECK(pop(table_address(table)));
  const TypeDef* type = module_.type(type_index);
  WEMBED_CHECK(pop_all(type->params()));
  WEMBED_CHECK(push_all(type->results()));
  WEMBED_TELL(on_call_indirect(type, table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::select() {
  constexpr const char* kEmpty =
      "type mismatch or invalid result arity, opcode select was found but stack was empty";
  ValType second;
  ValType first;
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop_any(second, kEmpty));
  WEMBED_CHECK(pop_any(first, kEmpty));
  if (first.is_bottom()) first = second;
  if (second.is_bottom()) second = first;
  if (first.is_ref() || first != second) return fail(Error::Invalid, "type mismatch");
  push(first);
  WEMBED_TELL(on_select(first));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::select_typed() {
  uint32_t count;
  WEMBED_CHECK(read_u32(count));
  if (count != 1) return fail(Error::Invalid, "invalid result arity");
  ValType type;
  WEMBED_CHECK(read_slowly(false, type));
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(type));
  WEMBED_CHECK(pop(type));
  push(type);
  WEMBED_TELL(on_select(type));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::local(Opcode opcode) {
  uint32_t index;
  WEMBED_CHECK(read_u32(index));
  if (index >= local_count_) return fail(Error::Invalid, "unknown local");
  if (opcode == Opcode::LocalGet) {
    if (scratch_.locals[index].is_bottom()) return fail(Error::Invalid, "uninitialized local");
    push(scratch_.locals[index]);
    WEMBED_TELL(on_local_get(index));
    return Error::None;
  }
  ValType type = local_type(index);
  WEMBED_CHECK(pop(type));
  if (scratch_.locals[index].is_bottom()) {
    if (!scratch_.initialised.push_back(index)) return out_of_memory();
    scratch_.locals[index] = type;
  }
  if (opcode == Opcode::LocalSet) {
    WEMBED_TELL(on_local_set(index));
    return Error::None;
  }
  push(type);
  WEMBED_TELL(on_local_tee(index));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::global(Opcode opcode) {
  uint32_t index;
  WEMBED_CHECK(read_u32(index));
  if (index >= module_.globals().size()) return fail(Error::Invalid, "unknown global %u", index);
  const GlobalType& type = module_.globals()[index].type;
  if (opcode == Opcode::GlobalGet) {
    push(type.type);
    WEMBED_TELL(on_global_get(index));
    return Error::None;
  }
  if (!type.is_mutable) return fail(Error::Invalid, "global is immutable");
  WEMBED_CHECK(pop(type.type));
  WEMBED_TELL(on_global_set(index));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::constant(Opcode opcode) {
  uint64_t bits = 0;
  ValType type;
  switch (opcode) {
    case Opcode::I32Const:
      WEMBED_CHECK(read_leb(32, true, bits));
      bits = static_cast<uint32_t>(bits);
      type = kI32;
      break;
    case Opcode::I64Const:
      WEMBED_CHECK(read_leb(64, true, bits));
      type = kI64;
      break;
    default: {
      bool wide = opcode == Opcode::F64Const;
      for (int i = 0; i < (wide ? 8 : 4); i++) bits |= uint64_t{*ip_++} << (8 * i);
      type = wide ? kF64 : kF32;
      break;
    }
  }
  push(type);
  WEMBED_TELL(on_const(type, bits));
  return Error::None;
}

}  // namespace wembed
