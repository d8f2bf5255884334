/* libFuzzer: loads whatever bytes it is given, and looks at what has loaded from all sides. */
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "wembed_names.h"

static void look(wasm_module_t module) {
  wembed_extern_type_t type;
  char text[256];
  for (uint32_t i = 0; wembed_module_import(module, i, &type); i++) {
    wembed_extern_type_text(&type, text, sizeof text);
  }
  for (uint32_t i = 0; wembed_module_export(module, i, &type); i++) {
    wembed_extern_type_text(&type, text, sizeof text);
  }
  for (uint32_t kind = 0; kind <= WEMBED_NAME_TAG; kind++) {
    wembed_name_t item = {.kind = kind};
    while (wembed_module_next_name(module, &item, text, sizeof text)) {
    }
  }
  const char* name;
  const uint8_t* bytes;
  uint32_t name_length, length;
  unsigned sum = 0;
  for (uint32_t i = 0;
       wembed_module_custom_section(module, i, &name, &name_length, &bytes, &length); i++) {
    if (length > 0) sum += bytes[length - 1];
    if (name_length > 0) sum += (unsigned char)name[name_length - 1];
  }
  if (sum == UINT32_MAX) abort(); /* Only so that the bytes are read. */
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t length) {
  wembed_error_t error;
  wasm_module_t module = load_bytes(fuzz_runtime(), bytes, length, &error);
  if (module == NULL) {
    if (error.message[0] == 0) abort(); /* Every refusal says why. */
    return 0;
  }
  look(module);
  wasm_runtime_unload(module);
  return 0;
}
