/* Loading: error texts, ownership of the buffer, names, sections, late linking. */
#include "capture.h"

#define LOAD_FAILED "WASM module load failed: "

/* The error of loading bytes that must not load. */
static const char* load_error(const void* bytes, uint32_t size) {
  uint8_t copy[256] = {0};
  memcpy(copy, bytes, size);
  memset(host_error, 0, sizeof host_error);
  wasm_module_t module = wasm_runtime_load(copy, size, host_error, sizeof host_error);
  CHECK(module == NULL);
  if (module != NULL) wasm_runtime_unload(module);
  return host_error;
}
#define LOAD_ERROR(...) \
  load_error((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define HEADER 0, 'a', 's', 'm', 1, 0, 0, 0
/* A module with one function of the type, whose body (with local count and end) follows. */
#define TYPE_VOID 1, 4, 1, 0x60, 0, 0
#define TYPE_I32 1, 5, 1, 0x60, 0, 1, 0x7F
#define ONE_FUNCTION 3, 2, 1, 0

TEST(short_or_foreign_input) {
  CHECK_TEXT(LOAD_ERROR(0, 'a', 's'), LOAD_FAILED "unexpected end");
  CHECK_TEXT(LOAD_ERROR(0, 'a', 's', 'm'), LOAD_FAILED "unexpected end");
  CHECK_TEXT(LOAD_ERROR(0, 'a', 's', 'm', 1, 0, 0), LOAD_FAILED "unexpected end");
  CHECK_TEXT(LOAD_ERROR(0, 'a', 's', 'm', 2, 0, 0, 0), LOAD_FAILED "unknown binary version");
  CHECK_TEXT(LOAD_ERROR(1, 2, 3, 4), LOAD_FAILED "magic header not detected");
  CHECK_TEXT(LOAD_ERROR(0, 'a', 'o', 't', 5, 0, 0, 0), LOAD_FAILED "magic header not detected");
}

TEST(missing_arguments) {
  uint8_t empty[] = {HEADER};
  CHECK(wasm_runtime_load_ex(empty, sizeof empty, NULL, host_error, sizeof host_error) == NULL);
  CHECK_TEXT(host_error, LOAD_FAILED "null load arguments");
  CHECK(wasm_runtime_load(empty, 3, NULL, 0) == NULL); /* no buffer for the text: fine */
}

TEST(error_text_is_cut_to_the_buffer) {
  char small[20];
  uint8_t bad[] = {1, 2, 3, 4};
  memset(small, 'x', sizeof small);
  CHECK(wasm_runtime_load(bad, sizeof bad, small, sizeof small) == NULL);
  CHECK_TEXT(small, "WASM module load fa");
}

TEST(section_errors) {
  CHECK_PREFIX(LOAD_ERROR(HEADER, 99, 0), LOAD_FAILED "invalid section id");
  CHECK_PREFIX(LOAD_ERROR(HEADER, ONE_FUNCTION, TYPE_VOID, 10, 4, 1, 2, 0, 0x0B),
               LOAD_FAILED "unexpected content after last section or junk after last section");
  CHECK_PREFIX(LOAD_ERROR(HEADER, 1, 5, 1, 0x60, 0, 0), LOAD_FAILED "unexpected end");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION),
               LOAD_FAILED "function and code section have inconsistent lengths");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 7, 9, 2, 1, 'a', 0, 0, 1, 'a', 0, 0, 10,
                          4, 1, 2, 0, 0x0B),
               LOAD_FAILED "duplicate export name");
}

TEST(body_errors) {
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_I32, ONE_FUNCTION, 10, 4, 1, 2, 0, 0x0B),
               LOAD_FAILED "type mismatch");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 10, 6, 1, 4, 0, 0x10, 7, 0x0B),
               LOAD_FAILED "unknown function 7");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_I32, ONE_FUNCTION, 10, 5, 1, 3, 0, 0x6A, 0x0B),
               LOAD_FAILED "type mismatch: expect data but stack was empty");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_I32, ONE_FUNCTION, 10, 6, 1, 4, 0, 0x20, 3, 0x0B),
               LOAD_FAILED "unknown local");
  CHECK_PREFIX(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 10, 5, 1, 3, 0, 0xFF, 0x0B),
               LOAD_FAILED "unsupported opcode ff");
}

/* Nothing has these codes; no word about features. */
TEST(errors_of_modules_that_need_more) {
  CHECK_TEXT(LOAD_ERROR(HEADER, 5, 3, 1, 0x40, 1), LOAD_FAILED "invalid limits flags");
  CHECK_TEXT(LOAD_ERROR(HEADER, 1, 3, 1, 0x5D, 0), LOAD_FAILED "invalid type flag");
  CHECK_TEXT(LOAD_ERROR(HEADER, 1, 5, 1, 0x60, 1, 0x65, 0), LOAD_FAILED "unknown value type");
}

TEST(errors_of_indices_and_ends) {
  CHECK_TEXT(LOAD_ERROR(HEADER, TYPE_VOID, 3, 2, 1, 9), LOAD_FAILED "unknown type");
  CHECK_TEXT(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 7, 5, 1, 1, 'a', 0, 3),
             LOAD_FAILED "unknown function");
  CHECK_TEXT(LOAD_ERROR(HEADER, 7, 5, 1, 1, 'a', 2, 0), LOAD_FAILED "unknown memory");
  CHECK_TEXT(LOAD_ERROR(HEADER, 8, 1, 4), LOAD_FAILED "unknown function");
  CHECK_TEXT(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 10, 6, 1, 4, 0, 0x3F, 0, 0x0B),
             LOAD_FAILED "unknown memory");
  /* The end is looked for before what is in front of it. */
  CHECK_TEXT(LOAD_ERROR(HEADER, TYPE_VOID, ONE_FUNCTION, 10, 5, 1, 3, 0, 0x10, 7),
             LOAD_FAILED "section size mismatch: function body END opcode expected");
}

TEST(log_of_a_load) {
  static uint8_t bytes[] = {HEADER, TYPE_VOID, ONE_FUNCTION, 7, 5, 1, 1,  'a', 0, 0, 10, 4, 1,
                            2,      0,         0x0B,         0, 2, 1, 'x'};
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_VERBOSE);
  capture_begin();
  wasm_module_t module = wasm_runtime_load(bytes, sizeof bytes, host_error, sizeof host_error);
  const char* printed = capture_end();
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  static const char* const lines[] = {"type section",         "function section", "export section",
                                      "code segment section", "custom section",   "module"};
  for (int i = 0; i < 6; ++i) {
    char line[64];
    snprintf(line, sizeof line, "Load %s success.\n\n", lines[i]);
    const char* at = strstr(printed, line);
    if (!CHECK(at != NULL && logged(at - 3, line))) break;
    printed = at; /* in this order */
  }
  if (CHECK(module != NULL)) wasm_runtime_unload(module);
}

/* A name that was given out stays, whatever the module is called later. */
TEST(names_stay) {
  static uint8_t bytes[] = {HEADER};
  wasm_module_t module = wasm_runtime_load(bytes, sizeof bytes, host_error, sizeof host_error);
  if (!CHECK(module != NULL)) return;
  const char* none = wasm_runtime_get_module_name(module);
  CHECK(wasm_runtime_set_module_name(module, "first", NULL, 0));
  const char* first = wasm_runtime_get_module_name(module);
  CHECK(wasm_runtime_set_module_name(module, "a much longer second name", NULL, 0));
  CHECK_TEXT(none, "");
  CHECK_TEXT(first, "first");
  CHECK_TEXT(wasm_runtime_get_module_name(module), "a much longer second name");
  int blocks = host_blocks;
  CHECK(wasm_runtime_set_module_name(module, "first", NULL, 0));
  CHECK(wasm_runtime_get_module_name(module) == first && host_blocks == blocks);
  wasm_runtime_unload(module);
}

TEST(empty_module) {
  uint8_t empty[] = {HEADER};
  wasm_module_t module = wasm_runtime_load(empty, sizeof empty, host_error, sizeof host_error);
  if (!CHECK(module != NULL)) return;
  CHECK_EQ(wasm_runtime_get_export_count(module), 0);
  CHECK_EQ(wasm_runtime_get_import_count(module), 0);
  wasm_module_inst_t instance = wasm_runtime_instantiate(module, 0, 0, NULL, 0);
  if (CHECK(instance != NULL)) {
    CHECK(wasm_runtime_lookup_function(instance, "x") == NULL);
    CHECK(wasm_runtime_get_module(instance) == module);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
}

TEST(input_is_never_written_to) {
  Bytes bytes = host_read("reflect");
  uint8_t* copy = malloc(bytes.size);
  memcpy(copy, bytes.data, bytes.size);
  wasm_module_t first = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  wasm_module_t second = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  CHECK(first != NULL && second != NULL && first != second);
  CHECK(memcmp(copy, bytes.data, bytes.size) == 0);
  if (first != NULL) {
    CHECK(!wasm_runtime_is_underlying_binary_freeable(first));
    wasm_runtime_unload(first);
  }
  if (second != NULL) wasm_runtime_unload(second);
  free(copy);
  free(bytes.data);
}

TEST(freeable_input_may_go) {
  Bytes bytes = host_read("memory");
  LoadArgs args = {.name = (char*)"first name", .wasm_binary_freeable = true};
  wasm_module_t module =
      wasm_runtime_load_ex(bytes.data, bytes.size, &args, host_error, sizeof host_error);
  memset(bytes.data, 0xEE, bytes.size);
  free(bytes.data);
  if (!CHECK(module != NULL)) return;
  CHECK(wasm_runtime_is_underlying_binary_freeable(module));
  CHECK_TEXT(wasm_runtime_get_module_name(module), "first name");
  Host host = {{NULL, 0}, module, NULL, NULL};
  host.instance = wasm_runtime_instantiate(module, 8192, 0, host_error, sizeof host_error);
  if (CHECK(host.instance != NULL)) {
    host.env = wasm_runtime_create_exec_env(host.instance, 8192);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
  }
  host_close(&host);
}

TEST(module_name) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  char name[] = "changing";
  CHECK_TEXT(wasm_runtime_get_module_name(host.module), "");
  CHECK(wasm_runtime_set_module_name(host.module, name, host_error, sizeof host_error));
  name[0] = 'X'; /* the name was copied */
  CHECK_TEXT(wasm_runtime_get_module_name(host.module), "changing");
  CHECK(wasm_runtime_set_module_name(host.module, "again", host_error, sizeof host_error));
  CHECK_TEXT(wasm_runtime_get_module_name(host.module), "again");
  CHECK(!wasm_runtime_set_module_name(host.module, "\xFF", host_error, sizeof host_error));
  CHECK_TEXT(host_error, "WASM module instantiate failed: invalid UTF-8 encoding");
  CHECK(!wasm_runtime_set_module_name(host.module, NULL, host_error, sizeof host_error));
  CHECK_TEXT(wasm_runtime_get_module_name(host.module), "again");
  CHECK(wasm_runtime_set_module_name(host.module, "", host_error, sizeof host_error));
  CHECK_TEXT(wasm_runtime_get_module_name(host.module), "");
  CHECK(!wasm_runtime_set_module_name(NULL, "x", host_error, sizeof host_error));
  CHECK_TEXT(wasm_runtime_get_module_name(NULL), "");
  host_close(&host);
}

/* Splits a module at its section boundaries; returns the number of nodes. */
static uint32_t split_sections(Bytes bytes, wasm_section_t* nodes, uint32_t capacity) {
  uint32_t at = 8, count = 0;
  while (at < bytes.size && count < capacity) {
    uint8_t id = bytes.data[at++];
    uint32_t length = 0, shift = 0, byte;
    do {
      byte = bytes.data[at++];
      length |= (byte & 0x7F) << shift;
      shift += 7;
    } while (byte & 0x80);
    nodes[count] = (wasm_section_t){NULL, id, bytes.data + at, length};
    if (count > 0) nodes[count - 1].next = &nodes[count];
    ++count;
    at += length;
  }
  return count;
}

TEST(load_from_sections) {
  wasm_section_t nodes[16];
  Bytes bytes = host_read("memory");
  CHECK(split_sections(bytes, nodes, 16) > 4);
  CHECK(wasm_runtime_load_from_sections(nodes, true, host_error, sizeof host_error) == NULL);
  CHECK_TEXT(host_error, LOAD_FAILED "invalid section list type");

  Host host = {{NULL, 0}, NULL, NULL, NULL};
  host.module = wasm_runtime_load_from_sections(nodes, false, host_error, sizeof host_error);
  if (!CHECK(host.module != NULL)) {
    free(bytes.data);
    return;
  }
  /* A body that WAMR would go on reading may change here: nodes and bodies were copied. */
  CHECK(wasm_runtime_is_underlying_binary_freeable(host.module));
  memset(bytes.data, 0xEE, bytes.size);
  memset(nodes, 0, sizeof nodes);
  free(bytes.data);
  host.instance = wasm_runtime_instantiate(host.module, 8192, 0, host_error, sizeof host_error);
  if (CHECK(host.instance != NULL)) {
    host.env = wasm_runtime_create_exec_env(host.instance, 8192);
    CHECK_EQ(host_i32(&host, "load8", 17, 0), 'e');
  }
  host_close(&host);
}

static int32_t answer(wasm_exec_env_t env) {
  (void)env;
  return 42;
}
static NativeSymbol late[] = {{"missing", (void*)answer, NULL, NULL}};

TEST(functions_are_linked_at_load_or_by_resolve_symbols) {
  Bytes bytes = host_read("unlinked_function");
  wasm_import_t import;
  CHECK(wasm_runtime_register_natives("nowhere", late, 1));
  wasm_module_t linked = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  LoadArgs args = {.no_resolve = true};
  wasm_module_t module =
      wasm_runtime_load_ex(bytes.data, bytes.size, &args, host_error, sizeof host_error);
  if (CHECK(linked != NULL && module != NULL)) {
    wasm_runtime_get_import_type(linked, 0, &import);
    CHECK(import.linked);
    wasm_runtime_get_import_type(module, 0, &import);
    CHECK(!import.linked);
    CHECK(wasm_runtime_unregister_natives("nowhere", late));
    CHECK(!wasm_runtime_resolve_symbols(module));
    CHECK(wasm_runtime_resolve_symbols(linked)); /* what is linked stays so */
    CHECK(wasm_runtime_register_natives("nowhere", late, 1));
    CHECK(wasm_runtime_resolve_symbols(module));
    CHECK(wasm_runtime_resolve_symbols(module));
    wasm_runtime_get_import_type(module, 0, &import);
    CHECK(import.linked);
    Host host = {{NULL, 0}, module, NULL, NULL};
    host.instance = wasm_runtime_instantiate(module, 8192, 0, host_error, sizeof host_error);
    host.env = wasm_runtime_create_exec_env(host.instance, 8192);
    CHECK_EQ(host_i32(&host, "call", 1, 0), 42);
    host_close(&host);
    wasm_runtime_unload(linked);
  }
  CHECK(wasm_runtime_unregister_natives("nowhere", late));
  free(bytes.data);
}

TEST(custom_sections) {
  static uint8_t bytes[] = {HEADER, 0, 4, 1, 'a', 1, 2, 0, 6, 3, 'o', 'n', 'e', 7,
                            8,      0, 5, 1, 'a', 3, 4, 5, 0, 3, 2,   'n', 'o'};
  wasm_module_t module = wasm_runtime_load(bytes, sizeof bytes, host_error, sizeof host_error);
  if (!CHECK(module != NULL)) return;
  uint32_t length = 77;
  const uint8_t* content = wasm_runtime_get_custom_section(module, "one", &length);
  CHECK_EQ(length, 2);
  CHECK(content != NULL && content[0] == 7 && content[1] == 8);
  content = wasm_runtime_get_custom_section(module, "a", &length); /* the last one */
  CHECK_EQ(length, 3);
  CHECK(content != NULL && content[0] == 3);
  CHECK(wasm_runtime_get_custom_section(module, "a", NULL) == content);
  wasm_runtime_get_custom_section(module, "no", &length);
  CHECK_EQ(length, 0);
  length = 77;
  CHECK(wasm_runtime_get_custom_section(module, "none", &length) == NULL);
  CHECK_EQ(length, 77);
  wasm_runtime_unload(module);
}

/* Every prefix of a module and every single changed byte is loaded or refused with a text. */
TEST(damaged_modules) {
  static const char* const names[] = {"calls", "reflect", "memory", "natives"};
  for (size_t n = 0; n < sizeof names / sizeof names[0]; ++n) {
    Bytes bytes = host_read(names[n]);
    uint8_t* copy = malloc(bytes.size);
    for (uint32_t at = 0; at < bytes.size; ++at) {
      for (int kind = 0; kind < 3; ++kind) {
        memcpy(copy, bytes.data, bytes.size);
        uint32_t size = kind == 0 ? at : bytes.size;
        if (kind == 1) copy[at] ^= (uint8_t)(1u << (at % 8));
        if (kind == 2) copy[at] = 0xFF;
        host_error[0] = 0;
        wasm_module_t module = wasm_runtime_load(copy, size, host_error, sizeof host_error);
        if (module != NULL) {
          wasm_runtime_unload(module);
        } else if (strncmp(host_error, LOAD_FAILED, strlen(LOAD_FAILED)) != 0) {
          CHECK_PREFIX(host_error, LOAD_FAILED);
        }
      }
    }
    free(copy);
    free(bytes.data);
  }
}

int main(void) {
  RUN(short_or_foreign_input);
  RUN(missing_arguments);
  RUN(error_text_is_cut_to_the_buffer);
  RUN(section_errors);
  RUN(body_errors);
  RUN(errors_of_modules_that_need_more);
  RUN(errors_of_indices_and_ends);
  RUN(log_of_a_load);
  RUN(names_stay);
  RUN(empty_module);
  RUN(input_is_never_written_to);
  RUN(freeable_input_may_go);
  RUN(module_name);
  RUN(load_from_sections);
  RUN(functions_are_linked_at_load_or_by_resolve_symbols);
  RUN(custom_sections);
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL); /* the changed ones would warn a lot */
  RUN(damaged_modules);
  return host_result();
}
