#include "addon/inspect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/instance.h"
#include "addon/module.h"
#include "wembed_names.h"

namespace wembed::addon {

namespace {

// Absent: not known.
void set(Napi::Object& object, const char* key, uint64_t value) {
  if (value != WEMBED_NOT_KNOWN) object[key] = static_cast<double>(value);
}

// Asks for a list twice: how long it is, and for all of it. An object that describes the error when
// it cannot be had.
template <class Item, class Ask, class Describe>
Napi::Value list(Napi::Env env, Ask ask, Describe describe) {
  wembed_error_t error{};
  std::vector<Item> items(ask(nullptr, 0, &error));
  if (error.kind == WEMBED_ERROR_NONE && !items.empty()) {
    ask(items.data(), static_cast<uint32_t>(items.size()), &error);
  }
  if (error.kind != WEMBED_ERROR_NONE) return error_to_js(env, error);
  auto array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    const Napi::HandleScope scope(env);
    auto object = Napi::Object::New(env);
    describe(object, items[i]);
    array[i] = object;
  }
  return array;
}

void describe_memory(Napi::Object& object, const wembed_inspection_t& info) {
  object["imported"] = info.imported;
  object["is64"] = info.is_64;
  object["guarded"] = info.guarded;
  object["backend"] = info.backend;
  if (info.slot != UINT32_MAX) object["slot"] = info.slot;
  set(object, "pageBytes", info.page_bytes);
  set(object, "pages", info.pages);
  set(object, "pagesDeclared", info.pages_declared);
  set(object, "pagesMaximum", info.pages_maximum);
  set(object, "resident", info.resident);
  set(object, "stackPointer", info.stack_pointer);
  set(object, "heapCapacity", info.heap_capacity);
  set(object, "heapUsed", info.heap_used);
  set(object, "heapPeak", info.heap_peak);
  set(object, "heapLargest", info.heap_largest);
  set(object, "heapBlocks", info.heap_blocks);
  set(object, "heapBookkeeping", info.heap_bookkeeping);
}

void describe_sizes(Napi::Object& object, const wembed_inspection_t& info) {
  object["memories"] = info.memories;
  object["slots"] = info.slots;
  set(object, "slotBytes", info.slot_bytes);
  object["functions"] = info.functions;
  object["functionsImported"] = info.functions_imported;
  object["translated"] = info.translated;
  object["dataSegments"] = info.data_segments;
  object["wasmStacks"] = info.wasm_stacks;
  set(object, "wasmStackBytes", info.wasm_stack_bytes);
  set(object, "wasmStackUsed", info.wasm_stack_used);
  set(object, "moduleBytes", info.module_bytes);
  set(object, "moduleBookkeeping", info.module_bookkeeping);
  set(object, "instanceBookkeeping", info.instance_bookkeeping);
}

// instanceNumbers(instance, memory): an object, or one that describes the error.
Napi::Value instance_numbers(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr) return env.Undefined();
  wembed_inspection_t inspection{};
  inspection.size = sizeof inspection;
  wembed_error_t error{};
  const uint32_t memory = index_of(info[1]);
  if (!wembed_instance_inspect(state->instance, memory, &inspection, &error)) {
    return error_to_js(env, error);
  }
  auto object = Napi::Object::New(env);
  describe_sizes(object, inspection);
  if (inspection.memories > 0) describe_memory(object, inspection);
  return object;
}

void describe_region(Napi::Object& object, const wembed_region_t& region) {
  object["kind"] = region.kind;
  set(object, "offset", region.offset);
  set(object, "bytes", region.bytes);
  set(object, "resident", region.resident);
  if (region.index != UINT32_MAX) object["index"] = region.index;
  object["name"] = region.name;
  object["how"] = region.how;
}

// instanceRegions(instance, memory): a list in order of offset, inner regions behind their outer.
Napi::Value instance_regions(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const uint32_t memory = index_of(info[1]);
  return list<wembed_region_t>(
      info.Env(),
      [&](wembed_region_t* items, uint32_t capacity, wembed_error_t* error) {
        return wembed_instance_regions(state->instance, memory, items, capacity, error);
      },
      describe_region);
}

void describe_global(Napi::Object& object, const wembed_global_info_t& global) {
  object["name"] = global.name;
  object["kind"] = static_cast<uint32_t>(global.kind);
  object["mutable"] = global.is_mutable;
  object["imported"] = global.is_imported;
  object["low"] = Napi::BigInt::New(object.Env(), global.slots[0]);
  object["high"] = Napi::BigInt::New(object.Env(), global.slots[1]);
}

Napi::Value instance_globals(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return list<wembed_global_info_t>(
      info.Env(),
      [&](wembed_global_info_t* items, uint32_t capacity, wembed_error_t* error) {
        return wembed_instance_globals(state->instance, items, capacity, error);
      },
      describe_global);
}

void describe_table(Napi::Object& object, const wembed_table_info_t& table) {
  object["name"] = table.name;
  object["kind"] = static_cast<uint32_t>(table.kind);
  object["imported"] = table.is_imported;
  set(object, "elements", table.elements);
  set(object, "minimum", table.minimum);
  set(object, "maximum", table.maximum);
}

Napi::Value instance_tables(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return list<wembed_table_info_t>(
      info.Env(),
      [&](wembed_table_info_t* items, uint32_t capacity, wembed_error_t* error) {
        return wembed_instance_tables(state->instance, items, capacity, error);
      },
      describe_table);
}

Napi::Value module_sections(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  return list<wembed_section_t>(
      info.Env(),
      [&](wembed_section_t* items, uint32_t capacity, wembed_error_t*) {
        return wembed_module_sections(state->native->module, items, capacity);
      },
      [](Napi::Object& object, const wembed_section_t& section) {
        object["id"] = section.id;
        object["name"] = section.name;
        set(object, "offset", section.offset);
        set(object, "bytes", section.bytes);
      });
}

void describe_count(Napi::Object& object, const wembed_object_count_t& count) {
  if (count.type != UINT32_MAX) object["type"] = count.type;
  object["array"] = count.is_array;
  set(object, "objects", count.objects);
  set(object, "bytes", count.bytes);
}

// instanceObjects(instance): the heap in numbers, with `types` that there are objects of.
Napi::Value instance_objects(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr) return env.Undefined();
  wembed_object_heap_t heap{};
  heap.size = sizeof heap;
  const Napi::Value types = list<wembed_object_count_t>(
      env,
      [&](wembed_object_count_t* items, uint32_t capacity, wembed_error_t* error) {
        return wembed_instance_objects(state->instance, &heap, items, capacity, error);
      },
      describe_count);
  if (!types.IsArray()) return types;
  auto object = Napi::Object::New(env);
  object["collections"] = heap.collections;
  set(object, "limit", heap.limit);
  set(object, "taken", heap.taken);
  set(object, "objects", heap.objects);
  set(object, "bytes", heap.bytes);
  object["types"] = types;
  return object;
}

// moduleNames(module, kind): all names of that kind, ascending.
Napi::Value module_names(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<ModuleState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  const wasm_module_t module = state->native->module;
  auto array = Napi::Array::New(env);
  std::string text(256, '\0');
  wembed_name_t at{};
  at.kind = index_of(info[1]);
  for (uint32_t count = 0;; ++count) {
    const Napi::HandleScope scope(env);
    wembed_name_t before = at;
    if (!wembed_module_next_name(module, &at, text.data(), static_cast<uint32_t>(text.size()))) {
      return array;
    }
    if (at.length >= text.size()) {
      text.resize(at.length + size_t{1});
      at = before;
      wembed_module_next_name(module, &at, text.data(), static_cast<uint32_t>(text.size()));
    }
    auto object = Napi::Object::New(env);
    object["index"] = at.index;
    object["inner"] = at.inner;
    object["name"] = Napi::String::New(env, text.data(), std::min<size_t>(at.length, text.size()));
    array[count] = object;
  }
}

}  // namespace

void define_inspect(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["instanceNumbers"] = Napi::Function::New(env, instance_numbers, "instanceNumbers");
  binding["instanceRegions"] = Napi::Function::New(env, instance_regions, "instanceRegions");
  binding["instanceGlobals"] = Napi::Function::New(env, instance_globals, "instanceGlobals");
  binding["instanceTables"] = Napi::Function::New(env, instance_tables, "instanceTables");
  binding["instanceObjects"] = Napi::Function::New(env, instance_objects, "instanceObjects");
  binding["moduleNames"] = Napi::Function::New(env, module_names, "moduleNames");
  binding["moduleSections"] = Napi::Function::New(env, module_sections, "moduleSections");
}

}  // namespace wembed::addon
