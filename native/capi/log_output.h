// Where a runtime's messages go: to the host's function, else to standard output as WAMR has them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/log.h"
#include "runtime/print.h"

namespace wembed {

struct LogOutput {
  void (*write)(void* context, uint32_t level, const char* text) = nullptr;  // the host's
  void* context = nullptr;
  bool unbuffered = false;  // standard output past the C library's stream, which allocates

  // Refers to this structure.
  [[nodiscard]] LogSink sink() const;
};

// What guests print: to the host's function, else to standard output.
struct PrintOutput {
  void (*write)(void* context, const char* text, size_t bytes) = nullptr;  // the host's
  void* context = nullptr;
  bool unbuffered = false;

  [[nodiscard]] PrintSink sink() const;
};

// Text for standard output itself: results that WAMR's API prints.
void print_text(bool unbuffered, const char* format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace wembed
