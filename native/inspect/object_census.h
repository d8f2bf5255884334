// How many objects of each type a group of instances has, for people.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/vector.h"
#include "runtime/instance.h"

namespace wembed {

struct ObjectCount {
  const TypeDef* type = nullptr;  // null: of types that the module does not have
  uint32_t index = UINT32_MAX;    // in the module, of the first that is this type
  uint64_t objects = 0;
  uint64_t bytes = 0;
};

// Of what is left of a collection, all by the types of one instance's module.
struct ObjectCensus {
  explicit ObjectCensus(Allocator& allocator) : counts(allocator) {}

  Vector<ObjectCount> counts;  // in the order of types, those without objects left out
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t taken = 0;  // of the allocator
  uint64_t limit = 0;
  uint32_t collections = 0;
};

// Errors: OutOfMemory, InvalidState (a thread cannot be stopped).
Error take_census(Instance& instance, ObjectCensus& census);

}  // namespace wembed
