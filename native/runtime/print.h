// Where the runtime puts what guests print.
#pragma once

#include <cstddef>

namespace wembed {

struct PrintSink {
  void (*write)(void* context, const char* text, size_t bytes) = nullptr;  // null: nowhere
  void* context = nullptr;
};

}  // namespace wembed
