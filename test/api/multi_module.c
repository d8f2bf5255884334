/* Modules that import from each other: by a reader, and registered by the host. */
#include "capture.h"
#include "wembed.h"

/* ---- A reader of test modules */

static char asked[512];
static unsigned given, taken_back;
static uint8_t* given_bytes[16]; /* of this test */

static bool reads(package_type_t type, const char* name, uint8_t** buffer, uint32_t* size) {
  char file[64];
  CHECK_EQ(type, Wasm_Module_Bytecode);
  strcat(strcat(asked, name), " ");
  if (strcmp(name, "nowhere") == 0) return false;
  ++given;
  if (strcmp(name, "broken") == 0) {
    *buffer = given_bytes[given - 1] = malloc(8);
    memcpy(*buffer, "\0asm\2\0\0\0", 8);
    *size = 8;
    return true;
  }
  snprintf(file, sizeof file, "mm_%s", name);
  Bytes bytes = host_read(file);
  *buffer = given_bytes[given - 1] = bytes.data;
  *size = bytes.size;
  return true;
}

static void takes_back(uint8_t* buffer, uint32_t size) {
  CHECK(size > 0);
  ++taken_back;
  free(buffer);
}

static uint32_t native(wasm_exec_env_t env, uint32_t value) {
  wasm_module_inst_t part = get_module_inst(env);
  CHECK(part != NULL && wasm_runtime_get_exec_env_singleton(part) != NULL);
  wasm_runtime_deinstantiate(part); /* nobody ends it but its root */
  if (value == 13) wasm_runtime_set_exception(part, "thirteen");
  return value * 2;
}

static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(native, "(i)i")};

static void begin(void) {
  asked[0] = 0;
  given = taken_back = 0;
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  wasm_runtime_set_module_reader(reads, takes_back);
}

/* The runtime's end gives everything back. */
static void finish(void) {
  RuntimeInitArgs args = host_init_args();
  wasm_runtime_destroy();
  CHECK_EQ(taken_back, given);
  CHECK(wasm_runtime_full_init(&args));
  wasm_runtime_set_module_reader(NULL, NULL);
}

TEST(instances_share_their_parts) {
  begin();
  Host host = host_open("mm_main", 0);
  if (!host.env) return host_close(&host);
  CHECK_TEXT(asked, "counter middle "); /* each once */
  CHECK_EQ(host_i32(&host, "next", 0, 0), 11);
  CHECK_EQ(host_i32(&host, "twice", 0, 0), 13); /* of the same counter */
  CHECK_EQ(host_i32(&host, "indirect", 0, 0), 14);
  CHECK_EQ(host_i32(&host, "count", 0, 0), 14);
  CHECK_EQ(host_i32(&host, "limit", 0, 0), 99);
  CHECK_EQ(host_i32(&host, "read", 16, 0), 1234);
  CHECK_EQ(host_i32(&host, "through", 21, 0), 42);
  CHECK_TEXT(host_trap(&host, "through", 13), "Exception: thirteen");
  CHECK_TEXT(host_trap(&host, "trap", 0), "Exception: unreachable");
  char text[256];
  CHECK(wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text) > 0);
  CHECK(strstr(text, " - trap\n#01: ") != NULL);
  /* Functions of parts by the names of their modules; the direct ones and theirs. */
  CHECK_EQ(host_i32(&host, "$counter$next", 0, 0), 15);
  CHECK_EQ(host_i32(&host, "$middle$twice", 0, 0), 17);
  CHECK_TEXT(host_trap(&host, "$counter$trap", 0), "Exception: unreachable");
  for (const char* const* name =
           (const char* const[]){"$counter$none", "$count$next", "$counter", "$$next", "$", NULL};
       *name != NULL; ++name) {
    CHECK(wasm_runtime_lookup_function(host.instance, *name) == NULL);
  }
  /* Another instance has a counter of its own, and the module is not read again. */
  wasm_module_inst_t second =
      wasm_runtime_instantiate(host.module, 8192, 0, host_error, sizeof host_error);
  wasm_exec_env_t env = wasm_runtime_create_exec_env(second, 8192);
  uint32_t cells[1];
  CHECK(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(second, "next"), 0, cells));
  CHECK_EQ(cells[0], 11);
  wasm_runtime_destroy_exec_env(env);
  wasm_runtime_deinstantiate(second);
  CHECK_TEXT(asked, "counter middle ");
  wasm_module_t counter = wasm_runtime_find_module_registered("counter");
  CHECK(counter != NULL && wasm_runtime_find_module_registered("other") == NULL);
  CHECK_TEXT(wasm_runtime_get_module_name(counter), "counter");
  wasm_runtime_unload(counter); /* stays */
  CHECK(wasm_runtime_find_module_registered("counter") == counter);
  CHECK_EQ(host_i32(&host, "next", 0, 0), 18);
  host_close(&host);
  host = host_open("mm_middle", 0); /* another parent of the same modules */
  CHECK_EQ(host_i32(&host, "twice", 0, 0), 12);
  host_close(&host);
  CHECK_EQ(taken_back, 0);
  finish();
}

TEST(reflection_of_what_is_linked) {
  begin();
  Host host = host_open("mm_main", 0);
  if (!host.env) return host_close(&host);
  for (int32_t i = 0; i < wasm_runtime_get_import_count(host.module); ++i) {
    wasm_import_t import;
    wasm_runtime_get_import_type(host.module, i, &import);
    CHECK_EQ(import.linked, import.kind == WASM_IMPORT_EXPORT_KIND_GLOBAL);
  }
  host_close(&host);
  finish();
}

TEST(what_cannot_be_linked) {
  begin();
  capture_begin();
  Host host = host_open("mm_wrong", 0);
  const char* text = capture_end();
  if (!host.env) return host_close(&host);
  CHECK(logged(text,
               "failed to link function (counter, next): WASM module instantiate failed: "
               "incompatible import type"));
  CHECK(logged(text, "failed to link function (counter, nothing): "));
  CHECK(logged(text, "failed to load sub module: WASM module load failed: unknown import nowhere"));
  CHECK(logged(text,
               "failed to load sub module: WASM module load failed: found circular "
               "dependency on circle"));
  CHECK(logged(text,
               "failed to load sub module: WASM module load failed: a command (with _start "
               "function) can not be a sub-module"));
  CHECK(logged(text, "failed to load sub module: WASM module load failed: unknown binary version"));
  CHECK_EQ(taken_back, 2); /* the command and the broken one, at once */
  CHECK_TEXT(host_trap(&host, "typed", 0),
             "Exception: failed to call unlinked import function (counter, next)");
  CHECK_TEXT(host_trap(&host, "nowhere", 0),
             "Exception: failed to call unlinked import function (nowhere, function)");
  host_close(&host);
  CHECK_TEXT(host_refused("mm_global", 0),
             "WASM module instantiate failed: failed to link import global (counter, limit)");
  finish();
}

TEST(without_a_destroyer) {
  begin();
  wasm_runtime_set_module_reader(reads, NULL);
  capture_begin();
  Host host = host_open("mm_wrong", 0);
  CHECK(logged(capture_end(), "need to release the reading buffer of broken manually"));
  host_close(&host);
  RuntimeInitArgs args = host_init_args();
  wasm_runtime_destroy();
  CHECK_EQ(taken_back, 0);
  for (unsigned i = 0; i < given; ++i) free(given_bytes[i]);
  CHECK(wasm_runtime_full_init(&args));
  wasm_runtime_set_module_reader(NULL, NULL);
}

TEST(registered_by_the_host) {
  char error[128];
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host counter = host_open("mm_counter", 0);
  Host middle = host_try("mm_middle", 8192, 0); /* before: it stays unlinked */
  CHECK(wasm_runtime_register_module("counter", counter.module, error, sizeof error));
  CHECK(wasm_runtime_register_module("counter", counter.module, error, sizeof error));
  CHECK(!wasm_runtime_register_module("other", counter.module, error, sizeof error));
  CHECK_TEXT(error, "Register module failed: failed to rename the module");
  static const char* own[] = {"env", "wasi_unstable", "wasi_snapshot_preview1", ""};
  for (int i = 0; i < 4; ++i) {
    CHECK(!wasm_runtime_register_module(own[i], middle.module, error, sizeof error));
    CHECK_TEXT(error, "Register module failed: can not register as a built-in module");
  }
  CHECK(!wasm_runtime_register_module(NULL, middle.module, error, sizeof error));
  CHECK_TEXT(error, "Register module failed: module_name and module are required");
  CHECK(!wasm_runtime_register_module("name", NULL, error, sizeof error));
  CHECK(!wasm_runtime_register_module("name", middle.module, NULL, sizeof error));
  CHECK(!wasm_runtime_register_module("name", middle.module, error, 0));
  CHECK_TEXT(host_trap(&middle, "twice", 0),
             "Exception: failed to call unlinked import function (counter, next)");
  host_close(&middle);
  middle = host_open("mm_middle", 0);
  CHECK_EQ(host_i32(&middle, "twice", 0, 0), 12);
  /* The host's own instance is another one. */
  uint32_t cells[1];
  CHECK(host_call(&counter, "next", 0, cells) && cells[0] == 11);
  host_close(&counter); /* the registry keeps the module */
  CHECK_EQ(host_i32(&middle, "twice", 0, 0), 14);
  host_close(&middle);
  middle = host_open("mm_middle", 0);
  CHECK_EQ(host_i32(&middle, "twice", 0, 0), 12);
  host_close(&middle);
}

TEST(failures_leave_nothing) {
  begin();
  Host host = host_open("mm_main", 0);
  if (!host.env) return host_close(&host);
  /* A part that cannot be made: the memory would be too large. */
  wasm_module_inst_t refused =
      wasm_runtime_instantiate(host.module, 8192, UINT32_MAX, host_error, sizeof host_error);
  if (refused != NULL) wasm_runtime_deinstantiate(refused);
  /* Its end while it runs is refused, with its parts. */
  host_close(&host);
  finish();
}

/* Parts end with a root that its host retires. */
static unsigned gone;
static void tell(void* context, wasm_module_inst_t instance) {
  (void)instance;
  CHECK(context == &gone);
  ++gone;
}

TEST(retired_roots) {
  begin();
  Host host = host_open("mm_main", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_destroy_exec_env(host.env);
  host.env = NULL;
  CHECK(wembed_instance_retire(host.instance, tell, &gone));
  CHECK_EQ(gone, 1);
  host.instance = NULL;
  host_close(&host);
  finish();
}

int main(void) {
  RUN(instances_share_their_parts);
  RUN(reflection_of_what_is_linked);
  RUN(what_cannot_be_linked);
  RUN(without_a_destroyer);
  RUN(registered_by_the_host);
  RUN(failures_leave_nothing);
  RUN(retired_roots);
  return host_result();
}
