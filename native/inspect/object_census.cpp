#include "inspect/object_census.h"

#include <algorithm>
#include <mutex>

#include "isa/reference.h"
#include "runtime/collection.h"
#include "runtime/object_space.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// All types of the module that objects may be of, by address, and a row for the others.
bool begin(const Module& module, Vector<ObjectCount>& counts) {
  for (uint32_t i = 0; i < module.types().size(); i++) {
    ObjectCount count;
    count.type = module.type(i);
    count.index = i;
    if (count.type->kind != CompositeKind::Func && !counts.push_back(count)) return false;
  }
  auto before = [](const ObjectCount& a, const ObjectCount& b) {
    return a.type != b.type ? a.type < b.type : a.index < b.index;
  };
  std::sort(counts.begin(), counts.end(), before);
  auto* end = std::unique(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.type == b.type; });
  counts.truncate(static_cast<size_t>(end - counts.begin()));
  return counts.push_back({});
}

void count_object(const Object& object, ObjectCensus& census) {
  auto* others = census.counts.end() - 1;
  auto before = [](const ObjectCount& count, const ObjectKind* kind) { return count.type < kind; };
  auto* found = std::lower_bound(census.counts.begin(), others, object.kind, before);
  ObjectCount& count = found != others && found->type == object.kind ? *found : *others;
  const uint64_t bytes = object.kind->bytes(object);
  count.objects++;
  count.bytes += bytes;
  census.objects++;
  census.bytes += bytes;
}

}  // namespace

Error take_census(Instance& instance, ObjectCensus& census) {
  if (collect(instance, nullptr, {}) != Collected::Yes) return Error::InvalidState;
  if (!begin(*instance.module, census.counts)) return Error::OutOfMemory;
  std::lock_guard lock(instance.runtime->store_mutex());
  census.limit = object_limit(*instance.store);
  if (ObjectSpace* objects = instance.store->objects) {
    Heap& heap = objects->heap();
    heap.for_each([&](const Object& object) { count_object(object, census); });
    census.taken = heap.taken();
    census.collections = heap.collections();
  }
  auto* end = std::remove_if(census.counts.begin(), census.counts.end(),
                             [](const ObjectCount& count) { return count.objects == 0; });
  census.counts.truncate(static_cast<size_t>(end - census.counts.begin()));
  std::sort(census.counts.begin(), census.counts.end(),
            [](const ObjectCount& a, const ObjectCount& b) { return a.index < b.index; });
  return Error::None;
}

}  // namespace wembed
