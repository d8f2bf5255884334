// WEMBED_TIER=test or mixed: the engine of every runtime the program makes.
#include <cstdlib>
#include <string_view>

#include "tier/engine.h"
#include "tiers/engines.h"

namespace wembed::test_tier {

namespace {

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
