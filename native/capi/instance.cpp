// wasm_export.h: making and ending instances.
#include "capi/cluster.h"
#include "capi/context_keys.h"
#include "capi/error_buffer.h"
#include "capi/extern_objects.h"
#include "capi/handles.h"
#include "capi/instantiation_args.h"
#include "capi/module_links.h"
#include "capi/wasi_state.h"
#include "runtime/close.h"
#include "runtime/instance_cold.h"
#include "runtime/instantiate.h"
#include "wembed.h"

using namespace wembed;

wasm_module_inst_t wasm_runtime_instantiate(const wasm_module_t module, uint32_t default_stack_size,
                                            uint32_t host_managed_heap_size, char* error_buf,
                                            uint32_t error_buf_size) {
  InstantiationArgs args = {default_stack_size, host_managed_heap_size, 0};
  return wasm_runtime_instantiate_ex(module, &args, error_buf, error_buf_size);
}

namespace {

wasm_module_inst_t instantiate_with(const wasm_module_t module, const InstantiationArgs& args,
                                    void* custom_data, int64_t fuel, const WasiSettings& wasi,
                                    char* error_buf, uint32_t error_buf_size) {
  ModuleHandle& handle = *unwrap(module);
  LibraryState* state = nullptr;
  if (WasiError error; !make_wasi_state(handle, wasi, state, error)) {
    write_error(error_buf, error_buf_size, "", error);
    return nullptr;
  }
  InstantiateOptions options;
  options.stack_size = args.default_stack_size;
  options.heap_size = args.host_managed_heap_size;
  options.max_memory_pages = args.max_memory_pages;
  options.links = handle.links();
  options.custom_data = custom_data;
  options.limits.fuel = fuel > 0 ? fuel : -1;
  options.library_state = state;
  options.host_module = handle.held();
  Diagnostic diagnostic;
  Instance* instance = instantiate_linked(handle, options, diagnostic);
  if (state != nullptr) state->release();
  if (instance == nullptr) {
    write_error(error_buf, error_buf_size, kInstantiateFailed, diagnostic.message);
    handle.release();
  }
  return wrap(instance);
}

}  // namespace

wasm_module_inst_t wasm_runtime_instantiate_ex(const wasm_module_t module,
                                               const InstantiationArgs* args, char* error_buf,
                                               uint32_t error_buf_size) {
  if (module == nullptr || args == nullptr) {
    write_error(error_buf, error_buf_size, kInstantiateFailed, "null instantiate arguments");
    return nullptr;
  }
  return instantiate_with(module, *args, nullptr, 0, unwrap(module)->wasi, error_buf,
                          error_buf_size);
}

bool wasm_runtime_instantiation_args_create(struct InstantiationArgs2** p) {
  Runtime* runtime = default_runtime();
  if (p == nullptr || runtime == nullptr) return false;
  *p = runtime->allocator().create<InstantiationArgs2>();
  return *p != nullptr;
}

void wasm_runtime_instantiation_args_destroy(struct InstantiationArgs2* p) {
  Runtime* runtime = default_runtime();
  if (runtime != nullptr) runtime->allocator().destroy(p);
}

void wasm_runtime_instantiation_args_set_default_stack_size(struct InstantiationArgs2* p,
                                                            uint32_t v) {
  if (p != nullptr) p->args.default_stack_size = v;
}

void wasm_runtime_instantiation_args_set_host_managed_heap_size(struct InstantiationArgs2* p,
                                                                uint32_t v) {
  if (p != nullptr) p->args.host_managed_heap_size = v;
}

void wasm_runtime_instantiation_args_set_max_memory_pages(struct InstantiationArgs2* p,
                                                          uint32_t v) {
  if (p != nullptr) p->args.max_memory_pages = v;
}

void wasm_runtime_instantiation_args_set_custom_data(struct InstantiationArgs2* p,
                                                     void* custom_data) {
  if (p != nullptr) p->custom_data = custom_data;
}

WEMBED_API void wembed_instantiation_args_set_fuel(struct InstantiationArgs2* args, int64_t fuel) {
  if (args != nullptr) args->fuel = fuel;
}

wasm_module_inst_t wasm_runtime_instantiate_ex2(const wasm_module_t module,
                                                const struct InstantiationArgs2* args,
                                                char* error_buf, uint32_t error_buf_size) {
  if (module == nullptr || args == nullptr) {
    write_error(error_buf, error_buf_size, kInstantiateFailed, "null instantiate arguments");
    return nullptr;
  }
  if (args->wasi.is_given && unwrap(module)->wasi.is_given) {
    write_error(error_buf, error_buf_size, kInstantiateFailed,
                "WASI configuration was given via both of module and InstantiationArgs2");
    return nullptr;
  }
  const WasiSettings& wasi = args->wasi.is_given ? args->wasi : unwrap(module)->wasi;
  return instantiate_with(module, args->args, args->custom_data, args->fuel, wasi, error_buf,
                          error_buf_size);
}

namespace {

// False: it must not be ended.
bool begin_ending(Instance& instance) {
  // Its destructors run, or others of its group keep it.
  if (instance.cold->is_ending) return false;
  if (is_running(instance)) {
    log_message(instance.runtime->log(), LogLevel::Error,
                "an instance cannot be ended while a call is running on it");
    return false;
  }
  instance.cold->is_ending = true;
  leave_cluster(instance);
  delete_externs(instance);
  run_context_destructors(instance);
  return true;
}

}  // namespace

void wasm_runtime_deinstantiate(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr || !begin_ending(*unwrap(module_inst))) return;
  Instance* parts = take_parts(*unwrap(module_inst));
  close_instance(*unwrap(module_inst));
  end_parts(parts);
}

WEMBED_API bool wembed_instance_retire(wasm_module_inst_t handle, wembed_gone_t gone,
                                       void* context) {
  if (handle == nullptr || !begin_ending(*unwrap(handle))) return false;
  Instance* parts = take_parts(*unwrap(handle));
  retire_instance(*unwrap(handle), {reinterpret_cast<decltype(Gone::tell)>(gone), context});
  end_parts(parts);
  return true;
}

wasm_module_t wasm_runtime_get_module(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr) return nullptr;
  return wrap(static_cast<ModuleHandle*>(unwrap(module_inst)->cold->host_module.object));
}
