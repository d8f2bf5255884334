// The runtimes of memory_random, one for each place that memories come from, and all their modules.
#pragma once

#include <atomic>
#include <memory>

#include "memory_plans.h"

namespace memory_random {

struct Place {
  const char* name;
  wembed_memory_strategy_t strategy;
  wembed_backend_t backend;
  wembed_runtime_t runtime = nullptr;
  wasm_module_t modules[kModules] = {};
  wasm_module_t linked = nullptr;
};

constexpr uint32_t kPlaces = 5;

struct World {
  Plan plans[kModules];
  uint64_t needed[kModules] = {};  // bytes of a block
  Bytes linked = make_linked();
  Place places[kPlaces] = {{"mapped", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_MAPPED},
                           {"heap", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_HEAP},
                           {"functions", WEMBED_MEMORY_ON_DEMAND, WEMBED_BACKEND_FUNCTIONS},
                           {"pool", WEMBED_MEMORY_POOL, WEMBED_BACKEND_AUTOMATIC},
                           {"small-pool", WEMBED_MEMORY_SMALL_POOL, WEMBED_BACKEND_AUTOMATIC}};
  std::atomic<uint64_t> made{0};
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> resets{0};
};

inline wembed_config_t block_config() {
  wembed_config_t config = {};
  config.size = sizeof config;
  config.no_system_memory = true;
  config.deadlines_off = true;
  config.translate_early = WEMBED_TRANSLATE_PLAIN;
  config.log = [](void*, uint32_t, const char*) {};
  return config;
}

// The smallest block for a module, as the library says.
inline uint64_t block_of(const Plan& plan) {
  wembed_config_t config = block_config();
  wembed_requirements_options_t options = {};
  options.size = sizeof options;
  options.config = &config;
  options.singleton = plan.starts;
  options.exec_envs = 1;
  wembed_requirements_t result = {};
  result.size = sizeof result;
  wembed_error_t error;
  const Bytes& bytes = plan.bytes;
  if (!wembed_module_requirements(bytes.data(), bytes.size(), &options, &result, &error)) {
    give_up("requirements: %s", error.message);
  }
  return result.block_bytes;
}

// Whether a block of that many bytes is enough for a runtime, the module, an instance, an exec_env.
inline bool run_in_block(const Plan& plan, uint64_t bytes) {
  std::unique_ptr<char[]> block(new char[bytes]);
  wembed_config_t config = block_config();
  config.mem_alloc_type = Alloc_With_Pool;
  config.mem_alloc_option.pool.heap_buf = block.get();
  config.mem_alloc_option.pool.heap_size = static_cast<uint32_t>(bytes);
  wembed_runtime_t runtime = wembed_runtime_new(&config, nullptr);
  if (runtime == nullptr) return false;
  wembed_source_t source = {};
  source.size = sizeof source;
  source.bytes = plan.bytes.data();
  source.length = plan.bytes.size();
  wasm_module_t module = wembed_load(runtime, &source, nullptr);
  wasm_module_inst_t instance =
      module == nullptr ? nullptr : wembed_instantiate(module, nullptr, nullptr);
  wasm_exec_env_t env =
      instance == nullptr ? nullptr : wasm_runtime_create_exec_env(instance, 16384);
  if (env != nullptr) {
    uint64_t slots[3] = {0};
    if (!wembed_call(env, wembed_instance_function(instance, kGrow), slots, nullptr)) {
      give_up("a call in a block failed");
    }
    wasm_runtime_destroy_exec_env(env);
  }
  if (instance != nullptr) wasm_runtime_deinstantiate(instance);
  if (module != nullptr) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  return env != nullptr;
}

inline wasm_module_t load(wembed_runtime_t runtime, const Bytes& bytes) {
  wembed_source_t source = {};
  source.size = sizeof source;
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = bytes.data();
  source.length = bytes.size();
  wembed_error_t error;
  wasm_module_t module = wembed_load(runtime, &source, &error);
  if (module == nullptr) give_up("load: %s", error.message);
  return module;
}

inline void open(World& world, uint32_t seed) {
  std::mt19937 random(seed);
  for (uint32_t i = 0; i < kModules; i++) {
    world.plans[i] = make_plan(i, random);
    world.needed[i] = block_of(world.plans[i]);
  }
  for (Place& place : world.places) {
    wembed_config_t config = {};
    config.size = sizeof config;
    config.mem_alloc_type = Alloc_With_System_Allocator;
    config.backend = place.backend;
    config.memory_strategy = place.strategy;
    config.log = [](void*, uint32_t, const char*) {};
    if (place.backend == WEMBED_BACKEND_AUTOMATIC) config.pool_slots = 6;
    if (place.backend == WEMBED_BACKEND_FUNCTIONS) config.memory_functions = &kMemoryFunctions;
    // Slots that memories outgrow.
    if (place.strategy == WEMBED_MEMORY_SMALL_POOL) config.pool_slot_bytes = 3 * kPage;
    wembed_error_t error;
    place.runtime = wembed_runtime_new(&config, &error);
    if (place.runtime == nullptr) give_up("%s: %s", place.name, error.message);
    for (uint32_t i = 0; i < kModules; i++) {
      place.modules[i] = load(place.runtime, world.plans[i].bytes);
    }
    place.linked = load(place.runtime, world.linked);
  }
}

inline void close(World& world) {
  for (Place& place : world.places) {
    wembed_memory_report_t report = {};
    report.size = sizeof report;
    if (!wembed_memory_report(place.runtime, &report)) give_up("%s: no report", place.name);
    if (report.live != 0) give_up("%s: slots are in use at the end", place.name);
    for (wasm_module_t module : place.modules) wasm_runtime_unload(module);
    wasm_runtime_unload(place.linked);
    wembed_runtime_delete(place.runtime);
  }
}

}  // namespace memory_random
