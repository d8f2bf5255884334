#include "tiers/hot_functions.h"

#include <algorithm>

#include "base/system_allocator.h"
#include "platform/clock.h"
#include "platform/worker.h"
#include "tiers/joined_code.h"

namespace wembed {

namespace {

constinit HotFunctions functions;

// Found running once may be chance.
constexpr uint32_t kHotSamples = 2;

constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kFreeNs = 20 * kMillisecond;

bool is_within(const Code* code, const Code* codes, uint32_t count) {
  return code >= codes && code < codes + count;
}

}  // namespace

HotFunctions& hot_functions() { return functions; }

bool HotFunctions::note(Code& code, uint32_t passed_ms) {
  if (!may_be_joined(code) || joined_code(code) != nullptr) return false;
  std::lock_guard lock(mutex_);
  guest_ms_ += passed_ms;
  Entry& entry = place_for(code);
  if (!entry.is_done) entry.samples++;
  start_next();
  return !entry.is_done;
}

HotFunctions::Entry* HotFunctions::find(const Code& code) {
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.code == &code; });
  return found == entries_.end() ? nullptr : &*found;
}

// Where it is, or where the one that was seen least has been.
HotFunctions::Entry& HotFunctions::place_for(Code& code) {
  if (Entry* known = find(code); known != nullptr) return *known;
  auto least =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.samples < b.samples; });
  *least = {&code, 0, false};
  return *least;
}

bool HotFunctions::is_within_budget() const {
  return compile_ns_ <= kFreeNs + guest_ms_ * kMillisecond / 2;
}

void HotFunctions::start_next() {
  if (compiled_ != nullptr || !is_within_budget()) return;
  Entry* hottest = nullptr;
  for (Entry& entry : entries_) {
    if (entry.is_done || entry.samples < kHotSamples) continue;
    if (hottest == nullptr || entry.samples > hottest->samples) hottest = &entry;
  }
  if (hottest == nullptr) return;
  compiled_ = hottest->code;
  is_given_up_.store(false, std::memory_order_relaxed);
  if (platform::give_work(&compile_on_worker, this) != 0) compiled_ = nullptr;
}

void HotFunctions::compile_on_worker(void* context) {
  static_cast<HotFunctions*>(context)->compile();
}

Error HotFunctions::is_given_up(void* context) {
  const auto& self = *static_cast<const HotFunctions*>(context);
  return self.is_given_up_.load(std::memory_order_relaxed) ? Error::Terminated : Error::None;
}

// It stays until this ends: forget() waits.
void HotFunctions::compile() {
  Code* code;
  {
    std::lock_guard lock(mutex_);
    code = compiled_;
  }
  const uint64_t start = platform::monotonic_ns();
  // An embedder's is not called from a thread that is not its own.
  Allocator allocator = system_allocator();
  JoinedCode* made = nullptr;
  static_cast<void>(make_joined(*code, Poll(&is_given_up, this), allocator, made));
  if (made != nullptr) publish_joined(*code, *made);
  std::lock_guard lock(mutex_);
  compile_ns_ += platform::monotonic_ns() - start;
  compiled_ = nullptr;
  if (Entry* entry = find(*code); entry != nullptr) entry->is_done = true;
}

void HotFunctions::forget(const Code* codes, uint32_t count) {
  bool is_compiling;
  {
    std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (is_within(entry.code, codes, count)) entry = {};
    }
    is_compiling = is_within(compiled_, codes, count);
    if (is_compiling) is_given_up_.store(true, std::memory_order_relaxed);
  }
  if (is_compiling) platform::wait_for_worker();
}

}  // namespace wembed
