// Shared objects whose functions programs import, as iwasm loads them: get_native_lib() tells the
// functions, init_native_lib() (0: it went well) and deinit_native_lib() may be there.
#pragma once

#include <string>
#include <vector>

#include "wasm_export.h"

namespace wembed::command {

class NativeLibraries {
 public:
  NativeLibraries() = default;
  NativeLibraries(const NativeLibraries&) = delete;
  NativeLibraries& operator=(const NativeLibraries&) = delete;
  ~NativeLibraries();

  // Loads one and registers its functions. False: it cannot be, and `problem` says why.
  bool add(const char* path, std::string& problem);

 private:
  struct Loaded {
    void* handle;
    char* module_name;
    NativeSymbol* symbols;
  };
  std::vector<Loaded> loaded_;
};

}  // namespace wembed::command
