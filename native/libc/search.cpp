// The two-way algorithm of Crochemore and Perrin: the needle is cut where its local period is its
// global one; the right part is compared first, the left one backwards.
#include "libc/search.h"

#include <algorithm>
#include <cstring>

namespace wembed::libc {

namespace {

// Looks for requests to stop every so many steps.
class Steps {
 public:
  explicit Steps(Call& call) : call_(call) {}
  bool go_on() {
    if (++count_ % (64 << 10) == 0 && trap_ == Trap::None) trap_ = call_.bulk().look();
    return trap_ == Trap::None;
  }
  [[nodiscard]] Trap trap() const { return trap_; }

 private:
  Call& call_;
  uint32_t count_ = 0;
  Trap trap_ = Trap::None;
};

struct Cut {
  uint64_t place = 0;
  uint64_t period = 1;
};

// The maximal suffix in the order of bytes, or in the reverse one, and its period.
Cut maximal_suffix(Steps& steps, const Text& needle, bool reverse) {
  uint64_t start = 0;   // of the suffix that is the largest so far
  uint64_t rival = 1;   // of the one it is compared with
  uint64_t offset = 0;  // how far they agree
  uint64_t period = 1;
  while (rival + offset < needle.length && steps.go_on()) {
    uint8_t challenger = needle.data[rival + offset];
    uint8_t holder = needle.data[start + offset];
    if (challenger == holder) {
      if (++offset < period) continue;
      rival += period;
      offset = 0;
    } else if ((challenger < holder) != reverse) {
      rival += offset + 1;
      offset = 0;
      period = rival - start;
    } else {
      start = rival++;
      offset = 0;
      period = 1;
    }
  }
  return {start, period};
}

}  // namespace

Trap find_text(Call& call, const Text& text, const Text& needle, uint64_t& place) {
  place = 0;
  if (needle.length == 0) return Trap::None;
  place = text.length;
  if (needle.length > text.length) return Trap::None;
  if (Trap trap = call.bulk().begin(needle.length); trap != Trap::None) return trap;
  Steps steps(call);
  Cut forward = maximal_suffix(steps, needle, false);
  Cut backward = maximal_suffix(steps, needle, true);
  Cut cut = forward.place > backward.place ? forward : backward;
  bool is_periodic = cut.period + cut.place <= needle.length &&
                     std::memcmp(needle.data, needle.data + cut.period, cut.place) == 0;
  // Without a period no shorter shift than the longer part can fit.
  uint64_t shift = is_periodic ? cut.period : std::max(cut.place, needle.length - cut.place) + 1;
  uint64_t known = 0;  // bytes at the needle's start that are known to agree
  for (uint64_t at = 0; at <= text.length - needle.length;) {
    uint64_t right = std::max(cut.place, known);
    while (right < needle.length && needle.data[right] == text.data[at + right] && steps.go_on()) {
      right++;
    }
    if (!steps.go_on()) return steps.trap();
    if (right < needle.length) {
      at += right - cut.place + 1;
      known = 0;
      continue;
    }
    uint64_t left = cut.place;
    while (left > known && needle.data[left - 1] == text.data[at + left - 1] && steps.go_on()) {
      left--;
    }
    if (!steps.go_on()) return steps.trap();
    if (left <= known) {
      place = at;
      return Trap::None;
    }
    at += shift;
    known = is_periodic ? needle.length - cut.period : 0;
  }
  return steps.trap();
}

}  // namespace wembed::libc
