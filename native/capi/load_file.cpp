// wembed.h: modules straight from files.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "capi/handles.h"
#include "capi/load_module.h"
#include "capi/wembed_error.h"
#include "isa/limits.h"
#include "platform/fault.h"
#include "platform/file.h"

using namespace wembed;

namespace {

void unmap(void*, const uint8_t* data, size_t size) { platform::unmap_file({data, size, 0}); }

void release_block(void* allocator, const uint8_t* data, size_t) {
  static_cast<Allocator*>(allocator)->release(const_cast<uint8_t*>(data));
}

// Whether it would be noticed here that bytes vanish, and the system may be asked for a mapping.
bool may_lose_bytes(const Runtime& runtime) {
  return runtime.signals() && !runtime.no_system_memory() &&
         platform::fault_delivery() == platform::FaultDelivery::Works;
}

// Mapped where the file may vanish without harm and the system may be asked; else read. 0 or an
// error number.
int open_bytes(Runtime& runtime, const char* path, ModuleBytes& bytes) {
  platform::FileBytes file;
  file.error = ENOSYS;
  if (may_lose_bytes(runtime)) file = platform::map_file(path, kMaxModuleSize);
  if (file.error == 0) {
    bytes = ModuleBytes(file.data, file.size, &unmap, nullptr, BytesKind::Foreign);
    return 0;
  }
  if (file.error != ENOSYS && file.error != ENODEV) return file.error;
  file = platform::read_file(path, runtime.allocator(), kMaxModuleSize);
  bytes = ModuleBytes(file.data, file.size, file.data == nullptr ? nullptr : &release_block,
                      &runtime.allocator());
  return file.error;
}

void fill_file_error(wembed_error_t* error, const char* path, const char* name, int number,
                     bool is_quiet) {
  if (error == nullptr) return;
  Diagnostic diagnostic;
  diagnostic.fail(number == ENOMEM ? Error::OutOfMemory : Error::File);
  fill_error(error, diagnostic, nullptr, name);
  // Not always a text of the system's: looking it up may allocate.
  char digits[24];
  std::snprintf(digits, sizeof(digits), "error %d", number);
  const char* reason = number == 0        ? "the file is empty"
                       : number == EINVAL ? "not a regular file"
                       : is_quiet         ? digits
                                          : std::strerror(number);
  std::snprintf(error->message, sizeof(error->message), "cannot load '%s': %s", path, reason);
}

}  // namespace

ModuleHandle* wembed::load_file(Runtime& runtime, const char* path, const char* name,
                                const Poll& poll, FeatureSet features, wembed_error_t* error) {
  if (name == nullptr) name = path;
  ModuleBytes bytes;
  int number = open_bytes(runtime, path, bytes);
  if (number != 0 || bytes.view().empty()) {
    fill_file_error(error, path, name, number, runtime.no_system_memory());
    return nullptr;
  }
  char function_name[kFunctionNameBytes] = "";
  Diagnostic diagnostic;
  diagnostic.function_name = error == nullptr ? nullptr : function_name;
  ModuleHandle* handle =
      load_module(runtime, std::move(bytes), name, true, diagnostic, poll, features);
  if (handle == nullptr) fill_error(error, diagnostic, nullptr, name);
  return handle;
}

WEMBED_API wasm_module_t wembed_load_file(wembed_runtime_t runtime_handle, const char* path,
                                          const char* name, wembed_error_t* error) {
  clear_error(error);
  Runtime* runtime = runtime_of(unwrap(runtime_handle));
  if (runtime == nullptr || path == nullptr) {
    fill_usage_error(error,
                     path == nullptr ? "the path is NULL" : "the runtime is not initialized");
    return nullptr;
  }
  return wrap(load_file(*runtime, path, name, {}, kImplementedFeatures, error));
}
