/* Runtimes of one's own, ownership of bytes, module reflection, memories of both backends. */
#include "host.h"
#include "wembed.h"

static unsigned released;
static void on_release(void* context, const uint8_t* bytes, size_t length) {
  CHECK(context == &released && length > 0);
  ++released;
  free((void*)(uintptr_t)bytes);
}

static wembed_source_t source_of(Bytes bytes, wembed_ownership_t ownership) {
  wembed_source_t source = {.size = sizeof source,
                            .ownership = ownership,
                            .bytes = bytes.data,
                            .length = bytes.size,
                            .release = on_release,
                            .release_context = &released,
                            .name = "named"};
  return source;
}

TEST(ownership_of_bytes) {
  wembed_error_t error;
  Bytes bytes = host_read("calls");
  wembed_source_t source = source_of(bytes, WEMBED_BYTES_COPY);
  wasm_module_t module = wembed_load(NULL, &source, &error);
  memset(bytes.data, 0xEE, bytes.size);
  free(bytes.data);
  if (CHECK(module != NULL)) {
    CHECK_TEXT(wasm_runtime_get_module_name(module), "named");
    CHECK(wasm_runtime_is_underlying_binary_freeable(module));
    wasm_runtime_unload(module);
  }

  released = 0;
  source = source_of(host_read("calls"), WEMBED_BYTES_TAKE);
  module = wembed_load(NULL, &source, &error);
  CHECK(module != NULL && released == 0);
  if (module != NULL) wasm_runtime_unload(module);
  CHECK_EQ(released, 1);

  bytes = host_read("calls");
  bytes.data[bytes.size - 1] ^= 0xFF;
  bytes.size -= 3;
  source = source_of(bytes, WEMBED_BYTES_TAKE); /* released although it does not load */
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_EQ(released, 2);
  CHECK_EQ(error.kind, WEMBED_ERROR_COMPILE);

  bytes = host_read("calls");
  source = source_of(bytes, WEMBED_BYTES_BORROW);
  module = wembed_load(NULL, &source, NULL);
  if (CHECK(module != NULL)) wasm_runtime_unload(module);
  CHECK_EQ(released, 2);
  free(bytes.data);
}

TEST(compile_errors_have_a_place) {
  static uint8_t bytes[] = {0, 'a', 's', 'm', 1, 0,  0, 0, 1, 4, 1,    0x60, 0,
                            0, 3,   2,   1,   0, 10, 6, 1, 4, 0, 0x10, 7,    0x0B};
  wembed_error_t error;
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = bytes,
                            .length = sizeof bytes,
                            .name = "broken"};
  CHECK(wembed_load(NULL, &source, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_COMPILE);
  CHECK_TEXT(error.code, "Invalid");
  CHECK_PREFIX(error.message, "unknown function 7");
  CHECK_TEXT(error.section, "code");
  CHECK_TEXT(error.module_name, "broken");
  CHECK_EQ(error.function_index, 0);
  CHECK(error.offset >= 23 && error.offset <= 25);
}

/* By the name section, which stands behind the code, or else by an export. */
TEST(a_function_that_is_broken_has_its_name) {
  static const char head[] = "\0asm\1\0\0\0\1\4\1\x60\0\0\3\3\2\0\0";
  static const char exports[] = "\7\5\1\1e\0\1";
  static const char code[] = "\xa\x8\2\2\0\xb\3\0\x6a\xb";
  static const char names[] = "\0\xf\4name\1\x8\1\1\5wrong";
  for (int form = 0; form < 4; form++) {
    uint8_t bytes[64];
    size_t length = 0;
    memcpy(bytes, head, length = sizeof head - 1);
    if (form & 1) memcpy(bytes + length, exports, sizeof exports - 1), length += sizeof exports - 1;
    memcpy(bytes + length, code, sizeof code - 1), length += sizeof code - 1;
    if (form & 2) memcpy(bytes + length, names, sizeof names - 1), length += sizeof names - 1;
    wembed_error_t error;
    wembed_source_t source = {.size = sizeof source, .bytes = bytes, .length = length};
    CHECK(wembed_load(NULL, &source, &error) == NULL);
    CHECK_PREFIX(error.message, "type mismatch");
    CHECK_EQ(error.function_index, 1);
    CHECK_TEXT(error.function_name, form >= 2 ? "wrong" : form == 1 ? "e" : "");
    CHECK(wembed_load(NULL, &source, NULL) == NULL);
  }
}

TEST(runtimes_are_separate) {
  wembed_error_t error;
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = Alloc_With_System_Allocator};
  wembed_runtime_t first = wembed_runtime_new(&config, &error);
  wembed_runtime_t second = wembed_runtime_new(NULL, &error);
  if (!CHECK(first != NULL && second != NULL)) return;
  static NativeSymbol natives[] = {{"missing", (void*)on_release, NULL, NULL}};
  CHECK(wembed_register_natives(first, "nowhere", natives, 1, false));
  Bytes bytes = host_read("unlinked_function");
  wembed_source_t source = source_of(bytes, WEMBED_BYTES_BORROW);
  wasm_module_t modules[2] = {wembed_load(first, &source, &error),
                              wembed_load(second, &source, &error)};
  for (int i = 0; i < 2; ++i) {
    wembed_instantiate_options_t options = {.size = sizeof options, .strict = true};
    if (!CHECK(modules[i] != NULL)) continue;
    wasm_module_inst_t instance = wembed_instantiate(modules[i], &options, &error);
    CHECK((instance != NULL) == (i == 0));
    if (instance != NULL) wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(modules[i]);
  }
  CHECK(!wembed_unregister_natives(second, "nowhere", natives));
  CHECK(wembed_unregister_natives(first, "nowhere", natives));
  wembed_runtime_delete(first);
  wembed_runtime_delete(second);
  wembed_runtime_delete(NULL);
  free(bytes.data);
}

static bool name_is(const char* name, uint32_t length, const char* wanted) {
  return length == strlen(wanted) && memcmp(name, wanted, length) == 0;
}

TEST(imports_and_exports_in_the_order_of_the_file) {
  static const char* const import_names[] = {"g", "f", "memory", "h", "table"};
  static const char* const export_texts[] = {
      "",        "",
      "",        "(i32) -> (i64, f64)",
      "",        "(i32, i64, f32, f64, externref, funcref) -> (i32)",
      "() -> ()"};
  Bytes bytes = host_read("reflect");
  wembed_source_t source = source_of(bytes, WEMBED_BYTES_BORROW);
  wasm_module_t module = wembed_load(NULL, &source, NULL);
  wembed_extern_type_t type;
  char text[128];
  if (!CHECK(module != NULL)) return free(bytes.data);
  CHECK_EQ(wembed_module_import_count(module), 5);
  for (uint32_t i = 0; i < 5; ++i) {
    CHECK(wembed_module_import(module, i, &type));
    CHECK(name_is(type.name, type.name_length, import_names[i]));
  }
  CHECK(!wembed_module_import(module, 5, &type));
  CHECK_EQ(wembed_module_export_count(module), 7);
  for (uint32_t i = 0; i < 7; ++i) {
    CHECK(wembed_module_export(module, i, &type));
    uint32_t length = wembed_extern_type_text(&type, text, sizeof text);
    CHECK_EQ(length, strlen(text));
    if (type.kind == WEMBED_EXTERN_FUNC) CHECK_TEXT(text, export_texts[i]);
    char small[4];
    CHECK_EQ(wembed_extern_type_text(&type, small, sizeof small), length);
    CHECK(strlen(small) == 3 && strncmp(small, text, 3) == 0);
  }
  CHECK(!wembed_module_export(module, 7, &type));
  const char* name;
  const uint8_t* content;
  uint32_t name_length, length, sections = 0;
  while (wembed_module_custom_section(module, sections, &name, &name_length, &content, &length)) {
    ++sections;
    CHECK(name_is(name, name_length, "name"));
  }
  CHECK_EQ(sections, 1);
  wasm_runtime_unload(module);
  free(bytes.data);
}

TEST(memories_of_both_backends) {
  static const wembed_backend_t backends[] = {WEMBED_BACKEND_AUTOMATIC, WEMBED_BACKEND_MAPPED,
                                              WEMBED_BACKEND_HEAP};
  Bytes bytes = host_read("memory");
  wembed_source_t source = source_of(bytes, WEMBED_BYTES_BORROW);
  wasm_module_t module = wembed_load(NULL, &source, NULL);
  for (int i = 0; module != NULL && i < 3; ++i) {
    wembed_instantiate_options_t options = {
        .size = sizeof options, .backend = backends[i], .heap_size = 4096};
    wembed_error_t error;
    Host host = {{NULL, 0}, NULL, wembed_instantiate(module, &options, &error), NULL};
    if (!CHECK(host.instance != NULL)) continue;
    host.env = wasm_runtime_create_exec_env(host.instance, 8192);
    wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
    wembed_backend_t backend = wembed_memory_backend(memory);
    CHECK(backend == backends[i] || (i == 0 && backend != WEMBED_BACKEND_AUTOMATIC));
    CHECK(!wembed_memory_is_64(memory));
    CHECK_EQ(wembed_memory_size(memory), 3 * 65536);
    const volatile uint32_t* epoch = wembed_memory_epoch(memory);
    uint32_t before = *epoch;
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_EQ(*epoch, before);
    CHECK_EQ(host_i32(&host, "grow", 2, 0), 3);
    CHECK(*epoch != before);
    before = *epoch;
    CHECK_EQ(host_i32(&host, "grow", 100, 0), 0xFFFFFFFF);
    CHECK_EQ(*epoch, before);
    CHECK_EQ(wembed_memory_size(memory), 5 * 65536);
    CHECK_EQ(host_i32(&host, "load8", 16, 0), 'h');
    CHECK_TEXT(host_trap(&host, "load8", 5 * 65536), "Exception: out of bounds memory access");
    uint64_t at = wasm_runtime_module_malloc(host.instance, 100, NULL);
    CHECK(at >= 2 * 65536 && at < 3 * 65536);
    wasm_runtime_destroy_exec_env(host.env);
    wasm_runtime_deinstantiate(host.instance);
  }
  if (module != NULL) wasm_runtime_unload(module);
  free(bytes.data);
}

TEST(about_the_library) {
  unsigned major, minor, patch;
  CHECK(sscanf(wembed_version(), "%u.%u.%u", &major, &minor, &patch) == 3);
  const char* dispatch = wembed_interpreter_dispatch();
  CHECK(strcmp(dispatch, "tail") == 0 || strcmp(dispatch, "loop") == 0);
}

/* What was given instead of a module, or what a module needs, in one more sentence. */
TEST(errors_say_what_it_is) {
  static const struct {
    const char* bytes;
    size_t length;
    const char* message;
  } cases[] = {
      {"", 0, "unexpected end; there are no bytes"},
      {"(module)", 8, "magic header not detected; this is WebAssembly text: assemble it first"},
      {"\n  ;; text", 9, "magic header not detected; this is WebAssembly text: assemble it first"},
      {"\x1f\x8b\x08\0\0", 5, "magic header not detected; this is compressed with gzip"},
      {"<!DOCTYPE html>", 15, "magic header not detected; this is HTML"},
      {"AGFzbQEAAAA=", 12, "magic header not detected; this is a module in base64"},
      {"\0aot\5\0\0\0", 8, "magic header not detected; this is WAMR's ahead-of-time format"},
      {"\0asm\r\0\1\0", 8, "unknown binary version; this is a WebAssembly component"},
      {"\0asm\1\0\0\0\5\4\1\3\1\1", 14, "invalid limits flags; the module needs threads"},
      {"\0asm\1\0\0\0\5\3\1\4\1", 13,
       "invalid limits flags; the module needs 64-bit memories, which are switched off"},
      {"\0asm\1\0\0\0\5\5\2\0\1\0\1", 15,
       "multiple memories; the module needs several memories, which are switched off"},
      {"\0asm\1\0\0\0\5\4\1\x8\1\0", 14,
       "invalid limits flags; the module needs pages of other sizes, which are switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x6\1\4\0\xfc\x13\xb", 26,
       "unsupported opcode fc 13; the module needs wide arithmetic, which is switched off"},
      {"\0asm\1\0\0\0\1\5\1\x60\0\1\x7b", 15,
       "v128 value type requires simd feature; the module needs SIMD, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x6\1\4\0\xfd\xc\xb", 26,
       "unsupported opcode fd 0c; the module needs SIMD, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x7\1\5\0\xfd\x80\2\xb", 27,
       "unsupported opcode fd 100; the module needs relaxed SIMD, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x6\1\4\0\x14\0\xb", 26,
       "unsupported opcode 14; the module needs typed function references, which are switched off"},
      {"\0asm\1\0\0\0\1\6\1\x60\0\1\x64\x70", 16,
       "unknown value type; the module needs typed function references, which are switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\xd\3\1\0\0", 19,
       "invalid section id; the module needs exception handling, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\2\7\1\1\x61\1\x62\4\0", 23,
       "invalid import kind; the module needs exception handling, which is switched off"},
      {"\0asm\1\0\0\0\1\5\1\x60\0\1\x69", 15,
       "unknown value type; the module needs exception handling, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x7\1\5\0\x1f\x40\0\xb", 27,
       "unsupported opcode 1f; the module needs exception handling, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x7\1\5\0\x6\x40\xb\xb", 27,
       "unsupported opcode 06; the module needs legacy exception handling, which is switched off"},
      {"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\xa\x6\1\4\0\x12\0\xb", 26,
       "unsupported opcode 12; the module needs tail calls, which are switched off"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    wembed_error_t error;
    wembed_source_t source = {.size = sizeof source,
                              .ownership = WEMBED_BYTES_BORROW,
                              .bytes = (const uint8_t*)cases[i].bytes,
                              .length = cases[i].length,
                              .features_off = UINT64_MAX};
    CHECK(wembed_load(NULL, &source, &error) == NULL);
    CHECK_PREFIX(error.message, cases[i].message);
  }
}

/* Of custom sections nothing is kept until somebody asks. */
TEST(many_custom_sections) {
  enum { kSections = 1 << 20 };
  size_t length = 8 + kSections * (size_t)3;
  uint8_t* bytes = malloc(length);
  memcpy(bytes, "\0asm\1\0\0\0", 8);
  for (size_t i = 0; i < kSections; ++i) memcpy(bytes + 8 + i * 3, "\0\1\0", 3);
  wembed_source_t source = {
      .size = sizeof source, .ownership = WEMBED_BYTES_BORROW, .bytes = bytes, .length = length};
  static uint8_t pool[256 * 1024];
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = Alloc_With_Pool};
  config.mem_alloc_option.pool.heap_buf = pool;
  config.mem_alloc_option.pool.heap_size = sizeof pool;
  wembed_error_t error;
  wembed_runtime_t small = wembed_runtime_new(&config, &error);
  wasm_module_t module = wembed_load(small, &source, &error);
  if (CHECK(module != NULL)) {
    uint32_t size = 7;
    CHECK(wasm_runtime_get_custom_section(module, "", &size) != NULL && size == 0);
    CHECK(wasm_runtime_get_custom_section(module, "name", &size) == NULL);
    CHECK(!wembed_module_custom_section(module, 0, NULL, NULL, NULL, NULL)); /* no room to number */
    wasm_runtime_unload(module);
  }
  wembed_runtime_delete(small);
  module = wembed_load(NULL, &source, &error);
  uint32_t count = 0;
  while (wembed_module_custom_section(module, count, NULL, NULL, NULL, NULL)) ++count;
  CHECK_EQ(count, kSections);
  wasm_runtime_unload(module);
  free(bytes);
}

int main(void) {
  RUN(ownership_of_bytes);
  RUN(compile_errors_have_a_place);
  RUN(a_function_that_is_broken_has_its_name);
  RUN(runtimes_are_separate);
  RUN(imports_and_exports_in_the_order_of_the_file);
  RUN(memories_of_both_backends);
  RUN(about_the_library);
  RUN(errors_say_what_it_is);
  RUN(many_custom_sections);
  return host_result();
}
