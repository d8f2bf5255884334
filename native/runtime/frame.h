// The frames of running guest code, read from their links: the same whatever tier runs them.
// Private to native/runtime.
#pragma once

#include "runtime/code.h"
#include "runtime/exec_env_cold.h"

namespace wembed {

// The frames of one entry into the guest, innermost first. They belong to the calling thread, or to
// one that waits.
class FrameWalker {
 public:
  // From the innermost frame, which is at an operation (a trap, a call out); null: none.
  FrameWalker(const Slot* fp, const void* place) : fp_(fp), place_(place) { skip_passages(); }

  [[nodiscard]] bool done() const { return fp_ == nullptr; }
  void next() {
    leave();
    skip_passages();
  }

  [[nodiscard]] const Code& code() const { return *reinterpret_cast<const Code*>(fp_[kLinkCode]); }
  [[nodiscard]] const Instance& instance() const {
    return *reinterpret_cast<const Instance*>(fp_[kLinkInstance]);
  }
  [[nodiscard]] const Slot* fp() const { return fp_; }
  // Of the operation that the frame is at, for locate(); null: not known.
  [[nodiscard]] const void* place() const { return place_; }
  [[nodiscard]] bool is_return() const { return is_return_; }

 private:
  void leave() {
    place_ = reinterpret_cast<const void*>(fp_[kLinkReturn]);
    fp_ = reinterpret_cast<const Slot*>(fp_[kLinkCaller]);
    is_return_ = true;
  }
  void skip_passages() {
    while (fp_ != nullptr && fp_[kLinkCode] == 0) leave();
  }

  const Slot* fp_;
  const void* place_;
  bool is_return_ = false;
};

// Whether `matches` holds for an instance with code on the exec_env's stack, or one that was
// current when the host entered.
template <class Predicate> bool any_instance_on(const ExecEnv& env, Predicate matches) {
  auto any_of = [&](const Instance* current, const Slot* fp, const void* place) {
    if (current != nullptr && matches(*current)) return true;
    for (FrameWalker frame(fp, place); !frame.done(); frame.next()) {
      if (matches(frame.instance())) return true;
    }
    return false;
  };
  if (any_of(env.instance, env.fp, env.place)) return true;
  for (const Entry* entry = env.cold->entries; entry != nullptr; entry = entry->previous) {
    if (any_of(entry->instance, entry->fp, entry->place)) return true;
  }
  return false;
}

}  // namespace wembed
