// Builder, second part: instructions that do not branch.
#include <algorithm>

#include "jit/build/builder.h"

namespace wembed::jit {

namespace {

constexpr uint64_t pair(uint32_t first, uint32_t second) {
  return first | static_cast<uint64_t>(second) << 32;
}

}  // namespace

void Builder::on_select(ValType type) {
  const NodeId condition = pop(), second = pop(), first = pop();
  uint64_t bits;
  if (first == second) return push(first);
  if (is_constant(condition, bits)) return push(bits != 0 ? first : second);
  const NodeId operands[] = {first, second, condition};
  push(find_or_add({.op = Op::Select, .type = type_of(type)}, operands));
}

// --- globals and memory --------------------------------------------------------------------------

void Builder::on_global_get(uint32_t global) {
  const Type type = type_of(walker_->module().globals()[global].type.type);
  if (type == Type::None) refuse(Refusal::Vectors);
  const NodeId value = add(Op::GlobalGet, type, {}, global);
  if (type == Type::Ref) return push_reference(value);
  push(value);
}

void Builder::on_global_set(uint32_t global) { add(Op::GlobalSet, Type::None, {pop()}, global); }

bool Builder::is_near(uint32_t memory) {
  if (memory == 0 && !walker_->module().memories()[0].limits.is_64) return true;
  refuse(Refusal::FarMemory);
  return false;
}

bool Builder::is_near_table(uint32_t table) {
  if (!walker_->module().tables()[table].type.limits.is_64) return true;
  refuse(Refusal::FarTable);
  return false;
}

void Builder::on_load(Opcode opcode, const MemArg& arg) {
  if (!is_near(arg.memory)) return;
  const Op op = op_of(opcode);
  const NodeId address = pop();
  push(add(op, type_of(letter_type(op_info(op).signature.result)), {address}, arg.offset));
}

void Builder::on_store(Opcode opcode, const MemArg& arg) {
  if (!is_near(arg.memory)) return;
  const NodeId value = pop(), address = pop();
  add(op_of(opcode), Type::None, {address, value}, arg.offset);
}

// --- what the runtime does -----------------------------------------------------------------------

void Builder::runtime(Op op, uint32_t first, uint32_t second) {
  const Signature& signature = op_info(op).signature;
  const uint32_t count = signature.operands[0] == 'N' ? 0 : signature.count;
  Type type = Type::None;
  if (signature.result == 'I') type = Type::I32;
  if (signature.result == 'R') type = Type::Ref;
  const Node node = {.op = op, .type = type, .immediate = pair(first, second)};
  const NodeId made = add(node, top(count));
  stack_.truncate(stack_.size() - count);
  if (type == Type::Ref) push_reference(made);
  if (type == Type::I32) push(made);
}

void Builder::on_memory_size(uint32_t memory) {
  if (is_near(memory)) push(add(Op::MemorySize, Type::I32, {}, memory));
}
void Builder::on_memory_grow(uint32_t memory) {
  if (is_near(memory)) runtime(Op::MemoryGrow, memory);
}
void Builder::on_memory_init(uint32_t segment, uint32_t memory) {
  if (is_near(memory)) runtime(Op::MemoryInit, segment, memory);
}
void Builder::on_memory_copy(uint32_t destination, uint32_t source) {
  if (is_near(destination) && is_near(source)) runtime(Op::MemoryCopy, destination, source);
}
void Builder::on_memory_fill(uint32_t memory) {
  if (is_near(memory)) runtime(Op::MemoryFill, memory);
}
void Builder::on_table_get(uint32_t table) {
  if (is_near_table(table)) runtime(Op::TableGet, table);
}
void Builder::on_table_set(uint32_t table) {
  if (is_near_table(table)) runtime(Op::TableSet, table);
}
void Builder::on_table_size(uint32_t table) {
  if (is_near_table(table)) push(add(Op::TableSize, Type::I32, {}, table));
}
void Builder::on_table_grow(uint32_t table) {
  if (is_near_table(table)) runtime(Op::TableGrow, table);
}
void Builder::on_table_init(uint32_t segment, uint32_t table) {
  if (is_near_table(table)) runtime(Op::TableInit, segment, table);
}
void Builder::on_table_copy(uint32_t destination, uint32_t source) {
  if (is_near_table(destination) && is_near_table(source)) {
    runtime(Op::TableCopy, destination, source);
  }
}
void Builder::on_table_fill(uint32_t table) {
  if (is_near_table(table)) runtime(Op::TableFill, table);
}

// --- calls ---------------------------------------------------------------------------------------

void Builder::on_call(uint32_t function, const TypeDef* type) {
  call(Op::Call, type, function, static_cast<uint32_t>(type->params().size()));
}

void Builder::on_call_indirect(const TypeDef* type, uint32_t table) {
  if (!is_near_table(table)) return;
  call(Op::CallIndirect, type, table, static_cast<uint32_t>(type->params().size()) + 1);
}

void Builder::call(Op op, const TypeDef* type, uint32_t index, uint32_t operands) {
  const std::span<const ValType> results = type->results();
  const auto count = static_cast<uint32_t>(results.size());
  const uint64_t site = graph_.calls.size();
  if (!graph_.calls.push_back({type, index, count})) out_of_memory_ = true;
  const Type first = count == 0 ? Type::None : type_of(results[0]);
  const NodeId called = add({.op = op, .type = first, .immediate = site}, top(operands));
  stack_.truncate(stack_.size() - operands);
  for (uint32_t i = 0; i < count; i++) {
    const Type made = type_of(results[i]);
    if (made == Type::None) refuse(Refusal::Vectors);
    const NodeId value = i == 0 ? called : add(Op::Result, made, {called}, i);
    if (made == Type::Ref) {
      push_reference(value);
    } else {
      push(value);
    }
  }
}

}  // namespace wembed::jit
