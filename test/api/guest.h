/* An instance on a row of backends.h whose host functions are callbacks of the test. */
#ifndef WEMBED_TEST_API_GUEST_H
#define WEMBED_TEST_API_GUEST_H

#include "backends.h"

typedef struct Guest {
  wembed_runtime_t runtime;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  wasm_memory_inst_t memory;
} Guest;

static _Alignas(16) uint8_t guest_block[20 * 65536]; /* of the buffer's row */

/* What every callback of a guest gets as `data`. */
typedef struct Visit {
  Guest* guest;
  int32_t (*act)(wasm_exec_env_t env, struct Visit* visit, int32_t argument);
  unsigned calls;
  bool fail; /* ends in a trap */
} Visit;

UNUSED static bool guest_visited(wasm_exec_env_t env, void* data, uint64_t* slots) {
  Visit* visit = data;
  visit->calls++;
  slots[0] = (uint32_t)visit->act(env, visit, (int32_t)(uint32_t)slots[0]);
  return !visit->fail;
}

/* An instance of a loaded module: its imports, in order, are callbacks with these data. */
UNUSED static bool guest_start(Guest* guest, const Row* row, uint32_t heap, Visit** visits,
                               uint32_t count) {
  wembed_import_t imports[4];
  wembed_error_t error;
  memset(imports, 0, sizeof imports);
  for (uint32_t i = 0; i < count; ++i) {
    imports[i].source = WEMBED_IMPORT_CALLBACK;
    imports[i].callback = guest_visited;
    imports[i].data = visits[i];
    visits[i]->guest = guest;
  }
  wembed_instantiate_options_t options = row_options(row, guest_block, sizeof guest_block);
  options.imports = imports;
  options.import_count = count;
  options.heap_size = heap;
  options.strict = true;
  guest->instance = wembed_instantiate(guest->module, &options, &error);
  if (!CHECK(guest->instance != NULL)) {
    fprintf(stderr, "%s: %s\n", row->name, error.message);
    return false;
  }
  guest->env = wasm_runtime_create_exec_env(guest->instance, 16384);
  guest->memory = wasm_runtime_get_default_memory(guest->instance);
  return CHECK(guest->env != NULL);
}

UNUSED static void guest_stop(Guest* guest) {
  if (guest->env != NULL) wasm_runtime_destroy_exec_env(guest->env);
  if (guest->instance != NULL) wasm_runtime_deinstantiate(guest->instance);
  guest->env = NULL;
  guest->instance = NULL;
}

/* A runtime of the row with one slot, and the module of that name in it. */
UNUSED static Guest guest_load(const Row* row, const char* name) {
  Guest guest = {row_runtime(row, 1), NULL, NULL, NULL, NULL};
  Bytes bytes = host_read(name);
  if (guest.runtime != NULL) guest.module = row_load(guest.runtime, bytes);
  free(bytes.data);
  return guest;
}

UNUSED static void guest_close(Guest* guest) {
  guest_stop(guest);
  if (guest->module != NULL) wasm_runtime_unload(guest->module);
  wembed_runtime_delete(guest->runtime);
}

/* Calls an export with up to two i32; false: it trapped. */
UNUSED static bool guest_call(Guest* guest, wasm_exec_env_t env, const char* name, uint32_t a,
                              uint32_t b, int32_t* result) {
  uint64_t slots[4] = {a, b};
  wasm_function_inst_t function = wasm_runtime_lookup_function(guest->instance, name);
  if (!CHECK(function != NULL) || !wembed_call(env, function, slots, NULL)) return false;
  if (result != NULL) *result = (int32_t)(uint32_t)slots[0];
  return true;
}

/* The same where it has to succeed. */
UNUSED static int32_t guest_i32(Guest* guest, const char* name, uint32_t a, uint32_t b) {
  int32_t result = 0;
  if (!CHECK(guest_call(guest, guest->env, name, a, b, &result))) {
    fprintf(stderr, "%s: %s\n", name, wasm_runtime_get_exception(guest->instance));
    wasm_runtime_clear_exception(guest->instance);
  }
  return result;
}

#endif /* WEMBED_TEST_API_GUEST_H */
