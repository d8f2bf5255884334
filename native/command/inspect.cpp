// `wembed inspect`: an instance none of whose code has run, as text.
#include <cstdio>

#include "command/commands.h"
#include "command/module_file.h"
#include "command/modules.h"
#include "command/runtime.h"

namespace wembed::command {

namespace {

// Stands for each function that is imported.
bool is_missing(wasm_exec_env_t, void*, uint64_t*) { return false; }

std::vector<wembed_import_t> replacements(wasm_module_t module) {
  std::vector<wembed_import_t> imports;
  wembed_extern_type_t type;
  for (uint32_t i = 0; wembed_module_import(module, i, &type); i++) {
    wembed_import_t import = {};
    import.source = WEMBED_IMPORT_FRESH;
    if (type.kind == WEMBED_EXTERN_FUNC) {
      import.source = WEMBED_IMPORT_CALLBACK;
      import.callback = &is_missing;
    }
    imports.push_back(import);
  }
  return imports;
}

bool show(const Arguments& arguments) {
  const char* path = arguments.operands[0];
  const LoadedModule module(path);
  if (module.get() == nullptr) return false;
  const std::vector<wembed_import_t> imports = replacements(module.get());
  wembed_instantiate_options_t options = {};
  options.size = sizeof(options);
  options.strict = true;
  options.imports = imports.data();
  options.import_count = static_cast<uint32_t>(imports.size());
  options.stack_size = static_cast<uint32_t>(arguments.number(OptionId::StackSize, 65536));
  options.heap_size = static_cast<uint32_t>(arguments.number(OptionId::HeapSize, 0));
  wasm_module_inst_t failed = nullptr;
  options.failed = &failed;
  options.fuel = 1;  // its start function is not wanted
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(module.get(), &options, &error);
  if (instance == nullptr) instance = failed;
  std::string text;
  if (instance != nullptr) {
    const uint32_t length = wembed_inspect_text(instance, nullptr, 0, &error);
    text.resize(length + 1);
    wembed_inspect_text(instance, text.data(), length + 1, &error);
    text.resize(length);
    wasm_runtime_deinstantiate(instance);
  }
  if (text.empty()) {
    complain(std::string(name_of(path)) + ": " + printable(error.message) + place_of(error));
    return false;
  }
  std::fputs(text.c_str(), stdout);
  return true;
}

}  // namespace

int inspect_command(const Arguments& arguments) {
  if (!start_runtime(1)) return kFailed;
  const bool good = show(arguments);
  wasm_runtime_destroy();
  return good ? 0 : kFailed;
}

}  // namespace wembed::command
