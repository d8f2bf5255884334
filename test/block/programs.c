/* Reading modules and using them up. */
#include "programs.h"

#include <dirent.h>

Program programs[256];
unsigned program_count;

static void read_program(const char* path) {
  if (strstr(path, "memory_full") != NULL) return; /* 4 GiB */
  if (strstr(path, "start_spin") != NULL) return;  /* never comes to its end */
  if (program_count == sizeof programs / sizeof programs[0]) {
    fprintf(stderr, "%s: there are more modules than places\n", path);
    exit(2);
  }
  Program* program = &programs[program_count];
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(2);
  }
  snprintf(program->path, sizeof program->path, "%s", path);
  const char* slash = strrchr(path, '/');
  snprintf(program->name, sizeof program->name, "%.63s", slash == NULL ? path : slash + 1);
  char* dot = strrchr(program->name, '.');
  if (dot != NULL) *dot = 0;
  fseek(file, 0, SEEK_END);
  program->bytes.size = (uint32_t)ftell(file);
  rewind(file);
  program->bytes.data = malloc(program->bytes.size + 1u);
  if (fread(program->bytes.data, 1, program->bytes.size, file) != program->bytes.size) exit(2);
  fclose(file);
  program_count++;
}

void read_programs(int argc, char** argv) {
  const char* folder = getenv("WEMBED_TEST_MODULES");
  DIR* directory = opendir(folder != NULL ? folder : ".");
  struct dirent* entry = NULL;
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    size_t length = strlen(entry->d_name);
    if (length < 6 || strcmp(entry->d_name + length - 5, ".wasm") != 0) continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : ".", entry->d_name);
    read_program(path);
  }
  if (directory != NULL) closedir(directory);
  for (int i = 1; i < argc; ++i) read_program(argv[i]);
  if (program_count != 0) return;
  fprintf(stderr, "no modules; WEMBED_TEST_MODULES names the folder\n");
  exit(2);
}

const Program* program_named(const char* name) {
  for (unsigned i = 0; i < program_count; ++i) {
    if (strcmp(programs[i].name, name) == 0) return &programs[i];
  }
  fprintf(stderr, "no module %s\n", name);
  exit(2);
}

static int32_t plain(wasm_exec_env_t env, int32_t a, int32_t b) {
  (void)env;
  return a - b;
}
static int32_t attached(wasm_exec_env_t env) {
  return (int32_t)(intptr_t)wasm_runtime_get_function_attachment(env);
}
static int32_t calls_back(wasm_exec_env_t env, int32_t value) {
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, "double");
  uint32_t cells[2] = {(uint32_t)value};
  if (function == NULL || !wasm_runtime_call_wasm(env, function, 1, cells)) return -1;
  return (int32_t)cells[0];
}
static int32_t fails(wasm_exec_env_t env, int32_t value) {
  wasm_runtime_set_exception(wasm_runtime_get_module_inst(env), "the host refuses");
  return value;
}

bool register_host(void* unused, wembed_runtime_t runtime) {
  (void)unused;
  static NativeSymbol symbols[] = {
      {"attached", (void*)attached, "()i", (void*)7},
      {"calls_back", (void*)calls_back, "(i)i", NULL},
      {"fails", (void*)fails, "(i)i", NULL},
      {"plain", (void*)plain, "(ii)i", NULL},
  };
  return wembed_register_natives(runtime, "env", symbols, 4, false);
}

wembed_instantiate_options_t limited_options(void) {
  wembed_instantiate_options_t options = {.size = sizeof options};
  options.heap_size = 4096;
  options.fuel = 20000;
  return options;
}

static bool is_memory_error(const wembed_error_t* error) {
  CHECK(error->message[0] != 0 && error->code[0] != 0);
  return error->kind == WEMBED_ERROR_RESOURCE || strcmp(error->code, "OutOfMemory") == 0;
}

/* Clears the exception; false when it was for want of memory. */
static bool explain(wasm_module_inst_t instance) {
  wembed_error_t error;
  if (!wembed_get_error(instance, &error)) return true;
  wembed_frame_t frame;
  uint32_t total;
  uint32_t count = wembed_trap_frame_count(instance, &total);
  for (uint32_t i = 0; i < count; ++i) CHECK(wembed_trap_frame(instance, i, &frame));
  bool for_memory = is_memory_error(&error) || strstr(error.message, "exec_env failed") != NULL;
  wasm_runtime_clear_exception(instance);
  return !for_memory;
}

wasm_module_t load_program(wembed_runtime_t runtime, const Program* program, unsigned round,
                           bool* good) {
  wembed_error_t error;
  wasm_module_t module;
  if (round % 3 == 2) {
    module = wembed_load_file(runtime, program->path, NULL, &error);
  } else {
    wembed_source_t source = {.size = sizeof source, .ownership = round % 3};
    source.bytes = program->bytes.data;
    source.length = program->bytes.size;
    source.name = program->name;
    module = wembed_load(runtime, &source, &error);
  }
  *good = module != NULL || !is_memory_error(&error);
  return module;
}

static bool call_all(wasm_module_inst_t instance, wasm_module_t module, wasm_exec_env_t env,
                     unsigned round) {
  bool good = true;
  for (uint32_t i = 0; i < wembed_module_export_count(module); ++i) {
    wembed_extern_type_t type;
    wembed_module_export(module, i, &type);
    if (type.kind != WEMBED_EXTERN_FUNC) continue;
    wasm_function_inst_t function = wembed_instance_function(instance, i);
    good &= function != NULL;
    if (function == NULL) continue;
    uint64_t slots[64] = {0};
    wembed_call_options_t limits = {.size = sizeof limits, .fuel = 20000};
    if (round % 4 == 1 && i < 3) {
      limits.fuel = -1;
      limits.deadline_ms = 3;
    }
    if (!wembed_call(env, function, slots, &limits)) {
      CHECK(wasm_runtime_get_exception(instance) != NULL);
      good &= explain(instance);
    }
  }
  return good;
}

bool use_instance(wasm_module_inst_t instance, wasm_module_t module, unsigned round) {
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 16 * 1024);
  if (env == NULL) return false;
  bool good = call_all(instance, module, env, round);
  uint64_t at = wasm_runtime_module_malloc(instance, 100, NULL);
  good &= explain(instance);
  if (at != 0) wasm_runtime_module_free(instance, at);
  good &= explain(instance);
  wasm_runtime_enlarge_memory(instance, 1);
  if (round % 2 == 1) {
    wembed_reset_options_t options = {.size = sizeof options, .fuel = 20000};
    wembed_error_t error;
    if (!wembed_instance_reset(instance, &options, &error)) good &= !is_memory_error(&error);
    good &= explain(instance) && call_all(instance, module, env, round);
  }
  wasm_runtime_destroy_exec_env(env);
  return good;
}

bool drive(wembed_runtime_t runtime, const Program* program, unsigned round) {
  bool good = true;
  wasm_module_t module = load_program(runtime, program, round, &good);
  if (module == NULL) return good;
  wembed_instantiate_options_t options = limited_options();
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  if (instance == NULL) {
    good = !is_memory_error(&error);
  } else {
    good = use_instance(instance, module, round);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
  return good;
}

bool is_whole(wembed_runtime_t runtime, const mem_alloc_info_t* before) {
  mem_alloc_info_t now;
  return CHECK(wembed_pool_info(runtime, &now)) &&
         CHECK_EQ(now.total_free_size, before->total_free_size);
}
