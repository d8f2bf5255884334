/* A module put together from sections, with its name and what it says of itself. */
#include "program.h"

static uint8_t types[] = {1, 0x60, 1, 0x7f, 1, 0x7f};
static uint8_t functions[] = {1, 0};
static uint8_t exports[] = {1, 6, 's', 'q', 'u', 'a', 'r', 'e', 0, 0};
static uint8_t code[] = {1, 7, 0, 0x20, 0, 0x20, 0, 0x6c, 0x0b};
static uint8_t custom[] = {4, 'n', 'o', 't', 'e', 'h', 'e', 'l', 'l', 'o'};

int main(void) {
  start_runtime(NULL, 0);
  wasm_section_t sections[] = {{NULL, 1, types, sizeof types},
                               {NULL, 3, functions, sizeof functions},
                               {NULL, 7, exports, sizeof exports},
                               {NULL, 10, code, sizeof code},
                               {NULL, 0, custom, sizeof custom}};
  for (int i = 0; i < 4; ++i) sections[i].next = &sections[i + 1];
  wasm_module_t module =
      wasm_runtime_load_from_sections(sections, false, error_text, sizeof error_text);
  if (module == NULL) quit("sections");
  wasm_runtime_set_module_name(module, "squares", error_text, sizeof error_text);
  uint32_t length = 0;
  const uint8_t* note = wasm_runtime_get_custom_section(module, "note", &length);
  printf("%s: %.*s\n", wasm_runtime_get_module_name(module), (int)length, (const char*)note);
  wasm_export_t item;
  wasm_runtime_get_export_type(module, 0, &item);
  printf("%s takes %u and gives %u\n", item.name, wasm_func_type_get_param_count(item.u.func_type),
         wasm_func_type_get_result_count(item.u.func_type));
  wasm_module_inst_t instance =
      wasm_runtime_instantiate(module, 8192, 0, error_text, sizeof error_text);
  if (instance == NULL) quit("instance");
  char* arguments[] = {"12"};
  wasm_application_execute_func(instance, "square", 1, arguments);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  printf("as AOT: %s\n",
         wasm_runtime_load_from_sections(sections, true, error_text, sizeof error_text) == NULL
             ? error_text
             : "loaded");
  wasm_runtime_destroy();
  return 0;
}
