// The conventions of WASI that WAMR's loader checks.
#include "capi/wasi_state.h"

namespace wembed {

namespace {

bool is_wasi_module(std::string_view name) {
  return name == "wasi_unstable" || name == "wasi_snapshot_preview1";
}

bool imports_wasi(const Module& module) {
  for (const Import& import : module.imports()) {
    if (import.kind == ExternKind::Func && is_wasi_module(import.module)) return true;
  }
  return false;
}

// Whether there is such a function, and what is wrong with it.
bool has_entry(const Module& module, std::string_view name, const char* imported,
               const char* wrong_type, const char*& problem) {
  const Export* item = module.read_export(name);
  if (item == nullptr || item->kind != ExternKind::Func) return false;
  const TypeDef* type = module.function_type(item->index);
  if (item->index < module.imported_function_count()) {
    problem = imported;
  } else if (type->param_count != 0 || type->result_count != 0) {
    problem = wrong_type;
  }
  return true;
}

bool has_memory(const Module& module) {
  const Export* item = module.read_export("memory");
  return module.imported_memory_count() > 0 ||
         (item != nullptr && item->kind == ExternKind::Memory);
}

const char* find_problem(const Module& module, bool& is_neither) {
  const char* problem = nullptr;
  bool is_wasi = imports_wasi(module);
  bool is_command =
      has_entry(module, "_start", "the builtin _start function can not be an import function",
                "the signature of builtin _start function is wrong", problem);
  bool is_reactor =
      !is_command && has_entry(module, "_initialize",
                               "the builtin _initialize function can not be an import function",
                               "the signature of builtin _initialize function is wrong", problem);
  if (problem != nullptr) return problem;
  is_neither = is_wasi && !is_command && !is_reactor;
  bool must_have_memory = is_wasi || is_command || is_reactor;
  if (!must_have_memory || has_memory(module)) return nullptr;
  return "a module with WASI apis must export memory by default";
}

}  // namespace

const char* wasi_problem(const Runtime& runtime, const Module& module) {
  if (!kHasWasi) return nullptr;
  const ReadScope scope(module.source());
  if (scope.lost()) return nullptr;
  bool is_neither = false;
  const char* problem = find_problem(module, is_neither);
  if (scope.lost()) return nullptr;
  if (problem == nullptr && is_neither) {
    log_message(runtime.log(), LogLevel::Warning,
                "warning: a module with WASI apis should be either a command or a reactor");
  }
  return problem;
}

}  // namespace wembed
