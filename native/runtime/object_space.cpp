#include "runtime/object_space.h"

#include <algorithm>
#include <utility>

#include "module/module.h"
#include "module/type_registry.h"
#include "runtime/field.h"
#include "runtime/runtime.h"

namespace wembed {

ObjectSpace::ObjectSpace(Runtime& runtime)
    : held(runtime.allocator()),
      finalizers(runtime.allocator()),
      runtime_(runtime),
      types_(runtime.allocator()) {}

ObjectSpace* ObjectSpace::create(Runtime& runtime) {
  Allocator& allocator = runtime.allocator();
  ObjectSpace* space = allocator.create<ObjectSpace>(runtime);
  if (space == nullptr) return nullptr;
  space->heap_ = Heap::create(allocator);
  if (space->heap_ != nullptr) return space;
  space->destroy();
  return nullptr;
}

void ObjectSpace::destroy() {
  if (heap_ != nullptr) {
    finalizers.call_all();
    heap_->destroy();
  }
  for (uintptr_t type : types_) release(type);
  runtime_.allocator().destroy(this);
}

// --- types ---------------------------------------------------------------------------------------

namespace {

constexpr uintptr_t kUsed = 1;  // of an entry, while they are looked through

uintptr_t group_of(const TypeDef& type) {
  return reinterpret_cast<uintptr_t>(&type - type.group_index);
}

}  // namespace

void ObjectSpace::release(uintptr_t type) {
  runtime_.types().release(reinterpret_cast<const TypeDef*>(type));
}

// Without room to remember that, a group is held as long as the runtime lives.
void ObjectSpace::hold_types(const Module& module) {
  uintptr_t last = 0;
  for (uint32_t i = 0; i < module.types().size(); i++) {
    const TypeDef& type = *module.type(i);
    if (type.kind == CompositeKind::Func || group_of(type) == last) continue;
    last = group_of(type);
    runtime_.types().retain(&type);
    static_cast<void>(types_.push_back(last));
  }
}

void ObjectSpace::release_types() {
  constexpr size_t kLeast = 16;
  if (types_.size() <= 2 * types_kept_ + kLeast) return;
  std::sort(types_.begin(), types_.end());
  uintptr_t last = 0;
  release_unless([&](uintptr_t type) { return std::exchange(last, type) != type; });
  heap_->for_each([this](Object& object) {
    const uintptr_t group = group_of(type_of(object));
    auto* found = std::lower_bound(types_.begin(), types_.end(), group);
    if (found != types_.end() && (*found & ~kUsed) == group) *found |= kUsed;
  });
  release_unless([](uintptr_t type) { return (type & kUsed) != 0; });
  for (uintptr_t& type : types_) type &= ~kUsed;
  types_kept_ = types_.size();
}

// Lets go of those that `keep` is not true for.
template <class Keep> void ObjectSpace::release_unless(Keep keep) {
  size_t kept = 0;
  for (uintptr_t type : types_) {
    if (keep(type)) {
      types_[kept++] = type;
    } else {
      release(type & ~kUsed);
    }
  }
  types_.truncate(kept);
}

// --- joining -------------------------------------------------------------------------------------

bool ObjectSpace::adopt(ObjectSpace& other) {
  if (!types_.reserve(types_.size() + other.types_.size())) return false;
  if (!held.reserve(other.held) || !finalizers.reserve(other.finalizers)) return false;
  if (!heap_->adopt(*other.heap_)) return false;
  held.adopt(other.held);
  finalizers.adopt(other.finalizers);
  other.heap_ = nullptr;
  for (uintptr_t type : other.types_) static_cast<void>(types_.push_back(type));
  other.types_.clear();
  types_kept_ += other.types_kept_;
  other.destroy();
  return true;
}

}  // namespace wembed
