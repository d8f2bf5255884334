#include "runtime/element_values.h"

#include <algorithm>

#include "base/result.h"
#include "runtime/const_scope.h"

namespace wembed {

namespace {

// Where the pointer to a segment's values is; null: the instance has none.
Slot** place_of(const Instance& instance, uint32_t segment) {
  const Module& module = *instance.module;
  if (!module.keeps_element_values()) return nullptr;
  // Safe: lay_out() in instance_storage.cpp puts them there.
  size_t behind = (module.elements().size() + 7) / 8 * 8;
  return reinterpret_cast<Slot**>(instance.dropped_elements + behind) + segment;
}

Error compute(Instance& instance, const ElementSegment& segment, Slot* values,
              Diagnostic& diagnostic) {
  const ReadScope bytes(instance.module->source());
  InstanceScope scope(instance);
  ElementItems items(*instance.module, segment, scope, diagnostic);
  for (uint32_t i = 0; i < segment.count; i++) {
    if (bytes.lost()) return diagnostic.fail(Error::BytesLost);
    Result<uint64_t> item = items.next();
    if (bytes.lost()) {
      diagnostic = Diagnostic();
      return diagnostic.fail(Error::BytesLost);
    }
    if (!item.ok()) return item.error();
    values[i] = item.value();
  }
  return Error::None;
}

}  // namespace

Error keep_element_values(Instance& instance, Diagnostic& diagnostic) {
  if (!instance.module->keeps_element_values()) return Error::None;
  std::span<const ElementSegment> segments = instance.module->elements();
  for (uint32_t i = 0; i < segments.size(); i++) {
    if (!segments[i].keeps_values) continue;
    Slot*& values = *place_of(instance, i);
    if (values == nullptr) {
      void* block = instance.allocator->allocate(segments[i].count * sizeof(Slot));
      if (block == nullptr) return diagnostic.fail(Error::OutOfMemory);
      values = static_cast<Slot*>(block);
    }
    std::fill_n(values, segments[i].count, Slot{0});
    WEMBED_CHECK(compute(instance, segments[i], values, diagnostic));
  }
  return Error::None;
}

std::span<const Slot> kept_element_values(const Instance& instance, uint32_t segment) {
  Slot* const* place = place_of(instance, segment);
  if (place == nullptr || *place == nullptr) return {};
  return {*place, instance.module->elements()[segment].count};
}

void drop_element_values(Instance& instance, uint32_t segment) {
  Slot** place = place_of(instance, segment);
  if (place == nullptr) return;
  instance.allocator->release(*place);
  *place = nullptr;
}

void drop_all_element_values(Instance& instance) {
  if (!instance.module->keeps_element_values()) return;
  for (uint32_t i = 0; i < instance.module->elements().size(); i++) {
    drop_element_values(instance, i);
  }
}

}  // namespace wembed
