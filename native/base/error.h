// Error codes and the place where the first error of an operation is described.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

namespace wembed {

enum class Error : uint8_t {
  None,
#define ERROR(name, text) name,
#include "base/error.def"
#undef ERROR
};

// The text of error.def; "" for None.
const char* error_text(Error error);

constexpr uint64_t kNoOffset = UINT64_MAX;
constexpr uint32_t kNoFunction = UINT32_MAX;
constexpr size_t kFunctionNameBytes = 128;

// Filled by the first error of an operation, plain storage so that reporting never allocates.
struct Diagnostic {
  Error code = Error::None;
  uint32_t function = kNoFunction;  // index in the module's function index space
  uint64_t offset = kNoOffset;      // byte offset in the module
  const char* section = nullptr;    // static name, e.g. "code"
  const char* hint = nullptr;       // static sentence for people: what it is, what is missing
  char message[128] = {};           // WAMR's text, without its prefix
  // Room for kFunctionNameBytes, where the function's name goes when bytes are no module: they are
  // gone when somebody reads this. Null: nobody asks.
  char* function_name = nullptr;

  // Records code and text unless something is recorded already; returns the code, so that
  // `return diagnostic.fail(...)` reads well.
  Error fail(Error error, const char* format, ...) __attribute__((format(printf, 3, 4)));
  Error fail(Error error);
  // The sentence to go with an error that is recorded next.
  void say(const char* sentence) {
    if (code == Error::None) hint = sentence;
  }
  Error vfail(Error error, const char* format, va_list args);
};

}  // namespace wembed
