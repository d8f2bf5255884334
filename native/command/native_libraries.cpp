#include "command/native_libraries.h"

#include <dlfcn.h>

namespace wembed::command {

namespace {

using GetNativeLib = uint32_t (*)(char** module_name, NativeSymbol** symbols);

template <class Pointer> Pointer find(void* handle, const char* name) {
  return reinterpret_cast<Pointer>(dlsym(handle, name));
}

}  // namespace

NativeLibraries::~NativeLibraries() {
  while (!loaded_.empty()) {
    const Loaded& last = loaded_.back();
    wasm_runtime_unregister_natives(last.module_name, last.symbols);
    if (auto* end = find<void (*)()>(last.handle, "deinit_native_lib")) end();
    dlclose(last.handle);
    loaded_.pop_back();
  }
}

bool NativeLibraries::add(const char* path, std::string& problem) {
  const std::string name = std::string("the native library ") + path;
  void* handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    problem = name + " cannot be loaded: " + (reason == nullptr ? "not known why" : reason);
    return false;
  }
  Loaded library = {handle, nullptr, nullptr};
  auto* get = find<GetNativeLib>(handle, "get_native_lib");
  auto* begin = find<int (*)()>(handle, "init_native_lib");
  uint32_t count = 0;
  if (get == nullptr) {
    problem = name + " has no function get_native_lib";
  } else if (begin != nullptr && begin() != 0) {
    problem = name + " cannot be used: its init_native_lib failed";
  } else {
    count = get(&library.module_name, &library.symbols);
    if (count == 0 || library.module_name == nullptr || library.symbols == nullptr) {
      problem = name + " has no functions";
    } else if (!wasm_runtime_register_natives(library.module_name, library.symbols, count)) {
      problem = name + ": its functions could not be registered";
    }
  }
  if (problem.empty()) {
    loaded_.push_back(library);
    return true;
  }
  dlclose(handle);
  return false;
}

}  // namespace wembed::command
