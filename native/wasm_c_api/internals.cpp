#include "wasm_c_api/internals.h"

#include <cstdarg>
#include <cstdio>

#include "capi/conventions.h"
#include "capi/handles.h"
#include "capi/module_links.h"
#include "runtime/log.h"
#include "runtime/table.h"
#include "runtime/trap_record.h"

namespace wembed::c_api {

void log_error(const char* text) { log_message(default_log(), LogLevel::Error, "%s", text); }

void log_warning(const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  log_message(default_log(), LogLevel::Warning, "%s", text);
}

const void* table_identity(wasm_module_inst_t handle, uint32_t export_index) {
  const Instance& instance = *unwrap(handle);
  return instance.tables[instance.module->exports()[export_index].index];
}

bool is_registered(std::string_view module, std::string_view name, wasm_externkind_t kind) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) return false;
  if (kind == WASM_EXTERN_GLOBAL) {
    return kWamrConventions.find_global(module, name) != nullptr;
  }
  return kind == WASM_EXTERN_FUNC && runtime->natives().find(module, name).exists();
}

bool link_to_modules(wasm_module_t module) {
  return link_modules(*unwrap(module), default_modules(), true);
}

bool is_linked(wasm_module_t module, uint32_t import_index) {
  const ModuleLink* links = unwrap(module)->module_links();
  return links != nullptr && links[import_index].module != nullptr;
}

void give_wasi(wasm_module_t module) { unwrap(module)->gives_wasi = true; }

bool copy_bytes(wasm_module_t handle, wasm_byte_vec_t* out) {
  const Module& module = unwrap(handle)->module();
  wasm_byte_vec_new_uninitialized(out, module.bytes().size());
  if (out->data == nullptr) return false;
  const ReadScope scope(module.source());
  std::memcpy(out->data, module.bytes().data(), out->size);
  out->num_elems = out->size;
  if (!scope.lost()) return true;
  wasm_byte_vec_delete(out);
  return false;
}

wasm_module_inst_t trap_instance(wasm_module_inst_t instance, uint32_t frame) {
  const TrapRecord* record = trap_record(*unwrap(instance));
  if (record == nullptr || frame >= record->frame_count) return nullptr;
  return wrap(record->frames[frame].instance);
}

uint32_t body_offset(wasm_module_t handle, uint32_t function_index) {
  const Module& module = unwrap(handle)->module();
  bool is_defined = function_index >= module.imported_function_count() &&
                    function_index < module.function_count();
  return is_defined ? module.body(function_index).offset : 0;
}

}  // namespace wembed::c_api
