/* Settings of WASI, for modules and for instances, and what a module says about it. */
#include "capture.h"

static char* arguments[] = {"program", "argument"};
static const char* environment[] = {"NAME=value"};
static const char* directories[] = {"."};
static const char* mapped[] = {"/data::."};
static const char* addresses[] = {"127.0.0.1/8"};
static const char* names[] = {"*.example"};

TEST(modules_are_asked) {
  Host host = host_open("wasi_names", 0);
  if (!host.env) return host_close(&host);
  CHECK(wasm_runtime_is_wasi_mode(host.instance));
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), 0);
  /* The code is told, an exception is not. */
  CHECK(wasm_application_execute_main(host.instance, 0, NULL));
  CHECK(wasm_runtime_get_exception(host.instance) == NULL);
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), 42);
  wasm_function_inst_t entry = wasm_runtime_lookup_wasi_start_function(host.instance);
  CHECK(entry != NULL && !wasm_runtime_call_wasm(host.env, entry, 0, NULL));
  CHECK_TEXT(wasm_runtime_get_exception(host.instance), "Exception: wasi proc exit");
  host_close(&host);
  host = host_open("stacks", 0);
  if (!host.env) return host_close(&host);
  CHECK(!wasm_runtime_is_wasi_mode(host.instance)); /* it only has a _start */
  wasm_function_inst_t start = wasm_runtime_lookup_wasi_start_function(host.instance);
  CHECK(start != NULL && start == wasm_runtime_lookup_function(host.instance, "_start"));
  host_close(&host);
  host = host_open("memory", 0);
  CHECK(wasm_runtime_lookup_wasi_start_function(host.instance) == NULL);
  CHECK(!wasm_runtime_is_wasi_mode(host.instance) && !wasm_runtime_is_wasi_mode(NULL));
  host_close(&host);
}

/* A module of a type section, functions and exports. */
static const char* load_error(const uint8_t* bytes, uint32_t size) {
  static uint8_t copy[256];
  memcpy(copy, bytes, size);
  host_error[0] = 0;
  wasm_module_t module = wasm_runtime_load(copy, size, host_error, sizeof host_error);
  if (module != NULL) wasm_runtime_unload(module);
  return host_error;
}

#define HEAD 0, 'a', 's', 'm', 1, 0, 0, 0
#define START 6, '_', 's', 't', 'a', 'r', 't'

TEST(what_breaks_the_conventions_is_not_loaded) {
  static const uint8_t no_memory[] = {HEAD, 1, 4,     1, 0x60, 0,  0, 3, 2, 1, 0, 7,
                                      10,   1, START, 0, 0,    10, 4, 1, 2, 0, 11};
  CHECK_TEXT(load_error(no_memory, sizeof no_memory),
             "WASM module load failed: a module with WASI apis must export memory by default");
  static const uint8_t wrong_type[] = {HEAD, 1,  5, 1,     0x60, 1, 0x7f, 0, 3, 2, 1, 0,
                                       7,    10, 1, START, 0,    0, 10,   4, 1, 2, 0, 11};
  CHECK_TEXT(load_error(wrong_type, sizeof wrong_type),
             "WASM module load failed: the signature of builtin _start function is wrong");
  static const uint8_t imported[] = {HEAD, 1, 4,   1, 0x60, 0, 0,  2, 7,     1, 1,
                                     'm',  1, 'f', 0, 0,    7, 10, 1, START, 0, 0};
  CHECK_TEXT(load_error(imported, sizeof imported),
             "WASM module load failed: the builtin _start function can not be an import function");
}

TEST(directories_that_are_not_there) {
  Host host = host_open("wasi_names", 0);
  if (!host.env) return host_close(&host);
  static const struct {
    const char *directory, *map, *pool, *error;
  } wrong[] = {
      {"/nowhere/x", NULL, NULL, "error while pre-opening directory /nowhere/x: 2\n"},
      {NULL, "nothing", NULL, "error while pre-opening mapped directory: invalid map\n"},
      {NULL, "/a::/nowhere/x", NULL, "error while pre-opening mapped directory /nowhere/x: 2\n"},
      {NULL, NULL, "127.0.0.1",
       "Invalid address pool entry: 127.0.0.1, must be in the format of ADDRESS/MASK"},
      {NULL, NULL, "127.0.0.1/x", "Invalid address pool entry: mask must be a number"},
      {NULL, NULL, "127.0.0.1/33", "Init wasi environment failed: invalid mask number"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    struct InstantiationArgs2* args = NULL;
    const char *directory = wrong[i].directory, *map = wrong[i].map, *pool = wrong[i].pool;
    CHECK(wasm_runtime_instantiation_args_create(&args));
    wasm_runtime_instantiation_args_set_wasi_dir(args, &directory, directory != NULL, &map,
                                                 map != NULL);
    wasm_runtime_instantiation_args_set_wasi_addr_pool(args, &pool, pool != NULL);
    CHECK(wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error) == NULL);
    CHECK_TEXT(host_error, wrong[i].error);
    wasm_runtime_instantiation_args_destroy(args);
  }
  host_close(&host);
}

/* Once, before any other export; the memory of an instance that was reset has it anew. */
TEST(reactors_are_initialized) {
  Host host = host_open("wasi_reactor", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "count", 0, 0), 1);
  CHECK_EQ(host_i32(&host, "count", 0, 0), 1);
  host_close(&host);
}

/* Instances that are made with another one have what it has. */
TEST(parts_share_what_was_given) {
  Bytes reactor = host_read("wasi_reactor");
  wasm_module_t module =
      wasm_runtime_load(reactor.data, reactor.size, host_error, sizeof host_error);
  CHECK(module != NULL);
  CHECK(wasm_runtime_register_module("reactor", module, host_error, sizeof host_error));
  Host host = host_open("wasi_parts", 0);
  if (host.env) {
    CHECK_EQ(host_i32(&host, "count", 0, 0), 11);
    CHECK_EQ(host_i32(&host, "close", 0, 0), 8);
  }
  host_close(&host);
  wasm_runtime_unload(module);
  wasm_runtime_destroy();
  free(reactor.data);
  RuntimeInitArgs args = host_init_args();
  CHECK(wasm_runtime_full_init(&args));
}

static struct InstantiationArgs2* settings(void) {
  struct InstantiationArgs2* args = NULL;
  CHECK(wasm_runtime_instantiation_args_create(&args));
  wasm_runtime_instantiation_args_set_default_stack_size(args, 8192);
  return args;
}

TEST(settings_of_modules_and_instances) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_set_wasi_args(host.module, directories, 1, mapped, 1, environment, 1, arguments, 2);
  wasm_runtime_set_wasi_args_ex(host.module, directories, 1, mapped, 1, environment, 1, arguments,
                                2, 0, 1, 2);
  wasm_runtime_set_wasi_addr_pool(host.module, addresses, 1);
  wasm_runtime_set_wasi_ns_lookup_pool(host.module, names, 1);
  struct InstantiationArgs2* args = settings();
  wasm_module_inst_t instance =
      wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error);
  CHECK(instance != NULL); /* the module's */
  wasm_runtime_deinstantiate(instance);
  for (int what = 0; what < 6; ++what) {
    wasm_runtime_instantiation_args_destroy(args);
    args = settings();
    if (what == 0) wasm_runtime_instantiation_args_set_wasi_arg(args, arguments, 2);
    if (what == 1) wasm_runtime_instantiation_args_set_wasi_env(args, environment, 1);
    if (what == 2) {
      wasm_runtime_instantiation_args_set_wasi_dir(args, directories, 1, mapped, 1);
    }
    if (what == 3) wasm_runtime_instantiation_args_set_wasi_stdio(args, 0, 1, 2);
    if (what == 4) wasm_runtime_instantiation_args_set_wasi_addr_pool(args, addresses, 1);
    if (what == 5) wasm_runtime_instantiation_args_set_wasi_ns_lookup_pool(args, names, 1);
    CHECK(wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error) == NULL);
    CHECK_TEXT(host_error,
               "WASM module instantiate failed: WASI configuration was given via both "
               "of module and InstantiationArgs2");
  }
  host_close(&host);
  host = host_open("memory", 0); /* another module, to which nothing was said */
  instance = wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error);
  CHECK(instance != NULL);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_instantiation_args_destroy(args);
  host_close(&host);
  wasm_runtime_set_wasi_args(NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0);
  wasm_runtime_set_wasi_addr_pool(NULL, NULL, 0);
  wasm_runtime_set_wasi_ns_lookup_pool(NULL, NULL, 0);
  wasm_runtime_instantiation_args_set_wasi_arg(NULL, NULL, 0);
}

TEST(custom_data_of_an_instance) {
  Host host = host_open("memory", 0);
  if (!host.env) return host_close(&host);
  struct InstantiationArgs2* args = settings();
  wasm_runtime_instantiation_args_set_custom_data(args, &host);
  wasm_runtime_instantiation_args_set_custom_data(NULL, &host);
  wasm_module_inst_t instance =
      wasm_runtime_instantiate_ex2(host.module, args, host_error, sizeof host_error);
  CHECK(instance != NULL && wasm_runtime_get_custom_data(instance) == &host);
  wasm_runtime_deinstantiate(instance);
  wasm_runtime_instantiation_args_destroy(args);
  host_close(&host);
}

int main(void) {
  RUN(modules_are_asked);
  RUN(what_breaks_the_conventions_is_not_loaded);
  RUN(directories_that_are_not_there);
  RUN(reactors_are_initialized);
  RUN(parts_share_what_was_given);
  RUN(settings_of_modules_and_instances);
  RUN(custom_data_of_an_instance);
  return host_result();
}
