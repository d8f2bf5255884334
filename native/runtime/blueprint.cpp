#include "runtime/blueprint.h"

#include <cstddef>
#include <new>
#include <string_view>

#include "module/const_expr.h"
#include "runtime/instance_storage.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

// Only what is the same for all instances.
class NoScope final : public ConstScope {
 public:
  bool global(uint32_t, ConstValue&) override { return false; }
  Result<uint64_t> function(uint32_t) override { return Error::Invalid; }
};

uint32_t find_constructor(const Module& module, std::string_view name) {
  const Export* item = name.empty() ? nullptr : module.read_export(name);
  if (item == nullptr || item->kind != ExternKind::Func) return kNoFunction;
  const TypeDef* type = module.function_type(item->index);
  return type->param_count == 0 && type->result_count == 0 ? item->index : kNoFunction;
}

bool imports_system(const Module& module, const Conventions& conventions) {
  for (const Import& import : module.imports()) {
    if (import.kind == ExternKind::Func && conventions.is_system_module(import.module)) return true;
  }
  return false;
}

void find_constructors(const Module& module, const Conventions& conventions, Blueprint& blueprint) {
  for (uint32_t i = 0; i < Conventions::kConstructors; i++) {
    blueprint.constructors[i] = find_constructor(module, conventions.constructors[i]);
  }
  blueprint.initializer = kNoFunction;
  if (!imports_system(module, conventions)) return;
  blueprint.constructors[Conventions::kConstructors - 1] = kNoFunction;
  bool is_command = find_constructor(module, conventions.command) != kNoFunction;
  if (!is_command) blueprint.initializer = find_constructor(module, conventions.initializer);
}

// False: some initial value is no constant.
bool compute_globals(const Module& module, GlobalCell* cells) {
  auto globals = module.globals();
  NoScope scope;
  for (uint32_t i = module.imported_global_count(); i < globals.size(); i++) {
    ConstValue value;
    Diagnostic ignored;
    if (evaluate(module, globals[i].init, globals[i].type.type, scope, value, ignored) !=
        Error::None) {
      return false;
    }
    *cells++ = {{value.bits[0], value.bits[1]}};
  }
  return true;
}

void drop(Module::Attachment* attachment) {
  auto* blueprint = reinterpret_cast<Blueprint*>(attachment);
  Allocator& allocator = *blueprint->allocator;
  for (uint32_t i = 0; i < blueprint->table_count; i++) allocator.release(blueprint->tables[i]);
  allocator.release(blueprint);
}

// One block: the blueprint, its tables, its globals. All that may fail is memory and the bytes.
Error make_blueprint(Runtime& runtime, const Module& module, Blueprint*& made) {
  auto tables = static_cast<uint32_t>(module.tables().size());
  size_t head = offsetof(Blueprint, tables) + (tables + 1) * sizeof(TableImage*);
  size_t globals = module.globals().size() - module.imported_global_count();
  void* block = runtime.allocator().allocate(head + globals * sizeof(GlobalCell));
  if (block == nullptr) return Error::OutOfMemory;
  auto* blueprint = ::new (block) Blueprint;
  blueprint->attachment.drop = &drop;
  blueprint->allocator = &runtime.allocator();
  blueprint->instance_bytes = instance_bytes(module);
  blueprint->globals = reinterpret_cast<GlobalCell*>(static_cast<uint8_t*>(block) + head);
  blueprint->table_count = 0;
  const ReadScope scope(module.source());
  Error error = scope.lost() ? Error::BytesLost : Error::None;
  if (error == Error::None) {
    const Conventions& conventions = runtime.conventions();
    blueprint->guest_allocator = find_guest_allocator(module, conventions.allocator);
    find_constructors(module, conventions, *blueprint);
    if (!compute_globals(module, blueprint->globals)) blueprint->globals = nullptr;
  }
  for (uint32_t i = 0; i < tables && error == Error::None; i++) {
    TableImage*& image = blueprint->tables[blueprint->table_count++];
    error = make_table_image(runtime.allocator(), module, i, image);
  }
  // What was made of zeros is worth nothing.
  if (scope.lost()) error = Error::BytesLost;
  if (error == Error::None) {
    made = blueprint;
  } else {
    drop(&blueprint->attachment);
  }
  return error;
}

}  // namespace

const Blueprint* blueprint_of(Runtime& runtime, Module& module, Diagnostic& diagnostic) {
  if (module.source().is_lost()) {
    diagnostic.fail(Error::BytesLost);
    return nullptr;
  }
  Module::Attachment* known = module.kept(Module::Kept::Blueprint);
  if (known == nullptr) {
    Blueprint* made = nullptr;
    if (Error error = make_blueprint(runtime, module, made); error != Error::None) {
      diagnostic.fail(error);
      return nullptr;
    }
    known = module.keep(Module::Kept::Blueprint, &made->attachment);
  }
  return reinterpret_cast<const Blueprint*>(known);
}

}  // namespace wembed
