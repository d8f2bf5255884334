// Messages to the embedder, one at a time.
#pragma once

#include <cstdint>

namespace wembed {

enum class LogLevel : uint32_t { Fatal, Error, Warning, Debug, Verbose };

// Who takes them, with a newline at the end or without; `write` null: nobody.
struct LogSink {
  void (*write)(void* context, uint32_t level, const char* text) = nullptr;
  void* context = nullptr;
};

// The threshold of the process; levels above it are dropped. Warning at first.
void set_log_level(uint32_t level);
bool log_enabled(LogLevel level);

void log_message(const LogSink& sink, LogLevel level, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

}  // namespace wembed
