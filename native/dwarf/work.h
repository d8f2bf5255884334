// What reading may cost: a multiple of the bytes that are there. What refers to one thing again and
// again, as only hostile information does, comes to its end by it.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/poll.h"

namespace wembed::dwarf {

class Work {
 public:
  static constexpr uint64_t kStepsPerByte = 32;
  static constexpr uint64_t kLeast = 1 << 20;

  // `poll` is asked while it goes on.
  explicit Work(uint64_t bytes, const Poll& poll = {})
      : left_(kLeast + bytes * kStepsPerByte), poll_(poll) {}

  // False: it is to end, and why is in error(). A step is some ten nanoseconds,
  // or a byte of memory where much may be taken.
  [[nodiscard]] bool spend(uint64_t steps) {
    if (error_ != Error::None) return false;
    if (steps > left_) {
      error_ = Error::Limit;
      return false;
    }
    left_ -= steps;
    error_ = poll_.spend(steps);
    return error_ == Error::None;
  }
  // For want of memory, or whatever else ends it.
  bool end(Error error) {
    if (error_ == Error::None) error_ = error;
    return false;
  }
  [[nodiscard]] Error error() const { return error_; }

 private:
  uint64_t left_;
  Poll poll_;
  Error error_ = Error::None;
};

}  // namespace wembed::dwarf
