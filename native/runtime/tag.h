// A tag: what exceptions are told apart by. Instances that share it share the object, which lives
// as long as one of them, a thrown exception, or the embedder holds it.
#pragma once

#include <atomic>
#include <cstdint>

#include "isa/types.h"

namespace wembed {

struct Instance;
class Module;
class Runtime;

struct Tag {
  std::atomic<uint32_t> references{1};
  const TypeDef* type = nullptr;  // held; parameters are the values of an exception
  Runtime* runtime = nullptr;     // held

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();
};

// A new tag, held once for the caller. Null: no memory. The type is somebody's who holds it now.
Tag* make_tag(Runtime& runtime, const TypeDef& type);

// Makes the tags that the instance's module defines; imported ones are there. False: no memory.
[[nodiscard]] bool make_tags(Instance& instance);
void release_tags(Instance& instance);

// Position of the tag in the tag index space of the instance; kNoTag: it does not know it.
constexpr uint32_t kNoTag = UINT32_MAX;
uint32_t tag_index(const Instance& instance, const Tag& tag);

}  // namespace wembed
