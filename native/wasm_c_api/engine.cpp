// wasm_c_api.h: configuration, the engine and its stores.
#include <cstdlib>
#include <mutex>

#include "wasm_c_api.h"
#include "wasm_c_api/memory.h"
#include "wasm_c_api/reference.h"
#include "wasm_c_api/store.h"

struct wasm_engine_t {
  uint32_t references = 1;
  wasm_store_t* stores = nullptr;
};

namespace {

using namespace wembed::c_api;

// The process's engine and the list of its stores.
std::mutex engine_mutex;
wasm_engine_t* engine = nullptr;

// Threads need an environment to make instances; the first store of one makes it.
thread_local uint32_t stores_of_thread = 0;
thread_local bool made_thread_environment = false;

bool enter_thread() {
  if (stores_of_thread++ > 0 || wasm_runtime_thread_env_inited()) return true;
  made_thread_environment = wasm_runtime_init_thread_env();
  if (!made_thread_environment) stores_of_thread--;
  return made_thread_environment;
}

void leave_thread() {
  if (stores_of_thread == 0 || --stores_of_thread > 0 || !made_thread_environment) return;
  made_thread_environment = false;
  wasm_runtime_destroy_thread_env();
}

using State = wasm_instance_t::State;

void move_to(wasm_instance_t*& list, wasm_instance_t& instance, State state) {
  delist(instance);
  enlist(list, instance);
  instance.state = state;
}

void when_gone(void* context, wasm_module_inst_t) {
  auto& instance = *static_cast<wasm_instance_t*>(context);
  instance.native = nullptr;
  move_to(instance.store->gone, instance, State::Gone);
}

void retire(wasm_instance_t& instance) {
  // First: it may be gone at once.
  move_to(instance.store->retired, instance, State::Retired);
  if (wembed_instance_retire(instance.native, when_gone, &instance)) return;
  move_to(instance.store->waiting, instance, State::Waiting);
}

void retire_all(wasm_instance_t*& list) {
  wasm_instance_t* rest = std::exchange(list, nullptr);
  if (rest != nullptr) rest->link = &rest;
  while (rest != nullptr) retire(*rest);
}

void free_instance(wasm_instance_t& instance) {
  delist(instance);
  instance.state = State::Freed;
  wasm_store_t* store = instance.store;
  HostCallback host = instance.host;
  release(std::exchange(instance.module, nullptr));
  if (instance.references == 0) destroy(&instance);
  if (host.finalizer != nullptr) host.finalizer(host.env);
  release(store);
}

void close(wasm_store_t& store) {
  store.is_closed = true;
  retire_all(store.alive);
  sweep(store);
  while (store.modules != nullptr) destroy_handle(store.modules);
}

}  // namespace

namespace wembed::c_api {

void release(wasm_store_t* store) {
  if (--store->references == 0) destroy(store);
}

void sweep(wasm_store_t& store) {
  if (store.calls == 0) retire_all(store.waiting);
  while (store.gone != nullptr) free_instance(*store.gone);
}

wasm_instance_t* retain(wasm_instance_t* instance) {
  instance->references++;
  return instance;
}

void release(wasm_instance_t* instance) {
  if (instance == nullptr || --instance->references > 0) return;
  drop_host_info(*instance);
  if (instance->state == State::Freed) return destroy(instance);
  if (instance->state != State::Alive) return;
  wasm_store_t* store = retain(instance->store);
  retire(*instance);
  sweep(*store);
  release(store);
}

}  // namespace wembed::c_api

// ---- configuration ------------------------------------------------------------------------------

// Before there is a runtime there is no memory of its own.
wasm_config_t* wasm_config_new() {
  auto* config = static_cast<wasm_config_t*>(std::calloc(1, sizeof(wasm_config_t)));
  if (config != nullptr) config->mem_alloc_type = Alloc_With_System_Allocator;
  return config;
}

void wasm_config_delete(wasm_config_t* config) { std::free(config); }

wasm_config_t* wasm_config_set_mem_alloc_opt(wasm_config_t* config, mem_alloc_type_t type,
                                             MemAllocOption* option) {
  if (config == nullptr) return nullptr;
  config->mem_alloc_type = type;
  if (option != nullptr) config->mem_alloc_option = *option;
  return config;
}

wasm_config_t* wasm_config_set_linux_perf_opt(wasm_config_t* config, bool enable) {
  if (config != nullptr) config->enable_linux_perf = enable;
  return config;
}

wasm_config_t* wasm_config_set_segue_flags(wasm_config_t* config, uint32_t segue_flags) {
  if (config != nullptr) config->segue_flags = segue_flags;
  return config;
}

// ---- engine -------------------------------------------------------------------------------------

wasm_engine_t* wasm_engine_new_with_config(wasm_config_t* config) {
  std::lock_guard lock(engine_mutex);
  if (engine != nullptr) {
    engine->references++;
    return engine;
  }
  RuntimeInitArgs args = {};
  args.mem_alloc_type = Alloc_With_System_Allocator;
  if (config != nullptr) {
    args.mem_alloc_type = config->mem_alloc_type;
    args.mem_alloc_option = config->mem_alloc_option;
    args.enable_linux_perf = config->enable_linux_perf;
  }
  if (!wasm_runtime_full_init(&args)) return nullptr;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_WARNING);
  engine = create<wasm_engine_t>();
  if (engine == nullptr) wasm_runtime_destroy();
  return engine;
}

wasm_engine_t* wasm_engine_new() { return wasm_engine_new_with_config(nullptr); }

wasm_engine_t* wasm_engine_new_with_args(mem_alloc_type_t type, const MemAllocOption* options) {
  wasm_config_t config = {};
  config.mem_alloc_type = type;
  if (options != nullptr) config.mem_alloc_option = *options;
  return wasm_engine_new_with_config(&config);
}

void wasm_engine_delete(wasm_engine_t* given) {
  {
    std::lock_guard lock(engine_mutex);
    if (given == nullptr || given != engine || --engine->references > 0) return;
    engine = nullptr;
  }
  while (given->stores != nullptr) wasm_store_delete(given->stores);
  destroy(given);
  wasm_runtime_destroy();
}

// ---- stores -------------------------------------------------------------------------------------

wasm_store_t* wasm_store_new(wasm_engine_t* given) {
  std::lock_guard lock(engine_mutex);
  if (given == nullptr || given != engine || !enter_thread()) return nullptr;
  auto* store = create<wasm_store_t>();
  if (store == nullptr) {
    leave_thread();
    return nullptr;
  }
  enlist(engine->stores, *store);
  return store;
}

void wasm_store_delete(wasm_store_t* store) {
  if (store == nullptr || store->is_closed) return;
  {
    std::lock_guard lock(engine_mutex);
    delist(*store);
  }
  close(*store);
  release(store);
  leave_thread();
}
