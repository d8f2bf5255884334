// FunctionWalker, third part: memories, tables, segments, references.
// Included by function_walker.h only.
#pragma once

#include "module/function_walker.h"

namespace wembed {

template <class Sink>
Error FunctionWalker<Sink>::load_or_store(Opcode opcode, const OpShape& shape) {
  MemArg arg;
  WEMBED_CHECK(read_mem_arg(shape.align, arg));
  ValType address = memory_address(arg.memory);
  if (shape.kind == ShapeKind::Load) {
    WEMBED_CHECK(pop(address));
    push(ValType(shape.result));
    WEMBED_TELL(on_load(opcode, arg));
    return Error::None;
  }
  WEMBED_CHECK(pop(ValType(shape.operand)));
  WEMBED_CHECK(pop(address));
  WEMBED_TELL(on_store(opcode, arg));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::memory_size_or_grow(Opcode opcode) {
  uint32_t memory;
  WEMBED_CHECK(read_memory_index(memory));
  ValType address = memory_address(memory);
  if (opcode == Opcode::MemorySize) {
    push(address);
    WEMBED_TELL(on_memory_size(memory));
    return Error::None;
  }
  WEMBED_CHECK(pop(address));
  push(address);
  WEMBED_TELL(on_memory_grow(memory));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::check_data_segment(uint32_t index) {
  if (!module_.has_data_count()) return fail(Error::Malformed, "data count section required");
  if (index < module_.data().size()) return Error::None;
  return fail(Error::Invalid, "unknown data segment %u", index);
}

template <class Sink>
Error FunctionWalker<Sink>::memory_init() {
  uint32_t segment;
  uint32_t memory;
  WEMBED_CHECK(read_u32(segment));
  WEMBED_CHECK(read_memory_index(memory));
  WEMBED_CHECK(check_data_segment(segment));
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(memory_address(memory)));
  WEMBED_TELL(on_memory_init(segment, memory));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::data_drop() {
  uint32_t segment;
  WEMBED_CHECK(read_u32(segment));
  WEMBED_CHECK(check_data_segment(segment));
  WEMBED_TELL(on_data_drop(segment));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::memory_copy() {
  uint32_t to;
  uint32_t from;
  WEMBED_CHECK(read_memory_index(to));
  WEMBED_CHECK(read_memory_index(from));
  ValType to_address = memory_address(to);
  ValType from_address = memory_address(from);
  // The length is an address that both memories have.
  WEMBED_CHECK(pop(to_address == from_address ? to_address : kI32));
  WEMBED_CHECK(pop(from_address));
  WEMBED_CHECK(pop(to_address));
  WEMBED_TELL(on_memory_copy(to, from));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::memory_fill() {
  uint32_t memory;
  WEMBED_CHECK(read_memory_index(memory));
  WEMBED_CHECK(pop(memory_address(memory)));
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(memory_address(memory)));
  WEMBED_TELL(on_memory_fill(memory));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_access(Opcode opcode) {
  uint32_t table;
  WEMBED_CHECK(read_table_index(table));
  ValType element = module_.tables()[table].type.element;
  if (opcode == Opcode::TableGet) {
    WEMBED_CHECK(pop(table_address(table)));
    push(element);
    WEMBED_TELL(on_table_get(table));
    return Error::None;
  }
  WEMBED_CHECK(pop(element));
  WEMBED_CHECK(pop(table_address(table)));
  WEMBED_TELL(on_table_set(table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_init() {
  uint32_t segment;
  uint32_t table;
  WEMBED_CHECK(read_u32(segment));
  WEMBED_CHECK(read_table_index(table));
  if (segment >= module_.elements().size()) {
    return fail(Error::Invalid, "unknown elem segment %u", segment);
  }
  if (!module_.registry().matches(module_.elements()[segment].type,
                                  module_.tables()[table].type.element)) {
    return fail(Error::Invalid, "type mismatch");
  }
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(kI32));
  WEMBED_CHECK(pop(table_address(table)));
  WEMBED_TELL(on_table_init(segment, table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::elem_drop() {
  uint32_t segment;
  WEMBED_CHECK(read_u32(segment));
  if (segment >= module_.elements().size()) {
    return fail(Error::Invalid, "unknown elem segment %u", segment);
  }
  WEMBED_TELL(on_elem_drop(segment));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_copy() {
  uint32_t to;
  uint32_t from;
  WEMBED_CHECK(read_table_index(to));
  WEMBED_CHECK(read_table_index(from));
  if (!module_.registry().matches(module_.tables()[from].type.element,
                                  module_.tables()[to].type.element)) {
    return fail(Error::Invalid, "type mismatch");
  }
  ValType to_address = table_address(to);
  ValType from_address = table_address(from);
  WEMBED_CHECK(pop(to_address == from_address ? to_address : kI32));
  WEMBED_CHECK(pop(from_address));
  WEMBED_CHECK(pop(to_address));
  WEMBED_TELL(on_table_copy(to, from));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_grow() {
  uint32_t table;
  WEMBED_CHECK(read_table_index(table));
  WEMBED_CHECK(pop(table_address(table)));
  WEMBED_CHECK(pop(module_.tables()[table].type.element));
  push(table_address(table));
  WEMBED_TELL(on_table_grow(table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_size() {
  uint32_t table;
  WEMBED_CHECK(read_table_index(table));
  push(table_address(table));
  WEMBED_TELL(on_table_size(table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::table_fill() {
  uint32_t table;
  WEMBED_CHECK(read_table_index(table));
  WEMBED_CHECK(pop(table_address(table)));
  WEMBED_CHECK(pop(module_.tables()[table].type.element));
  WEMBED_CHECK(pop(table_address(table)));
  WEMBED_TELL(on_table_fill(table));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::ref_null() {
  ValType type;
  WEMBED_CHECK(read_slowly(true, type));
  push(type);
  WEMBED_TELL(on_ref_null(type));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::ref_is_null() {
  ValType type;
  WEMBED_CHECK(pop_any(type, "type mismatch: expect data but stack was empty"));
  if (!type.is_ref() && !type.is_bottom()) return fail(Error::Invalid, "type mismatch");
  push(kI32);
  WEMBED_TELL(on_ref_is_null());
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::ref_func() {
  uint32_t index;
  WEMBED_CHECK(read_u32(index));
  if (index >= module_.function_count()) {
    return fail(Error::Invalid, "unknown function %u", index);
  }
  if (!module_.is_declared_reference(index)) {
    return fail(Error::Invalid, "undeclared function reference");
  }
  push(function_reference_type(module_, index));
  WEMBED_TELL(on_ref_func(index));
  return Error::None;
}

}  // namespace wembed
