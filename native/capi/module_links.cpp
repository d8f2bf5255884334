#include "capi/module_links.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "base/thread_local.h"
#include "capi/conventions.h"
#include "capi/error_buffer.h"
#include "capi/extern_objects.h"
#include "capi/load_module.h"
#include "module/type_registry.h"
#include "runtime/close.h"
#include "runtime/instance_cold.h"
#include "runtime/instantiate.h"
#include "wasm_export.h"

namespace wembed {

namespace {

// Modules that read each other, or whose instances need each other, one inside the other.
constexpr uint32_t kDeepest = 100;

// A module that is being read, on the stack of whoever reads it.
struct Reading {
  const char* name;
  const Reading* outer;
  uint32_t depth;
};
thread_local const Reading* reading WEMBED_TLS_MODEL = nullptr;

using ErrorText = char[256];

__attribute__((format(printf, 2, 3))) ModuleHandle* refuse(ErrorText& error, const char* format,
                                                           ...) {
  char text[200];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  write_error(error, sizeof(error), kLoadFailed, text);
  return nullptr;
}

// Finds modules by name, and reads those that are not there.
class ModuleFinder {
 public:
  ModuleFinder(Runtime& runtime, ModuleRegistry& registry)
      : runtime_(runtime), registry_(registry), source_(module_source()) {}

  // Null with a text, an empty one where nobody reads modules.
  ModuleHandle* find(const char* name, ErrorText& error) {
    error[0] = 0;
    if (ModuleHandle* known = registry_.find(name)) return known;
    uint32_t depth = 0;
    for (const Reading* outer = reading; outer != nullptr; outer = outer->outer, depth++) {
      if (std::strcmp(outer->name, name) == 0) {
        return refuse(error, "found circular dependency on %s", name);
      }
    }
    if (source_.read == nullptr) return nullptr;
    if (depth == kDeepest) return refuse(error, "too many modules inside each other at %s", name);
    return read(name, depth, error);
  }

 private:
  ModuleHandle* read(const char* name, uint32_t depth, ErrorText& error) {
    uint8_t* buffer = nullptr;
    uint32_t size = 0;
    if (!source_.read(Wasm_Module_Bytecode, name, &buffer, &size) || buffer == nullptr) {
      return refuse(error, "unknown import %s", name);
    }
    ModuleHandle* module = load(name, depth, buffer, size, error);
    if (module != nullptr) return module;
    if (source_.destroy != nullptr) {
      source_.destroy(buffer, size);
    } else {
      log_message(runtime_.log(), LogLevel::Warning,
                  "need to release the reading buffer of %s manually", name);
    }
    return nullptr;
  }

  ModuleHandle* load(const char* name, uint32_t depth, uint8_t* buffer, uint32_t size,
                     ErrorText& error) {
    if (get_package_type(buffer, size) != Wasm_Module_Bytecode) {
      return refuse(error, "module %s is of another package type", name);
    }
    const Reading inside = {name, reading, depth + 1};
    reading = &inside;
    ModuleHandle* module = load_inside(name, buffer, size, error);
    reading = inside.outer;
    return module;
  }

  ModuleHandle* load_inside(const char* name, uint8_t* buffer, uint32_t size, ErrorText& error) {
    Diagnostic diagnostic;
    ModuleHandle* module = load_module(
        runtime_, {buffer, size, nullptr, nullptr, BytesKind::Borrowed}, name, true, diagnostic);
    if (module == nullptr) return refuse(error, "%s", diagnostic.message);
    if (is_command(*module)) {
      module->unload();
      return refuse(error, "a command (with _start function) can not be a sub-module");
    }
    // Another thread may have read it meanwhile: two of a name are no harm, the first is found.
    if (!link_modules(*module, registry_, true) ||
        !registry_.add_read(runtime_.allocator(), name, *module, buffer, size)) {
      module->unload();
      return refuse(error, "failed to register sub module %s", name);
    }
    return module;
  }

  static bool is_command(ModuleHandle& module) {
    const ReadScope scope(module.module().source());
    if (scope.lost()) return false;
    for (const Export& item : module.module().exports()) {
      if (item.kind == ExternKind::Func && item.name == "_start") return true;
    }
    return false;
  }

  Runtime& runtime_;
  ModuleRegistry& registry_;
  ModuleSource source_;
};

// The number of the export of that name and kind; false: there is none.
bool find_export(const Module& module, const char* name, ExternKind kind, uint32_t& index) {
  const ReadScope scope(module.source());
  if (scope.lost()) return false;
  auto exports = module.exports();
  for (index = 0; index < exports.size(); index++) {
    if (exports[index].kind == kind && exports[index].name == name) return !scope.lost();
  }
  return false;
}

// Whether somebody else serves the import.
bool is_served(const ModuleHandle& handle, const Import& import, const char* module,
               const char* name, bool functions) {
  if (kWamrConventions.is_own_module(module)) return true;
  if (import.kind == ExternKind::Global)
    return kWamrConventions.find_global(module, name) != nullptr;
  if (import.kind != ExternKind::Func) return false;
  return !functions || (handle.links() != nullptr && handle.links()->find(import.index) != nullptr);
}

class Linker {
 public:
  Linker(ModuleHandle& handle, ModuleFinder& finder, const Reflection& names)
      : handle_(handle), finder_(finder), names_(names) {}

  // The link of import number `index`; one without a module: it stays as it is.
  ModuleLink link(size_t index, bool functions) {
    const Import& import = handle_.module().imports()[index];
    const char* module_name = names_.import_modules[index];
    const char* name = names_.import_names[index];
    if (is_served(handle_, import, module_name, name, functions)) return {};
    ErrorText error;
    ModuleHandle* module = finder_.find(module_name, error);
    if (module == nullptr) {
      if (error[0] != 0 && !is_made(import)) log("failed to load sub module: ", error);
      return {};
    }
    uint32_t number = 0;
    bool is_found = find_export(module->module(), name, import.kind, number);
    if (is_found && has_type(*module, number, import)) return {module, number};
    if (import.kind == ExternKind::Func) {
      char text[256];
      std::snprintf(
          text, sizeof(text), "(%s, %s): %s%s", module_name, name, kInstantiateFailed,
          is_found ? "incompatible import type" : "unknown import or incompatible import type");
      log("failed to link function ", text);
    }
    return {};
  }

 private:
  // Whether it need not be there.
  [[nodiscard]] bool is_made(const Import& import) const {
    return import.kind == ExternKind::Memory &&
           handle_.module().memories()[import.index].limits.is_shared;
  }
  // Others are looked at when instances are linked, where it counts how large they are.
  static bool has_type(const ModuleHandle& module, uint32_t number, const Import& import) {
    if (import.kind != ExternKind::Func) return true;
    const Export& item = module.module().exports()[number];
    return is_subtype(module.module().function_type(item.index), import.type);
  }
  void log(const char* what, const char* text) {
    log_message(handle_.runtime().log(), LogLevel::Warning, "%s%s", what, text);
  }

  ModuleHandle& handle_;
  ModuleFinder& finder_;
  const Reflection& names_;
};

}  // namespace

bool link_modules(ModuleHandle& handle, ModuleRegistry& registry, bool functions) {
  size_t count = handle.module().imports().size();
  if (count == 0 || (!has_module_reader() && registry.is_empty())) return true;
  ModuleFinder finder(handle.runtime(), registry);
  const Reflection* names = handle.reflection();
  if (names == nullptr) return false;
  Linker linker(handle, finder, *names);
  for (size_t i = 0; i < count; i++) {
    ModuleLink link = linker.link(i, functions);
    if (link.module != nullptr && !handle.set_module_link(i, link)) return false;
  }
  return true;
}

// --- instances -----------------------------------------------------------------------------------

namespace {

// Makes the instances that one root needs, of each module one.
class PartMaker {
 public:
  PartMaker(const InstantiateOptions& options, Diagnostic& diagnostic, Trap* trap)
      : options_(options), diagnostic_(diagnostic), trap_(trap) {}
  ~PartMaker() { end_list(parts_); }
  PartMaker(const PartMaker&) = delete;
  PartMaker& operator=(const PartMaker&) = delete;

  Instance* make_root(ModuleHandle& handle) {
    Instance* root = make(handle, options_, 0);
    if (root != nullptr) root->cold->next_part = std::exchange(parts_, nullptr);
    return root;
  }

  static void end_list(Instance* part) {
    while (part != nullptr) {
      Instance* next = part->cold->next_part;
      delete_externs(*part);
      close_instance(*part);
      part = next;
    }
  }

 private:
  // As instantiate() does on failure, this holds the module for its caller then.
  Instance* make(ModuleHandle& handle, const InstantiateOptions& wanted, uint32_t depth) {
    InstantiateOptions options = wanted;
    Allocator& allocator = handle.runtime().allocator();
    size_t count = handle.module_links() == nullptr ? 0 : handle.module().imports().size();
    ImportBinding* bindings = nullptr;
    if (count > 0) {
      bindings = static_cast<ImportBinding*>(allocator.allocate(count * sizeof(ImportBinding)));
      if (bindings == nullptr) diagnostic_.fail(Error::OutOfMemory);
      if (bindings == nullptr || !bind(handle, {bindings, count}, wanted.imports, depth)) {
        allocator.release(bindings);
        handle.retain();
        return nullptr;
      }
      options.imports = {bindings, count};
    }
    options.links = handle.links();
    Instance* made = instantiate(handle.runtime(), handle.module(), options, diagnostic_, trap_);
    allocator.release(bindings);
    return made;
  }

  // What is given and what has no link stays as it is.
  bool bind(ModuleHandle& handle, std::span<ImportBinding> bindings,
            std::span<const ImportBinding> given, uint32_t depth) {
    for (size_t i = 0; i < bindings.size(); i++) {
      ImportBinding& binding = *::new (&bindings[i]) ImportBinding;
      if (i < given.size()) binding = given[i];
      if (binding.source != ImportSource::Default) continue;
      const ModuleLink& link = handle.module_links()[i];
      const Import& import = handle.module().imports()[i];
      bool is_native = import.kind == ExternKind::Func && handle.links() != nullptr &&
                       handle.links()->find(import.index) != nullptr;
      if (link.module == nullptr || is_native) continue;
      binding.source = ImportSource::Export;
      binding.export_index = link.export_index;
      binding.instance = part_of(*link.module, depth + 1);
      if (binding.instance == nullptr) return false;
    }
    return true;
  }

  Instance* part_of(ModuleHandle& module, uint32_t depth) {
    for (Instance* part = parts_; part != nullptr; part = part->cold->next_part) {
      if (part->cold->host_module.object == &module) return part;
    }
    if (depth > kDeepest) {
      diagnostic_.fail(Error::InvalidState, "too many modules inside each other");
      return nullptr;
    }
    InstantiateOptions options = options_;
    options.host_module = module.held();
    options.custom_data = nullptr;
    // What was given for the root alone.
    options.imports = {};
    options.failed = nullptr;
    options.backend = Backend::Automatic;
    Instance* part = make(module, options, depth);
    if (part == nullptr) {
      module.release();
      return nullptr;
    }
    // The root ends it, nobody else.
    part->cold->is_ending = true;
    part->cold->next_part = parts_;
    parts_ = part;
    return part;
  }

  const InstantiateOptions& options_;
  Diagnostic& diagnostic_;
  Trap* trap_;
  Instance* parts_ = nullptr;
};

}  // namespace

Instance* instantiate_linked(ModuleHandle& handle, const InstantiateOptions& options,
                             Diagnostic& diagnostic, Trap* trap) {
  if (handle.module_links() == nullptr) {
    return instantiate(handle.runtime(), handle.module(), options, diagnostic, trap);
  }
  return PartMaker(options, diagnostic, trap).make_root(handle);
}

Instance* take_parts(Instance& root) { return std::exchange(root.cold->next_part, nullptr); }
void end_parts(Instance* parts) { PartMaker::end_list(parts); }

}  // namespace wembed
