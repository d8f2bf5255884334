// wasm_export.h: what a buffer contains.
#include <cstring>

#include "capi/handles.h"

using namespace wembed;

package_type_t get_package_type(const uint8_t* buf, uint32_t size) {
  if (buf == nullptr || size < 4) return Package_Type_Unknown;
  if (std::memcmp(buf, "\0asm", 4) == 0) return Wasm_Module_Bytecode;
  if (std::memcmp(buf, "\0aot", 4) == 0) return Wasm_Module_AoT;
  return Package_Type_Unknown;
}

package_type_t wasm_runtime_get_file_package_type(const uint8_t* buf, uint32_t size) {
  return get_package_type(buf, size);
}

package_type_t wasm_runtime_get_module_package_type(const wasm_module_t module) {
  return module == nullptr ? Package_Type_Unknown : Wasm_Module_Bytecode;
}

uint32_t wasm_runtime_get_file_package_version(const uint8_t* buf, uint32_t size) {
  if (buf == nullptr || size < 8) return 0;
  return static_cast<uint32_t>(buf[4]) | static_cast<uint32_t>(buf[5]) << 8 |
         static_cast<uint32_t>(buf[6]) << 16 | static_cast<uint32_t>(buf[7]) << 24;
}

uint32_t wasm_runtime_get_module_package_version(const wasm_module_t module) {
  return module == nullptr ? 0 : 1;
}

uint32_t wasm_runtime_get_current_package_version(package_type_t package_type) {
  if (number_of(package_type) == Wasm_Module_Bytecode) return 1;
  return number_of(package_type) == Wasm_Module_AoT ? 5 : 0;
}
