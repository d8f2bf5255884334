// The embedding operations in C, each as a host program would write it.
#include "embed.h"

#include "context.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wembed.h"

typedef struct file {
  uint8_t* bytes;
  uint32_t size;
} file_t;

static file_t small;
static file_t calls;
static wasm_module_t calls_module;
static wasm_module_inst_t instance;
static wasm_exec_env_t exec_env;
static wasm_function_inst_t add, none, call_plain, call_raw, call_buffer;
static file_t throwing;
static wasm_module_t throwing_module;
static wasm_module_inst_t throwing_instance;
static wasm_exec_env_t throwing_env;
static wasm_function_inst_t catch_value, catch_ref, catch_legacy;
static volatile uint64_t sink;

static int32_t native_plain(wasm_exec_env_t env, int32_t a, int32_t b) {
  (void)env;
  return a + b;
}

static void native_raw(wasm_exec_env_t env, uint64_t* args) {
  (void)env;
  native_raw_return_type(int32_t, args);
  native_raw_get_arg(int32_t, a, args);
  native_raw_get_arg(int32_t, b, args);
  native_raw_set_return(a + b);
}

static int32_t native_buffer(wasm_exec_env_t env, const uint8_t* bytes, uint32_t length) {
  (void)env;
  return bytes[0] + (int32_t)length;
}

static NativeSymbol natives[] = {
    {"plain", (void*)native_plain, "(ii)i", NULL},
    {"buffer", (void*)native_buffer, "(*~)i", NULL},
};
static NativeSymbol raw_natives[] = {{"raw", (void*)native_raw, "(ii)i", NULL}};

static bool read_file(const char* folder, const char* name, file_t* file) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
  FILE* in = fopen(path, "rb");
  if (!in) {
    fprintf(stderr, "cannot read %s\n", path);
    return false;
  }
  file->bytes = malloc(65536);
  file->size = file->bytes ? (uint32_t)fread(file->bytes, 1, 65536, in) : 0;
  fclose(in);
  return file->size > 0;
}

static wasm_module_t load(file_t* file) {
  char error[256];
  wasm_module_t module = wasm_runtime_load(file->bytes, file->size, error, sizeof error);
  if (!module) fprintf(stderr, "%s\n", error);
  return module;
}

static bool exceptions_begin(const char* modules) {
  if (!read_file(modules, "throwing", &throwing)) return false;
  throwing_module = load(&throwing);
  if (!throwing_module) return false;
  char error[256];
  throwing_instance = wasm_runtime_instantiate(throwing_module, 65536, 0, error, sizeof error);
  if (!throwing_instance) return false;
  throwing_env = wasm_runtime_create_exec_env(throwing_instance, 65536);
  catch_value = wasm_runtime_lookup_function(throwing_instance, "catch_value");
  catch_ref = wasm_runtime_lookup_function(throwing_instance, "catch_ref");
  catch_legacy = wasm_runtime_lookup_function(throwing_instance, "catch_legacy");
  return throwing_env && catch_value && catch_ref && catch_legacy;
}

static void exceptions_end(void) {
  if (throwing_env) wasm_runtime_destroy_exec_env(throwing_env);
  if (throwing_instance) wasm_runtime_deinstantiate(throwing_instance);
  if (throwing_module) wasm_runtime_unload(throwing_module);
  free(throwing.bytes);
}

bool operations_begin(const char* modules) {
  if (!read_file(modules, "small", &small) || !read_file(modules, "calls", &calls)) {
    return false;
  }
  if (!context_begin(modules)) return false;
  // A tree from before these has no figures for their rows, which fail.
  (void)threads_begin(modules);
  (void)exceptions_begin(modules);
  wasm_runtime_register_natives("env", natives, 2);
  wasm_runtime_register_natives_raw("env", raw_natives, 1);
  calls_module = load(&calls);
  if (!calls_module) return false;
  char error[256];
  instance = wasm_runtime_instantiate(calls_module, 65536, 65536, error, sizeof error);
  if (!instance) {
    fprintf(stderr, "%s\n", error);
    return false;
  }
  exec_env = wasm_runtime_create_exec_env(instance, 65536);
  add = wasm_runtime_lookup_function(instance, "add");
  none = wasm_runtime_lookup_function(instance, "none");
  call_plain = wasm_runtime_lookup_function(instance, "call_plain");
  call_raw = wasm_runtime_lookup_function(instance, "call_raw");
  call_buffer = wasm_runtime_lookup_function(instance, "call_buffer");
  return exec_env && add && none && call_plain && call_raw && call_buffer;
}

void operations_end(void) {
  exceptions_end();
  context_end();
  threads_end();
  if (exec_env) wasm_runtime_destroy_exec_env(exec_env);
  if (instance) wasm_runtime_deinstantiate(instance);
  if (calls_module) wasm_runtime_unload(calls_module);
  free(small.bytes);
  free(calls.bytes);
}

// ---- modules

static bool load_unload(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    wasm_module_t module = load(&small);
    if (!module) return false;
    wasm_runtime_unload(module);
  }
  return true;
}

// ---- calls

static bool empty_call(uint32_t n) {
  int32_t (*volatile pointer)(wasm_exec_env_t, int32_t, int32_t) = native_plain;
  int32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) sum = pointer(exec_env, sum, 64);
  sink = (uint64_t)(uint32_t)sum;
  return true;
}

static bool call_in_cells(uint32_t n) {
  uint32_t cells[2] = {0, 0};
  for (uint32_t i = 0; i < n; i++) {
    cells[1] = i;
    if (!wasm_runtime_call_wasm(exec_env, add, 2, cells)) return false;
  }
  sink = cells[0];
  return true;
}

static bool call_in_values(uint32_t n) {
  wasm_val_t args[2] = {{.kind = WASM_I32, .of.i32 = 0}, {.kind = WASM_I32, .of.i32 = 1}};
  wasm_val_t result;
  for (uint32_t i = 0; i < n; i++) {
    if (!wasm_runtime_call_wasm_a(exec_env, add, 1, &result, 2, args)) return false;
    args[0].of.i32 = result.of.i32;
  }
  sink = (uint64_t)(uint32_t)args[0].of.i32;
  return true;
}

static bool call_in_slots(uint32_t n) {
  uint64_t slots[2] = {0, 0};
  for (uint32_t i = 0; i < n; i++) {
    slots[1] = i;
    if (!wembed_call(exec_env, add, slots, NULL)) return false;
  }
  sink = slots[0];
  return true;
}

static bool loop_of(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(exec_env, function, 1, cells);
}

static bool out_none(uint32_t n) { return loop_of(none, n); }
static bool out_plain(uint32_t n) { return loop_of(call_plain, n); }
static bool out_raw(uint32_t n) { return loop_of(call_raw, n); }
static bool out_buffer(uint32_t n) { return loop_of(call_buffer, n); }

// ---- exceptions

static bool thrown_in(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(throwing_env, function, 1, cells);
}

static bool throw_value(uint32_t n) { return thrown_in(catch_value, n); }
static bool throw_ref(uint32_t n) { return thrown_in(catch_ref, n); }
static bool throw_legacy(uint32_t n) { return thrown_in(catch_legacy, n); }

// ---- guest memory

static bool malloc_single(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    uint64_t at = wasm_runtime_module_malloc(instance, 64, NULL);
    if (at == 0) return false;
    wasm_runtime_module_free(instance, at);
  }
  return true;
}

// Up to 64 live blocks of 16 to 527 bytes, freed in another order than they were made.
static bool malloc_mixed(uint32_t n) {
  uint64_t live[64] = {0};
  uint32_t random = 12345;
  bool right = true;
  for (uint32_t i = 0; i < n && right; i++) {
    random = random * 1664525 + 1013904223;
    uint64_t* slot = &live[random >> 26];
    wasm_runtime_module_free(instance, *slot);
    *slot = wasm_runtime_module_malloc(instance, 16 + (random >> 8 & 511), NULL);
    right = *slot != 0;
  }
  for (uint32_t i = 0; i < 64; i++) wasm_runtime_module_free(instance, live[i]);
  return right;
}

static bool app_to_native(uint32_t n) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += (uintptr_t)wasm_runtime_addr_app_to_native(instance, 1024 + (i & 1023));
  }
  sink = sum;
  return true;
}

static bool native_to_app(uint32_t n) {
  uint8_t* base = wasm_runtime_addr_app_to_native(instance, 1024);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += wasm_runtime_addr_native_to_app(instance, base + (i & 1023));
  }
  sink = sum;
  return true;
}

static bool check_app_addr(uint32_t n) {
  uint32_t right = 0;
  for (uint32_t i = 0; i < n; i++) {
    right += wasm_runtime_validate_app_addr(instance, 1024 + (i & 1023), 64);
  }
  return right == n;
}

const operation_t operations[] = {
    {"c/empty_call", empty_call, NULL},
    {"c/load_unload_150", load_unload, NULL},
    {"c/call_wasm", call_in_cells, NULL},
    {"c/call_wasm_a", call_in_values, NULL},
    {"c/wembed_call", call_in_slots, NULL},
    {"c/call_out", out_plain, out_none},
    {"c/call_out_raw", out_raw, out_none},
    {"c/call_out_buffer", out_buffer, out_none},
    {"c/throw_catch", throw_value, NULL},
    {"c/throw_catch_ref", throw_ref, NULL},
    {"c/throw_catch_legacy", throw_legacy, NULL},
    {"c/context_direct", context_direct, context_none},
    {"c/context_copied", context_copied, context_none},
    {"c/atomic_add", atomic_add, atomic_none},
    {"c/notify_nobody", notify_nobody, atomic_none},
    {"c/wake_futexes", wake_futexes, NULL},
    {"c/wake_guests", wake_guests, NULL},
    {"c/module_malloc_free", malloc_single, NULL},
    {"c/module_malloc_free_mixed", malloc_mixed, NULL},
    {"c/addr_app_to_native", app_to_native, NULL},
    {"c/addr_native_to_app", native_to_app, NULL},
    {"c/validate_app_addr", check_app_addr, NULL},
};
const uint32_t operation_count = sizeof operations / sizeof operations[0];
