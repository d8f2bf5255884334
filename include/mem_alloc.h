/*
 * An allocator inside a block of the host's, as WAMR has it for its own pools: nothing of it lies
 * elsewhere. It needs no runtime, and all but creating and destroying may be done from any thread.
 */
#ifndef __MEM_ALLOC_H
#define __MEM_ALLOC_H

#include "bh_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void* mem_allocator_t;

/* In the `size` bytes at `mem`, at any address, which stay the host's and outlive it. About 350 of
   them are the allocator's own. NULL: there are fewer than 256. */
mem_allocator_t mem_allocator_create(void* mem, uint32_t size);
/* WAMR lays the allocator into a block of its own, of at least mem_allocator_get_heap_struct_size()
   bytes. Here it lies in the pool with the rest, and `struct_buf` is not touched. NULL also when
   that block is too small. */
mem_allocator_t mem_allocator_create_with_struct_and_pool(void* struct_buf,
                                                          uint32_t struct_buf_size, void* pool_buf,
                                                          uint32_t pool_buf_size);
uint32 mem_allocator_get_heap_struct_size(void);
/* 0. The bytes are the host's again. */
int mem_allocator_destroy(mem_allocator_t allocator);

/* Blocks of at least `size` bytes at multiples of 16. NULL: no room; a block that was to be
   reallocated is as it was then. */
void* mem_allocator_malloc(mem_allocator_t allocator, uint32_t size);
void* mem_allocator_realloc(mem_allocator_t allocator, void* ptr, uint32_t size);
/* NULL, and what is no block of the allocator's, are ignored. */
void mem_allocator_free(mem_allocator_t allocator, void* ptr);

/* Always -1, WAMR's answer to a pool that cannot be moved: what is in it stays where it is. */
int mem_allocator_migrate(mem_allocator_t allocator, char* pool_buf_new, uint32 pool_buf_size);

/* Always false: a block whose bookkeeping was written over is left alone when it is freed. */
bool mem_allocator_is_heap_corrupted(mem_allocator_t allocator);
/* Into a mem_alloc_info_t. False: an argument is NULL. */
bool mem_allocator_get_alloc_info(mem_allocator_t allocator, void* mem_alloc_info);

#ifdef __cplusplus
}
#endif

#endif /* __MEM_ALLOC_H */
