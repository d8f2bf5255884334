// wasm_export.h: settings of WASI, and what modules say about it.
#include "capi/handles.h"
#include "capi/instantiation_args.h"
#include "capi/wasi_state.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

TextList list_of(const char* const* texts, uint32_t count) {
  return {count == 0 ? nullptr : texts, texts == nullptr ? 0 : count};
}

TextList arguments_of(char** argv, int argc) {
  return list_of(argv, argc < 0 ? 0 : static_cast<uint32_t>(argc));
}

// Where the settings go; null: nowhere.
WasiSettings* given(wasm_module_t module) {
  if (module == nullptr) return nullptr;
  WasiSettings& settings = unwrap(module)->wasi;
  settings.is_given = true;
  return &settings;
}

WasiSettings* given(InstantiationArgs2* args) {
  if (args == nullptr) return nullptr;
  args->wasi.is_given = true;
  return &args->wasi;
}

bool is_wasi_module(std::string_view name) {
  return name == "wasi_unstable" || name == "wasi_snapshot_preview1";
}

}  // namespace

void wasm_runtime_set_wasi_args_ex(wasm_module_t module, const char* dir_list[], uint32_t dir_count,
                                   const char* map_dir_list[], uint32_t map_dir_count,
                                   const char* env[], uint32_t env_count, char* argv[], int argc,
                                   int64_t stdinfd, int64_t stdoutfd, int64_t stderrfd) {
  WasiSettings* settings = given(module);
  if (settings == nullptr) return;
  settings->directories = list_of(dir_list, dir_count);
  settings->mapped_directories = list_of(map_dir_list, map_dir_count);
  settings->environment = list_of(env, env_count);
  settings->arguments = arguments_of(argv, argc);
  settings->stdio[0] = stdinfd;
  settings->stdio[1] = stdoutfd;
  settings->stdio[2] = stderrfd;
}

void wasm_runtime_set_wasi_args(wasm_module_t module, const char* dir_list[], uint32_t dir_count,
                                const char* map_dir_list[], uint32_t map_dir_count,
                                const char* env[], uint32_t env_count, char* argv[], int argc) {
  wasm_runtime_set_wasi_args_ex(module, dir_list, dir_count, map_dir_list, map_dir_count, env,
                                env_count, argv, argc, -1, -1, -1);
}

void wasm_runtime_set_wasi_addr_pool(wasm_module_t module, const char* addr_pool[],
                                     uint32_t addr_pool_size) {
  WasiSettings* settings = given(module);
  if (settings != nullptr) settings->addresses = list_of(addr_pool, addr_pool_size);
}

void wasm_runtime_set_wasi_ns_lookup_pool(wasm_module_t module, const char* ns_lookup_pool[],
                                          uint32_t ns_lookup_pool_size) {
  WasiSettings* settings = given(module);
  if (settings != nullptr) settings->names = list_of(ns_lookup_pool, ns_lookup_pool_size);
}

void wasm_runtime_instantiation_args_set_wasi_arg(struct InstantiationArgs2* p, char* argv[],
                                                  int argc) {
  WasiSettings* settings = given(p);
  if (settings != nullptr) settings->arguments = arguments_of(argv, argc);
}

void wasm_runtime_instantiation_args_set_wasi_env(struct InstantiationArgs2* p, const char* env[],
                                                  uint32_t env_count) {
  WasiSettings* settings = given(p);
  if (settings != nullptr) settings->environment = list_of(env, env_count);
}

void wasm_runtime_instantiation_args_set_wasi_dir(struct InstantiationArgs2* p,
                                                  const char* dir_list[], uint32_t dir_count,
                                                  const char* map_dir_list[],
                                                  uint32_t map_dir_count) {
  WasiSettings* settings = given(p);
  if (settings == nullptr) return;
  settings->directories = list_of(dir_list, dir_count);
  settings->mapped_directories = list_of(map_dir_list, map_dir_count);
}

void wasm_runtime_instantiation_args_set_wasi_stdio(struct InstantiationArgs2* p, int64_t stdinfd,
                                                    int64_t stdoutfd, int64_t stderrfd) {
  WasiSettings* settings = given(p);
  if (settings == nullptr) return;
  settings->stdio[0] = stdinfd;
  settings->stdio[1] = stdoutfd;
  settings->stdio[2] = stderrfd;
}

void wasm_runtime_instantiation_args_set_wasi_addr_pool(struct InstantiationArgs2* p,
                                                        const char* addr_pool[],
                                                        uint32_t addr_pool_size) {
  WasiSettings* settings = given(p);
  if (settings != nullptr) settings->addresses = list_of(addr_pool, addr_pool_size);
}

void wasm_runtime_instantiation_args_set_wasi_ns_lookup_pool(struct InstantiationArgs2* p,
                                                             const char* ns_lookup_pool[],
                                                             uint32_t ns_lookup_pool_size) {
  WasiSettings* settings = given(p);
  if (settings != nullptr) settings->names = list_of(ns_lookup_pool, ns_lookup_pool_size);
}

bool wasm_runtime_is_wasi_mode(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr) return false;
  const Module& module = *unwrap(module_inst)->module;
  const ReadScope scope(module.source());
  if (scope.lost()) return false;
  bool found = false;
  for (const Import& import : module.imports()) {
    found = found || (import.kind == ExternKind::Func && is_wasi_module(import.module));
  }
  return found && !scope.lost();
}

wasm_function_inst_t wasm_runtime_lookup_wasi_start_function(wasm_module_inst_t module_inst) {
  wasm_function_inst_t start = wasm_runtime_lookup_function(module_inst, "_start");
  if (start == nullptr) return nullptr;
  const TypeDef* type = unwrap_function(start)->type;
  if (type->param_count == 0 && type->result_count == 0) return start;
  log_message(unwrap(module_inst)->runtime->log(), LogLevel::Error,
              "Lookup wasi _start function failed: invalid function type.\n");
  return nullptr;
}

uint32_t wasm_runtime_get_wasi_exit_code(wasm_module_inst_t module_inst) {
  return module_inst == nullptr ? 0 : wasi_exit_code(*unwrap(module_inst));
}
