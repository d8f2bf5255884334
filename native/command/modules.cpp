#include "command/modules.h"

#include <cstdio>

#include "command/commands.h"
#include "command/module_file.h"
#include "command/runtime.h"

namespace wembed::command {

LoadedModule::LoadedModule(const char* path) {
  std::string problem;
  if (!read_file(path, bytes_, problem)) {
    complain(problem);
    return;
  }
  wembed_source_t source = {};
  source.size = sizeof(source);
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = bytes_.data();
  source.length = bytes_.size();
  wembed_error_t error;
  module_ = wembed_load(nullptr, &source, &error);
  if (module_ == nullptr) {
    complain(std::string(name_of(path)) + ": " + printable(error.message) + place_of(error));
  }
}

LoadedModule::~LoadedModule() {
  if (module_ != nullptr) wasm_runtime_unload(module_);
}

int show_each(std::span<char* const> paths, bool (*show)(const char* path)) {
  if (!start_runtime(1)) return kFailed;
  bool all_good = true;
  for (const char* path : paths) all_good &= show(path);
  wasm_runtime_destroy();
  return all_good ? 0 : kFailed;
}

int validate_command(const Arguments& arguments) {
  return show_each(arguments.operands,
                   [](const char* path) { return LoadedModule(path).get() != nullptr; });
}

namespace {

void print_type(const wembed_extern_type_t& type) {
  static constexpr const char* kKinds[] = {"func", "table", "memory", "global", "tag"};
  std::string text(wembed_extern_type_text(&type, nullptr, 0) + 1, 0);
  wembed_extern_type_text(&type, text.data(), static_cast<uint32_t>(text.size()));
  const char* kind = type.kind < std::size(kKinds) ? kKinds[type.kind] : "?";
  std::printf("%s %s\n", kind, text.c_str());
}

bool show_imports(const char* path) {
  const LoadedModule module(path);
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_import(module.get(), i, &type); i++) {
    std::printf("%s.%s ", printable(type.module_name, type.module_name_length).c_str(),
                printable(type.name, type.name_length).c_str());
    print_type(type);
  }
  return module.get() != nullptr;
}

bool show_exports(const char* path) {
  const LoadedModule module(path);
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_export(module.get(), i, &type); i++) {
    std::printf("%s ", printable(type.name, type.name_length).c_str());
    print_type(type);
  }
  return module.get() != nullptr;
}

}  // namespace

int imports_command(const Arguments& arguments) {
  return show_each(arguments.operands, &show_imports);
}

int exports_command(const Arguments& arguments) {
  return show_each(arguments.operands, &show_exports);
}

}  // namespace wembed::command
