/* Running modes: of the runtime, and of single instances of one module. */
#include "wembed.h"

#include "host.h"

#define ALL_MODES 5

static wembed_tier_report_t report_of(wembed_runtime_t runtime) {
  wembed_tier_report_t report = {.size = sizeof report};
  CHECK(wembed_tier_report(runtime, &report));
  return report;
}

/* Whether functions can run as machine code here. */
static bool has_machine_code(void) {
  const wembed_config_t config = {.size = sizeof config, .tier = WEMBED_TIER_FIRST_CALL};
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  const wembed_tier_report_t report = report_of(runtime);
  wembed_runtime_delete(runtime);
  return report.taken == WEMBED_TIER_FIRST_CALL;
}

/* Functions of the process that have become machine code. */
static uint64_t compiled(void) { return report_of(NULL).functions; }

static RuntimeInitArgs args_with(RunningMode mode) {
  RuntimeInitArgs args = host_init_args();
  args.running_mode = mode;
  return args;
}

static wasm_module_inst_t another(const Host* host) {
  return wasm_runtime_instantiate(host->module, 65536, 0, host_error, sizeof host_error);
}

/* Calls `sum` of ten on an exec_env of its own. */
static uint32_t sum(wasm_module_inst_t instance) {
  uint32_t cells[2] = {10};
  wasm_exec_env_t env = wasm_runtime_create_exec_env(instance, 65536);
  wasm_function_inst_t function = wasm_runtime_lookup_function(instance, "sum");
  CHECK(wasm_runtime_call_wasm(env, function, 1, cells));
  wasm_runtime_destroy_exec_env(env);
  return cells[0];
}

static bool supports(RunningMode mode) {
  const bool is_supported = wasm_runtime_is_running_mode_supported(mode);
  Host host = host_open("calls", 0);
  if (host.env) CHECK_EQ(wasm_runtime_set_running_mode(host.instance, mode), is_supported);
  host_close(&host);
  CHECK_EQ(wasm_runtime_set_default_running_mode(mode), is_supported);
  CHECK(wasm_runtime_set_default_running_mode((RunningMode)0));
  return is_supported;
}

TEST(each_mode_is_possible_or_refused_everywhere) {
  const wembed_tier_report_t report = report_of(NULL);
  const bool is_native = report.taken != WEMBED_TIER_OFF;
  CHECK(supports((RunningMode)0));
  CHECK(supports(Mode_Interp));
  CHECK_EQ(supports(Mode_Fast_JIT), is_native);
  CHECK_EQ(supports(Mode_LLVM_JIT), is_native);
  CHECK_EQ(supports(Mode_Multi_Tier_JIT), report.taken == WEMBED_TIER_SAMPLED);
  CHECK(!supports((RunningMode)ALL_MODES));
  CHECK(!supports((RunningMode)-1));
  CHECK(!wasm_runtime_set_running_mode(NULL, Mode_Interp));
}

TEST(an_instance_is_in_the_mode_that_was_set) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  const RunningMode best = wasm_runtime_get_running_mode(host.instance);
  for (uint32_t mode = Mode_Interp; mode < ALL_MODES; mode++) {
    if (!wasm_runtime_is_running_mode_supported((RunningMode)mode)) continue;
    CHECK(wasm_runtime_set_running_mode(host.instance, (RunningMode)mode));
    CHECK_EQ(wasm_runtime_get_running_mode(host.instance), mode);
    CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
    CHECK(!wasm_runtime_set_running_mode(host.instance, (RunningMode)ALL_MODES));
    CHECK_EQ(wasm_runtime_get_running_mode(host.instance), mode);
  }
  CHECK(wasm_runtime_set_running_mode(host.instance, (RunningMode)0));
  CHECK_EQ(wasm_runtime_get_running_mode(host.instance), best);
  host_close(&host);
}

TEST(instances_of_one_module_run_in_different_modes) {
  if (!wasm_runtime_is_running_mode_supported(Mode_Fast_JIT)) return;
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_module_inst_t interpreted = another(&host);
  CHECK(wasm_runtime_set_running_mode(interpreted, Mode_Interp));
  CHECK(wasm_runtime_set_running_mode(host.instance, Mode_Fast_JIT));
  const uint64_t before = compiled();
  CHECK_EQ(sum(interpreted), 55);
  CHECK_EQ(compiled(), before);
  CHECK_EQ(sum(host.instance), 55);
  const uint64_t after = compiled();
  CHECK(after > before);
  CHECK_EQ(sum(interpreted), 55);
  CHECK_EQ(compiled(), after);
  CHECK_EQ(wasm_runtime_get_running_mode(interpreted), Mode_Interp);
  CHECK_EQ(wasm_runtime_get_running_mode(host.instance), Mode_Fast_JIT);
  wasm_runtime_deinstantiate(interpreted);
  host_close(&host);
}

TEST(a_default_is_of_instances_made_afterwards) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  const RunningMode best = wasm_runtime_get_running_mode(host.instance);
  CHECK(wasm_runtime_set_default_running_mode(Mode_Interp));
  CHECK_EQ(wasm_runtime_get_running_mode(host.instance), best);
  wasm_module_inst_t second = another(&host);
  CHECK_EQ(wasm_runtime_get_running_mode(second), Mode_Interp);
  CHECK(!wasm_runtime_set_default_running_mode((RunningMode)ALL_MODES));
  CHECK(wasm_runtime_set_default_running_mode((RunningMode)0));
  wasm_module_inst_t third = another(&host);
  CHECK_EQ(wasm_runtime_get_running_mode(third), best);
  CHECK_EQ(wasm_runtime_get_running_mode(second), Mode_Interp);
  wasm_runtime_deinstantiate(third);
  wasm_runtime_deinstantiate(second);
  host_close(&host);
}

static uint32_t turns;

/* Changes the mode in the midst of calls of the guest, at each depth another. */
static uint32_t again(wasm_exec_env_t env, uint32_t depth) {
  const RunningMode modes[] = {Mode_Fast_JIT, Mode_Interp, (RunningMode)0, Mode_Multi_Tier_JIT};
  wasm_module_inst_t instance = wasm_runtime_get_module_inst(env);
  const RunningMode mode = modes[depth % 4];
  turns++;
  CHECK_EQ(wasm_runtime_set_running_mode(instance, mode),
           wasm_runtime_is_running_mode_supported(mode));
  if (depth == 12) return 100;
  uint32_t cells[1] = {depth};
  wasm_function_inst_t recurse = wasm_runtime_lookup_function(instance, "recurse");
  CHECK(wasm_runtime_call_wasm(env, recurse, 1, cells));
  return cells[0] + 1;
}

TEST(a_mode_changes_while_the_instance_is_called) {
  static NativeSymbol symbols[] = {{"again", (void*)again, "(i)i", NULL}};
  CHECK(wasm_runtime_register_natives("env", symbols, 1));
  Host host = host_open("recurse_host", 0);
  turns = 0;
  if (host.env) CHECK_EQ(host_i32(&host, "recurse", 0, 0), 111);
  CHECK_EQ(turns, 12);
  host_close(&host);
}

TEST(code_for_calls_under_a_limit_changes_too) {
  Host host = host_open("calls", 0);
  if (!host.env) return host_close(&host);
  wasm_runtime_set_instruction_count_limit(host.env, 1000);
  CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
  CHECK(wasm_runtime_set_running_mode(host.instance, Mode_Interp));
  CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
  wasm_runtime_set_instruction_count_limit(host.env, 5);
  CHECK_TEXT(host_trap(&host, "sum", 10), "Exception: instruction limit exceeded");
  wasm_runtime_set_instruction_count_limit(host.env, -1);
  CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
  host_close(&host);
}

/* What instances are in, in a process-wide runtime that was started with the mode. */
static void started_with(RunningMode mode, RunningMode other) {
  RuntimeInitArgs args = args_with(mode);
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  Host host = host_open("calls", 0);
  if (host.env) {
    CHECK_EQ(wasm_runtime_get_running_mode(host.instance), mode);
    CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
    CHECK(wasm_runtime_set_running_mode(host.instance, other));
    CHECK_EQ(wasm_runtime_get_running_mode(host.instance), other);
    CHECK_EQ(host_i32(&host, "sum", 10, 0), 55);
  }
  host_close(&host);
  wasm_runtime_destroy();
}

static void a_runtime_starts_with_a_mode(bool is_native) {
  if (is_native) {
    started_with(Mode_Fast_JIT, Mode_Interp);
    started_with(Mode_LLVM_JIT, Mode_Fast_JIT);
    started_with(Mode_Multi_Tier_JIT, Mode_LLVM_JIT);
    started_with(Mode_Interp, getenv("WEMBED_TIER") == NULL ? Mode_Multi_Tier_JIT : Mode_Fast_JIT);
  } else {
    started_with(Mode_Interp, Mode_Interp);
    RuntimeInitArgs args = args_with(Mode_Fast_JIT);
    CHECK(!wasm_runtime_full_init(&args));
  }
  RuntimeInitArgs args = args_with((RunningMode)ALL_MODES);
  CHECK(!wasm_runtime_full_init(&args));
  CHECK_EQ(host_blocks, 0);
}

static bool starts(const wembed_config_t* config, RunningMode mode) {
  CHECK(wembed_set_default_config(config, NULL));
  RuntimeInitArgs args = args_with(mode);
  const bool is_up = wasm_runtime_full_init(&args);
  if (is_up) wasm_runtime_destroy();
  CHECK(wembed_set_default_config(NULL, NULL));
  CHECK_EQ(host_blocks, 0);
  return is_up;
}

static void a_mode_that_the_settings_forbid_is_refused(bool is_native) {
  const wembed_config_t no_signals = {.size = sizeof no_signals, .signals_off = true};
  CHECK(!starts(&no_signals, Mode_Fast_JIT));
  CHECK(!starts(&no_signals, Mode_Multi_Tier_JIT));
  CHECK(starts(&no_signals, Mode_Interp));
  const wembed_config_t no_timer = {.size = sizeof no_timer, .deadlines_off = true};
  CHECK_EQ(starts(&no_timer, Mode_LLVM_JIT), is_native);
  CHECK(!starts(&no_timer, Mode_Multi_Tier_JIT));
}

static void before_there_is_a_runtime(bool is_native) {
  CHECK(wasm_runtime_is_running_mode_supported((RunningMode)0));
  CHECK(wasm_runtime_is_running_mode_supported(Mode_Interp));
  for (uint32_t mode = Mode_Fast_JIT; mode < ALL_MODES; mode++) {
    CHECK_EQ(wasm_runtime_is_running_mode_supported((RunningMode)mode), is_native);
  }
  CHECK(!wasm_runtime_is_running_mode_supported((RunningMode)ALL_MODES));
  CHECK(!wasm_runtime_set_default_running_mode(Mode_Interp));
  CHECK_EQ(wasm_runtime_get_running_mode(NULL), 0);
}

int main(void) {
  const bool is_native = has_machine_code();
  before_there_is_a_runtime(is_native);
  a_runtime_starts_with_a_mode(is_native);
  a_mode_that_the_settings_forbid_is_refused(is_native);
  RUN(each_mode_is_possible_or_refused_everywhere);
  RUN(an_instance_is_in_the_mode_that_was_set);
  RUN(instances_of_one_module_run_in_different_modes);
  RUN(a_default_is_of_instances_made_afterwards);
  RUN(a_mode_changes_while_the_instance_is_called);
  RUN(code_for_calls_under_a_limit_changes_too);
  return host_result();
}
