#include "capi/refusal.h"

#include <cstdarg>
#include <cstdio>

namespace wembed {

namespace {

// Larger ones are no structures but garbage in `size`.
constexpr size_t kMostStructure = 4096;

}  // namespace

Refusal refuse(const char* format, ...) {
  Refusal refusal;
  va_list args;
  va_start(args, format);
  std::vsnprintf(refusal.text, sizeof(refusal.text), format, args);
  va_end(args);
  return refusal;
}

Refusal refuse_size(const void* from, size_t size, size_t least, size_t known, const char* name) {
  if (size == 0) return refuse("%s: size is not set, it has to be the structure's", name);
  if (size < least) return refuse("%s: size is %zu, at least %zu are needed", name, size, least);
  if (size > kMostStructure) return refuse("%s: size is %zu, which no structure has", name, size);
  const auto* bytes = static_cast<const uint8_t*>(from);
  for (size_t i = known; i < size; i++) {
    if (bytes[i] != 0) {
      return refuse("%s: a field at byte %zu is set, which this library does not know", name, i);
    }
  }
  return {};
}

}  // namespace wembed
