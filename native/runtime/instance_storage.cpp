#include "runtime/instance_storage.h"

#include <cstring>
#include <new>

#include "memory/guest_heap.h"
#include "runtime/blueprint.h"
#include "runtime/element_values.h"
#include "runtime/heap_attachment.h"
#include "runtime/host_reference.h"
#include "runtime/instance_cold.h"
#include "runtime/library_state.h"
#include "runtime/native_links.h"
#include "runtime/profile.h"
#include "runtime/runtime.h"
#include "runtime/tag.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

// Hands out parts of one zeroed block; first run without a block to learn the size.
class Carver {
 public:
  explicit Carver(uint8_t* block) : block_(block) {}
  template <class T> T* take(size_t count) {
    static_assert(alignof(T) <= 8);
    size_t at = used_;
    used_ += (sizeof(T) * count + 7) / 8 * 8;
    return block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + at);
  }
  [[nodiscard]] size_t used() const { return used_; }

 private:
  uint8_t* block_;
  size_t used_ = 0;
};

template <class T> void construct(T* items, size_t count) {
  for (size_t i = 0; i < count; i++) ::new (&items[i]) T;
}

uint32_t chunk_count(const Module& module) {
  uint32_t defined = module.function_count() - module.imported_function_count();
  return (defined + kFunctionChunk - 1) / kFunctionChunk;
}

// Lays the instance out; with a real block, sets the pointers too.
void lay_out(Carver& carver, const Module& module, Instance* instance, Instance::Cold* cold) {
  uint32_t imports = module.imported_function_count();
  auto* imported = carver.take<Function*>(imports);
  auto* hosts = carver.take<Function>(imports);
  auto* globals = carver.take<GlobalCell>(module.globals().size());
  auto* cells = carver.take<GlobalCell>(module.imported_global_count());
  auto* cell_owners = carver.take<Instance*>(module.imported_global_count());
  auto* tables = carver.take<Table*>(module.tables().size());
  carver.take<Tag*>(module.tags().size());  // Instance::tags()
  auto* own_tables = carver.take<Table>(module.tables().size());
  auto* memories = carver.take<Memory*>(module.memories().size());
  auto* own_memories = carver.take<Memory>(module.memories().size());
  auto* chunks = carver.take<std::atomic<FunctionChunk*>>(chunk_count(module));
  auto* data = carver.take<uint8_t>(module.data().size());
  auto* elements = carver.take<uint8_t>(module.elements().size());
  if (module.keeps_element_values()) carver.take<Slot*>(module.elements().size());
  if (instance == nullptr) return;
  instance->imported_functions = imported;
  instance->globals = globals;
  instance->tables = tables;
  instance->memories = memories;
  instance->dropped_data = data;
  instance->dropped_elements = elements;
  cold->host_functions = hosts;
  cold->own_cells = cells;
  cold->cell_owners = cell_owners;
  cold->own_tables = own_tables;
  cold->own_memories = own_memories;
  cold->chunks = chunks;
  construct(hosts, imports);
  construct(chunks, chunk_count(module));
}

}  // namespace

size_t instance_bytes(const Module& module) {
  Carver measure(nullptr);
  measure.take<Instance>(1);
  measure.take<Instance::Cold>(1);
  lay_out(measure, module, nullptr, nullptr);
  return measure.used();
}

Instance* make_instance(Runtime& runtime, Module& module, const Blueprint& blueprint) {
  size_t bytes = blueprint.instance_bytes;
  Allocator& allocator = runtime.allocator();
  auto* block = static_cast<uint8_t*>(allocator.allocate(bytes));
  if (block == nullptr) return nullptr;
  std::memset(block, 0, bytes);
  Carver carver(block);
  Instance* instance = ::new (carver.take<Instance>(1)) Instance;
  auto* cold = ::new (carver.take<Instance::Cold>(1)) Instance::Cold(allocator);
  lay_out(carver, module, instance, cold);
  cold->function_count = module.function_count();
  cold->blueprint = &blueprint;
  cold->guest_allocator = blueprint.guest_allocator;
  instance->cold = cold;
  instance->module = &module;
  instance->runtime = &runtime;
  instance->allocator = &allocator;
  instance->types = module.types().data();
  return instance;
}

void free_instance(Instance& instance) {
  Instance::Cold& cold = *instance.cold;
  Allocator& allocator = *instance.allocator;
  Module* module = instance.module;
  for (uint32_t i = 0; i < cold.own_memory_count; i++) {
    Memory& memory = cold.own_memories[i];
    memory.epoch.fetch_add(1, std::memory_order_relaxed);
    if (memory.shared_heap != nullptr) forget_shared_heap(memory);
    memory.end_library_part();
    if (memory.heap != nullptr) memory.heap->destroy();
    if (memory.storage != nullptr) memory.storage->release();
    memory.~Memory();
  }
  for (uint32_t i = 0; i < cold.own_table_count; i++)
    allocator.release(cold.own_tables[i].elements);
  for (uint32_t i = 0; cold.chunks_made > 0; i++) {
    FunctionChunk* chunk = cold.chunks[i].load(std::memory_order_relaxed);
    if (chunk == nullptr) continue;
    allocator.release(chunk);
    cold.chunks_made--;
  }
  if (cold.host_references != nullptr) free_host_references(instance);
  allocator.release(cold.callbacks);
  if (cold.trap != nullptr) free_trap_record(instance);
  if (cold.profile != nullptr) cold.profile->release();
  drop_all_element_values(instance);
  release_tags(instance);
  if (LibraryState* state = library_state(instance); state != nullptr) state->release();
  HostModule host = cold.host_module;
  if (host.object == nullptr && cold.links != nullptr) cold.links->release();
  cold.~Cold();
  instance.~Instance();
  allocator.release(&instance);
  if (host.object == nullptr) {
    module->release();
  } else {
    host.release(host.object);
  }
}

}  // namespace wembed
