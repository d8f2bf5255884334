#include "tiers/hot_functions.h"

#include <algorithm>

#include "base/system_allocator.h"
#include "jit/code/code_space.h"
#include "platform/clock.h"
#include "platform/fork.h"
#include "platform/worker.h"
#include "tiers/joined_code.h"

namespace wembed {

namespace {

constinit HotFunctions functions;

// So many samples in a row that found nothing new say that little else is left to be found.
constexpr uint32_t kMostKnown = 64;

constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kFreeNs = 20 * kMillisecond;
// Guests are in their beginnings, where much runs that never will again.
constexpr uint64_t kEarlyMs = 20;

bool is_within(const Code* code, const Code* codes, uint32_t count) {
  return code >= codes && code < codes + count;
}

}  // namespace

HotFunctions& hot_functions() { return functions; }

bool HotFunctions::note(Code& code, const void* place, uint32_t passed_ms) {
  if (!may_be_joined(code)) return false;
  code.array().is_noted.store(true, std::memory_order_relaxed);
  Work work{&code, nullptr};
  bool is_known = false;
  if (joined_code(code) != nullptr) {
    is_known = !is_interpreted_at(code, place) || joined_loop(code, place) != nullptr;
    work.loop = place;
  }
  std::lock_guard lock(mutex_);
  guest_ms_ += passed_ms;
  if (is_known || is_refused(code) || refused_at(work) == work)
    return ++known_in_a_row_ < kMostKnown;
  known_in_a_row_ = 0;
  place_for(work).samples++;
  start_next();
  return true;
}

HotFunctions::Entry* HotFunctions::find(const Work& work) {
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.work == work; });
  return found == entries_.end() ? nullptr : &*found;
}

// Where it is, or where the one that was seen least has been.
HotFunctions::Entry& HotFunctions::place_for(const Work& work) {
  if (Entry* known = find(work); known != nullptr) return *known;
  auto least =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.samples < b.samples; });
  *least = {work, 0};
  return *least;
}

HotFunctions::Work& HotFunctions::refused_at(const Work& work) {
  const auto bits = reinterpret_cast<uintptr_t>(work.code) / sizeof(Code) +
                    reinterpret_cast<uintptr_t>(work.loop) / sizeof(uint64_t);
  return refused_[bits % refused_.size()];
}

// Found running once may be chance, but not in a function that was found before, nor where little
// has been compiled so far for the time that guests have run.
uint32_t HotFunctions::enough(const Work& work) const {
  const bool is_late = guest_ms_ > kEarlyMs && compile_ns_ < guest_ms_ * kMillisecond / 8;
  return work.loop != nullptr || is_late ? 1 : 2;
}

HotFunctions::Work HotFunctions::hottest() const {
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.work.code == nullptr || entry.samples < enough(entry.work)) continue;
    if (found == nullptr || entry.samples > found->samples) found = &entry;
  }
  return found == nullptr ? Work{} : found->work;
}

bool HotFunctions::is_within_budget() const {
  return compile_ns_ <= kFreeNs + guest_ms_ * kMillisecond / 2;
}

void HotFunctions::start_next() {
  if (compiled_.code != nullptr || !is_within_budget()) return;
  compiled_ = hottest();
  if (compiled_.code == nullptr) return;
  is_given_up_.store(false, std::memory_order_relaxed);
  if (!jit::code_space().learn_of_forks() || platform::give_work(&compile_on_worker, this) != 0)
    compiled_ = {};
  // Behind the worker, which is told of forks by its first work: it has to end it before.
  if (knows_forks_) return;
  knows_forks_ =
      platform::at_fork([] { hot_functions().before_fork(); }, [] { hot_functions().after_fork(); },
                        [] { hot_functions().after_fork(); }) == 0;
}

void HotFunctions::compile_on_worker(void* context) {
  static_cast<HotFunctions*>(context)->compile();
}

Error HotFunctions::is_given_up(void* context) {
  const auto& self = *static_cast<const HotFunctions*>(context);
  return self.is_given_up_.load(std::memory_order_relaxed) ? Error::Terminated : Error::None;
}

// Goes on with the next one, if there is any: samples may be far apart.
void HotFunctions::finish(bool is_made, uint64_t took_ns) {
  std::lock_guard lock(mutex_);
  compile_ns_ += took_ns;
  const bool is_given_up = is_given_up_.load(std::memory_order_relaxed);
  if (Entry* entry = find(compiled_); entry != nullptr && (is_made || !is_given_up)) {
    if (!is_made) refused_at(compiled_) = compiled_;
    *entry = {};
  }
  compiled_ = {};
  if (is_given_up || !is_within_budget()) return;
  compiled_ = hottest();
}

// It stays until this ends: forget() waits.
void HotFunctions::compile() {
  // An embedder's is not called from a thread that is not its own.
  Allocator allocator = system_allocator();
  const Poll poll(&is_given_up, this);
  for (;;) {
    Work work;
    {
      std::lock_guard lock(mutex_);
      work = compiled_;
    }
    if (work.code == nullptr) return;
    const uint64_t start = platform::monotonic_ns();
    JoinedCode* made = nullptr;
    static_cast<void>(work.loop == nullptr
                          ? make_joined(*work.code, poll, allocator, made)
                          : make_joined_loop(*work.code, work.loop, poll, allocator, made));
    if (made != nullptr) publish_joined(*work.code, *made);
    finish(made != nullptr, platform::monotonic_ns() - start);
  }
}

// What is given up is found again.
void HotFunctions::before_fork() {
  for (;;) {
    mutex_.lock();
    if (compiled_.code == nullptr) return;
    is_given_up_.store(true, std::memory_order_relaxed);
    mutex_.unlock();
    platform::wait_for_worker();
  }
}

void HotFunctions::after_fork() { mutex_.unlock(); }

void HotFunctions::forget(const Code* codes, uint32_t count) {
  bool is_compiling;
  {
    std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (is_within(entry.work.code, codes, count)) entry = {};
    }
    for (Work& work : refused_) {
      if (is_within(work.code, codes, count)) work = {};
    }
    is_compiling = is_within(compiled_.code, codes, count);
    if (is_compiling) is_given_up_.store(true, std::memory_order_relaxed);
  }
  if (is_compiling) platform::wait_for_worker();
}

}  // namespace wembed
