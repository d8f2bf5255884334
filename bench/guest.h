// A module of bench/modules and an instance of it, as the operations use them.
#ifndef WEMBED_BENCH_GUEST_H
#define WEMBED_BENCH_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "wasm_export.h"

typedef struct {
  uint8_t* bytes;
  uint32_t size;
} file_t;

typedef struct {
  file_t file;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t exec_env;
} guest_t;

// False with a text on standard error. The bytes are to be freed.
bool read_module(const char* folder, const char* name, file_t* file);
// Null with a text on standard error.
wasm_module_t load_module(const file_t* file);

// With that much of a host's heap. False with a text on standard error; either way to be closed.
bool guest_open(guest_t* guest, const char* folder, const char* name, uint32_t heap);
void guest_close(guest_t* guest);

#endif
