#include "platform/output.h"

#include <cstdio>

namespace wembed::platform {

void write_output(const char* text, size_t bytes) {
  (void)std::fwrite(text, 1, bytes, stdout);
  (void)std::fflush(stdout);
}

}  // namespace wembed::platform
