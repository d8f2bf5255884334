// Standard output without the C library's stream and its buffer.
#pragma once

#include <cstddef>

namespace wembed::platform {

// All of the text, or as much as the system takes. Allocates nothing where the system lets it.
void write_output(const char* text, size_t bytes);

}  // namespace wembed::platform
