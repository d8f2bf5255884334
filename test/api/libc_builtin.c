/* C's functions for guests but for printing: what the host's C library answers, in the guest's
   memory; and what happens at its edges. */
#include "libc.h"

/* ---- Memory and strings */

TEST(ranges) {
  if (!open_guest(0)) return;
  put(TEXT, "0123456789");
  CHECK_EQ(call("memcpy", OUT, TEXT, 11), OUT);
  CHECK_TEXT(memory + OUT, "0123456789");
  CHECK_EQ(call("memmove", OUT + 2, OUT, 5), OUT + 2);
  CHECK_TEXT(memory + OUT, "0101234789");
  CHECK_EQ(call("emscripten_memcpy_big", OUT, OUT + 2, 5), OUT);
  CHECK_TEXT(memory + OUT, "0123434789");
  CHECK_EQ(call("memset", OUT, 'a' + 256, 3), OUT);
  CHECK_TEXT(memory + OUT, "aaa3434789");
  CHECK_EQ(call("memcpy", 0xffffffff, 0xffffffff, 0), 0xffffffff); /* nothing to check */
  CHECK_EQ(call("memset", END, 0, 0), END);
  CHECK_TEXT(trap("memmove", END + 1, 0, 0), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("memset", END - 1, 0, 2), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("memcpy", END - 1, 0, 2), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("memcpy", 0, END - 1, 2), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("memmove", 0, 0xffffffff, 0xffffffff), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("emscripten_memcpy_big", END - 1, 0, 2), OUT_OF_BOUNDS);
  /* Overlapping in both directions, over several pieces. */
  call("grow", 14, 0, 0);
  memory = wasm_runtime_addr_app_to_native(guest.instance, 0);
  for (uint32_t i = 0; i < 600000; ++i) memory[16384 + i] = (char)(i * 7 % 251);
  call("memmove", 16384 + 5, 16384, 600000);
  bool same_bytes = true;
  for (uint32_t i = 0; i < 600000; ++i) {
    same_bytes = same_bytes && memory[16389 + i] == (char)(i * 7 % 251);
  }
  CHECK(same_bytes);
  CHECK_EQ(call("memcmp", 16389, 16389, 600000), 0);
  call("memmove", 16384, 16389, 600000);
  CHECK_EQ((int32_t)call("memcmp", 16384, 16389, 600000) != 0, 1);
  CHECK_EQ((int32_t)call("memcmp", put(OUT, "abc"), put(TEXT, "abd"), 3) < 0, 1);
  CHECK_EQ((int32_t)call("memcmp", put(OUT, "\xff"), put(TEXT, "a"), 1) > 0, 1);
  CHECK_TEXT(trap("memcmp", 16 * 65536 - 1, 0, 2), OUT_OF_BOUNDS);
  CHECK_EQ(call("memchr", put(TEXT, "abcabc"), 'c' + 512, 7), TEXT + 2);
  CHECK_EQ(call("memchr", TEXT, 0, 7), TEXT + 6);
  CHECK_EQ(call("memchr", TEXT, 'c', 2), 0);
  CHECK_TEXT(trap("memchr", 16 * 65536 - 1, 'c', 2), OUT_OF_BOUNDS);
  host_close(&guest);
}

static int sign(int32_t value) { return (value > 0) - (value < 0); }

TEST(strings) {
  if (!open_guest(0)) return;
  CHECK_EQ(call("strlen", put(TEXT, "seven !"), 0, 0), 7);
  CHECK_EQ(call("strlen", put(TEXT, ""), 0, 0), 0);
  put(TEXT, "abcabc");
  CHECK_EQ(call("strchr", TEXT, 'c', 0), TEXT + 2);
  CHECK_EQ(call("strchr", TEXT, 0, 0), TEXT + 6);
  CHECK_EQ(call("strchr", TEXT, 'x', 0), 0);
  static const char* words[] = {"", "a", "A", "ab", "aB", "abc", "b", "\xff", "a\xff"};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
    for (size_t k = 0; k < sizeof words / sizeof *words; ++k) {
      const char *a = words[i], *b = words[k];
      put(TEXT, a), put(OUT, b);
      CHECK_EQ(sign((int32_t)call("strcmp", TEXT, OUT, 0)), sign(strcmp(a, b)));
      for (uint32_t n = 0; n < 5; ++n) {
        CHECK_EQ(sign((int32_t)call("strncmp", TEXT, OUT, n)), sign(strncmp(a, b, n)));
      }
      CHECK_EQ(call("strspn", TEXT, OUT, 0), strspn(a, b));
      CHECK_EQ(call("strcspn", TEXT, OUT, 0), strcspn(a, b));
      const char* found = strstr(a, b);
      CHECK_EQ(call("strstr", TEXT, OUT, 0), found == NULL ? 0 : TEXT + (uint32_t)(found - a));
    }
  }
  put(TEXT, "HeLLo"), put(OUT, "hEllO!");
  CHECK_EQ(call("strncasecmp", TEXT, OUT, 5), 0);
  CHECK_EQ(sign((int32_t)call("strncasecmp", TEXT, OUT, 6)), -1);
  CHECK_EQ(call("strncasecmp", TEXT, OUT, 0), 0);
  /* A bound larger than what is left of the memory is only a bound. */
  put(END - 4, "abc"), put(TEXT, "abc");
  CHECK_EQ(call("strncmp", END - 4, TEXT, 1000), 0);
  CHECK_EQ(call("strncpy", OUT, END - 4, 100), OUT);
  CHECK(memcmp(memory + OUT, "abc\0\0\0", 6) == 0 && memory[OUT + 99] == 0);
  CHECK_EQ(call("strncpy", OUT, put(TEXT, "overlong"), 4), OUT);
  CHECK(memcmp(memory + OUT, "over", 5) == 0);
  CHECK_EQ(call("strncpy", OUT, TEXT, 0), OUT);
  CHECK_EQ(call("strcpy", OUT, TEXT, 0), OUT);
  CHECK_TEXT(memory + OUT, "overlong");
  CHECK_TEXT(trap("strcpy", END - 8, TEXT, 0), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("strncpy", END - 8, TEXT, 9), OUT_OF_BOUNDS);
  CHECK_EQ(call("strcpy", END - 9, TEXT, 0), END - 9);
  memset(memory + END - 4, 'e', 4);
  static const char* first[] = {"strlen", "strchr",  "strcmp", "strspn",  "strcspn",
                                "strstr", "atoi",    "strtol", "strtoul", "strncasecmp",
                                "strdup", "_strdup", "puts"};
  for (size_t i = 0; i < sizeof first / sizeof *first; ++i) {
    CHECK_TEXT(trap(first[i], END - 4, TEXT, 10), OUT_OF_BOUNDS);
    CHECK_TEXT(trap(first[i], END, TEXT, 10), OUT_OF_BOUNDS);
    CHECK_TEXT(trap(first[i], 0xffffffff, TEXT, 10), OUT_OF_BOUNDS);
  }
  static const char* second[] = {"strcmp", "strspn", "strcspn", "strstr", "strcpy", "strncmp"};
  for (size_t i = 0; i < sizeof second / sizeof *second; ++i) {
    CHECK_TEXT(trap(second[i], TEXT, END - 4, 10), OUT_OF_BOUNDS);
  }
  host_close(&guest);
}

/* Against the host's strstr, with needles that have periods. */
TEST(searching) {
  if (!open_guest(0)) return;
  uint32_t seed = 12345;
  for (int i = 0; i < 3000; ++i) {
    char text[128], needle[16];
    seed = seed * 1664525 + 1013904223;
    uint32_t length = seed >> 16 & 63, wanted = (seed >> 24 & 7) + 1;
    for (uint32_t k = 0; k < length + 1; ++k) {
      seed = seed * 1664525 + 1013904223;
      text[k] = k == length ? 0 : (char)('a' + (seed >> 20) % 2);
    }
    for (uint32_t k = 0; k < wanted + 1; ++k) {
      seed = seed * 1664525 + 1013904223;
      needle[k] = k == wanted ? 0 : (char)('a' + (seed >> 20) % 2);
    }
    const char* found = strstr(text, needle);
    put(TEXT, text), put(OUT, needle);
    CHECK_EQ(call("strstr", TEXT, OUT, 0), found == NULL ? 0 : TEXT + (uint32_t)(found - text));
  }
  host_close(&guest);
}

TEST(characters) {
  if (!open_guest(0)) return;
#define CLASS(name, c, wanted) CHECK_EQ(call(name, (uint32_t)(c), 0, 0) != 0, (wanted))
  for (int c = -2; c < 300; ++c) {
    bool is_upper = c >= 'A' && c <= 'Z', is_lower = c >= 'a' && c <= 'z';
    bool is_digit = c >= '0' && c <= '9';
    CLASS("isupper", c, is_upper);
    CLASS("isalpha", c, is_upper || is_lower);
    CLASS("isdigit", c, is_digit);
    CLASS("isalnum", c, is_upper || is_lower || is_digit);
    CLASS("isspace", c, c == ' ' || (c >= 9 && c <= 13));
    CLASS("isgraph", c, c > 32 && c < 127);
    CLASS("isprint", c, c >= 32 && c < 127);
    CLASS("isxdigit", c, is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    CHECK_EQ(call("tolower", (uint32_t)c, 0, 0), (uint32_t)(is_upper ? c + 32 : c));
    CHECK_EQ(call("toupper", (uint32_t)c, 0, 0), (uint32_t)(is_lower ? c - 32 : c));
  }
#undef CLASS
  host_close(&guest);
}

TEST(numbers_in_text) {
  if (!open_guest(0)) return;
  static const char* texts[] = {"0",    "42",    " \t\n-42x", "+7",         "0x1f",        "0x",
                                "0xg",  "077",   "08",        "zz",         "-",           "",
                                "  ",   "1e5",   "7fffffff",  "2147483647", "-2147483648", "ZZ",
                                "0X1F", "-0x10", "--1"};
  static const uint32_t bases[] = {0, 2, 8, 10, 16, 36};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    put(TEXT, texts[i]);
    for (size_t k = 0; k < sizeof bases / sizeof *bases; ++k) {
      char* end;
      long wanted = strtol(texts[i], &end, (int)bases[k]);
      if (wanted > INT32_MAX || wanted < INT32_MIN) continue; /* clamped here, see below */
      uint32_t place = 0;
      CHECK_EQ(call("strtol", TEXT, OUT, bases[k]), (uint32_t)wanted);
      memcpy(&place, memory + OUT, 4);
      CHECK_EQ(place, TEXT + (uint32_t)(end - texts[i]));
      CHECK_EQ(call("strtoul", TEXT, 0, bases[k]), (uint32_t)wanted); /* nobody asks for the end */
    }
    CHECK_EQ(call("atoi", TEXT, 0, 0), (uint32_t)atoi(texts[i]));
  }
  CHECK_EQ(memory[0], 'x');
  CHECK_EQ(call("strtol", put(TEXT, "4294967296"), 0, 10), INT32_MAX);
  CHECK_EQ(call("strtol", put(TEXT, "-99999999999999999999"), OUT, 10), (uint32_t)INT32_MIN);
  CHECK_EQ(call("strtoul", put(TEXT, "4294967295"), 0, 10), UINT32_MAX);
  CHECK_EQ(call("strtoul", put(TEXT, "4294967296"), 0, 10), UINT32_MAX);
  CHECK_EQ(call("strtoul", put(TEXT, "-1"), 0, 10), UINT32_MAX);
  CHECK_EQ(call("strtol", put(TEXT, "12"), OUT, 1), 0);
  CHECK_EQ(call("strtol", TEXT, OUT, 37), 0);
  CHECK_TEXT(trap("strtol", TEXT, END - 3, 10), OUT_OF_BOUNDS);
  host_close(&guest);
}

/* ---- The heap, ends, clocks */

TEST(heap) {
  if (!open_guest(65536)) return;
  uint32_t a = call("malloc", 100, 0, 0), b = call("malloc", 100, 0, 0);
  CHECK(a != 0 && b != 0 && a != b);
  memset(memory + a, 'p', 100);
  uint32_t moved = call("realloc", a, 4000, 0);
  CHECK(moved != 0 && memory[moved] == 'p' && memory[moved + 99] == 'p');
  call("free", moved, 0, 0), call("free", b, 0, 0), call("free", b, 0, 0), call("free", 0, 0, 0);
  uint32_t cleared = call("calloc", 10, 10, 0);
  CHECK(cleared != 0 && memory[cleared] == 0 && memory[cleared + 99] == 0);
  CHECK_EQ(call("calloc", 65536, 65536, 0), 0);
  CHECK_EQ(call("calloc", 0xffffffff, 0xffffffff, 0), 0);
  uint32_t copy = call("strdup", put(TEXT, "copy me"), 0, 0);
  CHECK_TEXT(memory + copy, "copy me");
  copy = call("_strdup", TEXT, 0, 0);
  CHECK_TEXT(memory + copy, "copy me");
  put(0, "zero");
  CHECK_TEXT(memory + call("strdup", 0, 0, 0), "zero");
  CHECK(call("__cxa_allocate_exception", 16, 0, 0) != 0);
  capture_begin();
  CHECK_EQ(call("malloc", 1 << 30, 0, 0), 0);
  CHECK_TEXT(trap("realloc", copy, 1 << 30, 0), "Exception: out of memory");
  CHECK(logged(capture_end(), "warning: allocate 1073741824 bytes memory failed"));
  CHECK_TEXT(trap("free", 0xffffffff, 0, 0), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("realloc", 3, 8, 0), "Exception: out of memory");
  host_close(&guest);
  if (!open_guest(0)) return;
  capture_begin();
  CHECK_EQ(call("malloc", 8, 0, 0), 0);
  CHECK_TEXT(trap("realloc", 0, 8, 0), "Exception: out of memory");
  capture_end();
  host_close(&guest);
}

TEST(ends) {
  if (!open_guest(0)) return;
  CHECK_TEXT(trap("exit", 3, 0, 0), "Exception: env.exit(3)");
  CHECK_TEXT(trap("guest_exit", 0, 0, 0), "Exception: env.exit(0)");
  CHECK_TEXT(trap("abort", (uint32_t)-6, 0, 0), "Exception: env.abort(-6)");
  CHECK_TEXT(trap("abortStackOverflow", 0x80000000, 0, 0),
             "Exception: env.abortStackOverflow(-2147483648)");
  CHECK_TEXT(trap("nullFunc_X", 9, 0, 0), "Exception: env.nullFunc_X(9)");
  CHECK_TEXT(trap("__cxa_throw", 8, 8, 8), "Exception: exception thrown by stdc++");
  CHECK_TEXT(trap("__cxa_throw", END, 8, 8), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("__cxa_begin_catch", END, 0, 0), OUT_OF_BOUNDS);
  call("__cxa_begin_catch", 8, 0, 0);
  host_close(&guest);
}

TEST(clocks) {
  if (!open_guest(0)) return;
  uint32_t cells[2] = {0, 0};
  uint64_t now, seconds;
  uint32_t nanoseconds;
  CHECK(host_call(&guest, "clock", 0, cells));
  memcpy(&now, cells, 8);
  CHECK_EQ(call("clock_gettime", 99, OUT, 0), 0);
  memcpy(&seconds, memory + OUT, 8);
  memcpy(&nanoseconds, memory + OUT + 8, 4);
  CHECK(now > 0 && nanoseconds < 1000000000);
  CHECK(seconds * 1000000000 + nanoseconds >= now);
  CHECK_TEXT(trap("clock_gettime", 0, END - 15, 0), OUT_OF_BOUNDS);
  host_close(&guest);
}

/* ---- Linking and limits */

static uint32_t own_puts(wasm_exec_env_t env, const char* text) {
  (void)env;
  return (uint32_t)strlen(text) + 1000;
}

TEST(natives_of_the_host_come_first) {
  NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(own_puts, "($)i")};
  symbols[0].symbol = "puts";
  CHECK(wasm_runtime_is_import_func_linked("env", "puts"));
  CHECK(wasm_runtime_is_import_func_linked("env", "_puts"));
  CHECK(!wasm_runtime_is_import_func_linked("env", "nothing"));
  CHECK(!wasm_runtime_is_import_func_linked("other", "puts"));
  CHECK(wasm_runtime_register_natives("env", symbols, 1));
  if (!open_guest(0)) return;
  CHECK_EQ(call("puts", put(TEXT, "abc"), 0, 0), 1003);
  CHECK(wasm_runtime_unregister_natives("env", symbols));
  host_close(&guest);
}

TEST(long_work_stops_and_is_paid_for) {
  if (!open_guest(0)) return;
  const int32_t arguments[] = {INT32_MAX, 1};
  memcpy(memory + AREA, arguments, sizeof arguments);
  put(FORMAT, "%*d");
  wasm_function_inst_t function = host_function(&guest, "guest_printf");
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 50, .fuel = -1};
  uint64_t slots[4] = {FORMAT, AREA};
  capture_begin();
  CHECK(!wembed_call(guest.env, function, slots, &options));
  CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: deadline exceeded");
  wasm_runtime_clear_exception(guest.instance);
  capture_end();
  function = host_function(&guest, "guest_memset");
  wasm_runtime_set_instruction_count_limit(guest.env, 100);
  CHECK_TEXT(trap("guest_memset", 0, 0, 65536), "Exception: instruction limit exceeded");
  CHECK_EQ(call("guest_memset", 0, 0, 64), 0);
  wasm_runtime_set_instruction_count_limit(guest.env, -1);
  host_close(&guest);
}

TEST(runtimes_have_it_when_they_ask) {
  Bytes bytes = host_read("libc");
  for (uint32_t libc = WEMBED_LIBC_DEFAULT; libc <= WEMBED_LIBC_OFF; ++libc) {
    wembed_config_t config = {
        .size = sizeof config, .mem_alloc_type = Alloc_With_System_Allocator, .libc = libc};
    wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
    wembed_source_t source = {.size = sizeof source, .bytes = bytes.data, .length = bytes.size};
    wasm_module_t module = wembed_load(runtime, &source, NULL);
    CHECK(module != NULL);
    wembed_instantiate_options_t options = {.size = sizeof options, .strict = true};
    wembed_error_t error;
    wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
    CHECK((instance != NULL) == (libc == WEMBED_LIBC_ON));
    if (instance == NULL)
      CHECK_PREFIX(error.message, "import \"env\" \"__cxa_allocate_exception\": missing");
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
    wembed_runtime_delete(runtime);
  }
  wembed_config_t wrong = {.size = sizeof wrong, .libc = 3};
  wembed_error_t error;
  CHECK(wembed_runtime_new(&wrong, &error) == NULL);
  CHECK_TEXT(error.message, "there is no libc 3");
  free(bytes.data);
}

int main(void) {
  RUN(ranges);
  RUN(strings);
  RUN(searching);
  RUN(characters);
  RUN(numbers_in_text);
  RUN(heap);
  RUN(ends);
  RUN(clocks);
  RUN(natives_of_the_host_come_first);
  RUN(long_work_stops_and_is_paid_for);
  RUN(runtimes_have_it_when_they_ask);
  return host_result();
}
