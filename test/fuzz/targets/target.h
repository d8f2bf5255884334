/* What the libFuzzer targets have in common: a silent runtime, and loads from blocks of just the
 * size. */
#ifndef TARGET_H
#define TARGET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t length);

static inline void fuzz_log(void* context, uint32_t level, const char* text) {
  (void)context, (void)level, (void)text;
}

static inline void fuzz_print(void* context, const char* text, size_t bytes) {
  (void)context, (void)text, (void)bytes;
}

/* The process's only one. */
static inline wembed_runtime_t fuzz_runtime(void) {
  static wembed_runtime_t runtime;
  if (runtime == NULL) {
    wembed_error_t error;
    wembed_config_t config = {.size = sizeof config, .log = fuzz_log, .print = fuzz_print};
    runtime = wembed_runtime_new(&config, &error);
    if (runtime == NULL) {
      fprintf(stderr, "no runtime: %s\n", error.message);
      abort();
    }
  }
  return runtime;
}

/* Copied into the module: a sanitizer sees each byte too many. */
static inline wasm_module_t load_bytes(wembed_runtime_t runtime, const uint8_t* bytes,
                                       size_t length, wembed_error_t* error) {
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_COPY,
                            .bytes = bytes,
                            .length = length,
                            .name = "fuzzed"};
  memset(error, 0, sizeof *error);
  return wembed_load(runtime, &source, error);
}

#endif
