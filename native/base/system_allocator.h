// The C library's malloc as an Allocator, and an embedder's plain functions as one.
#pragma once

#include "base/allocator.h"

namespace wembed {

Allocator system_allocator();
bool is_system(const Allocator& allocator);

// Functions in the shape embedders give them: sizes are `unsigned`, no context, no old size.
// `reallocate` may be null; then blocks move by allocate, copy and release.
struct PlainFunctions {
  void* (*allocate)(unsigned size) = nullptr;
  void* (*reallocate)(void* block, unsigned size) = nullptr;
  void (*release)(void* block) = nullptr;
};

// `functions` must outlive the result, and have all but `reallocate`.
Allocator plain_allocator(PlainFunctions& functions);

}  // namespace wembed
