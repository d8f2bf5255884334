/* What a build has of WebAssembly loads; what it, or a load, does without is refused by its name.
 */
#include "host.h"
#include "wembed.h"

#define VOID_FUNCTION "\1\4\1\x60\0\0\3\2\1\0"

/* Behind the header: the least that needs the feature. */
static const struct {
  uint32_t feature;
  uint32_t needs; /* besides */
  size_t length;
  const char* body;
  const char* option;
} cases[] = {
#define CASE(name, needs, body, option) \
  { WEMBED_FEATURE_##name, needs, sizeof(body) - 1, body, " no " option ")" }
    CASE(SIMD, 0, "\1\5\1\x60\0\1\x7b", "simd"),
    CASE(MULTI_MEMORY, 0, "\5\5\2\0\1\0\1", "multi-memory"),
    CASE(MEMORY64, 0, "\5\3\1\4\1", "memory64"),
    CASE(TAIL_CALL, 0, VOID_FUNCTION "\xa\x6\1\4\0\x12\0\xb", "tail-calls"),
    CASE(FUNCTION_REFERENCES, 0, VOID_FUNCTION "\xa\x8\1\6\0\xd0\0\x14\0\xb",
         "function-references"),
    CASE(GC, WEMBED_FEATURE_FUNCTION_REFERENCES, "\1\3\1\x5f\0", "gc"),
    CASE(EXCEPTIONS, 0, VOID_FUNCTION "\xa\x8\1\6\0\x1f\x40\0\xb\xb", "exceptions"),
    CASE(RELAXED_SIMD, WEMBED_FEATURE_SIMD,
         "\1\7\1\x60\2\x7b\x7b\1\x7b\3\2\1\0\xa\xb\1\x9\0\x20\0\x20\1\xfd\x80\2\xb",
         "relaxed-simd"),
    CASE(THREADS, 0, "\5\4\1\3\1\1", "threads"),
    CASE(LEGACY_EXCEPTIONS, 0, VOID_FUNCTION "\xa\x7\1\5\0\x6\x40\xb\xb", "legacy-exceptions"),
    CASE(CUSTOM_PAGE_SIZES, 0, "\5\4\1\x8\1\0", "custom-page-sizes"),
    CASE(WIDE_ARITHMETIC, 0, VOID_FUNCTION "\xa\xc\1\xa\0\x42\0\x42\0\xfc\x15\x1a\x1a\xb",
         "wide-arithmetic"),
};
enum { CASES = sizeof cases / sizeof *cases };

/* NULL: it does not load, with *error filled. */
static wasm_module_t load(size_t number, uint64_t features_off, wembed_error_t* error) {
  uint8_t bytes[64] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  memcpy(bytes + 8, cases[number].body, cases[number].length);
  wembed_source_t source = {.size = sizeof source,
                            .bytes = bytes,
                            .length = 8 + cases[number].length,
                            .features_off = features_off};
  return wembed_load(NULL, &source, error);
}

TEST(each_feature) {
  wembed_error_t error;
  const uint64_t there = wembed_features();
  uint64_t known = 0;
  for (size_t i = 0; i < CASES; ++i) {
    known |= cases[i].feature;
    wasm_module_t module = load(i, 0, &error);
    if ((there & (cases[i].feature | cases[i].needs)) == (cases[i].feature | cases[i].needs)) {
      if (!CHECK(module != NULL)) fprintf(stderr, "%s: %s\n", cases[i].option, error.message);
      if (module != NULL) wasm_runtime_unload(module);
      CHECK(load(i, cases[i].feature, &error) == NULL);
      CHECK(strstr(error.message, "switched off for this load") != NULL);
      continue;
    }
    CHECK(module == NULL);
    CHECK_EQ(error.kind, WEMBED_ERROR_COMPILE);
    CHECK(strstr(error.message, "left out of this build of wembed (WEMBED_FEATURES has no ") !=
          NULL);
    if ((there & cases[i].needs) == cases[i].needs) {
      if (!CHECK(strstr(error.message, cases[i].option) != NULL)) {
        fprintf(stderr, "%s: %s\n", cases[i].option, error.message);
      }
    }
  }
  CHECK_EQ(there & ~known, 0);
}

int main(void) {
  RUN(each_feature);
  return host_result();
}
