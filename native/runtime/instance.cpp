// An instance's functions and its pending exception.
#include "runtime/instance.h"

#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/exception.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

// A chunk of defined functions, made under the runtime's lock. Null: no memory.
FunctionChunk* make_chunk(Instance& instance, uint32_t number) {
  std::lock_guard lock(instance.cold->mutex);
  std::atomic<FunctionChunk*>& place = instance.cold->chunks[number];
  FunctionChunk* chunk = place.load(std::memory_order_relaxed);
  if (chunk != nullptr) return chunk;
  chunk = instance.allocator->create<FunctionChunk>();
  if (chunk == nullptr) return nullptr;
  const Module& module = *instance.module;
  uint32_t imports = module.imported_function_count();
  uint32_t count = module.function_count() - imports;
  for (uint32_t i = 0; i < kFunctionChunk; i++) {
    uint32_t defined = number * kFunctionChunk + i;
    if (defined >= count) break;
    chunk->items[i] = {module.function_type(imports + defined), &instance, nullptr,
                       imports + defined, defined};
  }
  place.store(chunk, std::memory_order_release);
  instance.cold->chunks_made++;
  return chunk;
}

}  // namespace

Function* Instance::function(uint32_t index) {
  uint32_t imports = module->imported_function_count();
  if (index < imports) return imported_functions[index];
  if (index >= cold->function_count) return nullptr;
  uint32_t defined = index - imports;
  uint32_t number = defined / kFunctionChunk;
  FunctionChunk* chunk = cold->chunks[number].load(std::memory_order_acquire);
  if (chunk == nullptr) [[unlikely]] {
    chunk = make_chunk(*this, number);
    if (chunk == nullptr) return nullptr;
  }
  return &chunk->items[defined % kFunctionChunk];
}

const char* Instance::exception_text() const {
  Trap why = cold->terminated.load(std::memory_order_acquire);
  return why == Trap::None ? exception : trap_exception(why);
}

Trap Instance::pending_trap() const {
  Trap why = cold->terminated.load(std::memory_order_acquire);
  return why == Trap::None ? cold->pending : why;
}

// Text and code are the thread's that runs the instance; it may be reading them.
void Instance::mark_terminated(Trap why) {
  std::lock_guard lock(cold->mutex);
  // The first reason stays.
  if (cold->terminated.load(std::memory_order_relaxed) != Trap::None) return;
  cold->terminated.store(why, std::memory_order_release);
  if (has_exception()) return;
  __atomic_store_n(&exception[0], 'E', __ATOMIC_RELEASE);
}

namespace {

// The exception of wasm that the pending one was.
Exception* take_exception(Instance::Cold& cold) {
  return cold.trap == nullptr ? nullptr : std::exchange(cold.trap->exception, nullptr);
}

}  // namespace

void Instance::set_exception(const char* text, Trap code) {
  Exception* before = replace_exception(text, code);
  if (before != nullptr) before->release();
}

Exception* Instance::replace_exception(const char* text, Trap code) {
  std::lock_guard lock(cold->mutex);
  if (text == nullptr) {
    if (cold->is_broken) return nullptr;
    cold->pending = Trap::None;
    cold->terminated.store(Trap::None, std::memory_order_relaxed);
    __atomic_store_n(&exception[0], '\0', __ATOMIC_RELEASE);
    return take_exception(*cold);
  }
  char line[sizeof(exception)];
  std::snprintf(line, sizeof(line), "Exception: %s", text);
  cold->pending = code;
  std::memcpy(exception + 1, line + 1, sizeof(line) - 1);
  __atomic_store_n(&exception[0], line[0], __ATOMIC_RELEASE);
  return take_exception(*cold);
}

}  // namespace wembed
