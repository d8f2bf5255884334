/* printf and its kind for guests: what the host's C library makes of the same, and where text goes.
 */
#include <float.h>
#include <math.h>

#include "libc.h"

/* Arguments as a guest's compiler lays them out. */
static uint32_t area_end;
static void area_begin(void) { area_end = AREA; }
static void area_i32(int32_t value) {
  memcpy(memory + area_end, &value, 4);
  area_end += 4;
}
static void area_64(const void* value) {
  area_end = (area_end + 7) / 8 * 8;
  memcpy(memory + area_end, value, 8);
  area_end += 8;
}
static void area_i64(int64_t value) { area_64(&value); }
static void area_f64(double value) { area_64(&value); }

/* sprintf of what is in the area against what the host's has made. */
static void same(const char* format, const char* wanted, int length) {
  put(FORMAT, format);
  memset(memory + OUT, 'z', 4096);
  uint32_t got = call("sprintf", OUT, FORMAT, AREA);
  bool good = CHECK_EQ(got, length);
  if (!CHECK_TEXT(memory + OUT, wanted) || !good) fprintf(stderr, "  format `%s`\n", format);
}

#define SAME(add, format, ...)                                         \
  do {                                                                 \
    static char wanted[4096];                                          \
    int length = snprintf(wanted, sizeof wanted, format, __VA_ARGS__); \
    area_begin();                                                      \
    add;                                                               \
    same(format, wanted, length);                                      \
  } while (0)

TEST(integers) {
  if (!open_guest(0)) return;
  static const int32_t values[] = {0, 1, -1, 42, -42, 255, 256, 65535, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
    int32_t v = values[i];
    static const char* formats[] = {
        "%d",     "%i",    "%u",      "%o",       "%x",       "%X",      "%5d|",
        "%-5d|",  "%05d|", "%+d",     "% d",      "%+5d",     "%-+12d|", "%+012d",
        "% 012d", "%.5d",  "%12.5d|", "%-12.5d|", "%012.5d|", "%.0d|",   "%.d|",
        "%#x",    "%#X",   "%#o",     "%#010x",   "%#-12x|",  "%#.8x",   "%#.0o",
        "%.0o|",  "%#12o", "%100d",   "%-100d|",  "%.100d",   "%0100d",  "%200.100x"};
    for (size_t k = 0; k < sizeof formats / sizeof *formats; ++k) SAME(area_i32(v), formats[k], v);
    SAME(area_i32(v), "%hd", (short)v);
    SAME(area_i32(v), "%hhd", (signed char)v);
    SAME(area_i32(v), "%hu", (unsigned short)v);
    SAME(area_i32(v), "%hhx", (unsigned char)v);
    SAME((area_i32(7), area_i32(v)), "%*d|", 7, v);
    SAME((area_i32(-7), area_i32(v)), "%*d|", -7, v);
    SAME((area_i32(9), area_i32(4), area_i32(v)), "%*.*d|", 9, 4, v);
    SAME((area_i32(-4), area_i32(v)), "%.*d|", -4, v);
    SAME((area_i32(1), area_i64(v), area_i32(2)), "%d %lld %d", 1, (long long)v, 2);
    SAME(area_i64((int64_t)v * 4000000007), "%lld", (long long)v * 4000000007);
    SAME(area_i64((int64_t)v * 4000000007), "%#20llx|",
         (unsigned long long)((int64_t)v * 4000000007));
    SAME(area_i64(v), "%jd", (intmax_t)v);
  }
  host_close(&guest);
}

TEST(letters_that_the_guest_means_otherwise) {
  if (!open_guest(0)) return;
  area_begin();
  area_i32(-5), area_i32(77), area_i32(-6);
  same("%ld %zu %td", "-5 77 -6", 8); /* 32 bits in a guest */
  area_begin();
  area_i32(0x1234), area_i32(0);
  same("%p %p", "0x1234 (nil)", 12);
  area_begin();
  area_i32('A'), area_i32('B');
  same("%c%5c|", "A    B|", 7);
  area_begin();
  same("100%% %5%|%y%q%", "100% %|%y%q", 11);
  area_begin();
  area_i32(8);
  same("a%nb%d", "ab8", 3); /* n takes no argument and writes nothing */
  area_begin();
  same("", "", 0);
  /* A NUL is a character. */
  area_begin();
  area_i32(0);
  CHECK_EQ(call("sprintf", OUT, put(FORMAT, "<%c>"), AREA), 3);
  CHECK(memcmp(memory + OUT, "<\0>", 4) == 0);
  host_close(&guest);
}

TEST(doubles) {
  if (!open_guest(0)) return;
  static const double values[] = {
      0.0,        -0.0,     1.0,       -1.0,    0.1,     0.5,     1.5,   2.5,    0.05,
      999998.5,   99.95,    1e-5,      1.25e-4, 123456,  1234567, 1e15,  1e16,   1e22,
      1e23,       3.14159,  2.0 / 3,   DBL_MAX, DBL_MIN, 5e-324,  1e100, 1e-100, 0.999999,
      0.00099999, INFINITY, -INFINITY, NAN,     123.456, 9.5,     0.95,  1e300,  4.35};
  for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
    double v = values[i];
    static const char* formats[] = {
        "%f",       "%e",       "%g",    "%F",     "%E",       "%G",    "%a",
        "%A",       "%.0f",     "%.1f",  "%.2f",   "%.10f",    "%.50f", "%.1100f",
        "%.0e",     "%.1e",     "%.20e", "%.800e", "%.0g",     "%.1g",  "%.3g",
        "%.17g",    "%.60g",    "%#g",   "%#.0f",  "%#.0e",    "%#.3g", "%12.3f|",
        "%-12.3f|", "%012.3f|", "%+f",   "% e",    "%+012.2e", "%400f", "%.0a",
        "%.1a",     "%.5a",     "%.20a", "%#.0a",  "%30.2a|",  "%030a", "%-30a|"};
    for (size_t k = 0; k < sizeof formats / sizeof *formats; ++k) SAME(area_f64(v), formats[k], v);
  }
  area_begin(); /* here some of the host's libraries are wrong */
  area_f64(999999.5), area_f64(999999.5);
  same("%#g %g", "1.00000e+06 1e+06", 17);
  uint64_t seed = 88172645463325252;
  for (int i = 0; i < 3000; ++i) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    double v;
    memcpy(&v, &seed, sizeof v);
    SAME(area_f64(v), "%.17g", v);
    SAME(area_f64(v), "%e", v);
    SAME(area_f64(v), "%.3f", v);
    SAME(area_f64(v), "%g", v);
    SAME(area_f64(v), "%a", v);
  }
  host_close(&guest);
}

TEST(strings_in_formats) {
  if (!open_guest(0)) return;
  put(TEXT, "some text");
  static const char* formats[] = {"%s",    "%20s|",  "%-20s|",  "%.4s|", "%10.4s|",
                                  "%.0s|", "%100s|", "%.100s|", "%2s|"};
  for (size_t k = 0; k < sizeof formats / sizeof *formats; ++k)
    SAME(area_i32(TEXT), formats[k], "some text");
  SAME((area_i32(12), area_i32(3), area_i32(TEXT)), "%*.*s|", 12, 3, "some text");
  memory[0] = 0;
  area_begin();
  area_i32(0), area_i32(0);
  same("%s %.3s", "(null) (nu", 10);
  put(0, "at zero");
  area_begin();
  area_i32(0);
  same("%s", "at zero", 7);
  /* A precision ends a text that has no NUL. */
  memset(memory + END - 4, 'e', 4);
  area_begin();
  area_i32(END - 4);
  same("%.4s", "eeee", 4);
  put(FORMAT, "%.5s");
  CHECK_TEXT(trap("sprintf", OUT, FORMAT, AREA), OUT_OF_BOUNDS);
  put(FORMAT, "%s");
  CHECK_TEXT(trap("sprintf", OUT, FORMAT, AREA), OUT_OF_BOUNDS);
  area_begin();
  area_i32(-1);
  CHECK_TEXT(trap("sprintf", OUT, FORMAT, AREA), OUT_OF_BOUNDS);
  /* The buffer's own text as an argument. */
  put(OUT, "abc");
  area_begin();
  area_i32(OUT);
  put(FORMAT, ">%s");
  CHECK_EQ(call("sprintf", OUT, FORMAT, AREA) > 0, 1);
  host_close(&guest);
}

TEST(bounds_of_formatted_text) {
  if (!open_guest(0)) return;
  put(FORMAT, "0123456789");
  uint32_t result;
  for (uint32_t size = 0; size <= 12; ++size) {
    memset(memory + OUT, 'z', 16);
    CHECK(call4("snprintf", OUT, size, FORMAT, AREA, &result));
    CHECK_EQ(result, 10);
    uint32_t written = size == 0 ? 0 : size <= 10 ? size - 1 : 10;
    CHECK(memcmp(memory + OUT, "0123456789", written) == 0);
    if (size > 0) CHECK_EQ(memory[OUT + written], 0);
    CHECK_EQ(memory[OUT + (size > 11 ? 11 : size)], 'z');
  }
  CHECK(call4("vsnprintf", END - 3, 3, FORMAT, AREA, &result) && result == 10);
  CHECK_TEXT(memory + END - 3, "01");
  CHECK(!call4("snprintf", END - 3, 4, FORMAT, AREA, &result));
  CHECK_TEXT(wasm_runtime_get_exception(guest.instance), OUT_OF_BOUNDS);
  wasm_runtime_clear_exception(guest.instance);
  /* sprintf's bound is the end of the memory. */
  CHECK_EQ(call("sprintf", END - 3, FORMAT, AREA), 10);
  CHECK_TEXT(memory + END - 3, "01");
  CHECK_TEXT(trap("sprintf", END, FORMAT, AREA), OUT_OF_BOUNDS);
  /* Arguments past the end: what comes before them is there. */
  put(FORMAT, "before %d after");
  capture_begin();
  CHECK_TEXT(trap("printf", FORMAT, END - 2, 0), OUT_OF_BOUNDS);
  CHECK_TEXT(trap("vprintf", FORMAT, 0xfffffffc, 0), OUT_OF_BOUNDS);
  CHECK_TEXT(capture_end(), "before before ");
  /* A format that does not end. */
  memset(memory + END - 8, '%', 8);
  CHECK_TEXT(trap("printf", END - 8, AREA, 0), OUT_OF_BOUNDS);
  /* More characters than an int counts. */
  area_begin();
  area_i32(INT32_MAX), area_i32(1), area_i32(INT32_MAX), area_i32(1);
  put(FORMAT, "%*d%*d");
  CHECK(call4("snprintf", OUT, 4, FORMAT, AREA, &result) && result == UINT32_MAX);
  host_close(&guest);
}

TEST(standard_output) {
  if (!open_guest(0)) return;
  put(TEXT, "line");
  put(FORMAT, "<%d %s>\n");
  area_begin();
  area_i32(5), area_i32(TEXT);
  capture_begin();
  CHECK_EQ(call("printf", FORMAT, AREA, 0), 9);
  CHECK_EQ(call("guest_printf", FORMAT, AREA, 0), 9);
  printf("host\n"); /* in the order in which they come */
  CHECK_EQ(call("vprintf", FORMAT, AREA, 0), 9);
  CHECK_EQ(call("puts", TEXT, 0, 0), 5);
  CHECK_EQ(call("_puts", TEXT, 0, 0), 5);
  CHECK_EQ(call("putchar", '!' + 256, 0, 0), 1);
  CHECK_TEXT(capture_end(), "<5 line>\n<5 line>\nhost\n<5 line>\nline\nline\n!");
  /* Longer than any buffer. */
  put(FORMAT, "%5000d|");
  area_begin();
  area_i32(7);
  capture_begin();
  CHECK_EQ(call("printf", FORMAT, AREA, 0), 5001);
  const char* text = capture_end();
  CHECK(strlen(text) == 5001 && strcmp(text + 4999, "7|") == 0 && strspn(text, " ") == 4999);
  CHECK_TEXT(trap("puts", END, 0, 0), OUT_OF_BOUNDS);
  host_close(&guest);
}

static char printed[64];
static size_t printed_bytes;

static void keep_printed(void* context, const char* text, size_t bytes) {
  CHECK(context == printed);
  if (printed_bytes + bytes > sizeof printed) return;
  memcpy(printed + printed_bytes, text, bytes);
  printed_bytes += bytes;
}

TEST(printing_to_the_host) {
  wasm_runtime_destroy();
  wembed_config_t config = {.size = sizeof config, .print = keep_printed, .print_context = printed};
  RuntimeInitArgs args = host_init_args();
  CHECK(wembed_set_default_config(&config, NULL));
  CHECK(wasm_runtime_full_init(&args));
  if (open_guest(0)) {
    put(TEXT, "to the host");
    capture_begin();
    CHECK_EQ(call("puts", TEXT, 0, 0), 12);
    CHECK_TEXT(capture_end(), "");
    CHECK(printed_bytes == 12 && memcmp(printed, "to the host\n", 12) == 0);
  }
  host_close(&guest);
  wembed_set_default_config(NULL, NULL);
}

int main(void) {
  RUN(integers);
  RUN(letters_that_the_guest_means_otherwise);
  RUN(doubles);
  RUN(strings_in_formats);
  RUN(bounds_of_formatted_text);
  RUN(standard_output);
  RUN(printing_to_the_host);
  return host_result();
}
