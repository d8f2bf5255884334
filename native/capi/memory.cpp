// wasm_export.h and wembed.h: memories and their growth.
#include <atomic>

#include "capi/handles.h"
#include "runtime/call.h"

using namespace wembed;

namespace {

// The process's one callback for refused growth.
struct Callback {
  std::mutex mutex;
  enlarge_memory_error_callback_t function = nullptr;
  void* user_data = nullptr;
};

Callback& callback() {
  static Callback instance;
  return instance;
}

}  // namespace

namespace wembed {

void report_refused_growth(Instance& instance, ExecEnv* env, uint64_t delta_pages,
                           uint64_t size_bytes, bool limit_reached) {
  enlarge_memory_error_callback_t function;
  void* user_data;
  {
    std::lock_guard lock(callback().mutex);
    function = callback().function;
    user_data = callback().user_data;
  }
  if (function == nullptr) return;
  function(static_cast<uint32_t>(delta_pages), size_bytes, 0,
           limit_reached ? MAX_SIZE_REACHED : INTERNAL_ERROR, wrap(&instance), wrap(env),
           user_data);
}

}  // namespace wembed

wasm_memory_inst_t wasm_runtime_lookup_memory(const wasm_module_inst_t module_inst, const char*) {
  return wasm_runtime_get_default_memory(module_inst);
}

wasm_memory_inst_t wasm_runtime_get_default_memory(const wasm_module_inst_t module_inst) {
  return module_inst == nullptr ? nullptr : wrap(unwrap(module_inst)->memory);
}

wasm_memory_inst_t wasm_runtime_get_memory(const wasm_module_inst_t module_inst, uint32_t index) {
  if (module_inst == nullptr) return nullptr;
  const Instance& instance = *unwrap(module_inst);
  return index < instance.module->memories().size() ? wrap(instance.memories[index]) : nullptr;
}

uint64_t wasm_memory_get_cur_page_count(const wasm_memory_inst_t memory_inst) {
  return memory_inst == nullptr ? 0 : unwrap(memory_inst)->pages.get();
}

uint64_t wasm_memory_get_max_page_count(const wasm_memory_inst_t memory_inst) {
  return memory_inst == nullptr ? 0 : unwrap(memory_inst)->max_pages;
}

uint64_t wasm_memory_get_bytes_per_page(const wasm_memory_inst_t memory_inst) {
  return memory_inst == nullptr ? 0 : unwrap(memory_inst)->type.page_size;
}

bool wasm_memory_get_shared(const wasm_memory_inst_t memory_inst) {
  return memory_inst != nullptr && unwrap(memory_inst)->type.limits.is_shared;
}

void* wasm_memory_get_base_address(const wasm_memory_inst_t memory_inst) {
  return memory_inst == nullptr ? nullptr : unwrap(memory_inst)->base;
}

bool wasm_memory_enlarge(wasm_memory_inst_t memory_inst, uint64_t inc_page_count) {
  return memory_inst != nullptr && unwrap(memory_inst)->grow(inc_page_count) >= 0;
}

bool wasm_runtime_enlarge_memory(wasm_module_inst_t module_inst, uint64_t inc_page_count) {
  if (module_inst == nullptr || unwrap(module_inst)->memory == nullptr) return false;
  if (inc_page_count > UINT32_MAX) return false;
  Instance& instance = *unwrap(module_inst);
  Memory& memory = *instance.memory;
  if (memory.grow(inc_page_count) >= 0) return true;
  bool limit_reached = inc_page_count > memory.max_pages - memory.pages;
  report_refused_growth(instance, last_exec_env(instance), inc_page_count, memory.size,
                        limit_reached);
  return false;
}

void wasm_runtime_set_enlarge_mem_error_callback(const enlarge_memory_error_callback_t function,
                                                 void* user_data) {
  std::lock_guard lock(callback().mutex);
  callback().function = function;
  callback().user_data = user_data;
}

WEMBED_API uint64_t wembed_memory_size(wasm_memory_inst_t memory) {
  return memory == nullptr ? 0 : unwrap(memory)->size.get();
}

WEMBED_API const volatile uint32_t* wembed_memory_epoch(wasm_memory_inst_t memory) {
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  if (memory == nullptr) return nullptr;
  return reinterpret_cast<const volatile uint32_t*>(&unwrap(memory)->epoch);
}

WEMBED_API bool wembed_memory_is_64(wasm_memory_inst_t memory) {
  return memory != nullptr && unwrap(memory)->type.limits.is_64;
}

WEMBED_API bool wembed_memory_pin(wasm_memory_inst_t memory) {
  return memory != nullptr && unwrap(memory)->storage->pin();
}

WEMBED_API void wembed_memory_unpin(wasm_memory_inst_t memory) {
  if (memory != nullptr) unwrap(memory)->storage->unpin();
}

WEMBED_API wembed_backend_t wembed_memory_backend(wasm_memory_inst_t memory) {
  if (memory == nullptr) return WEMBED_BACKEND_AUTOMATIC;
  return static_cast<wembed_backend_t>(unwrap(memory)->storage->backend());
}
