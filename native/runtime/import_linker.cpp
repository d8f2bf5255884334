// Which import gets what, and whether it fits.
#include "runtime/import_linker.h"

#include "module/type_registry.h"
#include "runtime/funcref.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_parts.h"
#include "runtime/native_links.h"
#include "runtime/resumable_call.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/tag.h"

namespace wembed {

namespace {

int width(std::string_view text) { return static_cast<int>(text.size()); }

bool limits_match(const Limits& actual, uint64_t size, const Limits& wanted) {
  if (actual.is_64 != wanted.is_64 || actual.is_shared != wanted.is_shared) return false;
  if (size < wanted.min) return false;
  return !wanted.has_max || (actual.has_max && actual.max <= wanted.max);
}

// Whether references of the importer's may pass to others by way of the import.
bool carries_references(const Module& module, const Import& import) {
  switch (import.kind) {
    case ExternKind::Func:
      for (ValType type : import.type->params()) {
        if (type.is_ref()) return true;
      }
      return false;
    case ExternKind::Global: {
      const GlobalType& type = module.globals()[import.index].type;
      return type.is_mutable && type.type.is_ref();
    }
    case ExternKind::Tag: return import.type->has_references;
    default: return import.kind == ExternKind::Table;
  }
}

// An imported global may have been imported by its exporter.
Instance* owner_of_cell(Instance& exporter, uint32_t global) {
  bool is_imported = global < exporter.module->imported_global_count();
  Instance* owner = is_imported ? exporter.cold->cell_owners[global] : nullptr;
  return owner == nullptr ? &exporter : owner;
}

}  // namespace

Error ImportLinker::link() {
  auto imports = module_.imports();
  for (size_t i = 0; i < imports.size(); i++) {
    ImportBinding binding;
    if (i < options_.imports.size()) binding = options_.imports[i];
    Error error = link_import(imports[i], binding);
    // Other errors than linking ones end the work at once.
    if (error != Error::None && error != Error::Unlinkable) return diagnostic_.fail(error);
  }
  return first_;
}

Error ImportLinker::link_import(const Import& import, const ImportBinding& binding) {
  Candidate candidate;
  if (import.kind == ExternKind::Memory && is_taken_over(options_, module_, import.index)) {
    return take_over_memory(instance_, import.index, options_);
  }
  switch (binding.source) {
    case ImportSource::Default: return link_default(import);
    case ImportSource::Callback:
    case ImportSource::Deferred: return link_callback(import, binding);
    case ImportSource::Export:
      if (!find_export(binding, candidate)) return mismatch(import, nullptr, "no such export");
      return link_candidate(import, candidate);
    case ImportSource::Value: return link_value(import, binding);
    case ImportSource::Fresh: return link_fresh(import);
    case ImportSource::Tag:
      if (binding.tag == nullptr) return mismatch(import, nullptr, "no tag");
      if (binding.tag->runtime != instance_.runtime) {
        return mismatch(import, nullptr, "a tag of another runtime");
      }
      candidate.kind = ExternKind::Tag;
      candidate.owner = &instance_;
      candidate.tag = binding.tag;
      return link_candidate(import, candidate);
    case ImportSource::Function:
      if (binding.function == nullptr) return mismatch(import, nullptr, "no function");
      candidate.owner = binding.function->instance;
      candidate.function = binding.function;
      return link_candidate(import, candidate);
  }
  return Error::InvalidState;
}

Error ImportLinker::link_default(const Import& import) {
  if (import.kind == ExternKind::Func) {
    const HostFunction* host =
        options_.links == nullptr ? nullptr : options_.links->find(import.index);
    bool is_of_library = host != nullptr && host->target == nullptr && host->library != nullptr;
    if (is_of_library && options_.strict && host->library->needs_state &&
        options_.library_state == nullptr) {
      host = nullptr;
    }
    if (host == nullptr && inherits_callback(import)) return Error::None;
    if (host == nullptr && options_.strict) return missing(import);
    if (host == nullptr) {
      log_message(instance_.runtime->log(), LogLevel::Warning,
                  "warning: failed to link import function %s", ImportNames(module_, import).text);
    }
    bind_host(import, host == nullptr ? kUnlinkedFunction : *host);
    return Error::None;
  }
  const Conventions& conventions = instance_.runtime->conventions();
  const BuiltinGlobal* global = nullptr;
  bool can_make = false;
  {
    const ReadScope scope(module_.source());
    if (scope.lost()) return Error::BytesLost;
    bool has_storage = import.kind == ExternKind::Memory || import.kind == ExternKind::Table;
    global = conventions.find_global(import.module, import.name);
    // Threads of a program share a memory that it imports from wherever its compiler says.
    bool is_shared =
        import.kind == ExternKind::Memory && module_.memories()[import.index].limits.is_shared;
    can_make =
        has_storage && !options_.strict && (is_shared || conventions.is_own_module(import.module));
    if (scope.lost()) return Error::BytesLost;
  }
  if (import.kind != ExternKind::Global) return can_make ? link_fresh(import) : missing(import);
  const GlobalType& type = module_.globals()[import.index].type;
  if (global == nullptr) return missing(import);
  if (type.type != kF64 || type.is_mutable) return mismatch(import, nullptr, "global f64");
  bind_value(import, global->value, 0);
  return Error::None;
}

Error ImportLinker::link_fresh(const Import& import) {
  switch (import.kind) {
    case ExternKind::Memory: {
      Memory* memory = make_memory(instance_, import.index, options_, diagnostic_);
      instance_.memories[import.index] = memory;
      return memory == nullptr ? diagnostic_.code : Error::None;
    }
    case ExternKind::Table: {
      if (!module_.tables()[import.index].type.element.is_nullable()) {
        return mismatch(import, nullptr, "it has no default value");
      }
      Table* table = make_table(instance_, import.index);
      instance_.tables[import.index] = table;
      return table == nullptr ? Error::OutOfMemory : Error::None;
    }
    case ExternKind::Global:
      if (!module_.globals()[import.index].type.type.is_defaultable()) {
        return mismatch(import, nullptr, "it has no default value");
      }
      bind_value(import, 0, 0);
      return Error::None;
    case ExternKind::Tag: {
      Tag* tag = make_tag(*instance_.runtime, *import.type);
      instance_.tags()[import.index] = tag;
      return tag == nullptr ? Error::OutOfMemory : Error::None;
    }
    default: return missing(import);
  }
}

Error ImportLinker::link_value(const Import& import, const ImportBinding& binding) {
  if (import.kind != ExternKind::Global) return mismatch(import, nullptr, "a value");
  const GlobalType& type = module_.globals()[import.index].type;
  if (type.is_mutable) return mismatch(import, nullptr, "an immutable value");
  Slot low = binding.value[0];
  if (type.type == kI32 || type.type == kF32) low = static_cast<uint32_t>(low);
  if (!is_of_type(instance_, type.type, low)) {
    return mismatch(import, nullptr, low == 0 ? "null" : "another function");
  }
  if (refers_to_functions(type.type) && low != 0) {
    auto* function = reinterpret_cast<Function*>(static_cast<uintptr_t>(low));
    if (!join(instance_, *function->instance, carries_references(module_, import))) {
      return Error::OutOfMemory;
    }
  }
  bind_value(import, low, binding.value[1]);
  return Error::None;
}

Error ImportLinker::link_callback(const Import& import, const ImportBinding& binding) {
  if (import.kind != ExternKind::Func) return mismatch(import, nullptr, "a function");
  bool is_deferred = binding.source == ImportSource::Deferred;
  if (binding.callback == nullptr && !is_deferred) return mismatch(import, nullptr, "no function");
  HostFunction*& callbacks = instance_.cold->callbacks;
  if (callbacks == nullptr) {
    size_t count = module_.imported_function_count();
    callbacks =
        static_cast<HostFunction*>(instance_.allocator->allocate(count * sizeof(HostFunction)));
    if (callbacks == nullptr) return Error::OutOfMemory;
  }
  callbacks[import.index] = is_deferred ? deferred_function(binding.callback, binding.data)
                                        : slot_callback(binding.callback, binding.data);
  bind_host(import, callbacks[import.index]);
  return Error::None;
}

bool ImportLinker::inherits_callback(const Import& import) {
  if (options_.shared_with == nullptr) return false;
  const Function* other = options_.shared_with->imported_functions[import.index];
  bool is_callback = other->instance == options_.shared_with && other->host != nullptr &&
                     other->host->invoke == &invoke_callback;
  if (!is_callback) return false;
  ImportBinding binding;
  binding.source = ImportSource::Callback;
  binding.callback = reinterpret_cast<SlotCallback>(other->host->target);
  binding.data = other->host->attachment;
  return link_callback(import, binding) == Error::None;
}

bool ImportLinker::find_export(const ImportBinding& binding, Candidate& candidate) {
  if (binding.instance == nullptr) return false;
  Instance& owner = *binding.instance;
  auto exports = owner.module->exports();
  if (binding.export_index >= exports.size()) return false;
  const Export& item = exports[binding.export_index];
  candidate.owner = &owner;
  candidate.kind = item.kind;
  switch (item.kind) {
    case ExternKind::Func:
      candidate.function = owner.function(item.index);
      return candidate.function != nullptr;
    case ExternKind::Table: candidate.table = owner.tables[item.index]; return true;
    case ExternKind::Memory: candidate.memory = owner.memories[item.index]; return true;
    case ExternKind::Global:
      candidate.cell = owner.global(item.index);
      candidate.cell_owner = owner_of_cell(owner, item.index);
      candidate.global = owner.module->globals()[item.index].type;
      return true;
    case ExternKind::Tag: candidate.tag = owner.tags()[item.index]; return true;
  }
  return false;
}

bool ImportLinker::matches(const Import& import, const Candidate& candidate) const {
  if (import.kind != candidate.kind || candidate.owner->runtime != instance_.runtime) return false;
  const TypeRegistry& types = module_.registry();
  switch (import.kind) {
    case ExternKind::Func: return is_subtype(candidate.function->type, import.type);
    case ExternKind::Table: {
      const TableType& wanted = module_.tables()[import.index].type;
      const Table& actual = *candidate.table;
      return actual.type.element == wanted.element &&
             limits_match(actual.type.limits, actual.length(), wanted.limits);
    }
    case ExternKind::Memory: {
      const MemoryType& wanted = module_.memories()[import.index];
      const Memory& actual = *candidate.memory;
      return actual.type.page_size == wanted.page_size &&
             limits_match(actual.type.limits, actual.pages, wanted.limits);
    }
    case ExternKind::Global: {
      const GlobalType& wanted = module_.globals()[import.index].type;
      if (wanted.is_mutable != candidate.global.is_mutable) return false;
      return wanted.is_mutable ? wanted.type == candidate.global.type
                               : types.matches(candidate.global.type, wanted.type);
    }
    case ExternKind::Tag: return candidate.tag->type == import.type;
  }
  return false;
}

Error ImportLinker::link_candidate(const Import& import, const Candidate& candidate) {
  if (!matches(import, candidate)) return mismatch(import, &candidate, nullptr);
  bool both = carries_references(module_, import);
  if (!join(instance_, *candidate.owner, both)) return Error::OutOfMemory;
  switch (import.kind) {
    case ExternKind::Func:
      instance_.imported_functions[import.index] = candidate.function;
      return join(instance_, *candidate.function->instance, both) ? Error::None
                                                                  : Error::OutOfMemory;
    case ExternKind::Table: instance_.tables[import.index] = candidate.table; break;
    case ExternKind::Memory: instance_.memories[import.index] = candidate.memory; break;
    case ExternKind::Global:
      instance_.globals[import.index].slots[0] = reinterpret_cast<uintptr_t>(candidate.cell);
      instance_.cold->cell_owners[import.index] = candidate.cell_owner;
      break;
    case ExternKind::Tag:
      instance_.tags()[import.index] = candidate.tag;
      candidate.tag->retain();
      break;
  }
  return Error::None;
}

void ImportLinker::bind_host(const Import& import, const HostFunction& host) {
  Function& function = instance_.cold->host_functions[import.index];
  function = {import.type, &instance_, &host, import.index, 0};
  instance_.imported_functions[import.index] = &function;
}

void ImportLinker::bind_value(const Import& import, Slot low, Slot high) {
  GlobalCell& cell = instance_.cold->own_cells[import.index];
  cell = {{low, high}};
  instance_.globals[import.index].slots[0] = reinterpret_cast<uintptr_t>(&cell);
}

Error ImportLinker::fail_link(const Import& import) {
  const ReadScope scope(module_.source());
  if (first_ == Error::None) {
    first_ = diagnostic_.fail(Error::Unlinkable, "failed to link import %s (%.*s, %.*s)",
                              extern_kind_name(import.kind), width(import.module),
                              import.module.data(), width(import.name), import.name.data());
  }
  return Error::Unlinkable;
}

Error ImportLinker::missing(const Import& import) {
  const ReadScope scope(module_.source());
  report_.add("%simport \"%.*s\" \"%.*s\": missing, wanted ", report_.size() > 0 ? "\n" : "",
              width(import.module), import.module.data(), width(import.name), import.name.data());
  add_import_type(report_, module_, import);
  return fail_link(import);
}

Error ImportLinker::mismatch(const Import& import, const Candidate* candidate, const char* what) {
  const ReadScope scope(module_.source());
  report_.add("%simport \"%.*s\" \"%.*s\": wanted ", report_.size() > 0 ? "\n" : "",
              width(import.module), import.module.data(), width(import.name), import.name.data());
  add_import_type(report_, module_, import);
  report_.add(", got ");
  if (candidate == nullptr) {
    report_.add("%s", what);
  } else {
    add_candidate_type(report_, *candidate);
  }
  return fail_link(import);
}

void ImportLinker::add_candidate_type(TextBuffer& out, const Candidate& candidate) {
  if (candidate.owner->runtime != instance_.runtime) {
    out.add("something of another runtime");
    return;
  }
  const Module* module = candidate.owner->module;
  switch (candidate.kind) {
    case ExternKind::Func: return add_function_type(out, candidate.function->type, module);
    case ExternKind::Table: {
      TableType type = candidate.table->type;
      type.limits.min = candidate.table->length();
      return add_table_type(out, type, module);
    }
    case ExternKind::Memory: {
      MemoryType type = candidate.memory->type;
      type.limits.min = candidate.memory->pages;
      return add_memory_type(out, type);
    }
    case ExternKind::Global: return add_global_type(out, candidate.global, module);
    case ExternKind::Tag: return add_tag_type(out, candidate.tag->type, module);
  }
}

}  // namespace wembed
