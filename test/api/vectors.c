/* v128 at the C border: cells, slots, host functions, globals; and modules without it. */
#include "host.h"
#include "wembed.h"

/* void fn(exec_env, slots): the vector in two of them, then the number. */
static void turn_raw(wasm_exec_env_t env, uint64_t* slots) {
  (void)env;
  uint64_t low = slots[0];
  slots[0] = slots[1] + slots[2];
  slots[1] = low;
}

static bool turn(wasm_exec_env_t env, void* data, uint64_t* slots) {
  ++*(int*)data;
  turn_raw(env, slots);
  return true;
}

static uint32_t index_of(wasm_module_t module, const char* name) {
  wembed_extern_type_t type;
  uint32_t i = 0;
  while (wembed_module_export(module, i, &type) && strcmp(type.name, name) != 0) ++i;
  return i;
}

typedef struct Vectors {
  Bytes bytes;
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  int calls; /* of `turn` */
} Vectors;

/* With `turn` as a callback, or as a raw native when it is registered. */
static bool open_vectors(Vectors* vectors, bool callback) {
  memset(vectors, 0, sizeof *vectors);
  vectors->bytes = host_read("vectors");
  wembed_error_t error = {0};
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = vectors->bytes.data,
                            .length = vectors->bytes.size};
  vectors->module = wembed_load(NULL, &source, &error);
  if (!CHECK(vectors->module != NULL)) return false;
  wembed_import_t imports[2] = {
      {.source = callback ? WEMBED_IMPORT_CALLBACK : WEMBED_IMPORT_DEFAULT,
       .callback = turn,
       .data = &vectors->calls},
      {.source = WEMBED_IMPORT_VALUE, .value = {3, 4}}};
  wembed_instantiate_options_t options = {
      .size = sizeof options, .strict = true, .imports = imports, .import_count = 2};
  vectors->instance = wembed_instantiate(vectors->module, &options, &error);
  if (!CHECK(vectors->instance != NULL)) return false;
  vectors->env = wasm_runtime_get_exec_env_singleton(vectors->instance);
  return CHECK(vectors->env != NULL);
}

static void close_vectors(Vectors* vectors) {
  if (vectors->instance != NULL) wasm_runtime_deinstantiate(vectors->instance);
  if (vectors->module != NULL) wasm_runtime_unload(vectors->module);
  free(vectors->bytes.data);
}

TEST(cells) {
  Vectors vectors;
  if (open_vectors(&vectors, true)) {
    wasm_function_inst_t add = wasm_runtime_lookup_function(vectors.instance, "add");
    uint32_t cells[9] = {1, 2, 3, 4, 41, 10, 20, 30, 40};
    CHECK(wasm_runtime_call_wasm(vectors.env, add, 9, cells));
    for (uint32_t i = 0; i < 4; ++i) CHECK_EQ(cells[i], 11 * (i + 1));
    CHECK_EQ(cells[4], 42);
  }
  close_vectors(&vectors);
}

/* As in WAMR: wasm_val_t has no room for one. */
TEST(typed_values_refuse) {
  Vectors vectors;
  if (open_vectors(&vectors, true)) {
    wasm_function_inst_t turned = wasm_runtime_lookup_function(vectors.instance, "turned");
    wasm_val_t value = {.kind = WASM_V128};
    CHECK(!wasm_runtime_call_wasm_a(vectors.env, turned, 1, &value, 1, &value));
    CHECK_TEXT(wasm_runtime_get_exception(vectors.instance),
               "Exception: the arguments conversion is failed");
    CHECK_EQ(vectors.calls, 0);
  }
  close_vectors(&vectors);
}

TEST(slots_and_callbacks) {
  Vectors vectors;
  if (open_vectors(&vectors, true)) {
    wasm_function_inst_t turned = wasm_runtime_lookup_function(vectors.instance, "turned");
    uint64_t slots[2] = {7, 100};
    CHECK(wembed_call(vectors.env, turned, slots, NULL));
    CHECK_EQ(slots[0], 105);
    CHECK_EQ(slots[1], 7);
    CHECK_EQ(vectors.calls, 1);
  }
  close_vectors(&vectors);
}

TEST(raw_natives) {
  NativeSymbol natives[] = {{"turn", (void*)turn_raw, "", NULL}};
  CHECK(wasm_runtime_register_natives_raw("env", natives, 1));
  Vectors vectors;
  if (open_vectors(&vectors, false)) {
    wasm_function_inst_t turned = wasm_runtime_lookup_function(vectors.instance, "turned");
    uint32_t cells[4] = {7, 0, 100, 0};
    CHECK(wasm_runtime_call_wasm(vectors.env, turned, 4, cells));
    CHECK_EQ(cells[0], 105);
    CHECK_EQ(cells[2], 7);
    CHECK_EQ(vectors.calls, 0);
  }
  close_vectors(&vectors);
  CHECK(wasm_runtime_unregister_natives("env", natives));
}

TEST(globals) {
  Vectors vectors;
  if (open_vectors(&vectors, true)) {
    wasm_global_inst_t cell;
    CHECK(wasm_runtime_get_export_global_inst(vectors.instance, "cell", &cell));
    CHECK_EQ(cell.kind, WASM_V128);
    uint64_t words[2];
    memcpy(words, cell.global_data, sizeof words);
    CHECK_EQ(words[0], 1);
    CHECK_EQ(words[1], 2);
    const uint64_t other[2] = {8, 9};
    uint32_t index = index_of(vectors.module, "cell");
    CHECK(wembed_global_set(vectors.instance, index, other));
    CHECK(memcmp(cell.global_data, other, sizeof other) == 0);
    wembed_global_t given;
    CHECK(wembed_instance_global(vectors.instance, index_of(vectors.module, "given"), &given));
    CHECK_EQ(given.slots[0], 3);
    CHECK_EQ(given.slots[1], 4);
    wembed_error_t error;
    CHECK(wembed_instance_reset(vectors.instance, NULL, &error));
    memcpy(words, cell.global_data, sizeof words);
    CHECK_EQ(words[0], 1);
    CHECK_EQ(words[1], 2);
  }
  close_vectors(&vectors);
}

/* Sixteen bytes whose last are behind the memory. */
TEST(accesses_end_with_the_memory) {
  Vectors vectors;
  if (open_vectors(&vectors, true)) {
    wasm_function_inst_t load = wasm_runtime_lookup_function(vectors.instance, "load");
    uint32_t cell = 65536 - 32;
    CHECK(wasm_runtime_call_wasm(vectors.env, load, 1, &cell));
    CHECK_EQ(cell, 0);
    cell = 65536 - 31;
    CHECK(!wasm_runtime_call_wasm(vectors.env, load, 1, &cell));
    CHECK_TEXT(wasm_runtime_get_exception(vectors.instance),
               "Exception: out of bounds memory access");
  }
  close_vectors(&vectors);
}

int main(void) {
  RUN(cells);
  RUN(typed_values_refuse);
  RUN(slots_and_callbacks);
  RUN(raw_natives);
  RUN(globals);
  RUN(accesses_end_with_the_memory);
  return host_result();
}
