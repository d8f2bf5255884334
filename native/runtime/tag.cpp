#include "runtime/tag.h"

#include "module/module.h"
#include "module/type_registry.h"
#include "runtime/instance.h"
#include "runtime/runtime.h"

namespace wembed {

Tag* make_tag(Runtime& runtime, const TypeDef& type) {
  Tag* tag = runtime.allocator().create<Tag>();
  if (tag == nullptr) return nullptr;
  tag->type = &type;
  tag->runtime = &runtime;
  runtime.types().retain(&type);
  runtime.retain();
  return tag;
}

void Tag::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Runtime& owner = *runtime;
  owner.types().release(type);
  owner.allocator().destroy(this);
  owner.release();
}

bool make_tags(Instance& instance) {
  auto types = instance.module->tags();
  for (uint32_t i = instance.module->imported_tag_count(); i < types.size(); i++) {
    instance.tags()[i] = make_tag(*instance.runtime, *types[i]);
    if (instance.tags()[i] == nullptr) return false;
  }
  return true;
}

void release_tags(Instance& instance) {
  for (uint32_t i = 0; i < instance.module->tags().size(); i++) {
    if (instance.tags()[i] != nullptr) instance.tags()[i]->release();
  }
}

uint32_t tag_index(const Instance& instance, const Tag& tag) {
  uint32_t count = static_cast<uint32_t>(instance.module->tags().size());
  for (uint32_t i = 0; i < count; i++) {
    if (instance.tags()[i] == &tag) return i;
  }
  return kNoTag;
}

}  // namespace wembed
