// Texts for error_buf.
#include "capi/error_buffer.h"

#include <cstdio>

namespace wembed {

void write_error(char* buffer, uint32_t size, const char* prefix, const char* message) {
  if (buffer == nullptr || size == 0) return;
  std::snprintf(buffer, size, "%s%s", prefix, message);
}

}  // namespace wembed
