/* Who runs functions: the wish, what becomes of it, and that both give the same. */
#include "wembed.h"

#include "host.h"

static wembed_tier_report_t report_of(wembed_runtime_t runtime) {
  wembed_tier_report_t report = {.size = sizeof report};
  CHECK(wembed_tier_report(runtime, &report));
  CHECK_EQ(report.size, sizeof report);
  return report;
}

static wembed_runtime_t runtime_with(uint32_t tier) {
  const wembed_config_t config = {.size = sizeof config, .tier = tier};
  wembed_error_t error;
  return wembed_runtime_new(&config, &error);
}

/* A refusal says why. */
static void check_report(const wembed_tier_report_t* report, uint32_t wish) {
  CHECK_EQ(report->wish, wish);
  CHECK(report->taken == wish || report->taken == WEMBED_TIER_OFF);
  CHECK_EQ(report->taken != wish, report->reason[0] != 0);
}

TEST(a_wish_is_granted_or_refused_with_a_reason) {
  for (uint32_t tier = WEMBED_TIER_OFF; tier <= WEMBED_TIER_ALL; tier++) {
    wembed_runtime_t runtime = runtime_with(tier);
    if (!CHECK(runtime != NULL)) continue;
    const wembed_tier_report_t report = report_of(runtime);
    check_report(&report, tier);
    CHECK(report.taken == WEMBED_TIER_OFF || report.code_bytes > 0);
    wembed_runtime_delete(runtime);
  }
  CHECK(runtime_with(WEMBED_TIER_ALL + 1) == NULL);
}

TEST(the_environment_is_asked_where_nothing_is_said) {
  setenv("WEMBED_TIER", "first_call", 1);
  wembed_runtime_t runtime = runtime_with(WEMBED_TIER_DEFAULT);
  wembed_tier_report_t report = report_of(runtime);
  check_report(&report, WEMBED_TIER_FIRST_CALL);
  wembed_runtime_delete(runtime);
  setenv("WEMBED_TIER", "first", 1);
  CHECK(runtime_with(WEMBED_TIER_DEFAULT) == NULL);
  runtime = runtime_with(WEMBED_TIER_OFF);
  CHECK(runtime != NULL);
  wembed_runtime_delete(runtime);
  unsetenv("WEMBED_TIER");
  runtime = runtime_with(WEMBED_TIER_DEFAULT);
  report = report_of(runtime);
  check_report(&report, WEMBED_TIER_SAMPLED);
  wembed_runtime_delete(runtime);
}

TEST(what_the_rest_of_the_settings_forbids_is_refused) {
  static char pool[1 << 20];
  wembed_config_t config = {.size = sizeof config, .tier = WEMBED_TIER_FIRST_CALL};
  config.signals_off = true;
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  wembed_tier_report_t report = report_of(runtime);
  CHECK_EQ(report.taken, WEMBED_TIER_OFF);
  CHECK_TEXT(report.reason, "without signals faults of machine code are not told apart");
  wembed_runtime_delete(runtime);
  config = (wembed_config_t){.size = sizeof config, .tier = WEMBED_TIER_ALL};
  config.no_system_memory = true;
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = pool;
  config.mem_alloc_option.pool.heap_size = sizeof pool;
  runtime = wembed_runtime_new(&config, &error);
  if (!CHECK(runtime != NULL)) return;
  report = report_of(runtime);
  CHECK_EQ(report.taken, WEMBED_TIER_OFF);
  CHECK_TEXT(report.reason, "machine code would be memory of the system's");
  wembed_runtime_delete(runtime);
  config = (wembed_config_t){.size = sizeof config, .deadlines_off = true};
  runtime = wembed_runtime_new(&config, &error);
  report = report_of(runtime);
  check_report(&report, WEMBED_TIER_SAMPLED);
  CHECK_EQ(report.taken, WEMBED_TIER_OFF);
  CHECK_TEXT(report.reason, "without deadlines there is no timer to sample by");
  wembed_runtime_delete(runtime);
}

static unsigned checkpoints;

static bool go_on(void* context) {
  (void)context;
  checkpoints++;
  return true;
}

/* Calls `run` of a module in a runtime with that tier, until it has been asked often enough. */
static uint64_t run_registers(uint32_t tier, unsigned often) {
  const wembed_config_t config = {
      .size = sizeof config, .tier = tier, .checkpoint = go_on, .checkpoint_ms = 1};
  wembed_error_t error;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  Bytes bytes = host_read("registers");
  const wembed_source_t source = {.size = sizeof source,
                                  .ownership = WEMBED_BYTES_BORROW,
                                  .bytes = bytes.data,
                                  .length = bytes.size};
  wasm_module_t module = wembed_load(runtime, &source, &error);
  wasm_module_inst_t instance = wembed_instantiate(module, NULL, &error);
  uint64_t result = 0;
  if (CHECK(instance != NULL)) {
    wasm_exec_env_t env = wasm_runtime_get_exec_env_singleton(instance);
    wasm_function_inst_t run = wasm_runtime_lookup_function(instance, "run");
    checkpoints = 0;
    do {
      uint32_t cells[2] = {100000};
      CHECK(wasm_runtime_call_wasm(env, run, 1, cells));
      uint64_t got;
      memcpy(&got, cells, sizeof got);
      if (result != 0) CHECK_EQ(got, result);
      result = got;
    } while (checkpoints < often);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  free(bytes.data);
  return result;
}

TEST(what_is_in_registers_outlives_an_interruption) {
  const uint64_t expected = run_registers(WEMBED_TIER_OFF, 0);
  CHECK_EQ(run_registers(WEMBED_TIER_FIRST_CALL, 20), expected);
}

static uint64_t functions_refused(const char* word) {
  wembed_tier_refusal_t refusal = {.size = sizeof refusal};
  for (uint32_t reason = 0; wembed_tier_refusal(reason, &refusal); reason++) {
    if (strcmp(refusal.word, word) == 0) return refusal.functions;
  }
  return 0;
}

/* Runs a function with vectors; how many functions more were refused for them. */
static uint64_t run_vectors(uint32_t tier) {
  wembed_runtime_t runtime = runtime_with(tier);
  const uint64_t before = functions_refused("vectors");
  static const uint8_t bytes[] = {0,  'a',  's', 'm', 1, 0,    0, 0,    1,  5,    1,   0x60, 0,
                                  1,  0x7f, 3,   2,   1, 0,    7, 5,    1,  1,    'f', 0,    0,
                                  10, 11,   1,   9,   0, 0x41, 7, 0xfd, 17, 0xfd, 27,  0,    0x0b};
  const wembed_source_t source = {.size = sizeof source,
                                  .ownership = WEMBED_BYTES_BORROW,
                                  .bytes = bytes,
                                  .length = sizeof bytes};
  wembed_error_t error;
  wasm_module_t module = wembed_load(runtime, &source, &error);
  for (int i = 0; i < 2; i++) {
    wasm_module_inst_t instance = wembed_instantiate(module, NULL, &error);
    if (!CHECK(instance != NULL)) break;
    uint32_t cells[1] = {0};
    CHECK(wasm_runtime_call_wasm(wasm_runtime_get_exec_env_singleton(instance),
                                 wasm_runtime_lookup_function(instance, "f"), 0, cells));
    CHECK_EQ(cells[0], 7);
    wasm_runtime_deinstantiate(instance);
  }
  wasm_runtime_unload(module);
  const wembed_tier_report_t report = report_of(runtime);
  CHECK(report.refused >= functions_refused("vectors"));
  wembed_runtime_delete(runtime);
  return functions_refused("vectors") - before;
}

TEST(functions_that_stay_interpreted_are_counted_once) {
  wembed_runtime_t runtime = runtime_with(WEMBED_TIER_FIRST_CALL);
  const bool is_native = report_of(runtime).taken == WEMBED_TIER_FIRST_CALL;
  wembed_runtime_delete(runtime);
  CHECK_EQ(run_vectors(WEMBED_TIER_OFF), 0);
  CHECK_EQ(run_vectors(WEMBED_TIER_FIRST_CALL), is_native);
  CHECK_EQ(run_vectors(WEMBED_TIER_ALL), is_native);
}

TEST(reasons_have_words_and_texts) {
  wembed_tier_refusal_t refusal = {.size = sizeof refusal};
  uint32_t count = 0;
  uint64_t all = 0;
  for (; wembed_tier_refusal(count, &refusal); count++) {
    CHECK_EQ(refusal.size, sizeof refusal);
    CHECK(refusal.word[0] != 0 && refusal.text[0] != 0);
    all += refusal.functions;
  }
  CHECK_EQ(report_of(NULL).refused, all);
  CHECK(!wembed_tier_refusal(count + 1, &refusal));
  CHECK(!wembed_tier_refusal(UINT32_MAX, &refusal));
  CHECK(!wembed_tier_refusal(0, NULL));
  refusal.size = 0;
  CHECK(!wembed_tier_refusal(0, &refusal));
  refusal = (wembed_tier_refusal_t){.size = 4, .word = "untouched"};
  if (count > 0) CHECK(wembed_tier_refusal(0, &refusal));
  CHECK_TEXT(refusal.word, "untouched");
}

TEST(older_structures_are_understood) {
  wembed_runtime_t runtime = runtime_with(WEMBED_TIER_OFF);
  struct {
    wembed_tier_report_t report;
    uint32_t behind;
  } small = {.report = {.size = 8, .taken = 99}, .behind = 77};
  CHECK(wembed_tier_report(runtime, &small.report));
  CHECK_EQ(small.report.size, 8);
  CHECK_EQ(small.report.wish, WEMBED_TIER_OFF);
  CHECK_EQ(small.report.taken, 99);
  CHECK_EQ(small.behind, 77);
  CHECK(!wembed_tier_report(runtime, NULL));
  wembed_runtime_delete(runtime);
}

int main(void) {
  RUN(a_wish_is_granted_or_refused_with_a_reason);
  RUN(the_environment_is_asked_where_nothing_is_said);
  RUN(what_the_rest_of_the_settings_forbids_is_refused);
  RUN(what_is_in_registers_outlives_an_interruption);
  RUN(functions_that_stay_interpreted_are_counted_once);
  RUN(reasons_have_words_and_texts);
  RUN(older_structures_are_understood);
  return host_result();
}
