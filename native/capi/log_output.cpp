#include "capi/log_output.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <thread>

#include "platform/clock.h"
#include "platform/output.h"

namespace wembed {

namespace {

uintptr_t thread_number() {
  std::thread::id id = std::this_thread::get_id();
  static_assert(sizeof(id) <= sizeof(uintptr_t));
  uintptr_t number = 0;
  std::memcpy(&number, &id, sizeof(id));
  return number;
}

// `[HH:MM:SS:mmm - THREAD]: text`, by a clock that began with the system.
void print_line(const LogOutput& output, const char* text) {
  uint64_t ms = platform::monotonic_ns() / 1'000'000;
  uint64_t seconds = ms / 1000;
  print_text(output.unbuffered, "[%02u:%02u:%02u:%03u - %" PRIXPTR "]: %s\n",
             static_cast<unsigned>(seconds / 3600 % 24), static_cast<unsigned>(seconds / 60 % 60),
             static_cast<unsigned>(seconds % 60), static_cast<unsigned>(ms % 1000), thread_number(),
             text);
}

// The host gets the text without a newline.
void tell_host(const LogOutput& output, uint32_t level, const char* text) {
  char line[1024];
  size_t length = std::strlen(text);
  if (length >= sizeof(line)) length = sizeof(line) - 1;
  std::memcpy(line, text, length);
  while (length > 0 && line[length - 1] == '\n') length--;
  line[length] = 0;
  output.write(output.context, level, line);
}

void write_message(void* context, uint32_t level, const char* text) {
  const auto& output = *static_cast<const LogOutput*>(context);
  if (output.write == nullptr) return print_line(output, text);
  tell_host(output, level, text);
}

void print_buffered(void*, const char* text, size_t bytes) {
  (void)std::fwrite(text, 1, bytes, stdout);
}

void print_unbuffered(void*, const char* text, size_t bytes) {
  platform::write_output(text, bytes);
}

}  // namespace

PrintSink PrintOutput::sink() const {
  if (write != nullptr) return {write, context};
  return {unbuffered ? &print_unbuffered : &print_buffered, nullptr};
}

LogSink LogOutput::sink() const { return {&write_message, const_cast<LogOutput*>(this)}; }

void print_text(bool unbuffered, const char* format, ...) {
  va_list args;
  va_start(args, format);
  if (unbuffered) {
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
