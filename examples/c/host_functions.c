/*
 * A host that offers functions to the guest. Their signatures say what the arguments are: the
 * guest passes offsets, and a function gets native pointers that were checked for it.
 *
 *   host_functions host_functions.wasm
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm_export.h"

/* $: a NUL-terminated string, inside guest memory up to its end. */
static void print(wasm_exec_env_t exec_env, const char* text) {
  (void)exec_env;
  printf("  %s\n", text);
}

/* *~: so many bytes, which may be changed in place. */
static int32_t upper(wasm_exec_env_t exec_env, char* bytes, uint32_t length) {
  (void)exec_env;
  for (uint32_t i = 0; i < length; i++) bytes[i] = (char)toupper((unsigned char)bytes[i]);
  return (int32_t)length;
}

/* The length is in bytes, and guest data need not be aligned. */
static double mean(wasm_exec_env_t exec_env, const uint8_t* values, uint32_t size) {
  (void)exec_env;
  uint32_t count = size / (uint32_t)sizeof(double);
  double total = 0;
  for (uint32_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, values + i * sizeof value, sizeof value);
    total += value;
  }
  return count == 0 ? 0 : total / count;
}

/* Several of them in one function; -1 and an unchanged buffer when there is no room. */
static int32_t join(wasm_exec_env_t exec_env, char* to, uint32_t size, const char* left,
                    const char* right) {
  (void)exec_env;
  size_t length = strlen(left) + strlen(right) + 3;
  if (length >= size) return -1;
  return snprintf(to, size, "%s + %s", left, right);
}

/* An attachment is the host's data for one function. */
static int64_t next_id(wasm_exec_env_t exec_env) {
  int64_t* last = wasm_runtime_get_function_attachment(exec_env);
  return *last += 1;
}

static int64_t last_id = 41;

static NativeSymbol natives[] = {
    EXPORT_WASM_API_WITH_SIG(print, "($)"),
    EXPORT_WASM_API_WITH_SIG(upper, "(*~)i"),
    EXPORT_WASM_API_WITH_SIG(mean, "(*~)F"),
    EXPORT_WASM_API_WITH_SIG(join, "(*~$$)i"),
    EXPORT_WASM_API_WITH_ATT(next_id, "()I", &last_id),
};

static uint8_t* read_file(const char* path, uint32_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (uint32_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1u);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

/* Calls an export; the values come and go as wasm_val_t. */
static bool call(wasm_module_inst_t instance, const char* name, uint32_t results,
                 wasm_val_t* result, uint32_t args, wasm_val_t* arg) {
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(instance);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
  return function != NULL &&
         wasm_runtime_call_wasm_a(exec_env, function, results, result, args, arg);
}

static int failed(wasm_module_inst_t instance, const char* what) {
  const char* exception = wasm_runtime_get_exception(instance);
  printf("%s: %s\n", what, exception == NULL ? "another result than expected" : exception);
  return 1;
}

static int use(wasm_module_inst_t instance) {
  wasm_val_t result;
  if (!call(instance, "talk", 1, &result, 0, NULL) || result.of.f64 != 3.0) {
    return failed(instance, "talk");
  }
  printf("the mean is %g\n", result.of.f64);

  wasm_val_t size = {.kind = WASM_I32, .of = {.i32 = 64}};
  if (!call(instance, "join", 1, &result, 1, &size) || result.of.i32 != 12) {
    return failed(instance, "join");
  }
  size.of.i32 = 8;
  if (!call(instance, "join", 1, &result, 1, &size) || result.of.i32 != -1) {
    return failed(instance, "join");
  }
  printf("8 bytes are too few for it\n");

  if (!call(instance, "ids", 1, &result, 0, NULL) || result.of.i64 != 43) {
    return failed(instance, "ids");
  }
  printf("the second number is %d\n", (int)result.of.i64);

  if (call(instance, "wild", 0, NULL, 0, NULL)) return failed(instance, "wild");
  printf("a string without an end: %s\n", wasm_runtime_get_exception(instance));
  return 0;
}

int main(int argc, char** argv) {
  char error[128];
  uint32_t size = 0;
  uint8_t* bytes = argc == 2 ? read_file(argv[1], &size) : NULL;
  if (bytes == NULL || size == 0) {
    fprintf(stderr, "usage: %s FILE.wasm\n", argv[0]);
    return 2;
  }
  RuntimeInitArgs init;
  memset(&init, 0, sizeof init);
  init.mem_alloc_type = Alloc_With_System_Allocator;
  init.native_module_name = "host";
  init.native_symbols = natives;
  init.n_native_symbols = sizeof natives / sizeof natives[0];
  if (!wasm_runtime_full_init(&init)) return 1;

  int status = 1;
  wasm_module_t module = wasm_runtime_load(bytes, size, error, sizeof error);
  wasm_module_inst_t instance =
      module == NULL ? NULL : wasm_runtime_instantiate(module, 0, 0, error, sizeof error);
  if (instance == NULL) {
    printf("%s\n", error);
  } else {
    status = use(instance);
    wasm_runtime_deinstantiate(instance);
  }
  if (module != NULL) wasm_runtime_unload(module);
  wasm_runtime_destroy();
  free(bytes);
  return status;
}
