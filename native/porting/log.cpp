// bh_log.h: hosts' lines in the runtime's log.
#include "bh_log.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bh_platform.h"
#include "capi/handles.h"

using namespace wembed;

namespace {

// The text and what stands before it, in `text` or, when that is too short, in a block to be freed.
char* format_line(char* text, size_t size, const char* file, int line, const char* format,
                  va_list args) {
  va_list again;
  va_copy(again, args);
  int head = file == nullptr ? 0 : std::snprintf(text, size, "%s, line %d, ", file, line);
  size_t begin = head < 0 ? 0 : static_cast<size_t>(head);
  bool fits = begin < size;
  int body = std::vsnprintf(fits ? text + begin : nullptr, fits ? size - begin : 0, format, args);
  size_t length = begin + (body < 0 ? 0 : static_cast<size_t>(body));
  char* longer = length < size ? nullptr : static_cast<char*>(std::malloc(length + 1));
  if (longer != nullptr) {
    if (file != nullptr) std::snprintf(longer, begin + 1, "%s, line %d, ", file, line);
    std::vsnprintf(longer + begin, length + 1 - begin, format, again);
  }
  va_end(again);
  return longer;
}

}  // namespace

WEMBED_API void bh_log_set_verbose_level(uint32_t level) { set_log_level(level); }

WEMBED_API void bh_log(::LogLevel log_level, const char* file, int line, const char* fmt, ...) {
  uint32_t level = number_of(log_level);
  LogSink sink = default_log();
  if (fmt == nullptr || sink.write == nullptr || !log_enabled(static_cast<wembed::LogLevel>(level)))
    return;
  char text[1024];
  va_list args;
  va_start(args, fmt);
  char* longer = format_line(text, sizeof(text), file, line, fmt, args);
  va_end(args);
  sink.write(sink.context, level, longer == nullptr ? text : longer);
  std::free(longer);
}

WEMBED_API void bh_log_proc_mem(const char* function, uint32_t line) {
  if (!log_enabled(wembed::LogLevel::Debug)) return;
  std::FILE* status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return;
  os_printf("[MEM] %s(...) L%" PRIu32 "\n===== memory usage =====\n",
            function == nullptr ? "" : function, line);
  char text[256];
  while (std::fgets(text, sizeof(text), status) != nullptr) {
    bool is_memory = std::strncmp(text, "Vm", 2) == 0 || std::strncmp(text, "Rss", 3) == 0;
    if (is_memory) os_printf("%s", text);
  }
  os_printf("==========\n");
  std::fclose(status);
}
