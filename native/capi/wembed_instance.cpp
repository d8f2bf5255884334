// wembed.h: instances and the objects they export.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "capi/cluster.h"
#include "capi/handles.h"
#include "capi/module_links.h"
#include "capi/refusal.h"
#include "capi/value_kind.h"
#include "capi/wasi_state.h"
#include "capi/wembed_error.h"
#include "module/type_registry.h"
#include "runtime/close.h"
#include "runtime/funcref.h"
#include "runtime/instance_cold.h"
#include "runtime/instantiate.h"
#include "runtime/library_state.h"
#include "runtime/reset.h"
#include "runtime/store.h"

using namespace wembed;

namespace {

ImportBinding binding_of(const wembed_import_t& import) {
  ImportBinding binding;
  binding.source = static_cast<ImportSource>(import.source);
  binding.callback = unwrap_callback(import.callback);
  binding.data = import.data;
  binding.instance = unwrap(import.instance);
  binding.export_index = import.export_index;
  binding.function = unwrap_function(import.function);
  if (binding.source == ImportSource::Tag) binding.tag = static_cast<Tag*>(import.data);
  binding.value[0] = import.value[0];
  binding.value[1] = import.value[1];
  return binding;
}

// The import list in the core's form: few of them stand here, many in a block.
class Bindings {
 public:
  Bindings(Allocator& allocator, const wembed_import_t* imports, uint32_t count)
      : allocator_(allocator), count_(count) {
    if (count_ > kInline) {
      items_ = static_cast<ImportBinding*>(allocator_.allocate(count_ * sizeof(ImportBinding)));
    }
    for (uint32_t i = 0; items_ != nullptr && i < count_; i++) {
      ::new (&items_[i]) ImportBinding(binding_of(imports[i]));
    }
  }
  Bindings(const Bindings&) = delete;
  Bindings& operator=(const Bindings&) = delete;
  ~Bindings() { release(); }
  void release() {
    if (count_ > kInline) allocator_.release(items_);
    count_ = 0;
  }
  [[nodiscard]] bool ok() const { return items_ != nullptr; }
  [[nodiscard]] std::span<const ImportBinding> items() const { return {items_, count_}; }

 private:
  static constexpr uint32_t kInline = 8;
  Allocator& allocator_;
  uint32_t count_;
  // Made as far as it is needed: most modules import little.
  alignas(ImportBinding) uint8_t few_[kInline * sizeof(ImportBinding)];
  ImportBinding* items_ = reinterpret_cast<ImportBinding*>(few_);
};

Refusal refuse_options(const wembed_instantiate_options_t& options) {
  if (options.backend > WEMBED_BACKEND_FUNCTIONS) {
    return refuse("there is no backend %u", options.backend);
  }
  if (options.backend == WEMBED_BACKEND_BUFFER && options.memory_buffer == nullptr) {
    return refuse("WEMBED_BACKEND_BUFFER without memory_buffer");
  }
  const wembed_memory_functions_t* functions = options.memory_functions;
  if (functions != nullptr) {
    if (Refusal refusal = refuse_structure(functions, "memory_functions")) return refusal;
  }
  if (options.import_count > 0 && options.imports == nullptr) {
    return refuse("import_count is %u, but imports is NULL", options.import_count);
  }
  for (uint32_t i = 0; i < options.import_count; i++) {
    uint32_t source = options.imports[i].source;
    if (source > WEMBED_IMPORT_TAG) {
      return refuse("imports[%u]: there is no source %u", i, source);
    }
  }
  return {};
}

// The caller's structure may end before the fields that came later; they count as zero then.
Refusal read_options(const wembed_instantiate_options_t* options,
                     wembed_instantiate_options_t& settings) {
  settings = {};
  settings.size = sizeof(settings);
  if (options == nullptr) return {};
  constexpr size_t kLeast = offsetof(wembed_instantiate_options_t, memory_buffer);
  if (Refusal refusal = refuse_structure(options, "the options", kLeast)) return refusal;
  std::memcpy(&settings, options, std::min<size_t>(options->size, sizeof(settings)));
  return refuse_options(settings);
}

// `functions` has to live as long as the result.
InstantiateOptions core_options(ModuleHandle& handle, const wembed_instantiate_options_t& options,
                                MemoryFunctions& functions) {
  InstantiateOptions result;
  result.stack_size = options.stack_size;
  result.heap_size = options.heap_size;
  result.max_memory_pages = options.max_memory_pages;
  result.pages_are_limited = true;
  result.gc_heap_size = options.gc_heap_size;
  result.backend = static_cast<Backend>(options.backend);
  result.buffer = static_cast<uint8_t*>(options.memory_buffer);
  result.buffer_capacity = options.memory_buffer_bytes;
  result.buffer_is_reserved = options.memory_buffer_reserved;
  if (options.memory_functions != nullptr) {
    functions = core_functions(*options.memory_functions);
    result.memory_functions = &functions;
  }
  result.strict = options.strict;
  result.run_constructors = !options.strict;
  result.links = handle.links();
  result.limits.deadline_ms = options.deadline_ms;
  result.limits.fuel = options.fuel > 0 ? options.fuel : -1;
  result.limits.stop = unwrap(options.stop);
  result.custom_data = options.custom_data;
  result.host_module = handle.held();
  return result;
}

Error take_wasi(ModuleHandle& handle, const wembed_instantiate_options_t& options,
                InstantiateOptions& settings, Diagnostic& diagnostic) {
  if (options.wasi != nullptr) {
    settings.library_state = wasi_state_of(handle.runtime().allocator(), options.wasi);
    bool good = settings.library_state != nullptr || !kHasWasi;
    return good ? Error::None : diagnostic.fail(Error::OutOfMemory);
  }
  WasiError why;
  if (!handle.gives_wasi || make_wasi_state(handle, handle.wasi, settings.library_state, why)) {
    return Error::None;
  }
  return diagnostic.fail(Error::InvalidState, "%s", why);
}

Instance* make(ModuleHandle& handle, const wembed_instantiate_options_t& options,
               wembed_error_t* error) {
  Diagnostic diagnostic;
  Bindings bindings(handle.runtime().allocator(), options.imports, options.import_count);
  if (!bindings.ok()) {
    diagnostic.fail(Error::OutOfMemory);
    fill_error(error, diagnostic, nullptr, handle.name());
    return nullptr;
  }
  char report[sizeof(error->message)];
  report[0] = 0;
  MemoryFunctions functions;
  InstantiateOptions settings = core_options(handle, options, functions);
  settings.imports = bindings.items();
  settings.report = report;
  settings.report_size = sizeof(report);
  Instance* failed = nullptr;
  if (options.failed != nullptr) settings.failed = &failed;
  Trap trap = Trap::None;
  if (take_wasi(handle, options, settings, diagnostic) != Error::None) {
    fill_error(error, diagnostic, nullptr, handle.name());
    return nullptr;
  }
  Instance* instance = instantiate_linked(handle, settings, diagnostic, &trap);
  if (settings.library_state != nullptr) settings.library_state->release();
  if (options.failed != nullptr) *options.failed = wrap(failed);
  if (instance != nullptr) return instance;
  fill_error(error, diagnostic, &handle.module(), handle.name(), trap);
  if (error != nullptr && error->kind == WEMBED_ERROR_LINK && report[0] != 0) {
    std::memcpy(error->message, report, sizeof(report));
  }
  bindings.release();
  handle.release();
  return nullptr;
}

// The export of that index and kind; null: there is none.
const Export* find(wasm_module_inst_t instance, uint32_t index, ExternKind kind) {
  if (instance == nullptr) return nullptr;
  auto exports = unwrap(instance)->module->exports();
  return index < exports.size() && exports[index].kind == kind ? &exports[index] : nullptr;
}

Table* find_table(wasm_module_inst_t instance, uint32_t index) {
  const Export* item = find(instance, index, ExternKind::Table);
  return item == nullptr ? nullptr : unwrap(instance)->tables[item->index];
}

// Whether a slot from the host may become a value of that type; joins groups for a function.
bool accept_value(Instance& instance, ValType type, Slot slot) {
  return adopt_references(instance, {&type, 1}, &slot) == Trap::None;
}

}  // namespace

WEMBED_API wasm_module_inst_t wembed_instantiate(wasm_module_t module,
                                                 const wembed_instantiate_options_t* options,
                                                 wembed_error_t* error) {
  clear_error(error);
  wembed_instantiate_options_t settings;
  Refusal refusal =
      module == nullptr ? refuse("the module is NULL") : read_options(options, settings);
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  return wrap(make(*unwrap(module), settings, error));
}

WEMBED_API bool wembed_instance_reset(wasm_module_inst_t handle,
                                      const wembed_reset_options_t* options,
                                      wembed_error_t* error) {
  clear_error(error);
  Refusal refusal;
  if (handle == nullptr) {
    refusal = refuse("the instance is NULL");
  } else if (options != nullptr) {
    refusal = refuse_structure(options, "the options");
  }
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return false;
  }
  Instance& instance = *unwrap(handle);
  ResetOptions settings;
  if (options != nullptr) {
    settings.skip_start = options->skip_start;
    settings.limits.deadline_ms = options->deadline_ms;
    settings.limits.fuel = options->fuel > 0 ? options->fuel : -1;
    settings.limits.stop = unwrap(options->stop);
  }
  if (!is_running(instance)) end_detached(instance);
  Diagnostic diagnostic;
  Trap trap = Trap::None;
  if (reset_instance(instance, settings, diagnostic, trap) == Error::None) return true;
  const auto* module = static_cast<const ModuleHandle*>(instance.cold->host_module.object);
  fill_error(error, diagnostic, instance.module, module == nullptr ? "" : module->name(), trap);
  return false;
}

WEMBED_API wasm_function_inst_t wembed_instance_function(wasm_module_inst_t instance,
                                                         uint32_t export_index) {
  const Export* item = find(instance, export_index, ExternKind::Func);
  return item == nullptr ? nullptr : wrap_function(unwrap(instance)->function(item->index));
}

WEMBED_API wasm_memory_inst_t wembed_instance_memory(wasm_module_inst_t instance,
                                                     uint32_t export_index) {
  const Export* item = find(instance, export_index, ExternKind::Memory);
  return item == nullptr ? nullptr : wrap(unwrap(instance)->memories[item->index]);
}

WEMBED_API uint64_t wembed_instance_identity(wasm_module_inst_t handle, uint32_t export_index) {
  if (handle == nullptr) return 0;
  Instance& instance = *unwrap(handle);
  const auto exports = instance.module->exports();
  if (export_index >= exports.size()) return 0;
  const uint32_t index = exports[export_index].index;
  const void* object = nullptr;
  switch (exports[export_index].kind) {
    case ExternKind::Func: break;
    case ExternKind::Table: object = instance.tables[index]; break;
    case ExternKind::Memory: object = instance.memories[index]; break;
    case ExternKind::Global: object = instance.global(index); break;
    case ExternKind::Tag: object = instance.tags()[index]; break;
  }
  return reinterpret_cast<uintptr_t>(object);
}

WEMBED_API bool wembed_instance_global(wasm_module_inst_t instance, uint32_t export_index,
                                       wembed_global_t* global) {
  const Export* item = find(instance, export_index, ExternKind::Global);
  if (item == nullptr || global == nullptr) return false;
  const GlobalType& type = unwrap(instance)->module->globals()[item->index].type;
  global->kind = value_kind(type.type);
  global->is_mutable = type.is_mutable;
  global->slots = unwrap(instance)->global(item->index)->slots;
  return true;
}

WEMBED_API bool wembed_global_set(wasm_module_inst_t instance, uint32_t export_index,
                                  const uint64_t* slots) {
  const Export* item = find(instance, export_index, ExternKind::Global);
  if (item == nullptr || slots == nullptr) return false;
  Instance& owner = *unwrap(instance);
  const GlobalType& type = owner.module->globals()[item->index].type;
  if (!type.is_mutable || !accept_value(owner, type.type, slots[0])) return false;
  GlobalCell& cell = *owner.global(item->index);
  bool is_narrow = type.type == kI32 || type.type == kF32;
  const Slot low = is_narrow ? static_cast<uint32_t>(slots[0]) : slots[0];
  // Somebody may be looking for what the instance refers to: see runtime/reach.h.
  __atomic_store_n(&cell.slots[0], low, __ATOMIC_RELAXED);
  if (type.type == kV128) cell.slots[1] = slots[1];
  return true;
}

WEMBED_API bool wembed_table_size(wasm_module_inst_t instance, uint32_t export_index,
                                  uint64_t* size) {
  const Table* table = find_table(instance, export_index);
  if (table == nullptr || size == nullptr) return false;
  *size = table->length();
  return true;
}

WEMBED_API bool wembed_table_get(wasm_module_inst_t instance, uint32_t export_index,
                                 uint64_t element, uint64_t* slot) {
  Table* table = find_table(instance, export_index);
  if (table == nullptr || slot == nullptr) return false;
  return table->get(element, *slot) == Trap::None;
}

WEMBED_API bool wembed_table_set(wasm_module_inst_t instance, uint32_t export_index,
                                 uint64_t element, uint64_t slot) {
  Table* table = find_table(instance, export_index);
  if (table == nullptr || element >= table->length()) return false;
  if (!accept_value(*unwrap(instance), table->type.element, slot)) return false;
  return table->set(element, slot) == Trap::None;
}

WEMBED_API bool wembed_table_grow(wasm_module_inst_t instance, uint32_t export_index,
                                  uint64_t delta, uint64_t slot, uint64_t* old) {
  Table* table = find_table(instance, export_index);
  if (table == nullptr || delta > kMaxTableElements) return false;
  if (!accept_value(*unwrap(instance), table->type.element, slot)) return false;
  int64_t before = table->grow(delta, slot);
  if (before < 0) return false;
  if (old != nullptr) *old = static_cast<uint64_t>(before);
  return true;
}

WEMBED_API uint32_t wembed_function_index(wasm_function_inst_t function) {
  return function == nullptr ? UINT32_MAX : unwrap_function(function)->index;
}

WEMBED_API wasm_module_inst_t wembed_function_instance(wasm_function_inst_t function) {
  return function == nullptr ? nullptr : wrap(unwrap_function(function)->instance);
}

WEMBED_API wasm_func_type_t wembed_function_type(wasm_function_inst_t function) {
  return function == nullptr ? nullptr : wrap(unwrap_function(function)->type);
}

WEMBED_API wasm_module_inst_t wembed_memory_instance(wasm_memory_inst_t memory) {
  return memory == nullptr ? nullptr : wrap(unwrap(memory)->owner);
}
