// Host functions of generated signatures are called from wasm: every argument has to arrive and
// every result has to come back, whatever registers and stack places the C compiler gave them.
//
// For each case the module imports the function, exports a wasm function that passes its own
// parameters on, and exports the import itself.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_export.h"

typedef wasm_exec_env_t Env;
typedef uint32_t t_i32;
typedef uint64_t t_i64;
typedef float t_f32;
typedef double t_f64;
typedef void* t_ref;
typedef char* t_ptr;

enum { RESULT = 255, MODULE_SPACE = 1 << 20 };

static unsigned failures;
static unsigned current_case, calls;
static Env expected_env;

// The value that stands for parameter `at` of case `index`: no pattern that a misplaced
// argument could have by chance.
static uint64_t mix(unsigned index, unsigned at) {
  uint64_t z = (uint64_t)(index * 1000 + at + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
static t_i32 v_i32(unsigned index, unsigned at) { return (t_i32)mix(index, at); }
static t_i64 v_i64(unsigned index, unsigned at) { return mix(index, at); }
static t_f32 v_f32(unsigned index, unsigned at) { return (float)(int32_t)mix(index, at) / 3; }
static t_f64 v_f64(unsigned index, unsigned at) { return (double)(int64_t)mix(index, at) / 3; }
static t_ref v_ref(unsigned index, unsigned at) { return (t_ref)(uintptr_t)(mix(index, at) >> 1); }
static t_i32 v_offset(unsigned index, unsigned at) { return (t_i32)(mix(index, at) & 0xFFFF); }

static void fail(unsigned at, const char* what) {
  if (++failures <= 20) printf("case %u: wrong %s at %u\n", current_case, what, at);
}

static void enter(Env env, unsigned index) {
  ++calls;
  if (env != expected_env) fail(RESULT, "exec_env");
  if (index != current_case) fail(index, "callee");
}
static void i32(unsigned at, t_i32 v) {
  if (v != v_i32(current_case, at)) fail(at, "i32");
}
static void i64(unsigned at, t_i64 v) {
  if (v != v_i64(current_case, at)) fail(at, "i64");
}
static void f32(unsigned at, t_f32 v) {
  if (v != v_f32(current_case, at)) fail(at, "f32");
}
static void f64(unsigned at, t_f64 v) {
  if (v != v_f64(current_case, at)) fail(at, "f64");
}
static void ref(unsigned at, t_ref v) {
  if (v != v_ref(current_case, at)) fail(at, "externref");
}
static void ptr(unsigned at, t_ptr v) {
  wasm_module_inst_t module_inst = get_module_inst(expected_env);
  if (v != addr_app_to_native(v_offset(current_case, at))) fail(at, "pointer");
}

#include "thunk_cases.h"

#define CASE(index, signature) {"c" #index, (void*)c##index, signature, NULL},
static NativeSymbol natives[] = {
#include "thunk_cases.h"
};
#undef CASE
enum { CASES = sizeof(natives) / sizeof(natives[0]) };

// Signatures by case number: registering sorts the table above.
static const char* const signatures[CASES] = {
#define CASE(index, signature) signature,
#include "thunk_cases.h"
#undef CASE
};

// ---- Building the module

typedef struct Bytes {
  uint8_t* data;
  uint32_t size;
} Bytes;

static void byte(Bytes* out, unsigned value) { out->data[out->size++] = (uint8_t)value; }

static void leb(Bytes* out, uint32_t value) {
  for (; value >= 0x80; value >>= 7) byte(out, 0x80 | (value & 0x7F));
  byte(out, value);
}

static void name(Bytes* out, const char* prefix, unsigned number) {
  char text[16];
  int length = snprintf(text, sizeof text, "%s%u", prefix, number);
  leb(out, (uint32_t)length);
  for (int at = 0; at < length; ++at) byte(out, (unsigned char)text[at]);
}

static void section(Bytes* out, unsigned id, const Bytes* body) {
  byte(out, id);
  leb(out, body->size);
  memcpy(out->data + out->size, body->data, body->size);
  out->size += body->size;
}

static unsigned value_type(char letter) {
  switch (letter) {
    case 'I': return 0x7E;
    case 'f': return 0x7D;
    case 'F': return 0x7C;
    case 'r': return 0x6F;
    default: return 0x7F;
  }
}

static uint32_t parameter_count(const char* signature) {
  return (uint32_t)(strchr(signature, ')') - signature) - 1;
}

static void function_type(Bytes* out, const char* signature) {
  uint32_t count = parameter_count(signature);
  const char* result = signature + count + 2;
  byte(out, 0x60);
  leb(out, count);
  for (uint32_t at = 0; at < count; ++at) byte(out, value_type(signature[1 + at]));
  leb(out, *result != 0 ? 1 : 0);
  if (*result != 0) byte(out, value_type(*result));
}

static void forwarding_body(Bytes* out, unsigned index, Bytes* scratch) {
  scratch->size = 0;
  leb(scratch, 0);
  for (uint32_t at = 0; at < parameter_count(signatures[index]); ++at) {
    byte(scratch, 0x20);
    leb(scratch, at);
  }
  byte(scratch, 0x10);
  leb(scratch, index);
  byte(scratch, 0x0B);
  leb(out, scratch->size);
  memcpy(out->data + out->size, scratch->data, scratch->size);
  out->size += scratch->size;
}

static Bytes build_module(void) {
  static const uint8_t magic[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  Bytes out = {malloc(MODULE_SPACE), 0}, body = {malloc(MODULE_SPACE), 0};
  Bytes scratch = {malloc(4096), 0};
  memcpy(out.data, magic, sizeof magic);
  out.size = sizeof magic;

  leb(&body, CASES);
  for (unsigned k = 0; k < CASES; ++k) function_type(&body, signatures[k]);
  section(&out, 1, &body);

  body.size = 0;
  leb(&body, CASES);
  for (unsigned k = 0; k < CASES; ++k) {
    leb(&body, 4);
    memcpy(body.data + body.size, "host", 4);
    body.size += 4;
    name(&body, "c", k);
    byte(&body, 0);
    leb(&body, k);
  }
  section(&out, 2, &body);

  body.size = 0;
  leb(&body, CASES);
  for (unsigned k = 0; k < CASES; ++k) leb(&body, k);
  section(&out, 3, &body);

  body.size = 0;
  byte(&body, 1);
  byte(&body, 0);
  byte(&body, 1);
  section(&out, 5, &body);

  body.size = 0;
  leb(&body, 2 * CASES);
  for (unsigned k = 0; k < 2 * CASES; ++k) {
    name(&body, k < CASES ? "import" : "shim", k % CASES);
    byte(&body, 0);
    leb(&body, k);
  }
  section(&out, 7, &body);

  body.size = 0;
  leb(&body, CASES);
  for (unsigned k = 0; k < CASES; ++k) forwarding_body(&body, k, &scratch);
  section(&out, 10, &body);
  free(body.data);
  free(scratch.data);
  return out;
}

// ---- Calling

static uint32_t put(uint32_t* cells, uint32_t used, const void* value, uint32_t size) {
  memcpy(cells + used, value, size);
  return used + size / 4;
}

static uint32_t put_argument(uint32_t* cells, uint32_t used, unsigned index, unsigned at) {
  t_i32 i = v_i32(index, at), offset = v_offset(index, at);
  t_i64 l = v_i64(index, at);
  t_f32 f = v_f32(index, at);
  t_f64 d = v_f64(index, at);
  t_ref r = v_ref(index, at);
  switch (signatures[index][1 + at]) {
    case 'i': return put(cells, used, &i, 4);
    case 'I': return put(cells, used, &l, 8);
    case 'f': return put(cells, used, &f, 4);
    case 'F': return put(cells, used, &d, 8);
    case 'r': return put(cells, used, &r, 8);
    default: return put(cells, used, &offset, 4);
  }
}

static void check_result(const uint32_t* cells, unsigned index) {
  uint32_t expected[2] = {0, 0};
  char letter = signatures[index][parameter_count(signatures[index]) + 2];
  t_i32 i = v_i32(index, RESULT);
  t_i64 l = v_i64(index, RESULT);
  t_f32 f = v_f32(index, RESULT);
  t_f64 d = v_f64(index, RESULT);
  t_ref r = v_ref(index, RESULT);
  uint32_t used = 0;
  switch (letter) {
    case 'i': used = put(expected, 0, &i, 4); break;
    case 'I': used = put(expected, 0, &l, 8); break;
    case 'f': used = put(expected, 0, &f, 4); break;
    case 'F': used = put(expected, 0, &d, 8); break;
    case 'r': used = put(expected, 0, &r, 8); break;
    default: break;
  }
  if (memcmp(cells, expected, used * 4) != 0) fail(RESULT, "result");
}

static void call(Env env, const char* prefix, unsigned index) {
  char export[24];
  uint32_t cells[128] = {0}, used = 0;
  snprintf(export, sizeof export, "%s%u", prefix, index);
  wasm_function_inst_t function = wasm_runtime_lookup_function(get_module_inst(env), export);
  for (unsigned at = 0; at < parameter_count(signatures[index]); ++at) {
    used = put_argument(cells, used, index, at);
  }
  current_case = index;
  expected_env = env;
  if (function == NULL || !wasm_runtime_call_wasm(env, function, used, cells)) {
    const char* text = wasm_runtime_get_exception(get_module_inst(env));
    printf("%s: %s\n", export, text != NULL ? text : "not called");
    wasm_runtime_clear_exception(get_module_inst(env));
    fail(RESULT, "call");
    return;
  }
  check_result(cells, index);
}

int main(void) {
  char error[128] = "";
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_System_Allocator;
  args.native_module_name = "host";
  args.native_symbols = natives;
  args.n_native_symbols = CASES;
  if (!wasm_runtime_full_init(&args)) return 1;

  Bytes bytes = build_module();
  wasm_module_t module = wasm_runtime_load(bytes.data, bytes.size, error, sizeof error);
  wasm_module_inst_t instance =
      module != NULL ? wasm_runtime_instantiate(module, 65536, 0, error, sizeof error) : NULL;
  Env env = instance != NULL ? wasm_runtime_create_exec_env(instance, 65536) : NULL;
  if (env == NULL) {
    printf("%s\n", error);
    return 1;
  }
  for (unsigned k = 0; k < CASES; ++k) {
    call(env, "shim", k);
    call(env, "import", k);
  }
  if (calls != 2 * CASES) fail(RESULT, "number of calls");

  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_unload(module);
  wasm_runtime_destroy();
  free(bytes.data);
  printf("%u signatures, %u failures\n", (unsigned)CASES, failures);
  return failures == 0 ? 0 : 1;
}
