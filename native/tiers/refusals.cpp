#include "tiers/refusals.h"

#include <atomic>

#include "tiers/engines.h"

namespace wembed {

namespace {

constexpr const char* kWords[] = {
#define REFUSAL(name, word, text) word,
#include "jit/build/refusals.def"
};
constexpr auto kReasons = static_cast<uint32_t>(std::size(kWords));

constinit std::atomic<uint64_t> functions[kReasons];

}  // namespace

void count_refusal(jit::Refusal refusal) {
  functions[static_cast<uint32_t>(refusal) - 1].fetch_add(1, std::memory_order_relaxed);
}

bool refusal_count(uint32_t reason, RefusalCount& made) {
  if (reason >= kReasons) return false;
  made = {kWords[reason], jit::refusal_text(static_cast<jit::Refusal>(reason + 1)),
          functions[reason].load(std::memory_order_relaxed)};
  return true;
}

}  // namespace wembed
