/*
 * What the host programs of this folder share: checks, test modules, an instance ready to call.
 * A program has one TEST per behaviour and a main() that runs them.
 *
 * Every test has a runtime of its own over a counting allocator, and fails when a block is left.
 */
#ifndef WEMBED_TEST_API_HOST_H
#define WEMBED_TEST_API_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_export.h"

#undef UNUSED /* of bh_common.h, which has another form */
#define UNUSED __attribute__((unused))

/* ---- Checks */

static unsigned host_failures;
static const char* host_test = "";

UNUSED static bool host_check(bool good, const char* file, int line, const char* text) {
  if (!good) {
    ++host_failures;
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, host_test, text);
  }
  return good;
}

UNUSED static bool host_check_text(const char* got, const char* wanted, bool prefix,
                                   const char* file, int line) {
  bool good = got == NULL || wanted == NULL
                  ? got == wanted
                  : (prefix ? strncmp(got, wanted, strlen(wanted)) : strcmp(got, wanted)) == 0;
  if (!good) {
    ++host_failures;
    fprintf(stderr, "%s:%d: %s: got `%s`, wanted `%s`%s\n", file, line, host_test,
            got != NULL ? got : "(null)", wanted != NULL ? wanted : "(null)", prefix ? "..." : "");
  }
  return good;
}

UNUSED static bool host_check_number(uint64_t got, uint64_t wanted, const char* text,
                                     const char* file, int line) {
  if (got != wanted) {
    ++host_failures;
    fprintf(stderr, "%s:%d: %s: %s is %llu (0x%llx), wanted %llu\n", file, line, host_test, text,
            (unsigned long long)got, (unsigned long long)got, (unsigned long long)wanted);
  }
  return got == wanted;
}

#define CHECK(condition) host_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(got, wanted) \
  host_check_number((uint64_t)(got), (uint64_t)(wanted), #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, wanted) host_check_text(got, wanted, false, __FILE__, __LINE__)
#define CHECK_PREFIX(got, wanted) host_check_text(got, wanted, true, __FILE__, __LINE__)

/* ---- The runtime of a test */

static int host_blocks; /* allocations not yet freed */

UNUSED static void* host_malloc(unsigned int size) {
  void* block = malloc(size);
  if (block != NULL) __atomic_add_fetch(&host_blocks, 1, __ATOMIC_RELAXED);
  return block;
}
UNUSED static void* host_realloc(void* block, unsigned int size) {
  void* moved = realloc(block, size);
  if (block == NULL && moved != NULL) __atomic_add_fetch(&host_blocks, 1, __ATOMIC_RELAXED);
  return moved;
}
UNUSED static void host_free(void* block) {
  if (block != NULL) __atomic_sub_fetch(&host_blocks, 1, __ATOMIC_RELAXED);
  free(block);
}

UNUSED static RuntimeInitArgs host_init_args(void) {
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_Allocator;
  args.mem_alloc_option.allocator.malloc_func = (void*)host_malloc;
  args.mem_alloc_option.allocator.realloc_func = (void*)host_realloc;
  args.mem_alloc_option.allocator.free_func = (void*)host_free;
  return args;
}

#define TEST(name) static void name(void)
#define RUN(name) host_run(#name, name)

UNUSED static void host_run(const char* name, void (*test)(void)) {
  RuntimeInitArgs args = host_init_args();
  host_test = name;
  host_blocks = 0;
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  test();
  wasm_runtime_destroy();
  CHECK_EQ(host_blocks, 0);
}

/* Ends main(). */
UNUSED static int host_result(void) {
  if (host_failures != 0) fprintf(stderr, "%u failures\n", host_failures);
  return host_failures == 0 ? 0 : 1;
}

/* ---- Modules and instances */

static char host_error[256]; /* the last load or instantiate error */

typedef struct Bytes {
  uint8_t* data;
  uint32_t size;
} Bytes;

/* The content of $WEMBED_TEST_MODULES/<name>.wasm, to be freed; ends the program without it. */
UNUSED static Bytes host_read(const char* name) {
  char path[1024];
  const char* folder = getenv("WEMBED_TEST_MODULES");
  snprintf(path, sizeof path, "%s/%s.wasm", folder != NULL ? folder : ".", name);
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "%s: cannot be read; WEMBED_TEST_MODULES names the folder\n", path);
    exit(2);
  }
  Bytes bytes = {NULL, 0};
  fseek(file, 0, SEEK_END);
  bytes.size = (uint32_t)ftell(file);
  fseek(file, 0, SEEK_SET);
  bytes.data = malloc(bytes.size + 1u);
  if (fread(bytes.data, 1, bytes.size, file) != bytes.size) exit(2);
  fclose(file);
  return bytes;
}

/* A loaded module, an instance and an exec_env over it; env is NULL if a step failed. */
typedef struct Host {
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} Host;

/* Loads and instantiates without a word; host_error says what failed. */
UNUSED static Host host_try(const char* name, uint32_t stack, uint32_t heap) {
  Host host = {host_read(name), NULL, NULL, NULL};
  memset(host_error, 0, sizeof host_error);
  host.module = wasm_runtime_load(host.bytes.data, host.bytes.size, host_error, sizeof host_error);
  if (host.module == NULL) return host;
  host.instance = wasm_runtime_instantiate(host.module, stack, heap, host_error, sizeof host_error);
  if (host.instance == NULL) return host;
  host.env = wasm_runtime_create_exec_env(host.instance, stack);
  return host;
}

UNUSED static void host_close(Host* host) {
  if (host->env != NULL) wasm_runtime_destroy_exec_env(host->env);
  if (host->instance != NULL) wasm_runtime_deinstantiate(host->instance);
  if (host->module != NULL) wasm_runtime_unload(host->module);
  free(host->bytes.data);
  memset(host, 0, sizeof *host);
}

/* host_try() with a failure counted; use with  if (!host.env) return host_close(&host); */
UNUSED static Host host_open(const char* name, uint32_t heap) {
  Host host = host_try(name, 65536, heap);
  if (host.env == NULL) {
    ++host_failures;
    fprintf(stderr, "%s: %s.wasm: %s\n", host_test, name, host_error);
  }
  return host;
}

/* The instantiate error of a module that must load and must not instantiate. */
UNUSED static const char* host_refused(const char* name, uint32_t heap) {
  Host host = host_try(name, 65536, heap);
  CHECK(host.module != NULL);
  CHECK(host.instance == NULL);
  host_close(&host);
  return host_error;
}

UNUSED static wasm_function_inst_t host_function(const Host* host, const char* name) {
  wasm_function_inst_t function = wasm_runtime_lookup_function(host->instance, name);
  if (function == NULL) {
    fprintf(stderr, "%s: no function %s\n", host_test, name);
    exit(2);
  }
  return function;
}

/* Calls an export with cells. */
UNUSED static bool host_call(const Host* host, const char* name, uint32_t argc, uint32_t* argv) {
  return wasm_runtime_call_wasm(host->env, host_function(host, name), argc, argv);
}

/* Calls an export of type (i32...) -> (i32) that must succeed, with up to two arguments. */
UNUSED static uint32_t host_i32(const Host* host, const char* name, uint32_t a, uint32_t b) {
  uint32_t cells[2] = {a, b};
  if (!host_call(host, name, 2, cells)) {
    ++host_failures;
    fprintf(stderr, "%s: %s: %s\n", host_test, name, wasm_runtime_get_exception(host->instance));
    wasm_runtime_clear_exception(host->instance);
    return 0xDEADBEEF;
  }
  return cells[0];
}

/* The exception that is pending ("none"), cleared; valid until the next use. */
UNUSED static const char* host_ended(const Host* host) {
  static char text[160];
  const char* exception = wasm_runtime_get_exception(host->instance);
  snprintf(text, sizeof text, "%s", exception == NULL ? "none" : exception);
  wasm_runtime_clear_exception(host->instance);
  return text;
}

/* The exception a call ends in (NULL: it succeeded), cleared; valid until the next use. */
UNUSED static const char* host_trap(const Host* host, const char* name, uint32_t argument) {
  uint32_t cells[8] = {argument};
  bool good = host_call(host, name, 1, cells);
  const char* exception = wasm_runtime_get_exception(host->instance);
  if (good || exception == NULL) {
    CHECK(good == (exception == NULL));
    return NULL;
  }
  return host_ended(host);
}

#endif /* WEMBED_TEST_API_HOST_H */
