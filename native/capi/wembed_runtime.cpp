// wembed.h: runtimes beside the process-wide one, and facts about the library.
#include "capi/runtime_config.h"
#include "capi/wembed_error.h"
#include "interp/interpreter.h"
#include "runtime/native_stack.h"

using namespace wembed;

WEMBED_API wembed_runtime_t wembed_runtime_new(const wembed_config_t* config,
                                               wembed_error_t* error) {
  clear_error(error);
  wembed_config_t settings;
  if (Refusal refusal = read_config(config, settings)) {
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  Diagnostic diagnostic;
  EmbedderRuntime* made = make_runtime(settings, diagnostic);
  if (made == nullptr) fill_error(error, diagnostic, nullptr, nullptr);
  return wrap(made);
}

WEMBED_API void wembed_runtime_delete(wembed_runtime_t runtime) {
  if (runtime != nullptr) delete_runtime(unwrap(runtime));
}

WEMBED_API wembed_signals_t wembed_check_signals(wembed_runtime_t runtime) {
  const Runtime* target = runtime_of(unwrap(runtime));
  if (target == nullptr || !target->signals()) return WEMBED_SIGNALS_OFF;
  switch (look_at_signals()) {
    case platform::FaultDelivery::Blocked: return WEMBED_SIGNALS_BLOCKED;
    case platform::FaultDelivery::Covered: return WEMBED_SIGNALS_COVERED;
    default: return WEMBED_SIGNALS_WORK;
  }
}

WEMBED_API bool wembed_set_default_config(const wembed_config_t* config, wembed_error_t* error) {
  clear_error(error);
  wembed_config_t settings;
  if (Refusal refusal = read_config(config, settings)) {
    fill_usage_error(error, refusal.text);
    return false;
  }
  set_default_config(settings);
  return true;
}

WEMBED_API const char* wembed_version() { return "0.1.0"; }

WEMBED_API uint64_t wembed_features() { return kImplementedFeatures; }

WEMBED_API const char* wembed_interpreter_dispatch() { return interpreter::dispatch(); }
