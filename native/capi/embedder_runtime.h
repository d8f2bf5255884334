// A Runtime together with the allocator its embedder chose, and the process-wide one of WAMR's API.
#pragma once

#include <cstring>
#include <mutex>

#include "base/pool_allocator.h"
#include "base/system_allocator.h"
#include "capi/log_output.h"
#include "capi/module_registry.h"
#include "runtime/runtime.h"
#include "tiers/choice.h"
#include "wasm_export.h"
#include "wembed.h"

namespace wembed {

struct EmbedderRuntime {
  Runtime* runtime = nullptr;
  PoolAllocator* pool = nullptr;  // pool mode only
  PlainFunctions functions;       // allocator mode only
  uint32_t kind = Alloc_With_System_Allocator;
  LogOutput output;
  TierChoice tier;
};

// Sets the allocator of `target` up. False: the options make no sense.
bool choose_allocator(EmbedderRuntime& target, uint32_t kind, const MemAllocOption& option,
                      Allocator& allocator);

// The number behind an enumeration of the API: a host may pass any, also one that has no name.
template <class Enum> uint32_t number_of(const Enum& value) {
  static_assert(sizeof(Enum) == sizeof(uint32_t));
  uint32_t number;
  std::memcpy(&number, &value, sizeof(number));
  return number;
}

// The process-wide runtime, null before wasm_runtime_init().
Runtime* default_runtime();
EmbedderRuntime* default_embedder();

// The modules that it knows by name.
ModuleRegistry& default_modules();

// `handle`'s runtime; null stands for the process-wide one.
inline Runtime* runtime_of(EmbedderRuntime* handle) {
  return handle == nullptr ? default_runtime() : handle->runtime;
}

// Settings of the process-wide runtime for the next times it starts, read already.
void set_default_config(const wembed_config_t& settings);
wembed_config_t default_config();

// Counted start and end of the process-wide runtime; the allocator is that of `args`.
bool retain_default_runtime(const RuntimeInitArgs& args);
void release_default_runtime();

// What every runtime is told of refused growth: calls the host's callback, if there is one.
void report_refused_growth(Instance& instance, ExecEnv* env, uint64_t delta_pages,
                           uint64_t size_bytes, bool limit_reached);

// Where messages without a runtime of their own go: the process-wide one's, else standard output.
LogSink default_log();

}  // namespace wembed
