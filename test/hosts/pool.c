/* A runtime in one block of the host's. */
#include "program.h"

static _Alignas(16) char block[8 << 20];

int main(void) {
  RuntimeInitArgs args;
  mem_alloc_info_t before, during, after;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_Pool;
  args.mem_alloc_option.pool.heap_buf = block;
  args.mem_alloc_option.pool.heap_size = sizeof block;
  if (!wasm_runtime_full_init(&args)) quit("no runtime");
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  wasm_runtime_get_mem_alloc_info(&before);
  printf("in the block: %s\n", before.total_size <= sizeof block ? "yes" : "no");
  void* mine = wasm_runtime_malloc(1000);
  void* aligned = wasm_runtime_aligned_alloc(4096, 4096);
  printf("inside: %s, aligned: %s\n",
         (char*)mine > block && (char*)mine < block + sizeof block ? "yes" : "no",
         (uintptr_t)aligned % 4096 == 0 ? "yes" : "no");
  Program program = start_program("execute", 0);
  wasm_runtime_get_mem_alloc_info(&during);
  printf("taken: %s\n", during.total_free_size < before.total_free_size ? "yes" : "no");
  printf("too much: %s\n", wasm_runtime_malloc(16 << 20) == NULL ? "refused" : "given");
  end_program(&program);
  wasm_runtime_get_mem_alloc_info(&before);
  program = start_program("execute", 0);
  end_program(&program);
  wasm_runtime_get_mem_alloc_info(&after);
  printf("the same is free: %s\n", after.total_free_size == before.total_free_size ? "yes" : "no");
  wasm_runtime_free(mine);
  wasm_runtime_free(aligned);
  wasm_runtime_destroy();
  return 0;
}
