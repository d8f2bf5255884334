// Which tier runs functions.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "capi/handles.h"
#include "tiers/choice.h"
#include "tiers/engines.h"

using namespace wembed;

static_assert(WEMBED_TIER_OFF == static_cast<int>(TierMode::Off));
static_assert(WEMBED_TIER_FIRST_CALL == static_cast<int>(TierMode::FirstCall));
static_assert(WEMBED_TIER_SAMPLED == static_cast<int>(TierMode::Sampled));
static_assert(WEMBED_TIER_ALL == static_cast<int>(TierMode::All));

namespace {

uint64_t refused_functions() {
  uint64_t all = 0;
  RefusalCount count;
  for (uint32_t reason = 0; refusal_count(reason, count); reason++) all += count.functions;
  return all;
}

}  // namespace

WEMBED_API bool wembed_tier_report(wembed_runtime_t handle, wembed_tier_report_t* report) {
  const EmbedderRuntime* embedder = handle == nullptr ? default_embedder() : unwrap(handle);
  if (embedder == nullptr || report == nullptr || report->size < sizeof(uint32_t)) return false;
  const TierChoice choice = tried(embedder->tier);
  wembed_tier_report_t result = {};
  result.size = std::min<uint32_t>(report->size, sizeof(result));
  result.wish = static_cast<uint32_t>(choice.wanted);
  result.taken = static_cast<uint32_t>(choice.mode);
  result.error_number = choice.error;
  result.code_bytes = native_code_bytes();
  const NativeCount count = native_count();
  result.functions = count.functions;
  result.loops = count.loops;
  result.refused = refused_functions();
  std::snprintf(result.reason, sizeof(result.reason), "%s", choice.reason);
  std::memcpy(report, &result, result.size);
  return true;
}

WEMBED_API bool wembed_tier_refusal(uint32_t reason, wembed_tier_refusal_t* refusal) {
  RefusalCount count;
  if (refusal == nullptr || refusal->size < sizeof(uint32_t) || !refusal_count(reason, count)) {
    return false;
  }
  wembed_tier_refusal_t result = {};
  result.size = std::min<uint32_t>(refusal->size, sizeof(result));
  result.functions = count.functions;
  result.word = count.word;
  result.text = count.text;
  std::memcpy(refusal, &result, result.size);
  return true;
}
