// wembed.h: what lies where in an instance's memories, and how large things are.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "capi/handles.h"
#include "capi/value_kind.h"
#include "capi/wembed_error.h"
#include "inspect/footprint.h"
#include "inspect/memory_map.h"
#include "inspect/object_census.h"
#include "inspect/program_layout.h"
#include "memory/guest_heap.h"
#include "module/names.h"
#include "module/section_cursor.h"
#include "runtime/memory_lock.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

static_assert(WEMBED_REGION_REACH == static_cast<int>(RegionKind::Reach));
static_assert(WEMBED_REGION_FREE == static_cast<int>(RegionKind::Free));
static_assert(WEMBED_NOT_KNOWN == ProgramLayout::kUnknown);

// Cut to fit, between characters.
template <size_t kSize> void copy(char (&target)[kSize], std::string_view text) {
  size_t length = std::min(text.size(), kSize - 1);
  if (length < text.size()) {
    while (length > 0 && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) length--;
  }
  if (length > 0) std::memcpy(target, text.data(), length);
  target[length] = 0;
}

// The instance, when it may be looked at now.
Instance* quiet_instance(wasm_module_inst_t handle, wembed_error_t* error) {
  clear_error(error);
  if (handle == nullptr) {
    fill_usage_error(error, "the instance is NULL");
    return nullptr;
  }
  if (!is_group_running(*unwrap(handle))) return unwrap(handle);
  fill_usage_error(error, "the instance cannot be inspected: it is running");
  return nullptr;
}

// Reads the module's bytes by way of `describe`, and sees to it that they were there. The result is
// that of `describe` or 0.
template <class Describe>
uint32_t describe_module(const Module& module, wembed_error_t* error, Describe describe) {
  Diagnostic diagnostic;
  uint32_t result = 0;
  {
    const ReadScope scope(module.source());
    if (!scope.lost()) result = describe(diagnostic);
    if (scope.lost()) {
      diagnostic = Diagnostic();
      diagnostic.fail(Error::BytesLost);
    }
  }
  if (diagnostic.code == Error::None) return result;
  fill_error(error, diagnostic, nullptr, nullptr);
  return 0;
}

struct RegionList {
  const Memory& memory;
  wembed_region_t* regions;
  uint32_t capacity;
  uint32_t count;
};

void add_region(void* context, const MemoryRegionInfo& info) {
  RegionList& list = *static_cast<RegionList*>(context);
  uint32_t number = list.count++;
  if (number >= list.capacity) return;
  wembed_region_t& region = list.regions[number];
  region = {};
  region.offset = info.offset;
  region.bytes = info.bytes;
  region.kind = static_cast<uint32_t>(info.kind);
  region.depth = info.depth();
  region.index = info.index;
  region.resident = WEMBED_NOT_KNOWN;
  if (region.kind == WEMBED_REGION_REACH) {
    region.resident = 0;
  } else if (region.depth == 0) {
    region.resident = resident_bytes(list.memory, info.offset, info.offset + info.bytes);
  }
  copy(region.name, info.name);
  copy(region.how, info.how);
}

void add_memory(Instance& instance, uint32_t index, wembed_inspection_t& result) {
  const Memory& memory = *instance.memories[index];
  result.imported = index < instance.module->imported_memory_count();
  result.is_64 = memory.type.limits.is_64;
  // Of other memories than the first one accesses are checked, wherever they lie.
  bool is_unchecked = &memory == instance.memory && instance.variant.guarded;
  result.guarded = memory.storage->guarded() && is_unchecked;
  result.backend = static_cast<uint32_t>(memory.storage->backend());
  result.slot = memory.storage->slot();
  result.page_bytes = memory.type.page_size;
  result.pages = memory.pages;
  result.pages_declared = memory.type.limits.min;
  result.pages_maximum = memory.max_pages;
  result.resident = resident_bytes(memory, 0, memory.size);
  if (memory.heap == nullptr) return;
  GuestHeap::Statistics heap = memory.heap->statistics();
  result.heap_capacity = heap.capacity;
  result.heap_used = heap.used;
  result.heap_peak = heap.peak;
  result.heap_largest = heap.largest;
  result.heap_blocks = heap.blocks;
  result.heap_bookkeeping = heap.bookkeeping;
}

void add_sizes(Instance& instance, wembed_inspection_t& result) {
  Module& module = *instance.module;
  ModuleFootprint footprint = module_footprint(module);
  InstanceFootprint own = instance_footprint(instance);
  MemoryReport report = instance.runtime->memory_system().report();
  result.slots = report.slots;
  result.slot_bytes = report.slot_bytes;
  result.memories = static_cast<uint32_t>(module.memories().size());
  result.functions = module.function_count();
  result.functions_imported = module.imported_function_count();
  result.translated = footprint.translated;
  result.tables = static_cast<uint32_t>(module.tables().size());
  result.globals = static_cast<uint32_t>(module.globals().size());
  result.data_segments = static_cast<uint32_t>(module.data().size());
  result.wasm_stacks = own.stack.stacks;
  result.wasm_stack_bytes = own.stack.bytes;
  result.wasm_stack_used = own.stack.used;
  result.module_bytes = module.source().size();
  result.module_bookkeeping = footprint.bookkeeping;
  result.instance_bookkeeping = own.bookkeeping;
}

// What the name section does not name gets an export's name.
template <class Info>
void add_export_names(const Module& module, ExternKind kind, Info* items, uint32_t count) {
  for (const Export& item : module.exports()) {
    if (item.kind != kind || item.index >= count || items[item.index].name[0] != 0) continue;
    copy(items[item.index].name, item.name);
  }
}

constexpr const char* kSectionNames[] = {"custom", "type",   "import",     "function", "table",
                                         "memory", "global", "export",     "start",    "element",
                                         "code",   "data",   "data count", "tag"};

uint32_t list_sections(const Module& module, wembed_section_t* sections, uint32_t capacity) {
  SectionCursor all(module);
  Section known;
  uint32_t count = 0;
  while (all.next(known)) {
    if (count++ >= capacity) continue;
    wembed_section_t& section = sections[count - 1];
    section = {};
    section.id = known.id;
    section.offset = known.offset;
    section.bytes = known.content.offset + known.content.size - known.offset;
    copy(section.name, section.id < std::size(kSectionNames) ? kSectionNames[section.id] : "");
    CustomSection custom;
    if (section.id == 0) copy(section.name, read_custom(module, known, custom) ? custom.name : "");
  }
  return count;
}

}  // namespace

WEMBED_API uint32_t wembed_instance_regions(wasm_module_inst_t handle, uint32_t memory,
                                            wembed_region_t* regions, uint32_t capacity,
                                            wembed_error_t* error) {
  Instance* instance = quiet_instance(handle, error);
  if (instance == nullptr) return 0;
  if (memory >= instance->module->memories().size()) {
    fill_usage_error(error, "there is no memory of that number");
    return 0;
  }
  if (regions == nullptr) capacity = 0;
  RegionList list = {*instance->memories[memory], regions, capacity, 0};
  return describe_module(*instance->module, error, [&](Diagnostic& diagnostic) {
    Error failed = map_memory(*instance, memory, add_region, &list);
    if (failed != Error::None) diagnostic.fail(failed);
    return list.count;
  });
}

WEMBED_API bool wembed_instance_inspect(wasm_module_inst_t handle, uint32_t memory,
                                        wembed_inspection_t* inspection, wembed_error_t* error) {
  Instance* instance = quiet_instance(handle, error);
  if (instance == nullptr) return false;
  bool has_memory = memory < instance->module->memories().size();
  const char* reason = nullptr;
  if (inspection == nullptr) {
    reason = "the inspection is NULL";
  } else if (inspection->size < sizeof(uint32_t)) {
    reason = "the inspection: size is not set, it has to be the structure's";
  } else if (!has_memory && memory > 0) {
    reason = "there is no memory of that number";
  }
  if (reason != nullptr) {
    fill_usage_error(error, reason);
    return false;
  }
  wembed_inspection_t result = {};
  result.size = std::min<uint32_t>(inspection->size, sizeof(result));
  result.slot = UINT32_MAX;
  result.stack_pointer = WEMBED_NOT_KNOWN;
  add_sizes(*instance, result);
  if (has_memory) add_memory(*instance, memory, result);
  if (has_memory && memory == 0) {
    auto no_data = [](void*, uint64_t) { return DataAround(); };
    const ReadScope scope(instance->module->source());
    uint64_t pointer = find_program_layout(*instance, no_data, nullptr).stack_pointer;
    if (!scope.lost()) result.stack_pointer = pointer;
  }
  std::memcpy(inspection, &result, result.size);
  return true;
}

WEMBED_API uint32_t wembed_instance_objects(wasm_module_inst_t handle, wembed_object_heap_t* heap,
                                            wembed_object_count_t* counts, uint32_t capacity,
                                            wembed_error_t* error) {
  Instance* instance = quiet_instance(handle, error);
  if (instance == nullptr) return 0;
  if (heap != nullptr && heap->size < sizeof(uint32_t)) {
    fill_usage_error(error, "the heap: size is not set, it has to be the structure's");
    return 0;
  }
  ObjectCensus census(instance->runtime->allocator());
  if (Error failed = take_census(*instance, census); failed != Error::None) {
    Diagnostic diagnostic;
    diagnostic.fail(failed);
    fill_error(error, diagnostic, nullptr, nullptr);
    return 0;
  }
  if (heap != nullptr) {
    wembed_object_heap_t result = {};
    result.size = std::min<uint32_t>(heap->size, sizeof(result));
    result.collections = census.collections;
    result.limit = census.limit;
    result.taken = census.taken;
    result.objects = census.objects;
    result.bytes = census.bytes;
    std::memcpy(heap, &result, result.size);
  }
  const auto count = static_cast<uint32_t>(census.counts.size());
  if (counts == nullptr) capacity = 0;
  for (uint32_t i = 0; i < std::min(count, capacity); i++) {
    const ObjectCount& row = census.counts[i];
    const bool is_array = row.type != nullptr && row.type->kind == CompositeKind::Array;
    counts[i] = {row.index, is_array, row.objects, row.bytes};
  }
  return count;
}

WEMBED_API uint32_t wembed_instance_globals(wasm_module_inst_t handle,
                                            wembed_global_info_t* globals, uint32_t capacity,
                                            wembed_error_t* error) {
  Instance* instance = quiet_instance(handle, error);
  if (instance == nullptr) return 0;
  const Module& module = *instance->module;
  uint32_t count = static_cast<uint32_t>(module.globals().size());
  if (globals == nullptr) capacity = 0;
  return describe_module(module, error, [&](Diagnostic&) {
    NameCursor names(module, NameKind::Global);
    for (uint32_t i = 0; i < std::min(count, capacity); i++) {
      wembed_global_info_t& info = globals[i];
      info = {};
      info.index = i;
      info.kind = value_kind(module.globals()[i].type.type);
      info.is_mutable = module.globals()[i].type.is_mutable;
      info.is_imported = i < module.imported_global_count();
      std::memcpy(info.slots, instance->global(i)->slots, sizeof(info.slots));
      if (info.kind != WASM_V128) info.slots[1] = 0;
      copy(info.name, names.at(i));
    }
    add_export_names(module, ExternKind::Global, globals, std::min(count, capacity));
    return count;
  });
}

WEMBED_API uint32_t wembed_instance_tables(wasm_module_inst_t handle, wembed_table_info_t* tables,
                                           uint32_t capacity, wembed_error_t* error) {
  Instance* instance = quiet_instance(handle, error);
  if (instance == nullptr) return 0;
  const Module& module = *instance->module;
  uint32_t count = static_cast<uint32_t>(module.tables().size());
  if (tables == nullptr) capacity = 0;
  return describe_module(module, error, [&](Diagnostic&) {
    NameCursor names(module, NameKind::Table);
    for (uint32_t i = 0; i < std::min(count, capacity); i++) {
      const Table& table = *instance->tables[i];
      wembed_table_info_t& info = tables[i];
      info = {};
      info.index = i;
      info.kind = value_kind(table.type.element);
      info.is_imported = i < module.imported_table_count();
      info.elements = table.length();
      info.minimum = table.type.limits.min;
      info.maximum = table.max;
      copy(info.name, names.at(i));
    }
    add_export_names(module, ExternKind::Table, tables, std::min(count, capacity));
    return count;
  });
}

WEMBED_API uint32_t wembed_module_sections(wasm_module_t handle, wembed_section_t* sections,
                                           uint32_t capacity) {
  if (handle == nullptr) return 0;
  const Module& module = unwrap(handle)->module();
  if (sections == nullptr) capacity = 0;
  return describe_module(module, nullptr,
                         [&](Diagnostic&) { return list_sections(module, sections, capacity); });
}
