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
  capture_begin();
  CHECK(wasm_runtime_lookup_wasi_start_function(host.instance) == NULL);
  CHECK(logged(capture_end(), "Lookup wasi _start function failed: invalid function type.\n"));
  CHECK_EQ(wasm_runtime_get_wasi_exit_code(host.instance), 0);
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
  RUN(settings_of_modules_and_instances);
  RUN(custom_data_of_an_instance);
  return host_result();
}
