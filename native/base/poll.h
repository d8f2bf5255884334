// Long work counts its steps and asks now and then whether it is to go on.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace wembed {

class Poll {
 public:
  // None: go on. Anything else ends the work, with that error.
  using Ask = Error (*)(void* context);

  // A step is what takes some ten nanoseconds: an instruction, an item of a list.
  static constexpr uint32_t kInterval = 4096;

  Poll() = default;  // never asks
  Poll(Ask ask, void* context) : ask_(ask), context_(context) {}

  [[nodiscard]] Error spend(uint64_t steps) {
    if (steps < left_) [[likely]] {
      left_ -= static_cast<uint32_t>(steps);
      return Error::None;
    }
    left_ = kInterval;
    return ask_ == nullptr ? Error::None : ask_(context_);
  }
  // Steps until it asks, at least one.
  [[nodiscard]] uint32_t left() const { return left_; }

 private:
  Ask ask_ = nullptr;
  void* context_ = nullptr;
  uint32_t left_ = kInterval;
};

}  // namespace wembed
