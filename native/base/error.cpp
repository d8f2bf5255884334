#include "base/error.h"

#include <cstdio>

namespace wembed {

namespace {
constexpr const char* kTexts[] = {
    "",
#define ERROR(name, text) text,
#include "base/error.def"
#undef ERROR
};
}  // namespace

const char* error_text(Error error) { return kTexts[static_cast<uint8_t>(error)]; }

Error Diagnostic::vfail(Error error, const char* format, va_list args) {
  if (code != Error::None) return code;
  code = error;
  std::vsnprintf(message, sizeof message, format, args);
  return code;
}

Error Diagnostic::fail(Error error, const char* format, ...) {
  va_list args;
  va_start(args, format);
  vfail(error, format, args);
  va_end(args);
  return code;
}

Error Diagnostic::fail(Error error) { return fail(error, "%s", error_text(error)); }

}  // namespace wembed
