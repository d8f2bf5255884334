// Opaque handles of the C API and the objects behind them: the only place with such casts.
#pragma once

#include "capi/embedder_runtime.h"
#include "capi/module_handle.h"
#include "runtime/exception.h"
#include "runtime/exec_env.h"
#include "runtime/function.h"
#include "runtime/instance.h"
#include "runtime/interrupt.h"
#include "runtime/memory.h"
#include "runtime/natives.h"
#include "wasm_export.h"
#include "wembed.h"

// wasm_export.h marks its functions itself; those of wembed.h are marked where they are defined.
#define WEMBED_API __attribute__((visibility("default")))

namespace wembed {

#define WEMBED_HANDLE(handle, type)                                              \
  inline type* unwrap(handle object) { return reinterpret_cast<type*>(object); } \
  inline handle wrap(const type* object) {                                       \
    return reinterpret_cast<handle>(const_cast<type*>(object));                  \
  }

WEMBED_HANDLE(wasm_module_t, ModuleHandle)
WEMBED_HANDLE(wasm_module_inst_t, Instance)
WEMBED_HANDLE(wasm_exec_env_t, ExecEnv)
WEMBED_HANDLE(wasm_memory_inst_t, Memory)
WEMBED_HANDLE(wembed_stop_t, Stop)
WEMBED_HANDLE(wembed_tag_t, Tag)
WEMBED_HANDLE(wembed_exception_t, Exception)
WEMBED_HANDLE(wembed_runtime_t, EmbedderRuntime)
WEMBED_HANDLE(wasm_table_type_t, TableType)
WEMBED_HANDLE(wasm_memory_type_t, MemoryType)
WEMBED_HANDLE(wasm_global_type_t, GlobalType)
WEMBED_HANDLE(wasm_func_type_t, TypeDef)
#undef WEMBED_HANDLE

inline Function* unwrap_function(wasm_function_inst_t function) {
  return static_cast<Function*>(function);
}
inline wasm_function_inst_t wrap_function(const Function* function) {
  return const_cast<Function*>(function);
}

inline NativeEntry* unwrap_natives(NativeSymbol* symbols) {
  static_assert(sizeof(NativeEntry) == sizeof(NativeSymbol));
  static_assert(offsetof(NativeEntry, symbol) == offsetof(NativeSymbol, symbol));
  static_assert(offsetof(NativeEntry, function) == offsetof(NativeSymbol, func_ptr));
  static_assert(offsetof(NativeEntry, signature) == offsetof(NativeSymbol, signature));
  static_assert(offsetof(NativeEntry, attachment) == offsetof(NativeSymbol, attachment));
  return reinterpret_cast<NativeEntry*>(symbols);
}

inline MemoryFunctions core_functions(const wembed_memory_functions_t& given) {
  return {given.create, given.grow, given.release, given.context};
}

inline SlotCallback unwrap_callback(wembed_callback_t callback) {
  return reinterpret_cast<SlotCallback>(callback);
}

}  // namespace wembed
