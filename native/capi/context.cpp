// wasm_export.h: custom data and context keys.
#include <atomic>
#include <mutex>

#include "capi/cluster.h"
#include "capi/context_keys.h"
#include "capi/handles.h"
#include "runtime/instance_cold.h"

using namespace wembed;

namespace {

using ContextDestructor = void (*)(wasm_module_inst_t instance, void* context);

// The first key is the runtime's own, for WASI.
struct KeyTable {
  std::mutex mutex;  // of those who take and give up keys
  bool taken[kContextKeys] = {true};
  std::atomic<ContextDestructor> destructors[kContextKeys] =
      {};  // read by whoever ends an instance
};

KeyTable& keys() {
  static KeyTable table;
  return table;
}

// A key is its position plus one, as a pointer.
void* key_of(uint32_t position) { return reinterpret_cast<void*>(uintptr_t{position} + 1); }

void** context_place(wasm_module_inst_t instance, void* key) {
  uintptr_t position = reinterpret_cast<uintptr_t>(key) - 1;
  bool is_key = position != kLibraryContext && position < kContextKeys;
  if (instance == nullptr || !is_key) return nullptr;
  return &unwrap(instance)->cold->contexts[position];
}

}  // namespace

namespace wembed {

void run_context_destructors(Instance& instance) {
  const KeyTable& table = keys();
  for (uint32_t i = 0; i < kContextKeys; i++) {
    ContextDestructor destructor = table.destructors[i].load(std::memory_order_acquire);
    if (destructor != nullptr) destructor(wrap(&instance), instance.cold->contexts[i]);
  }
}

}  // namespace wembed

void wasm_runtime_set_custom_data(wasm_module_inst_t module_inst, void* custom_data) {
  if (module_inst == nullptr) return;
  unwrap(module_inst)->cold->custom_data = custom_data;
  each_other(
      *unwrap(module_inst), [](Instance& other, void* data) { other.cold->custom_data = data; },
      custom_data);
}

void* wasm_runtime_get_custom_data(wasm_module_inst_t module_inst) {
  return module_inst == nullptr ? nullptr : unwrap(module_inst)->cold->custom_data;
}

void* wasm_runtime_create_context_key(void (*dtor)(wasm_module_inst_t inst, void* ctx)) {
  std::lock_guard lock(keys().mutex);
  for (uint32_t i = 0; i < kContextKeys; i++) {
    if (keys().taken[i]) continue;
    keys().taken[i] = true;
    keys().destructors[i] = dtor;
    return key_of(i);
  }
  log_message(default_log(), LogLevel::Error, "failed to allocate instance context key");
  return nullptr;
}

void wasm_runtime_destroy_context_key(void* key) {
  uintptr_t position = reinterpret_cast<uintptr_t>(key) - 1;
  if (position == 0 || position >= kContextKeys) return;
  std::lock_guard lock(keys().mutex);
  keys().taken[position] = false;
  keys().destructors[position] = nullptr;
}

void wasm_runtime_set_context(wasm_module_inst_t inst, void* key, void* ctx) {
  if (void** place = context_place(inst, key); place != nullptr) *place = ctx;
}

void wasm_runtime_set_context_spread(wasm_module_inst_t inst, void* key, void* ctx) {
  wasm_runtime_set_context(inst, key, ctx);
  if (context_place(inst, key) == nullptr) return;
  struct Spread {
    void* key;
    void* context;
  } spread{key, ctx};
  each_other(
      *unwrap(inst),
      [](Instance& other, void* given) {
        const auto& what = *static_cast<const Spread*>(given);
        wasm_runtime_set_context(wrap(&other), what.key, what.context);
      },
      &spread);
}

void* wasm_runtime_get_context(wasm_module_inst_t inst, void* key) {
  void** place = context_place(inst, key);
  return place == nullptr ? nullptr : *place;
}
