// wasm_export.h and wembed.h: registering host functions.
#include "capi/conventions.h"
#include "capi/handles.h"

using namespace wembed;

namespace {

bool add(Runtime* runtime, const char* module_name, NativeSymbol* symbols, uint32_t count,
         bool raw) {
  if (runtime == nullptr || module_name == nullptr || (symbols == nullptr && count > 0)) {
    return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (symbols[i].symbol == nullptr) return false;
  }
  return runtime->natives().add(module_name, unwrap_natives(symbols), count, raw);
}

bool remove(Runtime* runtime, const char* module_name, NativeSymbol* symbols) {
  if (runtime == nullptr || module_name == nullptr) return false;
  return runtime->natives().remove(module_name, unwrap_natives(symbols));
}

}  // namespace

bool wasm_runtime_register_natives(const char* module_name, NativeSymbol* native_symbols,
                                   uint32_t n_native_symbols) {
  return add(default_runtime(), module_name, native_symbols, n_native_symbols, false);
}

bool wasm_runtime_register_natives_raw(const char* module_name, NativeSymbol* native_symbols,
                                       uint32_t n_native_symbols) {
  return add(default_runtime(), module_name, native_symbols, n_native_symbols, true);
}

bool wasm_runtime_unregister_natives(const char* module_name, NativeSymbol* native_symbols) {
  return remove(default_runtime(), module_name, native_symbols);
}

bool wasm_runtime_is_import_func_linked(const char* module_name, const char* func_name) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr || module_name == nullptr || func_name == nullptr) return false;
  return runtime->natives().find(module_name, func_name).exists();
}

bool wasm_runtime_is_import_global_linked(const char* module_name, const char* global_name) {
  if (module_name == nullptr || global_name == nullptr) return false;
  return kWamrConventions.find_global(module_name, global_name) != nullptr;
}

WEMBED_API bool wembed_register_natives(wembed_runtime_t runtime, const char* module_name,
                                        NativeSymbol* symbols, uint32_t count, bool raw) {
  return add(runtime_of(unwrap(runtime)), module_name, symbols, count, raw);
}

WEMBED_API bool wembed_unregister_natives(wembed_runtime_t runtime, const char* module_name,
                                          NativeSymbol* symbols) {
  return remove(runtime_of(unwrap(runtime)), module_name, symbols);
}
