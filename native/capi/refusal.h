// Why an argument of the caller's is refused: which one, and what is wrong with it. And structures
// of the caller's that begin with their size, and may be older or newer than ours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed {

// An empty text: it is not.
struct Refusal {
  Refusal() { text[0] = 0; }
  char text[128];
  explicit operator bool() const { return text[0] != 0; }
};

Refusal refuse(const char* format, ...) __attribute__((format(printf, 1, 2)));

// For a structure `name` of `size` bytes, of which we know `known` and need `least`.
Refusal refuse_size(const void* from, size_t size, size_t least, size_t known, const char* name);

// Whether it has the fields up to `least`, and asks for nothing by fields that came after ours.
template <class Structure> Refusal refuse_structure(const Structure* from, const char* name,
                                                    size_t least = sizeof(Structure)) {
  if (from->size == sizeof(Structure)) [[likely]]
    return {};
  return refuse_size(from, from->size, least, sizeof(Structure), name);
}

}  // namespace wembed
