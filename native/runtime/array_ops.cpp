// Operations on arrays. What is long is done in pieces, between which requests to stop are looked
// at; all of it is paid for before anything is done.
#include <algorithm>
#include <cstring>

#include "runtime/bulk.h"
#include "runtime/collection.h"
#include "runtime/element_items.h"
#include "runtime/exec_env_cold.h"
#include "runtime/field.h"
#include "runtime/object_ops.h"

namespace wembed {

namespace {

bool in_range(uint64_t size, uint64_t start, uint64_t count) {
  return start <= size && count <= size - start;
}
uint32_t low(Slot slot) { return static_cast<uint32_t>(slot); }

// Elements in memory, so many bytes each.
struct Elements {
  uint8_t* first;
  uint32_t bytes;
  [[nodiscard]] uint8_t* at(uint64_t index) const { return first + index * bytes; }
};

Elements elements_of(Object& array, const TypeDef& type, uint64_t from) {
  return {element_at(array, from, type.element_bytes), type.element_bytes};
}

template <class Word> void fill_words(uint8_t* place, uint64_t count, Slot value) {
  std::fill_n(reinterpret_cast<Word*>(place), count, static_cast<Word>(value));
}

// `count` elements from `index` on are all the value.
void fill_alike(const Elements& elements, uint64_t index, uint64_t count, const Slot* value) {
  uint8_t* place = elements.at(index);
  switch (elements.bytes) {
    case 1: return fill_words<uint8_t>(place, count, *value);
    case 2: return fill_words<uint16_t>(place, count, *value);
    case 4: return fill_words<uint32_t>(place, count, *value);
    case 8: return fill_words<uint64_t>(place, count, *value);
    default:
      for (uint64_t i = 0; i < count; i++) write_value(elements.at(index + i), 16, value);
  }
}

// An array that is being filled, from the first element on. There may be collections meanwhile: it
// is as long as it has been filled, and a root of its exec_env.
class Fresh {
 public:
  Fresh(ExecEnv& env, Instance& instance, const TypeDef& type)
      : env_(env), instance_(instance), type_(type), bulk_(env, instance) {}
  ~Fresh() { env_.cold->fresh = nullptr; }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  [[nodiscard]] Trap make(uint32_t length) {
    const uint64_t bytes = kArrayElements + uint64_t{length} * type_.element_bytes;
    if (Trap trap = bulk_.begin(bytes); trap != Trap::None) return trap;
    Trap trap = new_object(env_, instance_, type_, bytes, array_);
    if (trap != Trap::None) return trap;
    set_array_length(*array_, 0);
    env_.cold->fresh = array_;
    length_ = length;
    return Trap::None;
  }

  // fill(elements, index, count) for pieces of all elements.
  template <class Fill> [[nodiscard]] Trap fill(Fill fill) {
    const Elements elements = elements_of(*array_, type_, 0);
    return bulk_.each(length_, type_.element_bytes, false, [&](uint64_t at, uint64_t count) {
      fill(elements, at, count);
      set_array_length(*array_, static_cast<uint32_t>(at + count));
    });
  }
  // One more element, of references.
  void add(Slot reference) {
    const uint32_t at = array_length(*array_);
    write_reference(element_at(*array_, at, sizeof(Slot)), reference);
    set_array_length(*array_, at + 1);
  }

  [[nodiscard]] Slot slot() const { return object_slot(array_); }
  [[nodiscard]] Bulk& bulk() { return bulk_; }

 private:
  ExecEnv& env_;
  Instance& instance_;
  const TypeDef& type_;
  Bulk bulk_;
  Object* array_ = nullptr;
  uint32_t length_ = 0;
};

uint32_t slots_of_element(const TypeDef& type) { return type.element_bytes == 16 ? 2 : 1; }

}  // namespace

// --- making them ---------------------------------------------------------------------------------

Trap op_array_new(ExecEnv& env, Instance& instance, const TypeDef& type, Slot* operands,
                  bool has_value) {
  Slot value[2] = {0, 0};
  const uint32_t slots = has_value ? slots_of_element(type) : 0;
  std::copy_n(operands, slots, value);
  Fresh array(env, instance, type);
  if (Trap trap = array.make(low(operands[slots])); trap != Trap::None) return trap;
  Trap trap = array.fill([&](const Elements& elements, uint64_t at, uint64_t count) {
    fill_alike(elements, at, count, value);
  });
  operands[0] = array.slot();
  return trap;
}

Trap op_array_new_fixed(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t count,
                        Slot* operands) {
  Fresh array(env, instance, type);
  if (Trap trap = array.make(count); trap != Trap::None) return trap;
  const uint32_t slots = slots_of_element(type);
  Trap trap = array.fill([&](const Elements& elements, uint64_t at, uint64_t n) {
    for (uint64_t i = at; i < at + n; i++) {
      write_value(elements.at(i), elements.bytes, operands + i * slots);
    }
  });
  operands[0] = array.slot();
  return trap;
}

namespace {

// A range of bytes of a data segment, while they are read. Trap: why they cannot be.
class SegmentBytes {
 public:
  explicit SegmentBytes(const Instance& instance) : scope_(instance.module->source()) {}
  [[nodiscard]] Trap find(const Instance& instance, uint32_t segment, uint64_t source,
                          uint64_t count) {
    auto bytes = instance.module->slice(instance.module->data()[segment].bytes);
    const uint64_t available = instance.dropped_data[segment] != 0 ? 0 : bytes.size();
    if (!in_range(available, source, count)) return Trap::MemoryOutOfBounds;
    from_ = bytes.data() + source;
    return scope_.lost() ? Trap::BytesLost : Trap::None;
  }
  void copy(const Elements& to, uint64_t at, uint64_t count) const {
    std::memcpy(to.at(at), from_ + at * to.bytes, count * to.bytes);
  }
  // Of what was done with them.
  [[nodiscard]] Trap result(Trap trap) const { return scope_.lost() ? Trap::BytesLost : trap; }

 private:
  const ReadScope scope_;
  const uint8_t* from_ = nullptr;
};

}  // namespace

Trap op_array_new_data(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                       Slot* operands) {
  const uint32_t length = low(operands[1]);
  SegmentBytes bytes(instance);
  Trap trap =
      bytes.find(instance, segment, low(operands[0]), uint64_t{length} * type.element_bytes);
  if (trap != Trap::None) return trap;
  Fresh array(env, instance, type);
  trap = array.make(length);
  if (trap != Trap::None) return trap;
  trap = array.fill([&](const Elements& elements, uint64_t at, uint64_t count) {
    bytes.copy(elements, at, count);
  });
  operands[0] = array.slot();
  return bytes.result(trap);
}

Trap op_array_new_elem(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                       Slot* operands) {
  const uint32_t source = low(operands[0]);
  const uint32_t length = low(operands[1]);
  if (!in_range(item_count(instance, segment), source, length)) return Trap::TableOutOfBounds;
  Fresh array(env, instance, type);
  if (Trap trap = array.bulk().begin_elements(source); trap != Trap::None) return trap;
  if (Trap trap = array.make(length); trap != Trap::None) return trap;
  Trap trap = each_item(array.bulk(), instance, segment, source, length,
                        [&](uint64_t, Slot item) { array.add(item); });
  operands[0] = array.slot();
  return trap;
}

// --- changing them -------------------------------------------------------------------------------

namespace {

// `count` elements of an array from `index` on, which are to be read or written. Trap: why not.
Trap find_elements(Slot slot, const TypeDef& type, uint64_t index, uint64_t count,
                   Elements& elements) {
  if (slot == 0) return Trap::NullArray;
  Object& array = *object_in(slot);
  if (!in_range(array_length(array), index, count)) return Trap::ArrayOutOfBounds;
  elements = elements_of(array, type, index);
  return Trap::None;
}

}  // namespace

Trap op_array_fill(ExecEnv& env, Instance& instance, const TypeDef& type, const Slot* operands) {
  const Slot* value = operands + 2;
  const uint32_t count = low(value[slots_of_element(type)]);
  Elements elements;
  Trap trap = find_elements(operands[0], type, low(operands[1]), count, elements);
  if (trap != Trap::None) return trap;
  Bulk bulk(env, instance);
  trap = bulk.begin(uint64_t{count} * elements.bytes);
  if (trap != Trap::None) return trap;
  return bulk.each(count, elements.bytes, false,
                   [&](uint64_t at, uint64_t n) { fill_alike(elements, at, n, value); });
}

Trap op_array_copy(ExecEnv& env, Instance& instance, const TypeDef& type, const Slot* operands) {
  const uint32_t count = low(operands[4]);
  if (operands[0] == 0 || operands[2] == 0) return Trap::NullArray;
  Elements to, from;
  Trap trap = find_elements(operands[0], type, low(operands[1]), count, to);
  if (trap == Trap::None) trap = find_elements(operands[2], type, low(operands[3]), count, from);
  if (trap != Trap::None) return trap;
  Bulk bulk(env, instance);
  trap = bulk.begin(uint64_t{count} * to.bytes);
  if (trap != Trap::None) return trap;
  return bulk.each(count, to.bytes, to.first > from.first, [&](uint64_t at, uint64_t n) {
    std::memmove(to.at(at), from.at(at), n * to.bytes);
  });
}

Trap op_array_init_data(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                        const Slot* operands) {
  const uint32_t count = low(operands[3]);
  Elements elements;
  Trap trap = find_elements(operands[0], type, low(operands[1]), count, elements);
  if (trap != Trap::None) return trap;
  SegmentBytes bytes(instance);
  trap = bytes.find(instance, segment, low(operands[2]), uint64_t{count} * elements.bytes);
  if (trap != Trap::None) return trap;
  Bulk bulk(env, instance);
  trap = bulk.begin(uint64_t{count} * elements.bytes);
  if (trap != Trap::None) return trap;
  return bytes.result(bulk.each(count, elements.bytes, false,
                                [&](uint64_t at, uint64_t n) { bytes.copy(elements, at, n); }));
}

Trap op_array_init_elem(ExecEnv& env, Instance& instance, const TypeDef& type, uint32_t segment,
                        const Slot* operands) {
  const uint32_t source = low(operands[2]);
  const uint32_t count = low(operands[3]);
  Elements elements;
  Trap trap = find_elements(operands[0], type, low(operands[1]), count, elements);
  if (trap != Trap::None) return trap;
  if (!in_range(item_count(instance, segment), source, count)) return Trap::TableOutOfBounds;
  Bulk bulk(env, instance);
  trap = bulk.begin_elements(uint64_t{source} + count);
  if (trap != Trap::None) return trap;
  return each_item(bulk, instance, segment, source, count,
                   [&](uint64_t at, Slot item) { write_reference(elements.at(at), item); });
}

}  // namespace wembed
