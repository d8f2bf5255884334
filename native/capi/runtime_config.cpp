#include "capi/runtime_config.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "capi/cluster.h"
#include "capi/conventions.h"
#include "capi/refusal.h"
#include "tiers/engines.h"
#ifndef WEMBED_WITHOUT_LIBC
#include "libc/library.h"
#endif
#ifndef WEMBED_WITHOUT_WASI
#include "wasi/library.h"
#endif

namespace wembed {

namespace {

// The library for guests without one of their own; null when wembed was built without it.
const NativeLibrary* libc_library() {
#ifdef WEMBED_WITHOUT_LIBC
  return nullptr;
#else
  return &kLibc;
#endif
}

// Wishes that contradict no_system_memory.
Refusal contradiction(const wembed_config_t& settings) {
  if (settings.backend == WEMBED_BACKEND_MAPPED || settings.backend == WEMBED_BACKEND_POOL) {
    return refuse("no_system_memory, but a backend that maps memory of the system");
  }
  if (settings.memory_strategy == WEMBED_MEMORY_POOL ||
      settings.memory_strategy == WEMBED_MEMORY_SMALL_POOL) {
    return refuse("no_system_memory, but a memory strategy that maps memory of the system");
  }
  return {};
}

void end_runtime(void* object) {
  auto* embedder = static_cast<EmbedderRuntime*>(object);
  // A copy of the functions, since the block that holds them goes last, by one of them.
  EmbedderRuntime last = *embedder;
  Allocator allocator = embedder->runtime->allocator();
  if (last.kind == Alloc_With_Allocator) allocator = plain_allocator(last.functions);
  embedder->runtime->destroy();
  allocator.destroy(embedder);
}

}  // namespace

Refusal read_config(const wembed_config_t* config, wembed_config_t& settings) {
  settings = {};
  settings.mem_alloc_type = Alloc_With_System_Allocator;
  if (config != nullptr) {
    // Structures may end before the fields that came later.
    constexpr size_t kLeast = offsetof(wembed_config_t, memory_strategy);
    if (Refusal refusal = refuse_structure(config, "the configuration", kLeast)) return refusal;
    std::memcpy(&settings, config, std::min<size_t>(config->size, sizeof(settings)));
  }
  uint32_t kind = number_of(settings.mem_alloc_type);
  if (kind > Alloc_With_System_Allocator) return refuse("there is no mem_alloc_type %u", kind);
  // What is left zero means the default, although that is the number of Alloc_With_Pool.
  const auto& pool = settings.mem_alloc_option.pool;
  if (kind == Alloc_With_Pool && pool.heap_buf == nullptr && pool.heap_size == 0) {
    settings.mem_alloc_type = Alloc_With_System_Allocator;
  }
  if (settings.backend == WEMBED_BACKEND_BUFFER) {
    return refuse("WEMBED_BACKEND_BUFFER holds the memory of a single instance only");
  }
  if (settings.backend > WEMBED_BACKEND_FUNCTIONS) {
    return refuse("there is no backend %u", settings.backend);
  }
  if (const wembed_memory_functions_t* functions = settings.memory_functions) {
    if (Refusal refusal = refuse_structure(functions, "memory_functions")) return refusal;
  } else if (settings.backend == WEMBED_BACKEND_FUNCTIONS) {
    return refuse("WEMBED_BACKEND_FUNCTIONS without memory_functions");
  }
  if (settings.memory_strategy > WEMBED_MEMORY_ON_DEMAND) {
    return refuse("there is no memory_strategy %u", settings.memory_strategy);
  }
  constexpr uint32_t kTranslate = WEMBED_TRANSLATE_PLAIN | WEMBED_TRANSLATE_METERED;
  if ((settings.translate_early & ~kTranslate) != 0) {
    return refuse("there are no such flags for translate_early: 0x%x", settings.translate_early);
  }
  if (settings.tier > WEMBED_TIER_ALL) return refuse("there is no tier %u", settings.tier);
  if (settings.checkpoint != nullptr && settings.checkpoint_ms == 0) {
    return refuse("a checkpoint without checkpoint_ms");
  }
  if (settings.libc > WEMBED_LIBC_OFF) return refuse("there is no libc %u", settings.libc);
  if (settings.libc == WEMBED_LIBC_ON && libc_library() == nullptr) {
    return refuse("libc, but the library was built with WEMBED_LIBC_BUILTIN=OFF");
  }
  return settings.no_system_memory ? contradiction(settings) : Refusal();
}

const char* refuse_allocator(const wembed_config_t& settings) {
  bool is_system = number_of(settings.mem_alloc_type) == Alloc_With_System_Allocator;
  if (!settings.no_system_memory || !is_system) return nullptr;
  return "no_system_memory, but the system's allocator: give a pool or functions";
}

RuntimeConfig core_config(const wembed_config_t& settings, const Allocator& allocator,
                          const TierChoice& tier) {
  RuntimeConfig result;
  result.allocator = allocator;
  result.engine = tier.engine;
  result.conventions = &kWamrConventions;
  result.backend = static_cast<Backend>(settings.backend);
  if (settings.memory_functions != nullptr) {
    result.memory_functions = core_functions(*settings.memory_functions);
  }
  result.signals = !settings.signals_off;
  result.growth_refused = &report_refused_growth;
  const PrintOutput print{settings.print, settings.print_context, settings.no_system_memory};
  result.print = print.sink();
  result.memory.strategy = static_cast<MemoryStrategy>(settings.memory_strategy);
  // All but the ladder's last step take memory from the system.
  bool is_ladder = settings.memory_strategy == WEMBED_MEMORY_LADDER;
  if (settings.no_system_memory && is_ladder) result.memory.strategy = MemoryStrategy::OnDemand;
  result.memory.pool = {settings.pool_slots, settings.pool_slot_bytes, settings.pool_keep_resident,
                        !settings.signals_off, settings.pool_strict};
  result.no_system_memory = settings.no_system_memory;
  result.deadlines = !settings.deadlines_off;
  result.checkpoint = {settings.checkpoint, settings.checkpoint_context, settings.checkpoint_ms};
  const bool is_plain_early = (settings.translate_early & WEMBED_TRANSLATE_PLAIN) != 0;
  result.guest_threads = &kClusterThreads;
  result.prepare = {is_plain_early || tier.mode == TierMode::All,
                    (settings.translate_early & WEMBED_TRANSLATE_METERED) != 0};
  result.profiles = settings.profile;
  return result;
}

LogOutput log_output(const wembed_config_t& settings) {
  return {settings.log, settings.log_context, settings.no_system_memory};
}

EmbedderRuntime* make_runtime(const wembed_config_t& settings, Diagnostic& diagnostic,
                              bool is_rehearsal) {
  if (const char* reason = refuse_allocator(settings); reason != nullptr) {
    diagnostic.fail(Error::InvalidState, "%s", reason);
    return nullptr;
  }
  EmbedderRuntime chosen;
  const TierWish tier{static_cast<TierMode>(settings.tier), settings.no_system_memory,
                      !settings.signals_off, !settings.deadlines_off};
  if (!choose_tier(tier, chosen.tier)) {
    diagnostic.fail(Error::InvalidState, "WEMBED_TIER is not one of off, first_call, sampled, all");
    return nullptr;
  }
  Allocator allocator;
  if (!choose_allocator(chosen, number_of(settings.mem_alloc_type), settings.mem_alloc_option,
                        allocator)) {
    diagnostic.fail(Error::InvalidState, "the allocator options are not usable");
    return nullptr;
  }
  EmbedderRuntime* embedder = allocator.create<EmbedderRuntime>(chosen);
  if (embedder == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  // The functions now live where the runtime does.
  if (chosen.kind == Alloc_With_Allocator) allocator = plain_allocator(embedder->functions);
  embedder->output = log_output(settings);
  RuntimeConfig config = core_config(settings, allocator, embedder->tier);
  config.log = embedder->output.sink();
  config.is_rehearsal = is_rehearsal;
  config.unused = &end_runtime;
  config.embedder = embedder;
  embedder->runtime = Runtime::create(config, diagnostic);
  if (embedder->runtime != nullptr) {
    const NativeLibrary* library = libc_library();
    bool wants_library = settings.libc == WEMBED_LIBC_ON;
    if (library != nullptr && wants_library) embedder->runtime->natives().offer(*library);
#ifndef WEMBED_WITHOUT_WASI
    embedder->runtime->natives().offer(wasi::kPreview1);
    embedder->runtime->natives().offer(wasi::kUnstable);
    embedder->runtime->natives().offer(wasi::kThreads);
#endif
    return embedder;
  }
  if (chosen.kind == Alloc_With_Allocator) allocator = plain_allocator(chosen.functions);
  allocator.destroy(embedder);
  return nullptr;
}

void delete_runtime(EmbedderRuntime* embedder) { embedder->runtime->give_up(); }

}  // namespace wembed
