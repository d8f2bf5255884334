/* What the programs about C's functions for guests share: a guest that exports them all. */
#ifndef WEMBED_TEST_API_LIBC_H
#define WEMBED_TEST_API_LIBC_H

#include "capture.h"
#include "wembed.h"

enum { TEXT = 1024, FORMAT = 2048, AREA = 4096, OUT = 8192, END = 2 * 65536 };

static Host guest;
static char* memory; /* the guest's */

#define OUT_OF_BOUNDS "Exception: out of bounds memory access"

UNUSED static bool open_guest(uint32_t heap) {
  guest = host_open("libc", heap);
  if (guest.env == NULL) return false;
  memory = wasm_runtime_addr_app_to_native(guest.instance, 0);
  memory[0] = 'x'; /* so that address 0 is no empty string */
  return true;
}

static bool call4(const char* name, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
                  uint32_t* result) {
  uint32_t cells[4] = {a, b, c, d};
  bool good = wasm_runtime_call_wasm(guest.env, host_function(&guest, name), 4, cells);
  *result = cells[0];
  return good;
}

/* The result of a call that has to succeed. */
UNUSED static uint32_t call(const char* name, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  if (!CHECK(call4(name, a, b, c, 0, &result))) {
    fprintf(stderr, "%s: %s\n", name, wasm_runtime_get_exception(guest.instance));
    wasm_runtime_clear_exception(guest.instance);
  }
  return result;
}

/* The exception of a call that has to fail; valid until the next one. */
UNUSED static const char* trap(const char* name, uint32_t a, uint32_t b, uint32_t c) {
  static char text[160];
  uint32_t result;
  if (call4(name, a, b, c, 0, &result)) return NULL;
  snprintf(text, sizeof text, "%s", wasm_runtime_get_exception(guest.instance));
  wasm_runtime_clear_exception(guest.instance);
  return text;
}

UNUSED static uint32_t put(uint32_t at, const char* text) {
  strcpy(memory + at, text);
  return at;
}

#endif /* WEMBED_TEST_API_LIBC_H */
