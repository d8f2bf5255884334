/*
 * Calls a program of AssemblyScript's (../objects.as) through its generated header, objects_c.h:
 * what refers to an object is an address, and its struct what is in it. objects FILE.wasm
 */
#include "objects_c.h"

#include "host.h"

enum { kString = 2 }; /* its class in every program */

/* Text of ASCII as an object of the guest's; at 0: no room. */
static objects_at_String text_of(objects_t* app, const char* text) {
  const uint32_t length = (uint32_t)strlen(text);
  uint32_t at = 0;
  objects_at_String made = {0};
  uint64_t slots[2] = {2 * length, kString};
  wasm_function_inst_t make = wasm_runtime_lookup_function(app->instance, "__new");
  if (!wembed_call(app->env, make, slots, NULL)) return made;
  at = (uint32_t)slots[0];
  uint16_t* units = wasm_runtime_addr_app_to_native(app->instance, at);
  for (uint32_t i = 0; i < length; i++) units[i] = (uint8_t)text[i];
  made.at = at;
  return made;
}

static bool is_text(objects_t* app, objects_at_String of, const char* text) {
  const uint32_t* length = wasm_runtime_addr_app_to_native(app->instance, of.at - 4);
  const uint16_t* units = wasm_runtime_addr_app_to_native(app->instance, of.at);
  if (*length != 2 * strlen(text)) return false;
  for (uint32_t i = 0; text[i] != 0; i++) {
    if (units[i] != (uint8_t)text[i]) return false;
  }
  return true;
}

int main(int argc, char** argv) {
  need(wasm_runtime_init(), "no runtime");
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL); /* its imports are not needed here */
  wasm_exec_env_t env = open_guest(argc > 1 ? argv[1] : NULL);
  objects_t app;
  wembed_error_t error;
  if (!objects_open(&app, env, &error)) return misfit(&error);

  objects_at_String greeting = {0};
  CHECK(objects_greet(&app, text_of(&app, "host"), &greeting));
  CHECK(is_text(&app, greeting, "Hello, host!"));
  objects_at_Point at = {0};
  CHECK(objects_make(&app, 3, text_of(&app, "p"), &at) && at.at != 0);
  objects_Point* point = wasm_runtime_addr_app_to_native(app.instance, at.at);
  CHECK(point->id == 7 && point->x == 3 && point->flag == 1 && point->small == -3);
  CHECK(point->big == 5 && point->next.at == 0 && is_text(&app, point->name, "p"));
  point->y = 4;
  double length = 0;
  CHECK(objects_length(&app, at, &length) && length == 5);
  return report(env);
}
