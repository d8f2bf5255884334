#include "interp/peephole.h"

namespace wembed {

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
