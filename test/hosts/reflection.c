/* What a module imports and exports, as hosts look before they instantiate it. */
#include "program.h"

static const char* kind_name(wasm_import_export_kind_t kind) {
  static const char* const names[] = {"function", "table", "memory", "global"};
  return kind <= WASM_IMPORT_EXPORT_KIND_GLOBAL ? names[kind] : "?";
}

static void show_function(const char* name, wasm_func_type_t type) {
  printf("%s:", name);
  for (uint32_t i = 0; i < wasm_func_type_get_param_count(type); i++) {
    printf(" %u", wasm_func_type_get_param_valkind(type, i));
  }
  printf(" ->");
  for (uint32_t i = 0; i < wasm_func_type_get_result_count(type); i++) {
    printf(" %u", wasm_func_type_get_result_valkind(type, i));
  }
  printf("\n");
}

int main(void) {
  start_runtime(NULL, 0);
  uint32_t size = 0;
  char* bytes = read_module("hosts_objects", &size);
  wasm_module_t module = wasm_runtime_load((uint8_t*)bytes, size, error_text, sizeof error_text);
  if (module == NULL) quit("hosts_objects");
  int32_t count = wasm_runtime_get_import_count(module);
  for (int32_t i = 0; i < count; i++) {
    wasm_import_t import;
    wasm_runtime_get_import_type(module, i, &import);
    printf("import %s.%s, a %s, %s\n", import.module_name, import.name, kind_name(import.kind),
           import.linked ? "linked" : "not linked");
  }
  count = wasm_runtime_get_export_count(module);
  for (int32_t i = 0; i < count; i++) {
    wasm_export_t item;
    wasm_runtime_get_export_type(module, i, &item);
    printf("export %s, a %s\n", item.name, kind_name(item.kind));
    if (item.kind == WASM_IMPORT_EXPORT_KIND_FUNC) show_function(item.name, item.u.func_type);
    if (item.kind == WASM_IMPORT_EXPORT_KIND_MEMORY) {
      printf("%u to %u pages\n", wasm_memory_type_get_init_page_count(item.u.memory_type),
             wasm_memory_type_get_max_page_count(item.u.memory_type));
    }
  }
  wasm_runtime_unload(module);
  BH_FREE(bytes);
  wasm_runtime_destroy();
  return 0;
}
