#include "module/type_layout.h"

#include <algorithm>
#include <cstring>

#include "isa/reference.h"

namespace wembed {

namespace {

// Fields are placed class by class, so that no gap is left but in front of the first class.
enum FieldClass : uint32_t { References, Eights, Fours, Twos, Ones, kClasses };

FieldClass class_of(ValType type) {
  if (type.is_ref()) return References;
  switch (storage_bytes(type)) {
    case 1: return Ones;
    case 2: return Twos;
    case 4: return Fours;
    default: return Eights;
  }
}

constexpr uint32_t alignment_of(uint32_t field_class) {
  return field_class <= Eights ? 8 : 16u >> field_class;
}
static_assert(alignment_of(Fours) == 4 && alignment_of(Twos) == 2 && alignment_of(Ones) == 1);

// Bytes where fields of each class go next. Up from `up`, once what fits was put below the first
// one: down from `down` to `least`, where the supertype's fields end.
struct Places {
  uint32_t up[kClasses] = {};
  uint32_t down[kClasses] = {};
  uint32_t below[kClasses] = {};  // how many go down
  uint32_t end = 0;
};

Places plan(const FieldType* fields, uint32_t first, uint32_t count, uint32_t least) {
  uint32_t counts[kClasses] = {};
  uint32_t bytes[kClasses] = {};
  for (uint32_t i = first; i < count; i++) {
    counts[class_of(fields[i].type)]++;
    bytes[class_of(fields[i].type)] += storage_bytes(fields[i].type);
  }
  uint32_t largest = 0;
  while (largest < Ones && counts[largest] == 0) largest++;
  const uint32_t alignment = alignment_of(largest);
  Places places;
  places.end = (least + alignment - 1) & ~(alignment - 1);
  uint32_t down = places.end;
  for (uint32_t at = largest + 1; at < kClasses; at++) {
    const uint32_t size = alignment_of(at);
    if (size == alignment) continue;  // references and others of eight bytes
    places.below[at] = std::min(counts[at], (down - least) / size);
    places.down[at] = down;
    down -= places.below[at] * size;
  }
  for (uint32_t at = largest; at < kClasses; at++) {
    places.up[at] = places.end;
    places.end += bytes[at] - places.below[at] * alignment_of(at);
  }
  return places;
}

void lay_out_struct(TypeDef& type, FieldType* fields) {
  uint32_t inherited = 0;
  uint32_t end = kStructFields;
  if (const TypeDef* super = type.super; super != nullptr) {
    inherited = std::min(super->field_count, type.field_count);
    for (uint32_t i = 0; i < inherited; i++) fields[i].offset = super->fields[i].offset;
    end = std::max(end, super->object_bytes);
  }
  Places places = plan(fields, inherited, type.field_count, end);
  for (uint32_t i = inherited; i < type.field_count; i++) {
    const FieldClass at = class_of(fields[i].type);
    const uint32_t size = storage_bytes(fields[i].type);
    if (places.below[at] != 0) {
      places.below[at]--;
      places.down[at] -= size;
      fields[i].offset = places.down[at];
    } else {
      fields[i].offset = places.up[at];
      places.up[at] += size;
    }
  }
  type.object_bytes = inherited == type.field_count ? end : places.end;
}

}  // namespace

TracedField* lay_out(TypeDef& type, FieldType* fields, TracedField* traced) {
  if (type.kind == CompositeKind::Array) {
    fields[0].offset = kArrayElements;
    type.object_bytes = kArrayElements;
    type.element_bytes = storage_bytes(fields[0].type);
  } else {
    lay_out_struct(type, fields);
  }
  type.traced = traced;
  for (uint32_t i = 0; i < type.field_count; i++) {
    if (!fields[i].type.is_ref() || fields[i].type.is_function_ref()) continue;
    *traced++ = {fields[i].offset, fields[i].type};
  }
  type.traced_count = static_cast<uint32_t>(traced - type.traced);
  return traced;
}

uint64_t struct_bytes(const Object& object) { return type_of(object).object_bytes; }

uint64_t array_bytes(const Object& object) {
  return kArrayElements + uint64_t{array_length(object)} * type_of(object).element_bytes;
}

}  // namespace wembed
