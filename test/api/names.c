/* Names of the name section: all kinds, one by one and in a row, whatever the section is like. */
#include "host.h"
#include "wembed.h"
#include "wembed_names.h"

typedef struct Row {
  uint32_t kind, index, inner;
  const char* name;
} Row;

static const Row rows[] = {
    {WEMBED_NAME_MODULE, 0, 0, "shapes"},  {WEMBED_NAME_FUNCTION, 0, 0, "make"},
    {WEMBED_NAME_FUNCTION, 1, 0, "pass"},  {WEMBED_NAME_LOCAL, 0, 0, "x"},
    {WEMBED_NAME_LOCAL, 0, 1, "y"},        {WEMBED_NAME_LOCAL, 0, 2, "made"},
    {WEMBED_NAME_LOCAL, 1, 0, "distance"}, {WEMBED_NAME_TYPE, 0, 0, "point"},
    {WEMBED_NAME_TYPE, 1, 0, "list"},      {WEMBED_NAME_TABLE, 0, 0, "shown"},
    {WEMBED_NAME_MEMORY, 0, 0, "pixels"},  {WEMBED_NAME_GLOBAL, 0, 0, "origin"},
    {WEMBED_NAME_GLOBAL, 1, 0, "all"},     {WEMBED_NAME_ELEMENT, 0, 0, "first"},
    {WEMBED_NAME_DATA, 0, 0, "title"},     {WEMBED_NAME_FIELD, 0, 0, "x"},
    {WEMBED_NAME_FIELD, 0, 1, "y"},        {WEMBED_NAME_TAG, 0, 0, "too_far"},
};
enum { ROWS = sizeof rows / sizeof *rows };

TEST(one_by_one) {
  Host host = host_open("names", 0);
  if (!host.env) return host_close(&host);
  char text[64];
  for (size_t i = 0; i < ROWS; ++i) {
    const Row* row = &rows[i];
    uint32_t length =
        wembed_module_name(host.module, row->kind, row->index, row->inner, text, sizeof text);
    CHECK_EQ(length, strlen(row->name));
    CHECK_TEXT(text, row->name);
    CHECK_EQ(wembed_module_name(host.module, row->kind, row->index, row->inner, NULL, 0), length);
    CHECK_EQ(wembed_module_name(host.module, row->kind, row->index, row->inner, text, 3), length);
    CHECK(strncmp(text, row->name, 2) == 0 && strlen(text) <= 2);
    CHECK_EQ(wembed_module_name(host.module, row->kind, 7, row->inner, text, sizeof text), 0);
    CHECK_TEXT(text, "");
  }
  CHECK_EQ(wembed_module_name(host.module, WEMBED_NAME_LOCAL, 0, 3, text, sizeof text), 0);
  CHECK_EQ(wembed_module_name(host.module, WEMBED_NAME_LABEL, 0, 0, text, sizeof text), 0);
  CHECK_EQ(wembed_module_name(host.module, WEMBED_NAME_TAG + 1, 0, 0, text, sizeof text), 0);
  CHECK_EQ(wembed_module_name(NULL, WEMBED_NAME_TYPE, 0, 0, text, sizeof text), 0);
  host_close(&host);
}

TEST(in_a_row) {
  Host host = host_open("names", 0);
  if (!host.env) return host_close(&host);
  size_t seen = 0;
  char text[64];
  for (uint32_t kind = 0; kind <= WEMBED_NAME_TAG + 1; ++kind) {
    wembed_name_t name = {.kind = kind};
    while (wembed_module_next_name(host.module, &name, text, sizeof text)) {
      if (!CHECK(seen < ROWS)) break;
      const Row* row = &rows[seen++];
      CHECK_EQ(name.kind, row->kind);
      CHECK_EQ(name.index, row->index);
      CHECK_EQ(name.inner, row->inner);
      CHECK_EQ(name.length, strlen(row->name));
      CHECK_TEXT(text, row->name);
    }
    CHECK(!wembed_module_next_name(host.module, &name, text, sizeof text));
    CHECK_TEXT(text, "");
  }
  CHECK_EQ(seen, ROWS);
  CHECK(!wembed_module_next_name(host.module, NULL, text, sizeof text));
  wembed_name_t name = {.kind = WEMBED_NAME_TYPE};
  CHECK(!wembed_module_next_name(NULL, &name, text, sizeof text));
  host_close(&host);
}

/* What the library keeps in a walk, changed: other names or none, and nothing outside. */
TEST(a_walk_of_nonsense) {
  Host host = host_open("names", 0);
  if (!host.env) return host_close(&host);
  static const uint32_t values[] = {0, 1, 9, 200, 0x7fffffff, UINT32_MAX};
  enum { VALUES = sizeof values / sizeof *values };
  char text[16];
  for (uint32_t i = 0; i < VALUES * VALUES * VALUES * VALUES; ++i) {
    for (uint32_t kind = 0; kind <= WEMBED_NAME_TAG; ++kind) {
      wembed_name_t name = {.kind = kind, .index = values[i % VALUES]};
      for (uint32_t word = 0, rest = i; word < 4; ++word, rest /= VALUES) {
        name.state[word] = values[rest % VALUES];
      }
      for (int steps = 0; steps < 4; ++steps) {
        if (!wembed_module_next_name(host.module, &name, text, sizeof text)) break;
        CHECK(strlen(text) < sizeof text);
      }
    }
  }
  host_close(&host);
}

TEST(in_texts) {
  Host host = host_open("names", 0);
  if (!host.env) return host_close(&host);
  wembed_extern_type_t type;
  CHECK(wembed_module_export(host.module, 0, &type));
  char text[4096];
  CHECK(wembed_inspect_text(host.instance, text, sizeof text, NULL) > 0);
  CHECK(strstr(text, "memory 0 $pixels: 1 pages of 64 KiB") != NULL);
  CHECK(strstr(text, " 0 title\n") != NULL);
  CHECK(strstr(text, "objects:") == NULL);
  uint64_t slots[2] = {0, 0};
  wasm_function_inst_t make = wasm_runtime_lookup_function(host.instance, "make");
  CHECK(wembed_call(host.env, make, slots, NULL));
  CHECK(wembed_inspect_text(host.instance, text, sizeof text, NULL) > 0);
  CHECK(strstr(text, "objects: 2, ") != NULL);
  CHECK(strstr(text, "structs of type 0 $point\n") != NULL);
  CHECK(strstr(text, "arrays of type 1 $list\n") != NULL);
  wembed_error_t error;
  wasm_function_inst_t pass = wasm_runtime_lookup_function(host.instance, "pass");
  slots[0] = 0;
  CHECK(!wembed_call(host.env, pass, slots, NULL));
  CHECK(wembed_get_error(host.instance, &error));
  CHECK(strstr(error.message, "too_far(f64 0)") != NULL);
  CHECK_TEXT(error.function_name, "pass");
  host_close(&host);
}

/* A link that fails says which types by their names, on both sides. */
TEST(in_what_does_not_link) {
  Host host = host_open("names", 0);
  if (!host.env) return host_close(&host);
  Bytes bytes = host_read("names_user");
  wasm_module_t user = wasm_runtime_load(bytes.data, bytes.size, host_error, sizeof host_error);
  if (CHECK(user != NULL)) {
    wembed_import_t import = {
        .source = WEMBED_IMPORT_EXPORT, .instance = host.instance, .export_index = 3};
    wembed_instantiate_options_t options = {
        .size = sizeof options, .strict = true, .imports = &import, .import_count = 1};
    wembed_error_t error;
    CHECK(wembed_instantiate(user, &options, &error) == NULL);
    CHECK(strstr(error.message, "(ref null $circle)") != NULL);
    CHECK(strstr(error.message, "(ref null $point)") != NULL);
    wasm_runtime_unload(user);
  }
  free(bytes.data);
  host_close(&host);
}

int main(void) {
  RUN(one_by_one);
  RUN(in_a_row);
  RUN(a_walk_of_nonsense);
  RUN(in_texts);
  RUN(in_what_does_not_link);
  return host_result();
}
