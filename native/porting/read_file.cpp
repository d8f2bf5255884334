// bh_read_file.h. Alone in its file, so that hosts with a copy of their own can link the archive.
#include "bh_read_file.h"

#include <cstdio>

#include "capi/handles.h"

WEMBED_API char* bh_read_file_to_buffer(const char* filename, uint32* ret_size) {
  if (filename == nullptr || ret_size == nullptr) {
    os_printf("Read file to buffer failed: invalid filename or ret size.\n");
    return nullptr;
  }
  std::FILE* file = std::fopen(filename, "rb");
  if (file == nullptr) {
    os_printf("Read file to buffer failed: open file %s failed.\n", filename);
    return nullptr;
  }
  char* buffer = nullptr;
  long size = std::fseek(file, 0, SEEK_END) == 0 ? std::ftell(file) : -1;
  if (size < 0 || static_cast<uint64_t>(size) > UINT32_MAX || std::fseek(file, 0, SEEK_SET) != 0) {
    os_printf("Read file to buffer failed: read file size failed.\n");
  } else if (buffer = static_cast<char*>(
                 wasm_runtime_malloc(size == 0 ? 1 : static_cast<unsigned>(size)));
             buffer == nullptr) {
    os_printf("Read file to buffer failed: alloc memory failed.\n");
  } else if (std::fread(buffer, 1, static_cast<size_t>(size), file) != static_cast<size_t>(size)) {
    os_printf("Read file to buffer failed: read file content failed.\n");
    wasm_runtime_free(buffer);
    buffer = nullptr;
  }
  std::fclose(file);
  if (buffer != nullptr) *ret_size = static_cast<uint32>(size);
  return buffer;
}
