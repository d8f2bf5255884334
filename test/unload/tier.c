/*
 * The shared library is unloaded after functions have become machine code, or while they might: the
 * threads of its own end with its last runtime, so that nothing of it runs when it goes, and it can
 * be loaded again.
 *   tier LIBRARY
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../api/busy_module.h"
#include "wembed.h"

/* What is called of it, found anew with each load. */
/* clang-format off */
#define EACH_FUNCTION(_) \
  _(wembed_runtime_new) \
  _(wembed_runtime_delete) \
  _(wembed_load) \
  _(wembed_instantiate) \
  _(wembed_tier_report) \
  _(wasm_runtime_get_exec_env_singleton) \
  _(wasm_runtime_call_wasm) \
  _(wasm_runtime_lookup_function) \
  _(wasm_runtime_deinstantiate) \
  _(wasm_runtime_unload)
/* clang-format on */

#define FIELD(name) __typeof__(&(name)) name;
typedef struct Library {
  void* handle;
  EACH_FUNCTION(FIELD)
} Library;

static Library load_library(const char* path) {
  Library library = {.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
  if (library.handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
#define FIND(name) *(void**)&library.name = dlsym(library.handle, #name);
  EACH_FUNCTION(FIND)
  return library;
}

static int threads(void) {
  DIR* folder = opendir("/proc/self/task");
  int count = 0;
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count - 2; /* . and .. */
}

/* Calls until `functions` more have become machine code. */
static void run(const Library* library, uint32_t tier, uint64_t functions) {
  const wembed_config_t config = {.size = sizeof config, .tier = tier};
  wembed_tier_report_t report = {.size = sizeof report};
  wembed_runtime_t runtime = library->wembed_runtime_new(&config, NULL);
  Bytes bytes = busy_module();
  const wembed_source_t source = {.size = sizeof source,
                                  .ownership = WEMBED_BYTES_BORROW,
                                  .bytes = bytes.data,
                                  .length = bytes.size};
  wasm_module_t module = library->wembed_load(runtime, &source, NULL);
  wasm_module_inst_t instance = library->wembed_instantiate(module, NULL, NULL);
  wasm_exec_env_t env = library->wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t function = library->wasm_runtime_lookup_function(instance, "run");
  CHECK(library->wembed_tier_report(runtime, &report));
  const uint64_t wanted = report.taken == WEMBED_TIER_OFF ? 0 : functions;
  do {
    uint32_t cells[1] = {1};
    CHECK(library->wasm_runtime_call_wasm(env, function, 1, cells));
    CHECK_EQ(cells[0], busy_result(1));
    CHECK(library->wembed_tier_report(runtime, &report));
  } while (report.functions < wanted);
  library->wasm_runtime_deinstantiate(instance);
  library->wasm_runtime_unload(module);
  library->wembed_runtime_delete(runtime);
  free(bytes.data);
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  alarm(240);
  for (uint64_t round = 0; round < 12; round++) {
    const Library library = load_library(arguments[1]);
    run(&library, round % 3 == 2 ? WEMBED_TIER_FIRST_CALL : WEMBED_TIER_SAMPLED, 1 + round % 4);
    CHECK_EQ(threads(), 1);
    CHECK_EQ(dlclose(library.handle), 0);
    CHECK(dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
  }
  /* Nobody is told of it any more. */
  const pid_t child = fork();
  if (child == 0) _exit(7);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  return host_result();
}
