// wembed.h: what wembed_inspect.cpp finds out, as text.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "base/vector.h"
#include "capi/handles.h"
#include "capi/wembed_error.h"
#include "memory/backend.h"
#include "runtime/type_text.h"
#include "wembed_names.h"

using namespace wembed;

namespace {

constexpr const char* kKindNames[] = {"not known",   "static data", "stack",      "guest's heap",
                                      "host's heap", "grown",       "may grow",   "data",
                                      "free",        "in use",      "allocation", "free"};
static_assert(std::size(kKindNames) == WEMBED_REGION_FREE + 1);

struct Size {
  char text[24];
};

// "1.5 KiB": three digits and the unit.
Size size_text(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  Size size;
  if (bytes == WEMBED_NOT_KNOWN) {
    std::snprintf(size.text, sizeof size.text, "not known");
    return size;
  }
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); unit++) value /= 1024;
  int digits = unit == 0 || value == static_cast<double>(static_cast<uint64_t>(value)) ? 0 : 1;
  std::snprintf(size.text, sizeof size.text, "%.*f %s", digits, value, kUnits[unit]);
  return size;
}

// A guest's name without what a terminal would obey.
Size& printable(Size& size, const char* name) {
  size_t length = 0;
  for (; name[length] != 0 && length + 1 < sizeof size.text; length++) {
    auto byte = static_cast<uint8_t>(name[length]);
    size.text[length] = byte < 0x20 || byte >= 0x7F ? '?' : name[length];
  }
  size.text[length] = 0;
  return size;
}

void add_region(TextBuffer& out, const wembed_region_t& region) {
  Size name;
  const char* kind = kKindNames[region.kind];
  out.add("  0x%010" PRIx64 " %10s  %s%s", region.offset, size_text(region.bytes).text,
          region.depth == 0 ? "" : "  ", kind);
  if (region.index != UINT32_MAX) out.add(" %u", region.index);
  if (region.name[0] != 0) out.add(" %s", printable(name, region.name).text);
  if (region.depth == 0 && region.how[0] != 0) {
    // Behind the kind, or on a line of its own; 80 characters are enough either way.
    bool fits = std::strlen(kind) + std::strlen(region.how) <= 45;
    static_assert(sizeof region.how <= 64);
    out.add("%s %s", fits ? ", by" : "\n              by", region.how);
  }
  out.add("\n");
}

// " $name", if the module has one.
void add_name(TextBuffer& out, wasm_module_inst_t instance, wembed_name_kind_t kind,
              uint32_t index) {
  char name[sizeof(Size::text)];
  Size shown;
  wasm_module_t module = wasm_runtime_get_module(instance);
  if (wembed_module_name(module, kind, index, 0, name, sizeof name) == 0) return;
  out.add(" $%s", printable(shown, name).text);
}

void add_memory(TextBuffer& out, wasm_module_inst_t instance, uint32_t index,
                const wembed_inspection_t& info) {
  out.add("memory %u", index);
  add_name(out, instance, WEMBED_NAME_MEMORY, index);
  out.add("%s: %" PRIu64 " pages of %s, at most %" PRIu64 "\n", info.imported ? " (imported)" : "",
          info.pages, size_text(info.page_bytes).text, info.pages_maximum);
  out.add("  %s, %s accesses", backend_name(static_cast<Backend>(info.backend)),
          info.guarded ? "unchecked" : "checked");
  if (info.slot != UINT32_MAX) out.add(", slot %u of %u", info.slot, info.slots);
  out.add(", %s written to\n", size_text(info.resident).text);
  if (info.heap_capacity == 0) return;
  out.add("  host's heap: %" PRIu64 " in use, %s", info.heap_blocks,
          size_text(info.heap_used).text);
  out.add(" of %s", size_text(info.heap_capacity).text);
  out.add(", largest free %s\n", size_text(info.heap_largest).text);
}

void add_summary(TextBuffer& out, const wembed_inspection_t& info) {
  out.add("functions: %u, %u of them imported, %u translated\n", info.functions,
          info.functions_imported, info.translated);
  out.add("tables: %u, globals: %u, data segments: %u\n", info.tables, info.globals,
          info.data_segments);
  out.add("wasm stacks: %u of %s", info.wasm_stacks, size_text(info.wasm_stack_bytes).text);
  out.add(", %s in use\n", size_text(info.wasm_stack_used).text);
  out.add("module: %s", size_text(info.module_bytes).text);
  out.add(" and %s beside it", size_text(info.module_bookkeeping).text);
  out.add(", instance: %s\n", size_text(info.instance_bookkeeping).text);
}

void out_of_memory(wembed_error_t* error) {
  Diagnostic diagnostic;
  diagnostic.fail(Error::OutOfMemory);
  fill_error(error, diagnostic, nullptr, nullptr);
}

// What a collection leaves, if objects were made at all. False with *error filled.
bool add_objects(TextBuffer& out, wasm_module_inst_t instance, wembed_error_t* error) {
  wembed_error_t own;
  if (error == nullptr) error = &own;
  wembed_object_heap_t heap = {};
  heap.size = sizeof heap;
  const uint32_t count = wembed_instance_objects(instance, &heap, nullptr, 0, error);
  if (error->kind != WEMBED_ERROR_NONE) return false;
  if (heap.taken == 0) return true;
  Vector<wembed_object_count_t> counts(*unwrap(instance)->allocator);
  if (!counts.resize(count)) {
    out_of_memory(error);
    return false;
  }
  wembed_instance_objects(instance, nullptr, counts.data(), count, error);
  if (error->kind != WEMBED_ERROR_NONE) return false;
  out.add("objects: %" PRIu64 ", %s", heap.objects, size_text(heap.bytes).text);
  out.add(", in %s", size_text(heap.taken).text);
  out.add(" of at most %s\n", size_text(heap.limit).text);
  for (const wembed_object_count_t& row : counts) {
    out.add("  %10" PRIu64 " %10s  ", row.objects, size_text(row.bytes).text);
    if (row.type == UINT32_MAX) {
      out.add("of other modules' types\n");
      continue;
    }
    out.add("%s of type %u", row.is_array ? "arrays" : "structs", row.type);
    add_name(out, instance, WEMBED_NAME_TYPE, row.type);
    out.add("\n");
  }
  return true;
}

// False with *error filled.
bool add_memory_map(TextBuffer& out, wasm_module_inst_t instance, uint32_t memory,
                    wembed_error_t* error) {
  wembed_error_t own;
  if (error == nullptr) error = &own;
  wembed_inspection_t info = {};
  info.size = sizeof info;
  if (!wembed_instance_inspect(instance, memory, &info, error)) return false;
  Vector<wembed_region_t> regions(*unwrap(instance)->allocator);
  uint32_t count = wembed_instance_regions(instance, memory, nullptr, 0, error);
  if (error->kind != WEMBED_ERROR_NONE) return false;
  if (!regions.resize(count)) {
    out_of_memory(error);
    return false;
  }
  wembed_instance_regions(instance, memory, regions.data(), count, error);
  if (error->kind != WEMBED_ERROR_NONE) return false;
  add_memory(out, instance, memory, info);
  for (const wembed_region_t& region : regions) add_region(out, region);
  return true;
}

}  // namespace

WEMBED_API uint32_t wembed_inspect_text(wasm_module_inst_t instance, char* text, uint32_t capacity,
                                        wembed_error_t* error) {
  TextBuffer out(text, text == nullptr ? 0 : capacity);
  wembed_inspection_t info = {};
  info.size = sizeof info;
  if (!wembed_instance_inspect(instance, 0, &info, error)) return 0;
  add_summary(out, info);
  for (uint32_t i = 0; i < info.memories; i++) {
    if (!add_memory_map(out, instance, i, error)) return 0;
  }
  if (!add_objects(out, instance, error)) return 0;
  return static_cast<uint32_t>(out.size());
}
