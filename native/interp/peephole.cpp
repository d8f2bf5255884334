#include "interp/peephole.h"

#include <algorithm>

namespace wembed {

void Peephole::add(const Remembered& remembered) {
  if (count_ == kMemory) {
    std::move(memory_ + 1, memory_ + kMemory, memory_);
    count_--;
  }
  memory_[count_++] = remembered;
}

void Peephole::redirect(int32_t slot) {
  memory_[count_ - 1].destination = slot;
  written_.to = slot;
}

void Peephole::forget_all() {
  forget();
  wrote_nothing();
  forget_copies();
}

void Peephole::note_copy(int32_t to, int32_t from) {
  if (written_.at != kNoPosition) copied_ = {written_.at, to, from};
}

}  // namespace wembed
