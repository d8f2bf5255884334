/*
 * Random sequences of calls of WAMR's API: handles of all kinds, NULL and those of other kinds
 * where that can be told, any order, counts, offsets and types. Whatever is refused, nothing
 * crashes, and nothing is left in the end.
 *
 *   fuzz_api_random [SEED [STEPS]]
 */
#include "../api/host.h"
#include "wembed.h"

enum { kModules = 4, kInstances = 6, kEnvs = 6, kHeaps = 5, kPage = 65536 };

static uint64_t state;
static uint32_t next_random(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % below;
}

/* Numbers where something begins or ends are likelier than others. */
static uint64_t any_number(void) {
  static const uint64_t edges[] = {
      0,          1,          4,          8,          16,
      65535,      65536,      65537,      0x7fffffff, 0x80000000,
      0xfffff000, 0xfffffff8, 0xffffffff, UINT64_MAX, UINT64_MAX - 4095};
  uint64_t number = edges[next_random(sizeof edges / sizeof *edges)];
  return next_random(3) == 0 ? number + next_random(64) : number;
}

static const char* const names[] = {"memory",         "calls",  "traps",       "shared_heap",
                                    "shared_heap_64", "tables", "memory_none", "globals"};
static const char* const exports[] = {"sum",  "load8", "store8", "grow", "fill", "copy",
                                      "text", "bytes", "malloc", "free", "none", ""};

typedef struct Slot {
  wasm_module_t module;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
  int of; /* an env's instance, an instance's module */
} Slot;

static Slot modules[kModules], instances[kInstances], envs[kEnvs];
static Bytes bytes[kModules];
static wasm_shared_heap_t heaps[kHeaps];
static _Alignas(4096) char given[kHeaps][2 * 4096];
static char error[128];

static uint32_t text(wasm_exec_env_t env, const char* given_text) {
  return (void)env, (uint32_t)strlen(given_text);
}
static uint32_t sum(wasm_exec_env_t env, const uint8_t* data, uint32_t count) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < count; ++i) total += data[i];
  return (void)env, total;
}
static NativeSymbol natives[] = {{"text", text, "($)i", NULL}, {"bytes", sum, "(*~)i", NULL}};

static wasm_module_inst_t an_instance(void) {
  return next_random(20) == 0 ? NULL : instances[next_random(kInstances)].instance;
}
static wasm_shared_heap_t a_heap(void) {
  switch (next_random(12)) {
    case 0: return NULL;
    case 1: return (wasm_shared_heap_t)(void*)given;
    default: return heaps[next_random(kHeaps)];
  }
}

static void load_or_unload(void) {
  int at = (int)next_random(kModules);
  if (modules[at].module != NULL) {
    for (int i = 0; i < kInstances; ++i) {
      if (instances[i].instance != NULL && instances[i].of == at) return;
    }
    wasm_runtime_unload(modules[at].module);
    free(bytes[at].data);
    modules[at].module = NULL;
    return;
  }
  const char* name = names[next_random(sizeof names / sizeof *names)];
  if (strcmp(name, "tables") == 0) name = "no_table";
  bytes[at] = host_read(name);
  uint32_t size = next_random(6) == 0 ? next_random(bytes[at].size) : bytes[at].size;
  modules[at].module = wasm_runtime_load(bytes[at].data, size, error, next_random(129));
  if (modules[at].module == NULL) free(bytes[at].data);
}

static void make_or_end_instance(void) {
  int at = (int)next_random(kInstances);
  if (instances[at].instance != NULL) {
    if (next_random(3) == 0) {
      wembed_instance_reset(instances[at].instance, NULL, NULL);
      return;
    }
    for (int i = 0; i < kEnvs; ++i) {
      if (envs[i].env == NULL || envs[i].of != at) continue;
      wasm_runtime_destroy_exec_env(envs[i].env);
      envs[i].env = NULL;
    }
    wasm_runtime_deinstantiate(instances[at].instance);
    instances[at].instance = NULL;
    return;
  }
  int of = (int)next_random(kModules);
  if (modules[of].module == NULL) return;
  instances[at].of = of;
  instances[at].instance = wasm_runtime_instantiate(modules[of].module, next_random(2) * 8192,
                                                    next_random(3) * 4096, error, sizeof error);
}

static void make_or_end_env(void) {
  int at = (int)next_random(kEnvs), of = (int)next_random(kInstances);
  if (envs[at].env != NULL) {
    wasm_runtime_destroy_exec_env(envs[at].env);
    envs[at].env = NULL;
  } else if (instances[of].instance != NULL) {
    envs[at].of = of;
    envs[at].env = wasm_runtime_create_exec_env(instances[of].instance, 1024 + next_random(65536));
  }
}

static void call_guest(void) {
  Slot* slot = &envs[next_random(kEnvs)];
  if (slot->env == NULL) return;
  wasm_module_inst_t instance = instances[slot->of].instance;
  wasm_function_inst_t function = wasm_runtime_lookup_function(
      instance, exports[next_random(sizeof exports / sizeof *exports)]);
  if (function == NULL) return;
  uint32_t cells[16];
  for (int i = 0; i < 16; ++i) cells[i] = (uint32_t)any_number();
  wasm_runtime_set_instruction_count_limit(slot->env, 10000);
  wasm_runtime_call_wasm(slot->env, function, next_random(9), cells);
  wasm_val_t values[8];
  for (int i = 0; i < 8; ++i) {
    values[i].kind = (wasm_valkind_t)next_random(6);
    values[i].of.i64 = (int64_t)any_number();
  }
  wasm_val_t results[4];
  wasm_runtime_call_wasm_a(slot->env, function, next_random(3), results, next_random(5), values);
  wasm_runtime_call_indirect(slot->env, (uint32_t)any_number(), next_random(9), cells);
}

static void addresses(void) {
  wasm_module_inst_t instance = an_instance();
  uint64_t at = any_number(), size = any_number(), from, to;
  uint8_t* place = wasm_runtime_addr_app_to_native(instance, at);
  if (place != NULL) {
    *place = 1; /* it is there */
    CHECK_EQ(wasm_runtime_addr_native_to_app(instance, place), at);
  }
  if (wasm_runtime_validate_app_addr(instance, at, size) && size > 0 && size < kPage) {
    memset(wasm_runtime_addr_app_to_native(instance, at), 0, size);
  }
  wasm_runtime_validate_app_str_addr(instance, at);
  wasm_runtime_validate_native_addr(instance, (void*)(uintptr_t)at, size);
  wasm_runtime_get_app_addr_range(instance, at, &from, &to);
  if (instance != NULL) wasm_runtime_clear_exception(instance);
}

static void blocks(void) {
  wasm_module_inst_t instance = an_instance();
  void* place = NULL;
  uint64_t offset = wasm_runtime_module_malloc(instance, any_number() % 100000, &place);
  if (offset != 0) memset(place, 1, 1);
  wasm_runtime_module_free(instance, next_random(3) == 0 ? any_number() : offset);
  offset = wasm_runtime_shared_heap_malloc(instance, any_number() % 10000, &place);
  if (offset != 0) memset(place, 1, 1);
  if (next_random(4) != 0) {
    wasm_runtime_shared_heap_free(instance, next_random(3) == 0 ? any_number() : offset);
  }
  if (instance != NULL) wasm_runtime_clear_exception(instance);
}

static void heaps_and_chains(void) {
  switch (next_random(7)) {
    case 0: {
      uint32_t at = next_random(kHeaps);
      if (heaps[at] != NULL) break;
      SharedHeapInitArgs args = {next_random(2) ? 4096 : 8192, next_random(2) ? given[at] : NULL};
      if (next_random(8) == 0) args.size = (uint32_t)any_number() % (1 << 20);
      if (args.size > sizeof given[at]) args.pre_allocated_addr = NULL;
      heaps[at] = wasm_runtime_create_shared_heap(&args);
      break;
    }
    case 1: wasm_runtime_chain_shared_heaps(a_heap(), a_heap()); break;
    case 2: wasm_runtime_unchain_shared_heaps(a_heap(), next_random(2) == 0); break;
    case 3: wasm_runtime_reset_shared_heap_chain(a_heap()); break;
    case 4:
    case 5: wasm_runtime_attach_shared_heap(an_instance(), a_heap()); break;
    default: wasm_runtime_detach_shared_heap(an_instance());
  }
}

static void figures(void) {
  wasm_module_inst_t instance = an_instance();
  wasm_runtime_sum_wasm_exec_time(instance);
  wasm_runtime_get_wasm_func_exec_time(instance, exports[next_random(4)]);
  wasm_runtime_get_exception(instance);
  wasm_runtime_get_custom_data(instance);
  if (instance == NULL) return;
  wasm_runtime_terminate(instance);
  wasm_runtime_clear_exception(instance);
}

typedef void (*Step)(void);
static const Step steps[] = {load_or_unload,
                             make_or_end_instance,
                             make_or_end_instance,
                             make_or_end_env,
                             call_guest,
                             call_guest,
                             call_guest,
                             addresses,
                             addresses,
                             blocks,
                             heaps_and_chains,
                             heaps_and_chains,
                             figures};

static uint64_t seed, count;

static void end_all(void) {
  for (int i = 0; i < kEnvs; ++i) {
    if (envs[i].env != NULL) wasm_runtime_destroy_exec_env(envs[i].env);
  }
  for (int i = 0; i < kInstances; ++i) {
    if (instances[i].instance != NULL) wasm_runtime_deinstantiate(instances[i].instance);
  }
  for (int i = 0; i < kModules; ++i) {
    if (modules[i].module == NULL) continue;
    wasm_runtime_unload(modules[i].module);
    free(bytes[i].data);
  }
  memset(envs, 0, sizeof envs);
  memset(instances, 0, sizeof instances);
  memset(modules, 0, sizeof modules);
  memset(heaps, 0, sizeof heaps);
}

TEST(random_calls) {
  state = seed;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
  CHECK(wasm_runtime_register_natives("host", natives, 2));
  for (uint64_t i = 0; i < count; ++i) steps[next_random(sizeof steps / sizeof *steps)]();
  end_all();
}

int main(int argc, char** argv) {
  seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
  for (int run = 0; run < 5 && host_failures == 0; ++run, ++seed) RUN(random_calls);
  if (host_failures != 0) fprintf(stderr, "seed %llu\n", (unsigned long long)(seed - 1));
  return host_result();
}
