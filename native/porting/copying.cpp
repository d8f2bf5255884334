// bh_common.h: copies into buffers of a known size.
#include <cstring>

#include "bh_common.h"
#include "capi/handles.h"

namespace {

char* copy_of(const char* text) {
  if (text == nullptr) return nullptr;
  size_t bytes = std::strlen(text) + 1;
  if (bytes > UINT32_MAX) return nullptr;
  auto* copy = static_cast<char*>(wasm_runtime_malloc(static_cast<unsigned>(bytes)));
  if (copy != nullptr) std::memcpy(copy, text, bytes);
  return copy;
}

}  // namespace

WEMBED_API int b_memmove_s(void* s1, unsigned s1max, const void* s2, unsigned n) {
  if (n == 0) return 0;
  if (s1 == nullptr || s2 == nullptr || n > s1max) return -1;
  std::memmove(s1, s2, n);
  return 0;
}

WEMBED_API int b_memcpy_s(void* s1, unsigned s1max, const void* s2, unsigned n) {
  int result = b_memmove_s(s1, s1max, s2, n);
  if (result != 0 && s1 != nullptr) std::memset(s1, 0, s1max);
  return result;
}

WEMBED_API int b_memcpy_wa(void* s1, unsigned s1max, const void* s2, unsigned n) {
  return b_memcpy_s(s1, s1max, s2, n);
}

WEMBED_API int b_strcat_s(char* s1, unsigned s1max, const char* s2) {
  if (s1 == nullptr || s2 == nullptr) return -1;
  size_t there = std::strlen(s1);
  size_t added = std::strlen(s2) + 1;
  if (there + added > s1max) return -1;
  std::memcpy(s1 + there, s2, added);
  return 0;
}

WEMBED_API int b_strcpy_s(char* s1, unsigned s1max, const char* s2) {
  if (s1 == nullptr || s2 == nullptr) return -1;
  size_t bytes = std::strlen(s2) + 1;
  if (bytes > s1max) return -1;
  std::memcpy(s1, s2, bytes);
  return 0;
}

WEMBED_API char* bh_strdup(const char* s) { return copy_of(s); }

WEMBED_API char* wa_strdup(const char* s) { return copy_of(s); }
