// Where formatted text goes: what the runtime prints to, or a place in the guest's memory.
#pragma once

#include <cstdint>

#include "libc/call.h"

namespace wembed::libc {

class Output {
 public:
  // To be printed, in as few pieces as there is room for on the stack.
  explicit Output(Call& call) : call_(call) {}
  // Into `room` bytes, the last of which is for a NUL; what does not fit is only counted.
  Output(Call& call, uint8_t* target, uint64_t room) : call_(call), target_(target), room_(room) {}

  void put(char c) { put(&c, 1); }
  // The text may lie where the output goes.
  void put(const char* text, uint64_t length);
  void fill(char c, uint64_t count);

  // Ends it with the NUL, or prints what is left.
  void finish();

  // The guest has to stop. Nothing is put out after that.
  void stop(Trap trap) {
    if (trap_ == Trap::None) trap_ = trap;
  }
  [[nodiscard]] Trap trap() const { return trap_; }
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  static constexpr uint32_t kBuffer = 1024;

  void print(const char* text, uint64_t length);
  void flush();
  // Bytes of the target that `length` more may fill.
  [[nodiscard]] uint64_t fitting(uint64_t length) const;

  Call& call_;
  uint8_t* target_ = nullptr;  // null: printed
  uint64_t room_ = 0;
  uint64_t count_ = 0;
  Trap trap_ = Trap::None;
  uint32_t waiting_ = 0;
  char buffer_[kBuffer];
};

}  // namespace wembed::libc
