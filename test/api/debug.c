/* Debugging information: files, symbols, places of frames; wrong uses, information that is apart.
 */
#include "host.h"
#include "wembed_debug.h"

static bool has_guests(void) {
  char path[1024];
  const char* folder = getenv("WEMBED_TEST_MODULES");
  snprintf(path, sizeof path, "%s/debug/c_5_2.wasm", folder != NULL ? folder : ".");
  FILE* file = fopen(path, "rb");
  if (file != NULL) fclose(file);
  return file != NULL;
}

static wembed_debug_source_t source_of(const Bytes* bytes) {
  wembed_debug_source_t source = {.size = sizeof source};
  source.bytes = bytes->data;
  source.length = bytes->size;
  return source;
}

static wembed_debug_t open_debug(const Bytes* bytes) {
  wembed_debug_source_t source = source_of(bytes);
  wembed_error_t error;
  wembed_debug_t debug = wembed_debug_open(&source, &error);
  CHECK_TEXT(error.message, "");
  CHECK(debug != NULL);
  return debug;
}

static uint32_t find_function(wembed_debug_t debug, const char* name,
                              wembed_debug_function_t* found) {
  for (uint32_t i = 0; wembed_debug_function(debug, i, found); ++i) {
    if (strcmp(found->name, name) == 0 && !found->is_declaration) return i;
  }
  return WEMBED_DEBUG_NONE;
}

TEST(functions_and_types) {
  Bytes bytes = host_read("debug/c_5_2");
  wembed_debug_t debug = open_debug(&bytes);
  wembed_debug_info_t info = {.size = sizeof info};
  CHECK(wembed_debug_describe(debug, &info));
  CHECK_EQ(info.units, 1);
  CHECK_EQ(info.version_max, 5);
  CHECK_EQ(info.functions, 0);
  CHECK_EQ(info.missing, 0);
  CHECK_TEXT(info.problem, "");
  CHECK(strstr(info.producer, "clang") != NULL);
  CHECK(wembed_debug_read(debug, NULL, NULL));
  CHECK(wembed_debug_read(debug, NULL, NULL));
  CHECK(wembed_debug_describe(debug, &info));
  CHECK(info.functions > 20 && info.types > 20);

  wembed_debug_function_t area;
  uint32_t number = find_function(debug, "area", &area);
  CHECK(number != WEMBED_DEBUG_NONE);
  CHECK_EQ(area.parameters, 2);
  CHECK(area.address != WEMBED_DEBUG_UNKNOWN && area.is_external && area.is_prototyped);
  wembed_debug_member_t shape;
  CHECK(wembed_debug_parameter(debug, number, 0, &shape));
  CHECK_TEXT(shape.name, "shape");
  CHECK(!wembed_debug_parameter(debug, number, 2, &shape));
  char path[256];
  CHECK(wembed_debug_file(debug, area.unit, area.file, path, sizeof path) > 0);
  CHECK(strstr(path, "shapes.c") != NULL);
  CHECK_EQ(wembed_debug_file(debug, 9, 0, path, sizeof path), 0);
  CHECK_EQ(wembed_debug_scope(debug, area.scope, path, sizeof path), 0);

  wembed_debug_type_t type;
  CHECK(wembed_debug_type(debug, shape.type, &type));
  CHECK_EQ(type.kind, WEMBED_DEBUG_POINTER);
  CHECK(wembed_debug_type(debug, type.target, &type));
  CHECK_EQ(type.kind, WEMBED_DEBUG_CONST);
  CHECK(!wembed_debug_type(debug, WEMBED_DEBUG_NONE, &type));
  wembed_debug_close(debug);
  free(bytes.data);
}

TEST(names_in_namespaces) {
  Bytes bytes = host_read("debug/cpp_5_2");
  wembed_debug_t debug = open_debug(&bytes);
  CHECK(wembed_debug_read(debug, NULL, NULL));
  char text[64];
  wembed_debug_type_t type;
  bool has_vec = false;
  for (uint32_t i = 0; wembed_debug_type(debug, i, &type); ++i) {
    if (strcmp(type.name, "vec<float>") != 0) continue;
    has_vec = true;
    CHECK_EQ(wembed_debug_scope(debug, type.scope, text, sizeof text), 8);
    CHECK_TEXT(text, "geometry");
    CHECK_EQ(wembed_debug_scope(debug, type.scope, text, 4), 8);
    CHECK_TEXT(text, "geo");
    CHECK_EQ(wembed_debug_scope(debug, type.scope, NULL, 0), 8);
  }
  CHECK(has_vec);
  wembed_debug_close(debug);
  free(bytes.data);
}

TEST(split_files) {
  Bytes bytes = host_read("debug/split_5");
  wembed_debug_t debug = open_debug(&bytes);
  wembed_debug_info_t info = {.size = sizeof info};
  CHECK(wembed_debug_describe(debug, &info));
  CHECK_EQ(info.missing, 1);
  char path[512];
  uint32_t length = wembed_debug_missing(debug, 0, path, sizeof path);
  CHECK(length > 0 && strstr(path, "split_5.dwo") != NULL);
  CHECK_EQ(wembed_debug_missing(debug, 1, path, sizeof path), 0);
  wembed_debug_source_t source = source_of(&bytes);
  wembed_error_t error;
  CHECK(!wembed_debug_add_split(debug, &source, &error));
  CHECK_TEXT(error.message, "this is no file of split debugging information");
  wembed_debug_close(debug);
  free(bytes.data);
}

/* The place of a trap in `divide`, whose division is in an inlined function. */
static void check_places(const Host* host, bool has_lines) {
  uint32_t cells[2] = {1, 0};
  CHECK(!host_call(host, "divide", 2, cells));
  wembed_frame_t frame;
  CHECK(wembed_trap_frame(host->instance, 0, &frame));
  wembed_debug_place_t places[4];
  uint32_t count = wembed_frame_places(&frame, places, 4);
  CHECK_EQ(count, has_lines ? 2 : 0);
  CHECK_EQ(wembed_frame_places(&frame, NULL, 0), count);
  if (count == 2) {
    CHECK_TEXT(places[0].function, "helper");
    CHECK(places[0].is_inlined && places[0].line > 0 && places[0].column > 0);
    CHECK(strstr(places[0].file, "shapes.c") != NULL);
    CHECK_TEXT(places[1].function, "divide");
    CHECK(!places[1].is_inlined && places[1].line > places[0].line);
  }
  wasm_runtime_clear_exception(host->instance);
}

TEST(places_of_traps) {
  static const char* const kGuests[] = {"debug/c_4_2", "debug/c_5_2", "debug/c_5_s"};
  for (size_t i = 0; i < sizeof kGuests / sizeof *kGuests; ++i) {
    Host host = host_open(kGuests[i], 0);
    if (!host.env) return host_close(&host);
    check_places(&host, true);
    check_places(&host, true);
    host_close(&host);
  }
}

/* The file cut before its first section of debugging information. */
static Bytes stripped(const Bytes* bytes) {
  Bytes cut = {malloc(bytes->size), 8};
  memcpy(cut.data, bytes->data, 8);
  for (uint32_t at = 8; at < bytes->size;) {
    uint32_t start = at, size = 0, shift = 0;
    uint8_t id = bytes->data[at++];
    for (;; shift += 7) {
      uint8_t byte = bytes->data[at++];
      size |= (uint32_t)(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (id != 0) {
      memcpy(cut.data + cut.size, bytes->data + start, at + size - start);
      cut.size += at + size - start;
    }
    at += size;
  }
  return cut;
}

TEST(information_that_is_apart) {
  Bytes whole = host_read("debug/c_5_2");
  Bytes cut = stripped(&whole);
  wembed_debug_t debug = open_debug(&whole);
  for (int with = 0; with < 2; ++with) {
    Host host = {{NULL, 0}, NULL, NULL, NULL};
    host.module = wasm_runtime_load(cut.data, cut.size, host_error, sizeof host_error);
    CHECK(host.module != NULL);
    if (with) CHECK(wembed_module_set_debug(host.module, debug));
    host.instance = wasm_runtime_instantiate(host.module, 65536, 0, host_error, sizeof host_error);
    host.env = wasm_runtime_create_exec_env(host.instance, 65536);
    check_places(&host, with);
    CHECK(!wembed_module_set_debug(host.module, debug));
    host_close(&host);
  }
  wembed_debug_close(debug);
  free(cut.data);
  free(whole.data);
}

TEST(wrong_uses) {
  wembed_error_t error;
  CHECK(wembed_debug_open(NULL, &error) == NULL);
  CHECK_TEXT(error.message, "the source is NULL");
  static uint8_t none[] = {'M', 'Z'};
  Bytes bytes = {none, sizeof none};
  wembed_debug_source_t source = source_of(&bytes);
  CHECK(wembed_debug_open(&source, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_COMPILE);
  CHECK_TEXT(error.message, "this is no WebAssembly file");
  source.bytes = NULL;
  CHECK(wembed_debug_open(&source, &error) == NULL);
  CHECK_TEXT(error.message, "length is 2, but bytes is NULL");
  source.size = 3;
  CHECK(wembed_debug_open(&source, NULL) == NULL);
  wembed_debug_close(NULL);
  CHECK(!wembed_debug_read(NULL, NULL, &error));
  CHECK(!wembed_debug_describe(NULL, NULL));
  CHECK_EQ(wembed_debug_places(NULL, 0, NULL, 0), 0);
  CHECK_EQ(wembed_frame_places(NULL, NULL, 0), 0);
  CHECK(!wembed_module_set_debug(NULL, NULL));
}

int main(void) {
  RUN(wrong_uses);
  if (!has_guests()) {
    printf("the rest is not looked at: guests with debugging information need clang and lld\n");
    return host_result();
  }
  RUN(functions_and_types);
  RUN(names_in_namespaces);
  RUN(split_files);
  RUN(places_of_traps);
  RUN(information_that_is_apart);
  return host_result();
}
