// The embedding operations in C, each as a host program would write it.
#include "embed.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "guest.h"
#include "threads.h"
#include "wasi.h"
#include "wembed.h"

static file_t small;
static guest_t calls;
static wasm_function_inst_t add, none, call_plain, call_raw, call_buffer;
static guest_t throwing;
static wasm_function_inst_t catch_value, catch_ref, catch_legacy;
static guest_t objects;
static wasm_function_inst_t objects_loop, objects_make, objects_keep;
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

static bool exceptions_begin(const char* modules) {
  if (!guest_open(&throwing, modules, "throwing", 0)) return false;
  catch_value = wasm_runtime_lookup_function(throwing.instance, "catch_value");
  catch_ref = wasm_runtime_lookup_function(throwing.instance, "catch_ref");
  catch_legacy = wasm_runtime_lookup_function(throwing.instance, "catch_legacy");
  return catch_value && catch_ref && catch_legacy;
}

static bool objects_begin(const char* modules) {
  if (!guest_open(&objects, modules, "objects", 0)) return false;
  objects_loop = wasm_runtime_lookup_function(objects.instance, "none");
  objects_make = wasm_runtime_lookup_function(objects.instance, "make");
  objects_keep = wasm_runtime_lookup_function(objects.instance, "keep");
  return objects_loop && objects_make && objects_keep;
}

bool operations_begin(const char* modules) {
  if (!read_module(modules, "small", &small) || !context_begin(modules)) return false;
  // A tree from before these has no figures for their rows, which fail.
  (void)threads_begin(modules);
  (void)exceptions_begin(modules);
  (void)objects_begin(modules);
  (void)wasi_begin(modules);
  wasm_runtime_register_natives("env", natives, 2);
  wasm_runtime_register_natives_raw("env", raw_natives, 1);
  if (!guest_open(&calls, modules, "calls", 65536)) return false;
  add = wasm_runtime_lookup_function(calls.instance, "add");
  none = wasm_runtime_lookup_function(calls.instance, "none");
  call_plain = wasm_runtime_lookup_function(calls.instance, "call_plain");
  call_raw = wasm_runtime_lookup_function(calls.instance, "call_raw");
  call_buffer = wasm_runtime_lookup_function(calls.instance, "call_buffer");
  return add && none && call_plain && call_raw && call_buffer;
}

void operations_end(void) {
  guest_close(&throwing);
  guest_close(&objects);
  context_end();
  threads_end();
  wasi_end();
  guest_close(&calls);
  free(small.bytes);
}

// ---- modules

static bool load_unload(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    wasm_module_t module = load_module(&small);
    if (!module) return false;
    wasm_runtime_unload(module);
  }
  return true;
}

// ---- calls

static bool empty_call(uint32_t n) {
  int32_t (*volatile pointer)(wasm_exec_env_t, int32_t, int32_t) = native_plain;
  int32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) sum = pointer(calls.exec_env, sum, 64);
  sink = (uint64_t)(uint32_t)sum;
  return true;
}

static bool call_in_cells(uint32_t n) {
  uint32_t cells[2] = {0, 0};
  for (uint32_t i = 0; i < n; i++) {
    cells[1] = i;
    if (!wasm_runtime_call_wasm(calls.exec_env, add, 2, cells)) return false;
  }
  sink = cells[0];
  return true;
}

static bool call_in_values(uint32_t n) {
  wasm_val_t args[2] = {{.kind = WASM_I32, .of.i32 = 0}, {.kind = WASM_I32, .of.i32 = 1}};
  wasm_val_t result;
  for (uint32_t i = 0; i < n; i++) {
    if (!wasm_runtime_call_wasm_a(calls.exec_env, add, 1, &result, 2, args)) return false;
    args[0].of.i32 = result.of.i32;
  }
  sink = (uint64_t)(uint32_t)args[0].of.i32;
  return true;
}

static bool call_in_slots(uint32_t n) {
  uint64_t slots[2] = {0, 0};
  for (uint32_t i = 0; i < n; i++) {
    slots[1] = i;
    if (!wembed_call(calls.exec_env, add, slots, NULL)) return false;
  }
  sink = slots[0];
  return true;
}

static bool loop_of(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(calls.exec_env, function, 1, cells);
}

static bool out_none(uint32_t n) { return loop_of(none, n); }
static bool out_plain(uint32_t n) { return loop_of(call_plain, n); }
static bool out_raw(uint32_t n) { return loop_of(call_raw, n); }
static bool out_buffer(uint32_t n) { return loop_of(call_buffer, n); }

// ---- exceptions

static bool thrown_in(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(throwing.exec_env, function, 1, cells);
}

static bool throw_value(uint32_t n) { return thrown_in(catch_value, n); }
static bool throw_ref(uint32_t n) { return thrown_in(catch_ref, n); }
static bool throw_legacy(uint32_t n) { return thrown_in(catch_legacy, n); }

static bool objects_in(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(objects.exec_env, function, 1, cells);
}

static bool object_none(uint32_t n) { return objects_in(objects_loop, n); }
static bool object_made(uint32_t n) { return objects_in(objects_make, n); }
static bool object_kept(uint32_t n) { return objects_in(objects_keep, n); }

// ---- guest memory

static bool malloc_single(uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    uint64_t at = wasm_runtime_module_malloc(calls.instance, 64, NULL);
    if (at == 0) return false;
    wasm_runtime_module_free(calls.instance, at);
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
    wasm_runtime_module_free(calls.instance, *slot);
    *slot = wasm_runtime_module_malloc(calls.instance, 16 + (random >> 8 & 511), NULL);
    right = *slot != 0;
  }
  for (uint32_t i = 0; i < 64; i++) wasm_runtime_module_free(calls.instance, live[i]);
  return right;
}

static bool app_to_native(uint32_t n) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += (uintptr_t)wasm_runtime_addr_app_to_native(calls.instance, 1024 + (i & 1023));
  }
  sink = sum;
  return true;
}

static bool native_to_app(uint32_t n) {
  uint8_t* base = wasm_runtime_addr_app_to_native(calls.instance, 1024);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += wasm_runtime_addr_native_to_app(calls.instance, base + (i & 1023));
  }
  sink = sum;
  return true;
}

static bool check_app_addr(uint32_t n) {
  uint32_t right = 0;
  for (uint32_t i = 0; i < n; i++) {
    right += wasm_runtime_validate_app_addr(calls.instance, 1024 + (i & 1023), 64);
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
    {"c/struct_new_get_set", object_made, object_none},
    {"c/struct_kept", object_kept, object_none},
    {"c/context_direct", context_direct, context_none},
    {"c/context_copied", context_copied, context_none},
    {"c/atomic_add", atomic_add, atomic_none},
    {"c/notify_nobody", notify_nobody, atomic_none},
    {"c/wake_futexes", wake_futexes, NULL},
    {"c/wake_guests", wake_guests, NULL},
    {"c/wasi_write", wasi_write, NULL},
    {"c/bare_write", bare_write, NULL},
    {"c/wasi_read", wasi_read, NULL},
    {"c/bare_read", bare_read, NULL},
    {"c/wasi_clock", wasi_clock, NULL},
    {"c/bare_clock", bare_clock, NULL},
    {"c/wasi_random", wasi_random, NULL},
    {"c/bare_random", bare_random, NULL},
    {"c/module_malloc_free", malloc_single, NULL},
    {"c/module_malloc_free_mixed", malloc_mixed, NULL},
    {"c/addr_app_to_native", app_to_native, NULL},
    {"c/addr_native_to_app", native_to_app, NULL},
    {"c/validate_app_addr", check_app_addr, NULL},
};
const uint32_t operation_count = sizeof operations / sizeof operations[0];
