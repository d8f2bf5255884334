#include "runtime/log.h"

#include <atomic>
#include <cstdarg>
#include <cstdio>

namespace wembed {

namespace {

std::atomic<uint32_t> threshold{static_cast<uint32_t>(LogLevel::Warning)};

}  // namespace

void set_log_level(uint32_t level) { threshold.store(level, std::memory_order_relaxed); }

bool log_enabled(LogLevel level) {
  return static_cast<uint32_t>(level) <= threshold.load(std::memory_order_relaxed);
}

void log_message(const LogSink& sink, LogLevel level, const char* format, ...) {
  if (sink.write == nullptr || !log_enabled(level)) return;
  char text[1024];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  sink.write(sink.context, static_cast<uint32_t>(level), text);
}

}  // namespace wembed
