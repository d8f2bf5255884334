/* Processes, blocks, and functions of an embedder's. */
#include "apart.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

_Alignas(16) uint8_t block[BLOCK_BYTES];
bool filtered;
bool can_filter;

wembed_config_t block_config(uint32_t bytes) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = block;
  config.mem_alloc_option.pool.heap_size = bytes;
  return config;
}

void forbid(void) {
  fflush(stdout);
  forbid_memory();
  if (filtered) (void)forbid_system_calls();
}

mem_alloc_info_t info_of(wembed_runtime_t runtime) {
  mem_alloc_info_t info = {0};
  CHECK(wembed_pool_info(runtime, &info));
  return info;
}

/* The embedder's functions: a list of blocks cut from the static block, by sizes that double. */
static atomic_flag arena_lock = ATOMIC_FLAG_INIT;
static size_t arena_used;
static void* arena_free[32];
long arena_live;
long arena_left = -1;

static unsigned arena_class(unsigned size) {
  unsigned number = 5;
  while (number < 31 && (1u << number) < size + 16u) ++number;
  return number;
}

static void* arena_malloc(unsigned size) {
  void* made = NULL;
  while (atomic_flag_test_and_set(&arena_lock)) continue;
  unsigned number = arena_class(size);
  if (arena_left != 0) {
    if (arena_left > 0) --arena_left;
    if (arena_free[number] != NULL) {
      made = arena_free[number];
      memcpy(&arena_free[number], made, sizeof(void*));
    } else if (arena_used + (1u << number) <= BLOCK_BYTES) {
      made = block + arena_used + 16;
      arena_used += 1u << number;
    }
  }
  if (made != NULL) {
    memcpy((uint8_t*)made - 16, &size, sizeof size);
    ++arena_live;
  }
  atomic_flag_clear(&arena_lock);
  return made;
}
static void arena_release(void* at) {
  if (at == NULL) return;
  while (atomic_flag_test_and_set(&arena_lock)) continue;
  unsigned size;
  memcpy(&size, (uint8_t*)at - 16, sizeof size);
  unsigned number = arena_class(size);
  memcpy(at, &arena_free[number], sizeof(void*));
  arena_free[number] = at;
  --arena_live;
  atomic_flag_clear(&arena_lock);
}
static void* arena_realloc(void* at, unsigned size) {
  void* made = arena_malloc(size);
  if (made == NULL || at == NULL) return made;
  unsigned old;
  memcpy(&old, (uint8_t*)at - 16, sizeof old);
  memcpy(made, at, old < size ? old : size);
  arena_release(at);
  return made;
}

wembed_config_t functions_config(void) {
  wembed_config_t config = {.size = sizeof config, .no_system_memory = true};
  config.mem_alloc_type = Alloc_With_Allocator;
  config.mem_alloc_option.allocator.malloc_func = (void*)arena_malloc;
  config.mem_alloc_option.allocator.realloc_func = (void*)arena_realloc;
  config.mem_alloc_option.allocator.free_func = (void*)arena_release;
  return config;
}

/* Each test in a process of its own, without and with the filter of system calls. */
void run_apart(const char* name, void (*test)(void)) {
  for (int mode = 0; mode < (can_filter ? 2 : 1); ++mode) {
    pid_t child = fork();
    if (child == 0) {
      host_test = name;
      host_failures = 0;
      filtered = mode == 1;
      alarm(240);
      test();
      _exit(host_failures == 0 ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      ++host_failures;
      fprintf(stderr, "%s (%s): ended with status %d\n", name,
              mode == 0 ? "functions" : "system calls", status);
    }
  }
}

void begin_apart(int argc, char** argv) {
  read_programs(argc, argv);
  int nowhere = open("/dev/null", O_WRONLY); /* results and warnings, which are many */
  if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) exit(2);
  pid_t child = fork();
  if (child == 0) _exit(forbid_system_calls() ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  can_filter = status == 0;
  if (!can_filter) fprintf(stderr, "system calls cannot be filtered here\n");
}
