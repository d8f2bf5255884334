/* Which build a module is, and whether it is the one that callers were compiled for. */
#include <unistd.h>

#include "failing.h"
#include "wembed.h"

static const wembed_expected_function_t expected[] = {
    {"add", "(i32, i32) -> (i32)"}, {"two", "() -> (i32, i64)"}, {"id_i32", "(i32) -> (i32)"}};
enum { kExpected = sizeof expected / sizeof expected[0] };

static char hash[WEMBED_SHA256_SIZE];

/* The hash of `calls` is in `hash`. */
static Host open_calls(void) {
  Host host = host_open("calls", 0);
  CHECK(wembed_module_sha256(host.module, hash));
  return host;
}

TEST(a_build_is_known_by_its_hash) {
  Host host = open_calls(), same = host_open("calls", 0), other = host_open("traps", 0);
  CHECK_EQ(strlen(hash), 64);
  CHECK_EQ(strspn(hash, "0123456789abcdef"), 64);
  char text[WEMBED_SHA256_SIZE];
  CHECK(wembed_module_sha256(same.module, text) && strcmp(text, hash) == 0);
  CHECK(wembed_module_sha256(host.module, text) && strcmp(text, hash) == 0); /* again */
  CHECK(wembed_module_sha256(other.module, text) && strcmp(text, hash) != 0);
  CHECK(!wembed_module_sha256(NULL, text));
  CHECK_TEXT(text, "");
  host_close(&host);
  host_close(&same);
  host_close(&other);
}

TEST(the_module_that_was_expected) {
  Host host = open_calls();
  wembed_error_t error;
  CHECK(wembed_module_fits(host.module, hash, expected, kExpected, &error));
  CHECK_EQ(error.kind, WEMBED_ERROR_NONE);
  CHECK(wembed_module_fits(host.module, NULL, expected, kExpected, NULL));
  CHECK(wembed_module_fits(host.module, hash, NULL, 0, NULL));
  CHECK(!wembed_module_fits(NULL, hash, expected, kExpected, &error));
  CHECK_TEXT(error.code, "InvalidState");
  CHECK(!wembed_module_fits(host.module, hash, NULL, 1, &error));
  CHECK_TEXT(error.code, "InvalidState");
  host_close(&host);
}

#define MISFIT "the module is not the one its types were made for (run wembed types again)"

TEST(another_build_is_told_with_what_differs) {
  Host host = open_calls();
  char wanted[sizeof((wembed_error_t*)0)->message];
  char other[WEMBED_SHA256_SIZE];
  memcpy(other, hash, sizeof other);
  other[63] = other[63] == '0' ? '1' : '0';
  wembed_error_t error;
  CHECK(!wembed_module_fits(host.module, other, expected, kExpected, &error));
  CHECK_TEXT(error.code, "TypesDoNotFit");
  CHECK_EQ(error.kind, WEMBED_ERROR_LINK);
  snprintf(wanted, sizeof wanted,
           MISFIT ": SHA-256 %s, not %s\n  its functions have the same types", hash, other);
  CHECK_TEXT(error.message, wanted);
  CHECK(!wembed_module_fits(host.module, other, expected, kExpected, NULL));

  const wembed_expected_function_t changed[] = {{"add", "(i32, i32) -> (i64)"},
                                                {"two", "() -> (i32, i64)"},
                                                {"two", "() -> (i32, i6"},
                                                {"flag", "() -> ()"},
                                                {"gone", "() -> ()"}};
  CHECK(!wembed_module_fits(host.module, NULL, changed, 5, &error));
  CHECK_TEXT(error.message, MISFIT
             "\n  add (i32, i32) -> (i64): is (i32, i32) -> (i32)"
             "\n  two () -> (i32, i6: is () -> (i32, i64)"
             "\n  flag () -> (): is not exported\n  gone () -> (): is not exported");
  /* What there is no room for is left out. */
  static wembed_expected_function_t many[1000];
  for (int i = 0; i < 1000; i++) many[i] = changed[0];
  CHECK(!wembed_module_fits(host.module, other, many, 1000, &error));
  CHECK_EQ(strlen(error.message), sizeof error.message - 1);
  host_close(&host);
}

TEST(without_memory) {
  RuntimeInitArgs args = host_init_args();
  wembed_config_t config = {.size = sizeof config, .mem_alloc_type = args.mem_alloc_type};
  config.mem_alloc_option = args.mem_alloc_option;
  config.mem_alloc_option.allocator.malloc_func = (void*)failing_malloc;
  config.mem_alloc_option.allocator.realloc_func = (void*)failing_realloc;
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  Bytes bytes = host_read("calls");
  wembed_source_t source = {.size = sizeof source, .bytes = bytes.data, .length = bytes.size};
  wasm_module_t module = wembed_load(runtime, &source, &error);
  char text[WEMBED_SHA256_SIZE] = "?";
  for (allocations_left = 0; allocations_left < 2; allocations_left++) {
    const long had = allocations_left;
    CHECK(!wembed_module_fits(module, hash, expected, kExpected, &error));
    CHECK_TEXT(error.code, "OutOfMemory");
    allocations_left = 0;
    CHECK(wembed_module_sha256(module, text) == (had == 1));
    CHECK_TEXT(text, had == 1 ? hash : "");
    allocations_left = had;
  }
  allocations_left = -1;
  CHECK(wembed_module_fits(module, hash, expected, kExpected, &error));
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  free(bytes.data);
}

/* Lost to whoever asks: a hash of zeros in the place of bytes is never told. */
TEST(of_a_file_that_was_cut_short) {
  Bytes bytes = host_read("calls");
  char path[64];
  snprintf(path, sizeof path, "/tmp/wembed-fits-%d", (int)getpid());
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
  fclose(file);
  free(bytes.data);
  wembed_error_t error;
  wasm_module_t module = wembed_load_file(NULL, path, NULL, &error);
  CHECK(truncate(path, 0) == 0);
  char text[WEMBED_SHA256_SIZE];
  CHECK(!wembed_module_sha256(module, text));
  CHECK(!wembed_module_fits(module, hash, expected, kExpected, &error));
  CHECK_TEXT(error.code, "BytesLost");
  CHECK(!wembed_module_fits(module, NULL, expected, kExpected, &error));
  CHECK_TEXT(error.code, "BytesLost");
  wasm_runtime_unload(module);
  unlink(path);
}

int main(void) {
  RUN(a_build_is_known_by_its_hash);
  RUN(the_module_that_was_expected);
  RUN(another_build_is_told_with_what_differs);
  RUN(without_memory);
  RUN(of_a_file_that_was_cut_short);
  return host_result();
}
