// The embedder's allocator, as the whole core sees it.
//
// Every block of the core comes from here. Nothing assumes success: a null result is an
// error of the operation that asked, and that operation leaves no trace.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace wembed {

// Blocks are aligned to 8 bytes at least; types that need more are not allocated here.
struct Allocator {
  void* (*allocate_fn)(void* context, size_t size) = nullptr;
  void* (*reallocate_fn)(void* context, void* block, size_t old_size, size_t new_size) = nullptr;
  void (*release_fn)(void* context, void* block) = nullptr;
  void* context = nullptr;

  // Null when there is no memory; size 0 gives a block that must be released too.
  [[nodiscard]] void* allocate(size_t size) { return allocate_fn(context, size); }

  // The old block stays valid when the result is null. `block` may be null.
  [[nodiscard]] void* reallocate(void* block, size_t old_size, size_t new_size) {
    return reallocate_fn(context, block, old_size, new_size);
  }

  // Null is allowed.
  void release(void* block) {
    if (block != nullptr) release_fn(context, block);
  }

  template <class T, class... Args> [[nodiscard]] T* create(Args&&... args) {
    static_assert(alignof(T) <= 8);
    void* block = allocate(sizeof(T));
    return block == nullptr ? nullptr : ::new (block) T(std::forward<Args>(args)...);
  }

  template <class T> void destroy(T* object) {
    if (object == nullptr) return;
    object->~T();
    release(object);
  }
};

}  // namespace wembed
