// wasm_export.h: the host's own allocations from the runtime's allocator.
#include <cstring>

#include "capi/handles.h"

using namespace wembed;

namespace {

void warn(const char* text) { log_message(default_log(), LogLevel::Warning, "%s", text); }

// By the embedder's own function: it knows the block's size, we do not.
void* reallocate(EmbedderRuntime& embedder, void* block, unsigned size) {
  if (embedder.kind == Alloc_With_Pool) return embedder.pool->reallocate(block, size);
  if (embedder.kind == Alloc_With_Allocator) {
    if (embedder.functions.reallocate == nullptr) return nullptr;
    return embedder.functions.reallocate(block, size);
  }
  Allocator allocator = embedder.runtime->allocator();
  return allocator.reallocate(block, 0, size);
}

}  // namespace

void* wasm_runtime_malloc(unsigned int size) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) {
    warn("wasm_runtime_malloc failed: memory hasn't been initialized.\n");
    return nullptr;
  }
  if (size == 0) {
    warn("warning: wasm_runtime_malloc with size zero\n");
    size = 1;
  }
  return runtime->allocator().allocate(size);
}

void* wasm_runtime_aligned_alloc(unsigned int size, unsigned int alignment) {
  EmbedderRuntime* embedder = default_embedder();
  constexpr unsigned kLeast = 8;
  constexpr unsigned kPage = 4096;
  if (embedder == nullptr) {
    warn("wasm_runtime_aligned_alloc failed: memory hasn't been initialized.\n");
    return nullptr;
  }
  if (alignment == 0) {
    warn("warning: wasm_runtime_aligned_alloc with zero alignment\n");
    return nullptr;
  }
  if (size == 0) size = alignment;
  bool is_power = (alignment & (alignment - 1)) == 0;
  if (embedder->pool == nullptr || !is_power || alignment < kLeast || alignment > kPage ||
      size % alignment != 0) {
    warn(
        "wasm_runtime_aligned_alloc failed: it takes a pool, an alignment that is a power of two "
        "from 8 to 4096, and a multiple of it as the size\n");
    return nullptr;
  }
  return embedder->pool->allocate_aligned(size, alignment);
}

void* wasm_runtime_realloc(void* ptr, unsigned int size) {
  EmbedderRuntime* embedder = default_embedder();
  if (embedder == nullptr) {
    warn("wasm_runtime_realloc failed: memory hasn't been initialized.\n");
    return nullptr;
  }
  return reallocate(*embedder, ptr, size);
}

void wasm_runtime_free(void* ptr) {
  Runtime* runtime = default_runtime();
  if (ptr == nullptr) {
    warn("warning: wasm_runtime_free with NULL pointer\n");
  } else if (runtime == nullptr) {
    warn("warning: wasm_runtime_free failed: memory hasn't been initialize.\n");
  } else {
    runtime->allocator().release(ptr);
  }
}

bool wasm_runtime_get_mem_alloc_info(mem_alloc_info_t* mem_alloc_info) {
  return wembed_pool_info(nullptr, mem_alloc_info);
}

WEMBED_API bool wembed_pool_info(wembed_runtime_t runtime, mem_alloc_info_t* info) {
  EmbedderRuntime* embedder = runtime == nullptr ? default_embedder() : unwrap(runtime);
  if (embedder == nullptr || embedder->pool == nullptr || info == nullptr) return false;
  PoolAllocator::Statistics statistics = embedder->pool->statistics();
  info->total_size = static_cast<uint32_t>(statistics.total);
  info->total_free_size = static_cast<uint32_t>(statistics.free);
  info->highmark_size = static_cast<uint32_t>(statistics.high_mark);
  return true;
}
