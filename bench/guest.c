#include "guest.h"

#include <stdio.h>
#include <stdlib.h>

bool read_module(const char* folder, const char* name, file_t* file) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
  FILE* in = fopen(path, "rb");
  if (!in) {
    fprintf(stderr, "cannot read %s\n", path);
    return false;
  }
  file->bytes = malloc(65536);
  file->size = file->bytes ? (uint32_t)fread(file->bytes, 1, 65536, in) : 0;
  fclose(in);
  return file->size > 0;
}

wasm_module_t load_module(const file_t* file) {
  char error[256];
  wasm_module_t module = wasm_runtime_load(file->bytes, file->size, error, sizeof error);
  if (!module) fprintf(stderr, "%s\n", error);
  return module;
}

bool guest_open(guest_t* guest, const char* folder, const char* name, uint32_t heap) {
  if (!read_module(folder, name, &guest->file)) return false;
  guest->module = load_module(&guest->file);
  if (!guest->module) return false;
  char error[256];
  guest->instance = wasm_runtime_instantiate(guest->module, 65536, heap, error, sizeof error);
  if (!guest->instance) {
    fprintf(stderr, "%s\n", error);
    return false;
  }
  guest->exec_env = wasm_runtime_create_exec_env(guest->instance, 65536);
  return guest->exec_env != NULL;
}

void guest_close(guest_t* guest) {
  if (guest->exec_env) wasm_runtime_destroy_exec_env(guest->exec_env);
  if (guest->instance) wasm_runtime_deinstantiate(guest->instance);
  if (guest->module) wasm_runtime_unload(guest->module);
  free(guest->file.bytes);
}
