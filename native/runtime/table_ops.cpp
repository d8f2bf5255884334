// Bulk operations on tables, and items of element segments.
#include <algorithm>
#include <cstring>

#include "runtime/const_scope.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

bool in_range(uint64_t size, uint64_t start, uint64_t count) {
  return start <= size && count <= size - start;
}

Trap item_trap(Error error) {
  if (error == Error::BytesLost) return Trap::BytesLost;
  return error == Error::OutOfMemory ? Trap::OutOfMemory : Trap::InvalidCode;
}

}  // namespace

Trap op_table_get(Instance& instance, uint32_t table, uint32_t index, Slot& value) {
  return instance.tables[table]->get(index, value);
}

Trap op_table_set(Instance& instance, uint32_t table, uint32_t index, Slot value) {
  return instance.tables[table]->set(index, value);
}

Trap op_callee(Instance& instance, uint32_t table, uint32_t index) {
  Slot value;
  Trap trap = instance.tables[table]->get(index, value);
  if (trap == Trap::TableOutOfBounds) return Trap::UndefinedElement;
  if (trap != Trap::None) return trap;
  return value == 0 ? Trap::UninitializedElement : Trap::None;
}

int64_t op_table_grow(Instance& instance, uint32_t table, Slot value, uint64_t delta) {
  return instance.tables[table]->grow(delta, value);
}

Trap op_table_fill(Instance& instance, uint32_t table, uint64_t start, Slot value, uint64_t count) {
  Table& target = *instance.tables[table];
  if (!in_range(target.length(), start, count)) return Trap::TableOutOfBounds;
  if (count == 0) return Trap::None;
  if (!target.settle()) return Trap::OutOfMemory;
  std::fill_n(target.elements + start, count, value);
  return Trap::None;
}

Trap op_table_copy(Instance& instance, uint32_t destination_table, uint32_t source_table,
                   uint64_t destination, uint64_t source, uint64_t count) {
  Table& to = *instance.tables[destination_table];
  Table& from = *instance.tables[source_table];
  if (!in_range(from.length(), source, count) || !in_range(to.length(), destination, count)) {
    return Trap::TableOutOfBounds;
  }
  if (count == 0) return Trap::None;
  if (!to.settle() || !from.settle()) return Trap::OutOfMemory;
  std::memmove(to.elements + destination, from.elements + source, count * sizeof(Slot));
  return Trap::None;
}

Trap op_table_init(Instance& instance, uint32_t segment, uint32_t table, uint64_t destination,
                   uint64_t source, uint64_t count) {
  const ElementSegment& items = instance.module->elements()[segment];
  uint64_t available = instance.dropped_elements[segment] != 0 ? 0 : items.count;
  Table& target = *instance.tables[table];
  if (!in_range(available, source, count) || !in_range(target.length(), destination, count)) {
    return Trap::TableOutOfBounds;
  }
  if (count == 0) return Trap::None;
  if (!target.settle()) return Trap::OutOfMemory;
  // Items are kept as bytes: those before `source` are read and dropped.
  const ReadScope bytes(instance.module->source());
  if (bytes.lost()) return Trap::BytesLost;
  InstanceScope scope(instance);
  Diagnostic diagnostic;
  ElementItems reader(*instance.module, items, scope, diagnostic);
  for (uint64_t i = 0; i < source + count; i++) {
    Result<uint64_t> item = reader.next();
    if (bytes.lost()) return Trap::BytesLost;  // and not a reference that was never there
    if (!item.ok()) return item_trap(item.error());
    if (i >= source) target.elements[destination + i - source] = item.value();
  }
  return Trap::None;
}

void op_elem_drop(Instance& instance, uint32_t segment) { instance.dropped_elements[segment] = 1; }

Function* op_ref_func(Instance& instance, uint32_t index) { return instance.function(index); }

}  // namespace wembed
