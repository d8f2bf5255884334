/* An instance of gc_export.wasm, and calls of its functions with one reference. */
#ifndef WEMBED_TEST_API_GC_H
#define WEMBED_TEST_API_GC_H

#include "gc_export.h"
#include "host.h"

/* Numbers of the module's types. */
enum { kNode, kAll, kBytes, kNodes, kLongs, kUnary, kMixed };

UNUSED static wasm_obj_t gc_read(const uint32_t* cells) {
  wasm_obj_t object;
  memcpy(&object, cells, sizeof object);
  return object;
}
UNUSED static void gc_write(uint32_t* cells, const void* object) {
  memcpy(cells, &object, sizeof object);
}

/* A function of one reference; NULL where it ends in an exception, which is cleared. */
UNUSED static wasm_obj_t gc_echo(const Host* host, const char* name, const void* object) {
  uint32_t cells[2];
  gc_write(cells, object);
  if (host_call(host, name, 2, cells)) return gc_read(cells);
  wasm_runtime_clear_exception(host->instance);
  return NULL;
}
UNUSED static uint32_t gc_number(const Host* host, const char* name, const void* object) {
  uint32_t cells[2];
  gc_write(cells, object);
  CHECK(host_call(host, name, 2, cells));
  return cells[0];
}

UNUSED static wasm_struct_obj_t gc_node(const Host* host, int32_t value) {
  wasm_value_t field = {.i32 = value};
  wasm_struct_obj_t node = wasm_struct_obj_new_with_typeidx(host->env, kNode);
  if (node != NULL) wasm_struct_obj_set_field(node, 0, &field);
  return node;
}
UNUSED static int32_t gc_value(wasm_struct_obj_t node) {
  wasm_value_t field = {.i32 = -1};
  wasm_struct_obj_get_field(node, 0, false, &field);
  return field.i32;
}

/* So much that what nothing keeps is gone, and something else lies in its place. */
UNUSED static void gc_collect(const Host* host) {
  for (int i = 0; i < 2; ++i) {
    uint32_t cells[1] = {60000};
    CHECK(host_call(host, "waste", 1, cells));
  }
}

#endif /* WEMBED_TEST_API_GC_H */
