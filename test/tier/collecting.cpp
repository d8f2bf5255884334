// WEMBED_COLLECT=always: a collection at each poll of a guest, and before each object, with root
// maps put to the test. Of all test programs, and of the addon where it has sanitizers.
#include <cstdlib>
#include <string_view>

#include "runtime/collection.h"

namespace {

[[maybe_unused]] const bool collecting = [] {
  const char* wanted = std::getenv("WEMBED_COLLECT");
  const bool always = wanted != nullptr && std::string_view(wanted) == "always";
  if (always) wembed::collect_always(true);
  return always;
}();

}  // namespace
