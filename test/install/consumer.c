// The smallest host program: starts the runtime and prints the version it was linked with.
#include <stdint.h>
#include <stdio.h>

#include "wasm_export.h"

int main(void) {
  uint32_t major = 0, minor = 0, patch = 0;
  if (!wasm_runtime_init()) return 1;
  wasm_runtime_get_version(&major, &minor, &patch);
  wasm_runtime_destroy();
  printf("%u.%u.%u\n", (unsigned)major, (unsigned)minor, (unsigned)patch);
  return 0;
}
