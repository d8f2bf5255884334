// What a heap knows of the objects in it: how large one is, and what it refers to.
//
// An object stays where it was made until it is collected. Its first word says what kind it is of;
// the rest is its kind's.
#pragma once

#include <cstdint>

namespace wembed {

class Marker;
struct Object;

// What objects of one kind have in common. Outlives them.
struct ObjectKind {
  const char* name = nullptr;
  // As many as it was allocated with. Of an object's unchanging part.
  uint64_t (*bytes)(const Object& object) = nullptr;
  // Tells the marker all references in it, see mark.h; null: it has none.
  void (*trace)(const Object& object, Marker& marker) = nullptr;
};

struct Object {
  const ObjectKind* kind;
};

}  // namespace wembed
