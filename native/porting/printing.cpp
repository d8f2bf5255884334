// bh_platform.h: printing, where guests print.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "bh_platform.h"
#include "capi/handles.h"

using namespace wembed;

WEMBED_API int os_vprintf(const char* format, va_list ap) {
  const Runtime* runtime = default_runtime();
  if (runtime == nullptr) return std::vprintf(format, ap);
  char text[1024];
  va_list again;
  va_copy(again, ap);
  int count = std::vsnprintf(text, sizeof(text), format, ap);
  auto length = static_cast<size_t>(count < 0 ? 0 : count);
  char* longer = length < sizeof(text) ? nullptr : static_cast<char*>(std::malloc(length + 1));
  if (longer != nullptr) std::vsnprintf(longer, length + 1, format, again);
  va_end(again);
  if (longer == nullptr && length >= sizeof(text)) length = sizeof(text) - 1;
  const PrintSink& print = runtime->print();
  if (length > 0) print.write(print.context, longer == nullptr ? text : longer, length);
  std::free(longer);
  return count < 0 ? count : static_cast<int>(length);
}

WEMBED_API int os_printf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  int count = os_vprintf(format, args);
  va_end(args);
  return count;
}
