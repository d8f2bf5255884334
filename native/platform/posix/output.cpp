#include "platform/output.h"

#include <unistd.h>

#include <cerrno>

namespace wembed::platform {

void write_output(const char* text, size_t bytes) {
  while (bytes > 0) {
    ssize_t count = write(STDOUT_FILENO, text, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text += count;
    bytes -= static_cast<size_t>(count);
  }
}

}  // namespace wembed::platform
