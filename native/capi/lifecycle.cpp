// wasm_export.h: start and end of the process-wide runtime, log level, version, running modes.
#include "capi/handles.h"
#include "tiers/engines.h"

using namespace wembed;

namespace {

static_assert(Mode_Interp == static_cast<int>(RunMode::Interpreted));
static_assert(Mode_Fast_JIT == static_cast<int>(RunMode::Quick));
static_assert(Mode_LLVM_JIT == static_cast<int>(RunMode::Full));
static_assert(Mode_Multi_Tier_JIT == static_cast<int>(RunMode::Sampled));

bool has_name(const RunningMode& mode) { return number_of(mode) < kRunModes; }

RunMode run_mode_of(const RunningMode& mode) { return static_cast<RunMode>(number_of(mode)); }

// Before there is a runtime: by one that has what the mode wants.
bool is_supported(const RunningMode& mode) {
  if (!has_name(mode)) return false;
  const Runtime* runtime = default_runtime();
  if (runtime != nullptr) return can_run(*runtime, run_mode_of(mode));
  int error = 0;
  return number_of(mode) <= Mode_Interp || native_engine(error) != nullptr;
}

}  // namespace

bool wasm_runtime_init() {
  wembed_config_t settings = default_config();
  RuntimeInitArgs args = {};
  args.mem_alloc_type = settings.mem_alloc_type;
  args.mem_alloc_option = settings.mem_alloc_option;
  return wasm_runtime_full_init(&args);
}

bool wasm_runtime_full_init(RuntimeInitArgs* init_args) {
  if (init_args == nullptr || !is_supported(init_args->running_mode)) {
    // A runtime that is up already takes no notice of the arguments.
    if (default_runtime() == nullptr) return false;
    return retain_default_runtime(RuntimeInitArgs{});
  }
  bool first = default_runtime() == nullptr;
  if (!retain_default_runtime(*init_args)) return false;
  if (!first) return true;
  if (init_args->enable_linux_perf) {
    log_message(default_log(), LogLevel::Warning,
                "warning: to enable linux perf support, please recompile with "
                "-DWAMR_BUILD_LINUX_PERF=1");
  }
  wasm_runtime_set_max_thread_num(init_args->max_thread_num);
  if (init_args->n_native_symbols == 0) return true;
  if (wasm_runtime_register_natives(init_args->native_module_name, init_args->native_symbols,
                                    init_args->n_native_symbols)) {
    return true;
  }
  release_default_runtime();
  return false;
}

void wasm_runtime_destroy() { release_default_runtime(); }

void wasm_runtime_set_log_level(log_level_t level) { set_log_level(number_of(level)); }

void wasm_runtime_get_version(uint32_t* major, uint32_t* minor, uint32_t* patch) {
  if (major != nullptr) *major = 2;
  if (minor != nullptr) *minor = 4;
  if (patch != nullptr) *patch = 5;
}

bool wasm_runtime_is_running_mode_supported(RunningMode running_mode) {
  return is_supported(running_mode);
}

bool wasm_runtime_set_default_running_mode(RunningMode running_mode) {
  Runtime* runtime = default_runtime();
  return runtime != nullptr && has_name(running_mode) &&
         set_default_run_mode(*runtime, run_mode_of(running_mode));
}

bool wasm_runtime_set_running_mode(wasm_module_inst_t module_inst, RunningMode running_mode) {
  return module_inst != nullptr && has_name(running_mode) &&
         set_run_mode(*unwrap(module_inst), run_mode_of(running_mode));
}

RunningMode wasm_runtime_get_running_mode(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr) return static_cast<RunningMode>(0);
  return static_cast<RunningMode>(run_mode(*unwrap(module_inst)));
}
