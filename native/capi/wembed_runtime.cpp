// wembed.h: runtimes beside the process-wide one, and facts about the library.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "capi/handles.h"
#include "capi/wembed_error.h"
#include "interp/interpreter.h"

using namespace wembed;

namespace {

EmbedderRuntime* fail(wembed_error_t* error, Error code, const char* message) {
  Diagnostic diagnostic;
  diagnostic.fail(code, "%s", message);
  fill_error(error, diagnostic, nullptr, nullptr);
  return nullptr;
}

EmbedderRuntime* make_runtime(const wembed_config_t& config, wembed_error_t* error) {
  EmbedderRuntime chosen;
  Allocator allocator;
  if (!choose_allocator(chosen, number_of(config.mem_alloc_type), config.mem_alloc_option,
                        allocator)) {
    return fail(error, Error::InvalidState, "the allocator options are not usable");
  }
  EmbedderRuntime* embedder = allocator.create<EmbedderRuntime>(chosen);
  if (embedder == nullptr) return fail(error, Error::OutOfMemory, error_text(Error::OutOfMemory));
  // The functions now live where the runtime does.
  if (chosen.kind == Alloc_With_Allocator) allocator = plain_allocator(embedder->functions);
  RuntimeConfig settings;
  settings.allocator = allocator;
  settings.engine = &interpreter_engine();
  settings.backend = static_cast<Backend>(config.backend);
  if (config.memory_functions != nullptr) {
    settings.memory_functions = core_functions(*config.memory_functions);
  }
  settings.signals = !config.signals_off;
  settings.log = {config.log, config.log_context};
  settings.growth_refused = &report_refused_growth;
  settings.memory.strategy = static_cast<MemoryStrategy>(config.memory_strategy);
  settings.memory.pool = {config.pool_slots, config.pool_slot_bytes, config.pool_keep_resident,
                          !config.signals_off, config.pool_strict};
  Diagnostic diagnostic;
  embedder->runtime = Runtime::create(settings, diagnostic);
  if (embedder->runtime != nullptr) return embedder;
  fill_error(error, diagnostic, nullptr, nullptr);
  allocator.destroy(embedder);
  return nullptr;
}

bool is_usable(const wembed_config_t& config) {
  // A buffer can hold the memory of a single instance only.
  if (config.backend > WEMBED_BACKEND_FUNCTIONS || config.backend == WEMBED_BACKEND_BUFFER) {
    return false;
  }
  const wembed_memory_functions_t* functions = config.memory_functions;
  if (functions != nullptr && functions->size < sizeof(*functions)) return false;
  if (config.backend == WEMBED_BACKEND_FUNCTIONS && functions == nullptr) return false;
  return config.memory_strategy <= WEMBED_MEMORY_ON_DEMAND;
}

}  // namespace

WEMBED_API wembed_runtime_t wembed_runtime_new(const wembed_config_t* config,
                                               wembed_error_t* error) {
  clear_error(error);
  wembed_config_t settings = {};
  settings.mem_alloc_type = Alloc_With_System_Allocator;
  // The caller's structure may end before the fields that came later; they count as zero then.
  bool usable = true;
  if (config != nullptr) {
    usable = config->size >= offsetof(wembed_config_t, memory_strategy);
    if (usable) std::memcpy(&settings, config, std::min<size_t>(config->size, sizeof(settings)));
  }
  if (!usable || !is_usable(settings)) {
    fill_usage_error(error, "the configuration is not usable");
    return nullptr;
  }
  return wrap(make_runtime(settings, error));
}

WEMBED_API void wembed_runtime_delete(wembed_runtime_t runtime) {
  if (runtime == nullptr) return;
  EmbedderRuntime* embedder = unwrap(runtime);
  // A copy of the functions, since the block that holds them goes last, by one of them.
  EmbedderRuntime last = *embedder;
  Allocator allocator = embedder->runtime->allocator();
  if (last.kind == Alloc_With_Allocator) allocator = plain_allocator(last.functions);
  embedder->runtime->destroy();
  allocator.destroy(embedder);
}

WEMBED_API const char* wembed_version() { return "0.1.0"; }

WEMBED_API const char* wembed_interpreter_dispatch() { return interpreter_dispatch(); }
