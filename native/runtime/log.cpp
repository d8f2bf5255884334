// Formatting of log lines as WAMR prints them.
#include "runtime/log.h"

#include <atomic>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <thread>

#include "platform/clock.h"
#include "platform/output.h"

namespace wembed {

namespace {

std::atomic<uint32_t> threshold{static_cast<uint32_t>(LogLevel::Warning)};

uintptr_t thread_number() {
  std::thread::id id = std::this_thread::get_id();
  static_assert(sizeof(id) <= sizeof(uintptr_t));
  uintptr_t number = 0;
  std::memcpy(&number, &id, sizeof(id));
  return number;
}

}  // namespace

void set_log_level(uint32_t level) { threshold.store(level, std::memory_order_relaxed); }

bool log_enabled(LogLevel level) {
  return static_cast<uint32_t>(level) <= threshold.load(std::memory_order_relaxed);
}

void log_message(const LogSink& sink, LogLevel level, const char* format, ...) {
  if (!log_enabled(level)) return;
  char text[1024];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  if (sink.write != nullptr) {
    size_t length = std::strlen(text);
    while (length > 0 && text[length - 1] == '\n') text[--length] = 0;
    sink.write(sink.context, static_cast<uint32_t>(level), text);
    return;
  }
  uint64_t ms = platform::monotonic_ns() / 1'000'000;
  uint64_t seconds = ms / 1000;
  print_text(sink, "[%02u:%02u:%02u:%03u - %" PRIXPTR "]: %s\n",
             static_cast<unsigned>(seconds / 3600 % 24), static_cast<unsigned>(seconds / 60 % 60),
             static_cast<unsigned>(seconds % 60), static_cast<unsigned>(ms % 1000), thread_number(),
             text);
}

void print_text(const LogSink& sink, const char* format, ...) {
  va_list args;
  va_start(args, format);
  if (sink.unbuffered) {
    char text[1152];
    int length = std::vsnprintf(text, sizeof(text), format, args);
    size_t most = sizeof(text) - 1;
    size_t bytes = length < 0 ? 0 : static_cast<size_t>(length);
    platform::write_output(text, bytes < most ? bytes : most);
  } else {
    std::vprintf(format, args);
  }
  va_end(args);
}

}  // namespace wembed
