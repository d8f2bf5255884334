#include "runtime/root_check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "heap/heap.h"
#include "isa/reference.h"
#include "runtime/frame.h"
#include "runtime/native_stack.h"
#include "runtime/root_map.h"

namespace wembed {

namespace {

[[noreturn]] void end_process(const Code& code, int32_t slot, Slot value) {
  std::fprintf(stderr, "function %u: slot %d has %llx, which is no reference\n", code.function,
               static_cast<int>(slot), static_cast<unsigned long long>(value));
  std::abort();
}

std::atomic<WrongRoot> wrong_root{&end_process};

// One frame. Nothing above `limit` is its own.
class FrameCheck {
 public:
  FrameCheck(Heap& heap, const FrameWalker& frame, const Slot* limit)
      : heap_(heap), code_(frame.code()), fp_(const_cast<Slot*>(frame.fp())) {
    map_ = roots_at(code_, frame.place(), frame.is_return(), position_);
    if (map_ != nullptr) limit_ = limit < fp_ + end() ? static_cast<int32_t>(limit - fp_) : end();
  }

  // Its first slot; null: not known.
  [[nodiscard]] const Slot* bottom() const {
    return map_ == nullptr ? nullptr : fp_ + map_->extent().first;
  }

  void run() {
    if (map_ == nullptr) return;
    if (map_->extent().is_exact) {
      for_each_named([&](int32_t slot) {
        if (slot < 0) check_local(slot);
      });
    }
    // Named ones look like nothing meanwhile.
    for_each_named([&](int32_t slot) { fp_[slot] ^= kHidden; });
    for (int32_t slot = map_->extent().first; slot < limit_; slot++) {
      if (slot < 0 || slot >= kLinkSlots) overwrite_object(fp_[slot]);
    }
    for_each_named([&](int32_t slot) { fp_[slot] ^= kHidden; });
  }

 private:
  static constexpr Slot kHidden = 0x5500000000000000;

  [[nodiscard]] int32_t end() const { return map_->extent().end; }

  // Arguments are the callee's, which may have put something else there.
  template <class Visit> void for_each_named(Visit visit) {
    map_->for_each(position_, [&](int32_t slot) {
      if (slot < limit_) visit(slot);
    });
  }
  void check_local(int32_t slot) {
    const Slot value = fp_[slot] & ~kFromOtherSide;
    const bool is_address = value % alignof(Object) == 0;
    if (value == kDeadReference || (is_address && heap_.has_nothing_at(value))) {
      wrong_root.load()(code_, slot, fp_[slot]);
    }
  }
  void overwrite_object(Slot& slot) {
    const Slot side = slot & kFromOtherSide;
    if (heap_.look_up(slot ^ side) != nullptr) slot = kDeadReference | side;
  }

  Heap& heap_;
  const Code& code_;
  Slot* fp_;
  const RootMap* map_ = nullptr;
  uint32_t position_ = 0;
  int32_t limit_ = 0;
};

// Innermost first. Returns where the last one begins; null: not known. So is `limit`.
const Slot* check_frames(Heap& heap, FrameWalker frame, const Slot* limit) {
  if (frame.done()) return nullptr;
  for (; !frame.done(); frame.next()) {
    FrameCheck check(heap, frame, limit);
    if (limit != nullptr) check.run();
    limit = check.bottom();
  }
  return limit;
}

// Where the innermost frame ends at the latest; null: a host function of another thread may write
// to it.
const Slot* limit_of(const ExecEnv& env) {
  if (env.host_function.load(std::memory_order_acquire) == nullptr) return env.stack_end;
  return env.thread.load(std::memory_order_relaxed) == &thread_state ? env.top : nullptr;
}

}  // namespace

void check_roots(Heap& heap, ExecEnv& env) {
  if (env.depth.load(std::memory_order_acquire) == 0) return;
  const Slot* limit = check_frames(heap, FrameWalker(env.fp, env.place), limit_of(env));
  for (const Entry* entry = env.cold->entries; entry != nullptr; entry = entry->previous) {
    limit = check_frames(heap, FrameWalker(entry->fp, entry->place), limit);
  }
}

void on_wrong_root(WrongRoot wrong) { wrong_root.store(wrong == nullptr ? &end_process : wrong); }

}  // namespace wembed
