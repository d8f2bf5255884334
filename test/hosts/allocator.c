/* A runtime on the host's own allocator, which is balanced in the end and may fail. */
#include "program.h"

static int blocks, refused;
static bool is_empty;

static void* takes(unsigned size) {
  if (is_empty) {
    ++refused;
    return NULL;
  }
  ++blocks;
  return malloc(size);
}
static void* resizes(void* block, unsigned size) {
  if (is_empty) {
    ++refused;
    return NULL;
  }
  if (block == NULL) ++blocks;
  return realloc(block, size);
}
static void gives_back(void* block) {
  if (block != NULL) --blocks;
  free(block);
}

int main(void) {
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_Allocator;
  args.mem_alloc_option.allocator.malloc_func = (void*)takes;
  args.mem_alloc_option.allocator.realloc_func = (void*)resizes;
  args.mem_alloc_option.allocator.free_func = (void*)gives_back;
  if (!wasm_runtime_full_init(&args)) quit("no runtime");
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  Program program = start_program("memory", 8192);
  printf("blocks: %s\n", blocks > 0 ? "some" : "none");
  is_empty = true;
  wasm_module_inst_t none =
      wasm_runtime_instantiate(program.module, 16384, 0, error_text, sizeof error_text);
  is_empty = false;
  printf("%s\n", none == NULL ? error_text : "an instance of nothing");
  printf("refused: %s\n", refused > 0 ? "some" : "none");
  void* address = NULL;
  uint64_t offset = wasm_runtime_module_malloc(program.instance, 100, &address);
  printf("guest block: %s\n", offset != 0 && address != NULL ? "yes" : "no");
  wasm_runtime_module_free(program.instance, offset);
  end_program(&program);
  wasm_runtime_destroy();
  printf("blocks left: %d\n", blocks);
  return 0;
}
