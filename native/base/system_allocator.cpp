#include "base/system_allocator.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace wembed {

namespace {

PlainFunctions& functions_of(void* context) { return *static_cast<PlainFunctions*>(context); }

void* plain_allocate(void* context, size_t size) {
  if (size > UINT_MAX) return nullptr;
  return functions_of(context).allocate(static_cast<unsigned>(std::max<size_t>(size, 1)));
}

void* plain_reallocate(void* context, void* block, size_t old_size, size_t size) {
  if (size > UINT_MAX) return nullptr;
  if (block == nullptr) return plain_allocate(context, size);
  PlainFunctions& functions = functions_of(context);
  if (functions.reallocate != nullptr) {
    return functions.reallocate(block, static_cast<unsigned>(std::max<size_t>(size, 1)));
  }
  void* fresh = plain_allocate(context, size);
  if (fresh == nullptr) return nullptr;
  std::memcpy(fresh, block, std::min(old_size, size));
  functions.release(block);
  return fresh;
}

// Size 0 becomes 1: the C library may answer it with null, which here means failure.
void* system_allocate(void*, size_t size) { return std::malloc(std::max<size_t>(size, 1)); }

}  // namespace

bool is_system(const Allocator& allocator) { return allocator.allocate_fn == system_allocate; }

Allocator system_allocator() {
  Allocator result;
  result.allocate_fn = system_allocate;
  result.reallocate_fn = [](void*, void* block, size_t, size_t size) {
    return std::realloc(block, std::max<size_t>(size, 1));
  };
  result.release_fn = [](void*, void* block) { std::free(block); };
  return result;
}

Allocator plain_allocator(PlainFunctions& functions) {
  Allocator result;
  result.allocate_fn = plain_allocate;
  result.reallocate_fn = plain_reallocate;
  result.release_fn = [](void* context, void* block) { functions_of(context).release(block); };
  result.context = &functions;
  return result;
}

}  // namespace wembed
