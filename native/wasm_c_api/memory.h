// Objects of this face live in the process-wide runtime's memory, as hosts of WAMR expect: a pool
// given to the engine holds them too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "wasm_export.h"

namespace wembed::c_api {

// Null: no memory, or no engine. Size 0 gives a block that must be released too.
inline void* allocate(size_t bytes) {
  if (bytes > UINT32_MAX) return nullptr;
  return wasm_runtime_malloc(bytes == 0 ? 1 : static_cast<unsigned>(bytes));
}

inline void free_block(void* block) {
  if (block != nullptr) wasm_runtime_free(block);
}

template <class T, class... Args> [[nodiscard]] T* create(Args&&... args) {
  void* block = allocate(sizeof(T));
  return block == nullptr ? nullptr : ::new (block) T{std::forward<Args>(args)...};
}

template <class T> void destroy(T* object) {
  if (object == nullptr) return;
  object->~T();
  free_block(object);
}

// A block that is released at the end of the scope: small ones need no allocation.
template <class T, size_t kInline> class Scratch {
 public:
  explicit Scratch(size_t count)
      : items_(count <= kInline ? inline_ : static_cast<T*>(allocate(count * sizeof(T)))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (items_ != inline_) free_block(items_);
  }
  // Null: no memory.
  [[nodiscard]] T* get() { return items_; }
  T& operator[](size_t index) { return items_[index]; }

 private:
  T inline_[kInline];
  T* items_;
};

}  // namespace wembed::c_api
