// mem_alloc.h: allocators inside blocks of the host's.
#include "base/pool_allocator.h"
#include "capi/handles.h"
#include "mem_alloc.h"

using wembed::PoolAllocator;

namespace {

PoolAllocator* pool_of(mem_allocator_t allocator) { return static_cast<PoolAllocator*>(allocator); }

uint32 clamped(size_t bytes) {
  return bytes < UINT32_MAX ? static_cast<uint32>(bytes) : UINT32_MAX;
}

}  // namespace

WEMBED_API mem_allocator_t mem_allocator_create(void* mem, uint32_t size) {
  return PoolAllocator::create(mem, size);
}

WEMBED_API uint32 mem_allocator_get_heap_struct_size() { return sizeof(PoolAllocator); }

WEMBED_API mem_allocator_t mem_allocator_create_with_struct_and_pool(void* struct_buf,
                                                                     uint32_t struct_buf_size,
                                                                     void* pool_buf,
                                                                     uint32_t pool_buf_size) {
  if (struct_buf == nullptr || struct_buf_size < sizeof(PoolAllocator)) return nullptr;
  return PoolAllocator::create(pool_buf, pool_buf_size);
}

WEMBED_API int mem_allocator_destroy(mem_allocator_t allocator) {
  if (allocator != nullptr) pool_of(allocator)->~PoolAllocator();
  return 0;
}

WEMBED_API void* mem_allocator_malloc(mem_allocator_t allocator, uint32_t size) {
  return allocator == nullptr ? nullptr : pool_of(allocator)->allocate(size);
}

WEMBED_API void* mem_allocator_realloc(mem_allocator_t allocator, void* ptr, uint32_t size) {
  return allocator == nullptr ? nullptr : pool_of(allocator)->reallocate(ptr, size);
}

WEMBED_API void mem_allocator_free(mem_allocator_t allocator, void* ptr) {
  if (allocator != nullptr && ptr != nullptr) (void)pool_of(allocator)->release(ptr);
}

WEMBED_API int mem_allocator_migrate(mem_allocator_t, char*, uint32) { return -1; }

WEMBED_API bool mem_allocator_is_heap_corrupted(mem_allocator_t) { return false; }

WEMBED_API bool mem_allocator_get_alloc_info(mem_allocator_t allocator, void* mem_alloc_info) {
  if (allocator == nullptr || mem_alloc_info == nullptr) return false;
  const PoolAllocator::Statistics now = pool_of(allocator)->statistics();
  *static_cast<mem_alloc_info_t*>(mem_alloc_info) = {clamped(now.total), clamped(now.free),
                                                     clamped(now.high_mark)};
  return true;
}
