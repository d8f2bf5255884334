// Bulk operations on tables, and items of element segments.
#include <algorithm>
#include <cstring>

#include "runtime/bulk.h"
#include "runtime/element_items.h"
#include "runtime/operations.h"

namespace wembed {

namespace {

bool in_range(uint64_t size, uint64_t start, uint64_t count) {
  return start <= size && count <= size - start;
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

Trap op_table_grow(ExecEnv& env, Instance& instance, uint32_t table, Slot value, uint64_t delta,
                   int64_t& old) {
  Table& target = *instance.tables[table];
  old = static_cast<int64_t>(target.length());
  if (delta == 0) return Trap::None;
  Bulk bulk(env, instance);
  if (target.may_grow(delta)) {
    if (Trap trap = bulk.begin_elements(delta); trap != Trap::None) return trap;
  }
  Slot* fresh = target.begin_growth(delta);
  if (fresh == nullptr) {
    old = -1;
    return Trap::None;
  }
  Trap trap = bulk.each(delta, sizeof(Slot), false,
                        [&](uint64_t at, uint64_t n) { std::fill_n(fresh + at, n, value); });
  if (trap == Trap::None) target.end_growth(delta);
  return trap;
}

Trap op_table_fill(ExecEnv& env, Instance& instance, uint32_t table, uint64_t start, Slot value,
                   uint64_t count) {
  Table& target = *instance.tables[table];
  if (!in_range(target.length(), start, count)) return Trap::TableOutOfBounds;
  if (count == 0) return Trap::None;
  Bulk bulk(env, instance);
  if (Trap trap = bulk.begin_elements(count); trap != Trap::None) return trap;
  if (!target.settle()) return Trap::OutOfMemory;
  Slot* place = target.elements + start;
  return bulk.each(count, sizeof(Slot), false,
                   [&](uint64_t at, uint64_t n) { std::fill_n(place + at, n, value); });
}

Trap op_table_copy(ExecEnv& env, Instance& instance, uint32_t destination_table,
                   uint32_t source_table, uint64_t destination, uint64_t source, uint64_t count) {
  Table& to = *instance.tables[destination_table];
  Table& from = *instance.tables[source_table];
  if (!in_range(from.length(), source, count) || !in_range(to.length(), destination, count)) {
    return Trap::TableOutOfBounds;
  }
  if (count == 0) return Trap::None;
  Bulk bulk(env, instance);
  if (Trap trap = bulk.begin_elements(count); trap != Trap::None) return trap;
  if (!to.settle() || !from.settle()) return Trap::OutOfMemory;
  Slot* target = to.elements + destination;
  const Slot* origin = from.elements + source;
  return bulk.each(count, sizeof(Slot), target > origin, [&](uint64_t at, uint64_t n) {
    std::memmove(target + at, origin + at, n * sizeof(Slot));
  });
}

Trap init_table(Bulk& bulk, Instance& instance, uint32_t segment, uint32_t table,
                uint64_t destination, uint64_t source, uint64_t count) {
  Table& target = *instance.tables[table];
  if (!in_range(item_count(instance, segment), source, count) ||
      !in_range(target.length(), destination, count)) {
    return Trap::TableOutOfBounds;
  }
  if (count == 0) return Trap::None;
  // Items are kept as bytes: those before `source` are read and dropped.
  if (Trap trap = bulk.begin_elements(source + count); trap != Trap::None) return trap;
  if (!target.settle()) return Trap::OutOfMemory;
  return each_item(bulk, instance, segment, source, count,
                   [&](uint64_t at, Slot item) { target.elements[destination + at] = item; });
}

Trap op_table_init(ExecEnv& env, Instance& instance, uint32_t segment, uint32_t table,
                   uint64_t destination, uint64_t source, uint64_t count) {
  Bulk bulk(env, instance);
  return init_table(bulk, instance, segment, table, destination, source, count);
}

void op_elem_drop(Instance& instance, uint32_t segment) {
  instance.dropped_elements[segment] = 1;
  drop_element_values(instance, segment);
}

Function* op_ref_func(Instance& instance, uint32_t index) { return instance.function(index); }

}  // namespace wembed
