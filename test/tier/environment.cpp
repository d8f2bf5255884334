// WEMBED_TIER=test or mixed: the engine of every runtime the program makes.
// WEMBED_COLLECT=always: a collection at each poll of a guest, and before each object.
#include <cstdlib>
#include <string_view>

#include "runtime/collection.h"
#include "tier/engine.h"
#include "tiers/engines.h"

namespace wembed::test_tier {

namespace {

[[maybe_unused]] const bool collecting = [] {
  const char* wanted = std::getenv("WEMBED_COLLECT");
  const bool always = wanted != nullptr && std::string_view(wanted) == "always";
  if (always) collect_always(true);
  return always;
}();

[[maybe_unused]] const bool chosen = [] {
  const char* wanted = std::getenv("WEMBED_TIER");
  if (wanted == nullptr) return false;
  std::string_view tier = wanted;
  if (tier == "test") choose_engine(&engine());
  int error = 0;
  if (tier == "native") choose_engine(native_engine(error));
  if (tier == "sampled") choose_engine(sampled_engine(error));
  if (tier == "mixed") choose_engine(&random_engine(1));
  return true;
}();

}  // namespace

}  // namespace wembed::test_tier
