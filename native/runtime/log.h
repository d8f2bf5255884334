// Messages to the embedder: one line at a time, to standard output unless a runtime has a sink.
#pragma once

#include <cstdint>

namespace wembed {

enum class LogLevel : uint32_t { Fatal, Error, Warning, Debug, Verbose };

// Where lines go; `write` null: standard output, as `[HH:MM:SS:mmm - THREAD]: text`.
struct LogSink {
  void (*write)(void* context, uint32_t level, const char* text) = nullptr;
  void* context = nullptr;
  bool unbuffered = false;  // standard output past the C library's stream, which allocates
};

// The threshold of the process; levels above it are dropped. Warning at first.
void set_log_level(uint32_t level);
bool log_enabled(LogLevel level);

void log_message(const LogSink& sink, LogLevel level, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

// Text for standard output itself, whatever `write` is: results that WAMR's API prints.
void print_text(const LogSink& sink, const char* format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace wembed
