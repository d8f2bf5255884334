// wasm_export.h: modules that others import from by name.
#include "capi/conventions.h"
#include "capi/error_buffer.h"
#include "capi/handles.h"
#include "capi/module_registry.h"

#include <cstring>

using namespace wembed;

namespace {

constexpr const char* kRegisterFailed = "Register module failed: ";

}  // namespace

void wasm_runtime_set_module_reader(const module_reader reader, const module_destroyer destroyer) {
  set_module_source({reader, destroyer});
}

bool wasm_runtime_register_module(const char* module_name, wasm_module_t module, char* error_buf,
                                  uint32_t error_buf_size) {
  if (error_buf == nullptr || error_buf_size == 0) return false;
  const char* reason = nullptr;
  Runtime* runtime = default_runtime();
  const char* known = module == nullptr ? nullptr : default_modules().name_of(*unwrap(module));
  if (module_name == nullptr || module == nullptr || runtime == nullptr) {
    reason = "module_name and module are required";
  } else if (kWamrConventions.is_own_module(module_name)) {
    reason = "can not register as a built-in module";
  } else if (known != nullptr) {
    if (std::strcmp(known, module_name) == 0) return true;
    reason = "failed to rename the module";
  } else if (default_modules().add(runtime->allocator(), module_name, *unwrap(module))) {
    return true;
  } else {
    reason = "allocate memory failed";
  }
  write_error(error_buf, error_buf_size, kRegisterFailed, reason);
  return false;
}

wasm_module_t wasm_runtime_find_module_registered(const char* module_name) {
  return module_name == nullptr ? nullptr : wrap(default_modules().find(module_name));
}
