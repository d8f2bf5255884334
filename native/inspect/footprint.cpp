#include "inspect/footprint.h"

#include <mutex>

#include "memory/guest_heap.h"
#include "runtime/code_table.h"
#include "runtime/group_envs.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_storage.h"
#include "runtime/memory_lock.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

template <class T> uint64_t bytes_of(std::span<const T> items) { return items.size() * sizeof(T); }

// The lists that describe the module.
uint64_t description_bytes(const Module& module) {
  uint64_t defined = module.function_count() - module.imported_function_count();
  return sizeof(Module) + bytes_of(module.types()) + defined * sizeof(FunctionBody) +
         module.imported_function_count() * sizeof(TypeDef*) + bytes_of(module.tables()) +
         bytes_of(module.memories()) + bytes_of(module.globals()) + bytes_of(module.tags()) +
         bytes_of(module.imports()) + bytes_of(module.exports()) +
         module.exports().size() * sizeof(uint32_t) +
         module.data().size() * sizeof(PackedDataSegment) + bytes_of(module.elements()) +
         module.function_count() / 8;
}

bool is_translated(const CodeTable& table, uint32_t defined) {
  for (const std::atomic<Code*>& variant : table.variants) {
    const Code* codes = variant.load(std::memory_order_acquire);
    if (codes != nullptr && codes[defined].has_body()) return true;
  }
  return false;
}

StackFootprint stacks_of(const Instance& instance) {
  StackFootprint result;
  any_env_of(instance, [&](const ExecEnv& env) {
    result.stacks++;
    result.bytes += static_cast<uint64_t>(env.stack_end - env.stack_base) * sizeof(Slot);
    result.used += static_cast<uint64_t>(env.top - env.stack_base) * sizeof(Slot);
    return false;
  });
  return result;
}

}  // namespace

ModuleFootprint module_footprint(Module& module) {
  ModuleFootprint result;
  result.bookkeeping = description_bytes(module);
  result.defined = module.function_count() - module.imported_function_count();
  const CodeTable* table = known_code(module);
  if (table == nullptr) return result;
  for (const std::atomic<Code*>& variant : table->variants) {
    if (variant.load(std::memory_order_acquire) == nullptr) continue;
    result.bookkeeping += sizeof(CodeArray) + uint64_t{table->count} * sizeof(Code);
  }
  for (uint32_t i = 0; i < result.defined; i++) {
    if (is_translated(*table, i)) result.translated++;
  }
  return result;
}

InstanceFootprint instance_footprint(Instance& instance) {
  InstanceFootprint result;
  const Instance::Cold& cold = *instance.cold;
  result.bookkeeping = instance_bytes(*instance.module);
  for (uint32_t i = 0; i < cold.own_table_count; i++) {
    result.bookkeeping += cold.own_tables[i].capacity * sizeof(Slot);
  }
  for (uint32_t i = 0; i < cold.own_memory_count; i++) {
    const MemoryLock lock(cold.own_memories[i]);
    GuestHeap* heap = cold.own_memories[i].heap;
    if (heap != nullptr) result.bookkeeping += heap->statistics().bookkeeping;
  }
  uint32_t defined = cold.function_count - instance.module->imported_function_count();
  for (uint32_t i = 0; i < (defined + kFunctionChunk - 1) / kFunctionChunk; i++) {
    if (cold.chunks[i].load(std::memory_order_acquire) != nullptr) {
      result.bookkeeping += sizeof(FunctionChunk);
    }
  }
  if (cold.trap != nullptr) result.bookkeeping += sizeof(TrapRecord);
  result.stack = stacks_of(instance);
  return result;
}

bool is_group_running(const Instance& instance) {
  return any_env_of_group(instance, [](const ExecEnv& env) { return env.depth > 0; });
}

}  // namespace wembed
