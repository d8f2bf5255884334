/* What loading costs in memory, by who owns the bytes: no copy that nobody asked for. */
#include <unistd.h>

#include "../yardstick.h"
#include "host.h"
#include "wembed.h"

/* ---- An allocator that knows the bytes it has given out */

static uint64_t live, peak;

static void count(uint64_t more, uint64_t less) {
  live += more - less;
  if (live > peak) peak = live;
}
static void* counted_malloc(unsigned int size) {
  uint64_t* block = malloc(size + 16u);
  if (block == NULL) return NULL;
  *block = size;
  count(size, 0);
  return block + 2;
}
static void counted_free(void* block) {
  if (block == NULL) return;
  uint64_t* head = (uint64_t*)block - 2;
  count(0, *head);
  free(head);
}
static void* counted_realloc(void* block, unsigned int size) {
  if (block == NULL) return counted_malloc(size);
  uint64_t* head = (uint64_t*)block - 2;
  uint64_t old = *head;
  uint64_t* moved = realloc(head, size + 16u);
  if (moved == NULL) return NULL;
  *moved = size;
  count(size, old);
  return moved + 2;
}

static wembed_runtime_t make_runtime(void) {
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = Alloc_With_Allocator};
  config.mem_alloc_option.allocator.malloc_func = (void*)counted_malloc;
  config.mem_alloc_option.allocator.realloc_func = (void*)counted_realloc;
  config.mem_alloc_option.allocator.free_func = (void*)counted_free;
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  live = peak = 0; /* what follows is on top of the runtime itself */
  return runtime;
}

/* ---- Modules */

static uint8_t* put_u32(uint8_t* at, uint32_t value) { /* always five bytes */
  for (int i = 0; i < 4; ++i, value >>= 7) *at++ = (uint8_t)(value | 0x80);
  *at++ = (uint8_t)value;
  return at;
}
static uint8_t* put(uint8_t* at, const void* bytes, size_t size) {
  memcpy(at, bytes, size);
  return at + size;
}

#define BODY 250u /* bytes, with their size: as in real programs */

/* `size` bytes of functions, nearly; the last one is wrong if wanted. */
static Bytes program(uint32_t size, bool wrong) {
  static const uint8_t head[] = {0, 'a', 's',  'm', 1,    0,    0, 0,    1,
                                 7, 1,   0x60, 2,   0x7f, 0x7f, 1, 0x7f, 3};
  static const uint8_t start[] = {0x20, 0, 0x20, 1, 0x6a}; /* and then: local.get 1, i32.add */
  uint32_t functions = size / BODY;
  Bytes bytes = {malloc(size + functions + 100), 0};
  uint8_t* at = put(bytes.data, head, sizeof head);
  at = put_u32(at, functions + 5);
  at = put_u32(at, functions);
  memset(at, 0, functions);
  at += functions;
  *at++ = 10;
  at = put_u32(at, functions * BODY + 5);
  at = put_u32(at, functions);
  for (uint32_t i = 0; i < functions; ++i) {
    uint8_t* end = at + BODY;
    at = put_u32(at, BODY - 5);
    *at++ = 0;
    at = put(at, start, sizeof start);
    while (at + 4 <= end) at = put(at, "\x20\x01\x6a", 3);
    while (at < end - 1) *at++ = 1; /* nop */
    *at++ = 0x0b;
    if (wrong && i + 1 == functions) end[-2 - 3] = 0xff;
  }
  bytes.size = (uint32_t)(at - bytes.data);
  return bytes;
}

static void release_nothing(void* context, const uint8_t* bytes, size_t length) {
  (void)bytes;
  (void)length;
  ++*(unsigned*)context;
}

static unsigned released;

static wasm_module_t load_as(wembed_runtime_t runtime, Bytes bytes, uint32_t ownership,
                             wembed_error_t* error) {
  wembed_source_t source = {.size = sizeof source,
                            .ownership = ownership,
                            .bytes = bytes.data,
                            .length = bytes.size,
                            .release = release_nothing,
                            .release_context = &released};
  return wembed_load(runtime, &source, error);
}

static const char* const names[] = {"copy", "borrow", "take", "map"};
static char path[64];

TEST(loading_adds_a_tenth_at_most) {
  for (uint32_t megabytes = 4; megabytes <= 30; megabytes += 26) {
    Bytes bytes = program(megabytes * 1000000, false);
    snprintf(path, sizeof path, "/tmp/wembed-memory-%d", (int)getpid());
    FILE* file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
    fclose(file);
    for (uint32_t kind = 0; kind < 4; ++kind) {
      wembed_runtime_t runtime = make_runtime();
      wembed_error_t error;
      wasm_module_t module = kind == 3 ? wembed_load_file(runtime, path, NULL, &error)
                                       : load_as(runtime, bytes, kind, &error);
      if (CHECK(module != NULL)) {
        double share = (double)live / bytes.size, most = (double)peak / bytes.size;
        printf("%u MB, %s: %.1f %% added, %.1f %% at most\n", megabytes, names[kind], 100 * share,
               100 * most);
        /* A copy is what `copy` asks for; it is one, and not two. */
        CHECK(share < (kind == 0 ? 1.1 : 0.1) && most < (kind == 0 ? 1.1 : 0.1));
        wasm_runtime_unload(module);
      }
      CHECK(live < bytes.size / 100);
      wembed_runtime_delete(runtime);
    }
    unlink(path);
    free(bytes.data);
  }
}

/* Bytes of physical memory this process has; 0: not known. */
static uint64_t resident(void) {
  unsigned long long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%*u %llu", &pages) != 1) pages = 0;
  fclose(file);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

TEST(modules_refused_late_leave_memory_flat) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const uint32_t rounds = 200; /* a sanitizer keeps what was freed for a while */
  const bool is_resident_known = false;
#else
  const uint32_t rounds = affordable(2000, 100) & ~3u;
  const bool is_resident_known = true;
#endif
  Bytes bytes = program(1000000, true);
  snprintf(path, sizeof path, "/tmp/wembed-memory-%d", (int)getpid());
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
  fclose(file);
  wembed_runtime_t runtime = make_runtime();
  uint64_t settled = 0, settled_resident = 0;
  released = 0;
  for (uint32_t i = 0; i < rounds; ++i) {
    wembed_error_t error;
    wasm_module_t module = i % 4 == 3 ? wembed_load_file(runtime, path, NULL, &error)
                                      : load_as(runtime, bytes, i % 4, &error);
    CHECK(module == NULL && error.function_index == bytes.size / (BODY + 1) - 1);
    if (i == 20) settled = live, settled_resident = resident();
  }
  CHECK_EQ(live, settled);
  CHECK_EQ(released, rounds / 4);
  if (is_resident_known) CHECK(resident() < settled_resident + (4u << 20));
  printf("%u refused: %llu bytes held, resident memory %+lld KiB\n", rounds,
         (unsigned long long)live, (long long)(resident() - settled_resident) / 1024);
  wembed_runtime_delete(runtime);
  unlink(path);
  free(bytes.data);
}

int main(void) {
  RUN(loading_adds_a_tenth_at_most);
  RUN(modules_refused_late_leave_memory_flat);
  return host_result();
}
