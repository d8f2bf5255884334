// Memories, the host-managed heap, tables and segments of a new instance.
#include "runtime/instance_parts.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>

#include "isa/limits.h"
#include "memory/guest_heap.h"
#include "runtime/blueprint.h"
#include "runtime/bulk.h"
#include "runtime/const_scope.h"
#include "runtime/instance_cold.h"
#include "runtime/module_images.h"
#include "runtime/operations.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

constexpr uint32_t kMaxHeap = 1u << 30;

struct Pages {
  uint64_t min;
  uint64_t max;
  uint64_t heap;  // of min, at the end
};

uint64_t page_limit(const MemoryType& type) {
  constexpr uint64_t kUsual = 65536;
  const uint64_t pages = type.limits.is_64 ? kMaxMemory64Pages : kMaxMemory32Pages;
  if (type.page_size == kUsual) return pages;
  const uint64_t most = pages * (kUsual / type.page_size);
  return type.limits.is_64 ? most : std::min<uint64_t>(most, UINT32_MAX);  // what size can say
}

uint64_t declared_max(const MemoryType& type) {
  return type.limits.has_max ? std::min(page_limit(type), type.limits.max) : page_limit(type);
}

// As WAMR has it: a wish that cannot be fulfilled is one for the nearest that can.
uint64_t wished_max(Instance& instance, const MemoryType& type, uint32_t wanted) {
  uint64_t declared = declared_max(type);
  if (wanted == 0) return declared;
  const char* which = nullptr;
  if (wanted < type.limits.min)
    which = "lower than module initial memory";
  else if (wanted > declared)
    which = "greater than module max memory";
  if (which == nullptr) return wanted;
  log_message(instance.runtime->log(), LogLevel::Warning,
              "Cannot override max memory with value %s", which);
  return wanted < type.limits.min ? type.limits.min : declared;
}

// A limit holds for all pages, the heap's too.
Error apply_limit(uint32_t limit, Pages& pages, Diagnostic& diagnostic) {
  if (pages.min > limit) {
    char heap[64] = "";
    if (pages.heap > 0) {
      std::snprintf(heap, sizeof(heap), ", %llu of them for the heap",
                    static_cast<unsigned long long>(pages.heap));
    }
    return diagnostic.fail(Error::MemoryOverLimit,
                           "the memory begins with %llu pages%s, its limit is %u",
                           static_cast<unsigned long long>(pages.min), heap, limit);
  }
  pages.max = std::min<uint64_t>(pages.max, limit);
  return Error::None;
}

// Where the heap goes: behind the initial memory, in pages of its own. Not at __heap_base: that is
// where a guest's own allocator begins.
Error count_pages(Instance& instance, const MemoryType& type, uint32_t index,
                  const InstantiateOptions& options, Pages& pages, Diagnostic& diagnostic) {
  const uint32_t limit = index == 0 ? options.max_memory_pages : 0;
  const bool is_wish = !options.pages_are_limited;
  pages.min = type.limits.min;
  pages.max = is_wish ? wished_max(instance, type, limit) : declared_max(type);
  pages.heap = 0;
  uint64_t heap = index == 0 ? options.heap_size : 0;
  if (heap > 0 && !instance.cold->guest_allocator.usable()) {
    heap = std::min<uint64_t>(heap, kMaxHeap);
    pages.heap = (heap + type.page_size - 1) / type.page_size;
    if (pages.min + pages.heap > page_limit(type)) return diagnostic.fail(Error::AppHeapInsert);
    pages.min += pages.heap;
    pages.max = std::min(pages.max + pages.heap, page_limit(type));
  }
  return is_wish || limit == 0 ? Error::None : apply_limit(limit, pages, diagnostic);
}

// The backend of one memory, with what it needs put into the request. Storage that an instance
// brings along is that of its first memory alone.
Backend choose_backend(const Runtime& runtime, uint32_t index, const InstantiateOptions& options,
                       MemoryRequest& request) {
  request.functions = &runtime.memory_functions();
  if (options.backend == Backend::Automatic) return runtime.backend();
  bool brought = options.backend == Backend::Buffer ||
                 (options.backend == Backend::Functions && options.memory_functions != nullptr);
  if (!brought) return options.backend;
  if (index > 0) return runtime.backend();
  request.buffer = options.buffer;
  request.capacity = options.buffer_capacity;
  request.is_reserved = options.buffer_is_reserved;
  request.functions = options.memory_functions;
  return options.backend;
}

}  // namespace

Memory* make_memory(Instance& instance, uint32_t index, const InstantiateOptions& options,
                    Diagnostic& diagnostic) {
  const MemoryType& type = instance.module->memories()[index];
  Pages pages;
  if (count_pages(instance, type, index, options, pages, diagnostic) != Error::None) return nullptr;
  Runtime& runtime = *instance.runtime;
  MemoryRequest request;
  request.minimum = pages.min * type.page_size;
  request.maximum = pages.max * type.page_size;
  // Sizes between two pages of the system cannot be guarded.
  request.index_bits = type.limits.is_64 || type.page_size == 1 ? 64 : 32;
  request.is_fixed = type.limits.is_shared;
  request.image = memory_image(runtime, *instance.module, index);
  Diagnostic reason;
  LinearMemory* storage = runtime.memory_system().create(
      *instance.allocator, choose_backend(runtime, index, options, request), request, reason);
  if (storage == nullptr) {
    if (instance.module->source().is_lost()) {
      diagnostic.fail(Error::BytesLost);
      return nullptr;
    }
    // Of plain refusals hosts know no reasons; what an embedder asked for by name is told in full.
    if (reason.code == Error::LinearMemory) reason.message[0] = 0;
    const char* text = reason.message[0] == 0 ? error_text(reason.code) : reason.message;
    diagnostic.fail(reason.code, "%s", text);
    return nullptr;
  }
  Instance::Cold& cold = *instance.cold;
  Memory* memory = ::new (&cold.own_memories[cold.own_memory_count++]) Memory;
  memory->begin_first_life();
  memory->base = storage->view().base;
  memory->size = storage->view().size;
  memory->type = type;
  memory->pages = pages.min;
  memory->max_pages = pages.max;
  memory->storage = storage;
  memory->owner = &instance;
  memory->is_imaged = request.image != nullptr;
  if (pages.heap == 0) return memory;
  memory->heap = GuestHeap::create(*instance.allocator, (pages.min - pages.heap) * type.page_size,
                                   pages.min * type.page_size);
  if (memory->heap != nullptr) return memory;
  diagnostic.fail(Error::AppHeap);
  return nullptr;
}

Table* make_table(Instance& instance, uint32_t index) {
  const TableType& type = instance.module->tables()[index].type;
  Instance::Cold& cold = *instance.cold;
  if (type.limits.min > kMaxTableElements) return nullptr;
  Table* table = ::new (&cold.own_tables[cold.own_table_count++]) Table;
  table->open(instance, type, instance.cold->blueprint->tables[index]);
  return table;
}

Error init_globals(Instance& instance, Diagnostic& diagnostic) {
  auto globals = instance.module->globals();
  uint32_t imported = instance.module->imported_global_count();
  if (const GlobalCell* constants = instance.cold->blueprint->globals; constants != nullptr) {
    std::copy_n(constants, globals.size() - imported, instance.globals + imported);
    return Error::None;
  }
  for (uint32_t i = imported; i < globals.size(); i++) {
    WEMBED_CHECK(evaluate_in(instance, globals[i].init, globals[i].type.type, instance.globals[i],
                             diagnostic));
  }
  return Error::None;
}

Error init_tables(Instance& instance, Diagnostic& diagnostic) {
  auto tables = instance.module->tables();
  for (uint32_t i = instance.module->imported_table_count(); i < tables.size(); i++) {
    if (tables[i].init.size == 0) continue;
    GlobalCell value;
    WEMBED_CHECK(evaluate_in(instance, tables[i].init, tables[i].type.element, value, diagnostic));
    Table& table = *instance.tables[i];
    if (value.slots[0] == 0) continue;
    if (!table.make()) return diagnostic.fail(Error::OutOfMemory);
    std::fill_n(table.elements, table.size, value.slots[0]);
  }
  return Error::None;
}

namespace {

Error segment_offset(Instance& instance, ByteRange range, bool is_64, uint64_t& offset,
                     Diagnostic& diagnostic) {
  GlobalCell value;
  WEMBED_CHECK(evaluate_in(instance, range, is_64 ? kI64 : kI32, value, diagnostic));
  offset = is_64 ? value.slots[0] : static_cast<uint32_t>(value.slots[0]);
  return Error::None;
}

Error segment_trap(Trap result, Diagnostic& diagnostic, Trap& trap) {
  if (result == Trap::None) return Error::None;
  if (result == Trap::OutOfMemory) return diagnostic.fail(Error::OutOfMemory);
  if (result == Trap::BytesLost) return diagnostic.fail(Error::BytesLost);
  trap = result;
  return diagnostic.fail(Error::Uninstantiable, "%s", trap_text(result));
}

bool is_own(const Instance& instance, const Table& table) {
  const Instance::Cold& cold = *instance.cold;
  return &table >= cold.own_tables && &table < cold.own_tables + cold.own_table_count;
}

bool is_own(const Instance& instance, const Memory& memory) {
  const Instance::Cold& cold = *instance.cold;
  return &memory >= cold.own_memories && &memory < cold.own_memories + cold.own_memory_count;
}

bool is_imaged_table(const Instance& instance, uint32_t table) {
  return table >= instance.module->imported_table_count() &&
         instance.tables[table]->initial != nullptr;
}

Error init_elements(Instance& instance, Targets targets, Diagnostic& diagnostic, Trap& trap) {
  auto segments = instance.module->elements();
  for (uint32_t i = 0; i < segments.size(); i++) {
    const ElementSegment& segment = segments[i];
    if (segment.mode == SegmentMode::Passive) continue;
    // One with an image fills itself.
    if (segment.mode == SegmentMode::Active &&
        (targets == Targets::All || is_own(instance, *instance.tables[segment.table])) &&
        !is_imaged_table(instance, segment.table)) {
      bool is_64 = instance.module->tables()[segment.table].type.limits.is_64;
      uint64_t offset;
      WEMBED_CHECK(segment_offset(instance, segment.offset, is_64, offset, diagnostic));
      Bulk bulk;
      Trap result = init_table(bulk, instance, i, segment.table, offset, 0, segment.count);
      WEMBED_CHECK(segment_trap(result, diagnostic, trap));
    }
    op_elem_drop(instance, i);
  }
  return Error::None;
}

bool is_imaged(const Instance& instance, uint32_t memory) {
  return memory >= instance.module->imported_memory_count() && instance.memories[memory]->is_imaged;
}

Error init_data(Instance& instance, Targets targets, Diagnostic& diagnostic, Trap& trap) {
  auto segments = instance.module->data();
  for (uint32_t i = 0; i < segments.size(); i++) {
    const DataSegment& segment = segments[i];
    if (segment.mode != SegmentMode::Active) continue;
    bool is_others =
        targets == Targets::Own && !is_own(instance, *instance.memories[segment.memory]);
    if (is_others || is_imaged(instance, segment.memory)) {
      op_data_drop(instance, i);  // nothing to do, or made with the memory
      continue;
    }
    bool is_64 = instance.module->memories()[segment.memory].limits.is_64;
    uint64_t offset;
    WEMBED_CHECK(segment_offset(instance, segment.offset, is_64, offset, diagnostic));
    Bulk bulk;
    Trap result = init_memory(bulk, instance, i, segment.memory, offset, 0, segment.bytes.size);
    WEMBED_CHECK(segment_trap(result, diagnostic, trap));
    op_data_drop(instance, i);
  }
  return Error::None;
}

}  // namespace

Error init_segments(Instance& instance, Targets targets, Diagnostic& diagnostic, Trap& trap) {
  WEMBED_CHECK(init_elements(instance, targets, diagnostic, trap));
  return init_data(instance, targets, diagnostic, trap);
}

void undrop_segments(Instance& instance) {
  const Module& module = *instance.module;
  std::fill_n(instance.dropped_data, module.data().size(), uint8_t{0});
  std::fill_n(instance.dropped_elements, module.elements().size(), uint8_t{0});
}

bool is_taken_over(const InstantiateOptions& options, const Module& module, uint32_t memory) {
  return options.shared_with != nullptr && module.memories()[memory].limits.is_shared;
}

Error take_over_memory(Instance& instance, uint32_t memory, const InstantiateOptions& options) {
  Instance& other = *options.shared_with;
  Memory* taken = other.memories[memory];
  instance.memories[memory] = taken;
  Instance& owner = taken->owner == nullptr ? other : *taken->owner;
  return join(instance, owner, false) ? Error::None : Error::OutOfMemory;
}

}  // namespace wembed
