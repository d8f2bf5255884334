/*
 * A guest in C with one of everything that C's ABI has for wasm32: what typed callers are made from
 * and tried on. Compiled with debugging information, at several levels and versions.
 */
#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("host"), import_name(#name)))

typedef _Bool boolean;
typedef struct point {
  float x, y;
} point;
enum color { RED, GREEN = 5, BLUE };
typedef enum { LOW = -1, HIGH = 1 } level;

typedef struct shape {
  char name[16];
  enum color color;
  const point* points;
  unsigned count;
  unsigned flags : 3, more : 5;
  int delta : 6;
  union {
    int i;
    float f;
  } u;
  long long big;
  point origin;
  int (*callback)(int, point*);
  struct shape* next;
  unsigned char grid[2][3];
} shape_t;

/* Passed as its only field. */
typedef struct celsius {
  double degrees;
} celsius;
typedef struct wrapped {
  celsius inner;
} wrapped;
struct opaque;

typedef int (*operation)(int, int);

shape_t current = {
    "first", GREEN, 0, 3, 5, 17, -7, {42}, 1ll << 40, {1.5f, -2.5f}, 0, 0, {{1, 2, 3}, {4, 5, 6}}};
int counter = 7;
static point corners[4] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};

IMPORT(log) void host_log(const char* text, unsigned length);
IMPORT(scale) double host_scale(double value, level by);
IMPORT(moved) void host_moved(const point* to);

/* Compilers call it for structs. */
void* memcpy(void* to, const void* from, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; i++) ((char*)to)[i] = ((const char*)from)[i];
  return to;
}

static inline int helper(int a, int b) {
  if (b == 0) __builtin_trap();
  return a / b;
}

/* --- scalars ------------------------------------------------------------------------------- */
EXPORT(negate) boolean negate(boolean value) { return !value; }
EXPORT(add8) signed char add8(signed char a, signed char b) { return (signed char)(a + b); }
EXPORT(add_u16) unsigned short add_u16(unsigned short a, unsigned short b) {
  return (unsigned short)(a + b);
}
EXPORT(add_u32) unsigned add_u32(unsigned a, unsigned b) { return a + b; }
EXPORT(add64) long long add64(long long a, long long b) { return a + b; }
EXPORT(add_u64) unsigned long long add_u64(unsigned long long a, unsigned long long b) {
  return a + b;
}
EXPORT(addf) float addf(float a, float b) { return a + b; }
EXPORT(add_long) unsigned long add_long(unsigned long a, long b) { return a + (unsigned long)b; }
EXPORT(next_color) enum color next_color(enum color color) { return color == RED ? GREEN : BLUE; }
EXPORT(opposite) level opposite(level of) { return (level)-of; }
EXPORT(nothing) void nothing(void) { counter++; }

/* --- pointers and structs ------------------------------------------------------------------ */
EXPORT(area) double area(const shape_t* shape, int scale) {
  return helper((int)shape->count * 100, scale) * (double)shape->origin.x;
}
EXPORT(remember) void remember(const shape_t* shape) { current = *shape; }
EXPORT(shape_now) shape_t* shape_now(void) { return &current; }
EXPORT(move_by) void move_by(point* at, float x, float y) {
  at->x += x;
  at->y += y;
  host_moved(at);
}
EXPORT(blend) point blend(point a, point b, float t) {
  point made = {a.x * (1 - t) + b.x * t, a.y * (1 - t) + b.y * t};
  return made;
}
EXPORT(copy_shape) shape_t copy_shape(shape_t from, unsigned count) {
  from.count = count;
  return from;
}
EXPORT(warmer) celsius warmer(celsius than, double by) {
  celsius made = {than.degrees + by};
  return made;
}
EXPORT(unwrap) double unwrap(wrapped value) { return value.inner.degrees; }
EXPORT(length) unsigned length(const char* text) {
  unsigned count = 0;
  while (text[count]) count++;
  return count;
}
EXPORT(upper) char* upper(char* text) {
  for (char* at = text; *at; at++) {
    if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 32);
  }
  return text;
}
EXPORT(corner) const point* corner(unsigned index) { return &corners[index & 3]; }
EXPORT(sum_points) float sum_points(const point* points, unsigned count) {
  float sum = 0;
  for (unsigned i = 0; i < count; i++) sum += points[i].x + points[i].y;
  return sum;
}
EXPORT(peek) int peek(const struct opaque* at) { return at ? *(const int*)at : -1; }
EXPORT(raw_address) const void* raw_address(const void* at) { return at; }

/* --- functions both ways ------------------------------------------------------------------- */
static int plus(int a, int b) { return a + b; }
static int times(int a, int b) { return a * b; }
EXPORT(choose) operation choose(int multiply) { return multiply ? times : plus; }
EXPORT(apply) int apply(operation op, int a, int b) { return op(a, b); }
EXPORT(each_point) int each_point(int (*visit)(int index, point* at)) {
  int sum = 0;
  for (int i = 0; i < 4; i++) sum += visit(i, &corners[i]);
  return sum;
}

/* --- imports, traps ------------------------------------------------------------------------ */
EXPORT(greet) double greet(const char* name) {
  host_log(name, length(name));
  return host_scale(1.5, HIGH);
}
EXPORT(divide) int divide(int a, int b) { return helper(a, b); }
/* Exported under another name than C's. */
EXPORT(renamed) int original_name(int only) { return only + 1; }
/* Refused by typed callers. */
EXPORT(print_all) int print_all(const char* format, ...) { return format[0]; }
EXPORT(wide) __int128 wide(__int128 value) { return value + 1; }
