#include "tiers/choice.h"

#include <cstdlib>
#include <cstring>

#include "tiers/engines.h"

namespace wembed {

namespace {

constexpr const char* kNames[kTierModes] = {"", "off", "first_call", "sampled", "all"};

bool read_environment(bool is_looked_at, TierMode& mode) {
  mode = TierMode::Sampled;
  const char* text = is_looked_at ? std::getenv("WEMBED_TIER") : nullptr;
  if (text == nullptr || *text == 0) return true;
  for (uint8_t i = 1; i < kTierModes; i++) {
    if (std::strcmp(text, kNames[i]) != 0) continue;
    mode = static_cast<TierMode>(i);
    return true;
  }
  return false;
}

constexpr const char* kNotHere = "no machine code can be made and run here";

const char* reason_against(const TierWish& wish, TierMode mode) {
  if (wish.no_system_memory) return "machine code would be memory of the system's";
  if (mode == TierMode::Sampled && !wish.deadlines) {
    return "without deadlines there is no timer to sample by";
  }
  if (!wish.signals) return "without signals faults of machine code are not told apart";
  return nullptr;
}

}  // namespace

const char* tier_name(TierMode mode) { return kNames[static_cast<uint8_t>(mode)]; }

bool choose_tier(const TierWish& wish, TierChoice& made) {
  made = {};
  made.engine = &chosen_engine();
  if (is_engine_chosen()) return true;
  made.wanted = wish.mode;
  if (wish.mode == TierMode::Default && !read_environment(!wish.no_system_memory, made.wanted)) {
    return false;
  }
  if (made.wanted == TierMode::Off) return true;
  if (const char* reason = reason_against(wish, made.wanted); reason != nullptr) {
    made.reason = reason;
    return true;
  }
  const bool is_sampled = made.wanted == TierMode::Sampled;
  const Engine* native = is_sampled ? sampled_engine(made.error) : native_engine(made.error);
  if (native == nullptr) {
    made.reason = kNotHere;
    return true;
  }
  made.engine = native;
  made.mode = made.wanted;
  return true;
}

TierChoice tried(const TierChoice& choice) {
  TierChoice result = choice;
  if (choice.mode != TierMode::Sampled || native_engine(result.error) != nullptr) return result;
  result.mode = TierMode::Off;
  result.reason = kNotHere;
  return result;
}

}  // namespace wembed
