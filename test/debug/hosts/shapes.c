/*
 * Calls every function of ../shapes.c through its generated header, shapes_c.h. Says what is not as
 * it should be, and how much was looked at. shapes FILE.wasm
 */
#include "shapes_c.h"

#include "host.h"

#ifdef WIDE /* addresses of 64 bits */
typedef uint64_t address;
#define A "I"
#else
typedef uint32_t address;
#define A "i"
#endif

static char said[32];
static address moved;

static void host_log(wasm_exec_env_t env, address at, uint32_t length) {
  const char* text = wasm_runtime_addr_app_to_native(wasm_runtime_get_module_inst(env), at);
  snprintf(said, sizeof said, "%.*s", (int)length, text);
}
static double host_scale(wasm_exec_env_t env, double value, int32_t by) {
  (void)env;
  return value * 2 + by;
}
static void host_moved(wasm_exec_env_t env, address at) {
  (void)env;
  moved = at;
}
static NativeSymbol natives[3];

static bool minus(wasm_exec_env_t env, void* data, uint64_t* slots) {
  (void)env, (void)data;
  slots[0] = (uint32_t)slots[0] - (uint32_t)slots[1];
  return true;
}

static shapes_shape_t square(void) {
  shapes_shape_t shape;
  memset(&shape, 0, sizeof shape);
  strcpy(shape.name, "square");
  shape.color = shapes_color_BLUE;
  shape.count = 12;
  shapes_shape_t_set_flags(&shape, 5);
  shapes_shape_t_set_more(&shape, 17);
  shapes_shape_t_set_delta(&shape, -7);
  shape.u.f = 0.5f;
  shape.big = -(INT64_C(1) << 40);
  shape.origin.x = 2;
  shape.origin.y = 4;
  for (int i = 0; i < 6; i++) shape.grid[i / 3][i % 3] = (uint8_t)(i + 1);
  return shape;
}

static bool is_square(const shapes_shape_t* shape) {
  return strcmp(shape->name, "square") == 0 && shape->color == shapes_color_BLUE &&
         shapes_shape_t_get_flags(shape) == 5 && shapes_shape_t_get_more(shape) == 17 &&
         shapes_shape_t_get_delta(shape) == -7 && shape->u.f == 0.5f &&
         shape->big == -(INT64_C(1) << 40) && shape->origin.x == 2 && shape->origin.y == 4 &&
         shape->grid[0][2] == 3 && shape->grid[1][2] == 6;
}

static void scalars(shapes_t* app) {
  uint8_t is = 2;
  CHECK(shapes_negate(app, true, &is) && is == 0);
  int8_t narrow = 0;
  CHECK(shapes_add8(app, -100, -100, &narrow) && narrow == 56);
  uint16_t half = 0;
  CHECK(shapes_add_u16(app, 65535, 2, &half) && half == 1);
  uint32_t word = 0;
  CHECK(shapes_add_u32(app, UINT32_MAX, 0, &word) && word == UINT32_MAX);
  int64_t sum = 0;
  CHECK(shapes_add64(app, -1, 2, &sum) && sum == 1);
  uint64_t large = 0;
  CHECK(shapes_add_u64(app, UINT64_MAX, 0, &large) && large == UINT64_MAX);
  float real = 0;
  CHECK(shapes_addf(app, 1.5f, 2, &real) && real == 3.5f);
  address size = 0;
  CHECK(shapes_add_long(app, (address)-1, 0, &size) && size == (address)-1);
  shapes_color color = 0;
  CHECK(shapes_next_color(app, shapes_color_RED, &color) && color == shapes_color_GREEN);
  shapes_level level = 0;
  CHECK(shapes_opposite(app, shapes_level_HIGH, &level) && level == shapes_level_LOW);
  CHECK(shapes_nothing(app));
  int32_t next = 0;
  CHECK(shapes_renamed(app, 41, &next) && next == 42);
}

static void structs(shapes_t* app) {
  const shapes_shape_t shape = square();
  shapes_at_shape_t at = {(address)shapes_copy(app, &shape, sizeof shape)};
  double area = 0;
  CHECK(at.at != 0 && shapes_area(app, at, 4, &area) && area == 600);
  CHECK(shapes_remember(app, at));
  wasm_runtime_module_free(app->instance, at.at);
  shapes_at_shape_t now = {0};
  CHECK(shapes_shape_now(app, &now) && now.at != 0);
  shapes_shape_t* current = wasm_runtime_addr_app_to_native(app->instance, now.at);
  CHECK(is_square(current) && current->count == 12);

  const shapes_point a = {0, 10}, b = {4, 20};
  shapes_point point = {0, 0};
  CHECK(shapes_blend(app, &a, &b, 0.5f, &point) && point.x == 2 && point.y == 15);
  shapes_shape_t copy;
  CHECK(shapes_copy_shape(app, &shape, 99, &copy) && is_square(&copy) && copy.count == 99);
  const shapes_celsius cold = {20};
  shapes_celsius warm = {0};
  CHECK(shapes_warmer(app, cold, 1.5, &warm) && warm.degrees == 21.5);
  const shapes_wrapped wrapped = {{3}};
  double degrees = 0;
  CHECK(shapes_unwrap(app, wrapped, &degrees) && degrees == 3);
}

static void pointers(shapes_t* app) {
  const address text = (address)shapes_copy(app, "shout", 6);
  uint32_t length = 0;
  CHECK(text != 0 && shapes_length(app, text, &length) && length == 5);
  address loud = 0;
  CHECK(shapes_upper(app, text, &loud) && loud == text);
  CHECK(strcmp(wasm_runtime_addr_app_to_native(app->instance, loud), "SHOUT") == 0);
  double scaled = 0;
  CHECK(shapes_greet(app, text, &scaled) && scaled == 4 && strcmp(said, "SHOUT") == 0);
  wasm_runtime_module_free(app->instance, text);

  shapes_at_point corner = {0};
  CHECK(shapes_corner(app, 2, &corner) && corner.at != 0);
  const shapes_point* point = wasm_runtime_addr_app_to_native(app->instance, corner.at);
  CHECK(point->x == 5 && point->y == 6);
  CHECK(shapes_move_by(app, corner, 10, 20) && moved == corner.at && point->x == 15);
  CHECK(shapes_move_by(app, corner, -10, -20) && point->y == 6);
  const shapes_point points[2] = {{1, 2}, {3, 4}};
  shapes_at_point list = {(address)shapes_copy(app, points, sizeof points)};
  float sum = 0;
  CHECK(shapes_sum_points(app, list, 2, &sum) && sum == 10);
  shapes_at_opaque opaque = {list.at};
  int32_t peeked = 0, bits = 0;
  memcpy(&bits, &points[0].x, sizeof bits);
  CHECK(shapes_peek(app, opaque, &peeked) && peeked == bits);
  wasm_runtime_module_free(app->instance, list.at);
  address raw = 0;
  CHECK(shapes_raw_address(app, 1024, &raw) && raw == 1024);
}

/* A function of the host's in the guest's table; where it is. */
static address in_table(shapes_t* app) {
  const wasm_valkind_t kinds[2] = {WASM_I32, WASM_I32};
  wembed_host_function_t what;
  memset(&what, 0, sizeof what);
  what.size = sizeof what;
  what.param_count = 2;
  what.result_count = 1;
  what.params = kinds;
  what.results = kinds;
  what.callback = minus;
  wasm_function_inst_t function = wembed_function_new(app->instance, &what);
  const wasm_module_t module = wasm_runtime_get_module(app->instance);
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_export(module, i, &type); i++) {
    uint64_t index = 0;
    if (type.kind != WEMBED_EXTERN_TABLE) continue;
    const uint64_t slot = (uint64_t)(uintptr_t)function;
    return wembed_table_grow(app->instance, i, 1, slot, &index) ? (address)index : 0;
  }
  return 0;
}

static void functions(shapes_t* app) {
  address operation = 0;
  int32_t result = 0;
  CHECK(shapes_choose(app, 1, &operation));
  CHECK(shapes_apply(app, operation, 6, 7, &result) && result == 42);
  CHECK(shapes_choose(app, 0, &operation));
  CHECK(shapes_apply(app, operation, 6, 7, &result) && result == 13);
  operation = in_table(app);
  CHECK(operation != 0 && shapes_apply(app, operation, 6, 7, &result) && result == -1);
  wembed_error_t error;
  CHECK(!shapes_divide(app, 1, 0, &result) && wembed_get_error(app->instance, &error));
  CHECK(strcmp(error.code, "Unreachable") == 0);
  wasm_runtime_clear_exception(app->instance);
  CHECK(shapes_divide(app, 6, 3, &result) && result == 2);
}

int main(int argc, char** argv) {
  natives[0] = (NativeSymbol){"log", (void*)host_log, "(" A "i)", NULL};
  natives[1] = (NativeSymbol){"scale", (void*)host_scale, "(Fi)F", NULL};
  natives[2] = (NativeSymbol){"moved", (void*)host_moved, "(" A ")", NULL};
  need(wasm_runtime_init() && wasm_runtime_register_natives("host", natives, 3), "no runtime");
  wasm_exec_env_t env = open_guest(argc > 1 ? argv[1] : NULL);
  shapes_t app;
  wembed_error_t error;
  const bool fits =
      argc > 2 ? shapes_open_any_build(&app, env, &error) : shapes_open(&app, env, &error);
  if (!fits) return misfit(&error);
  scalars(&app);
  structs(&app);
  pointers(&app);
  functions(&app);
  return report(env);
}
