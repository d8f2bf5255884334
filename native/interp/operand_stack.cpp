#include "interp/operand_stack.h"

namespace wembed {

void OperandStack::clear() {
  operands_.clear();
  unread_count_ = 0;
  low_ = 0;
  home_from_ = home_to_ = 0;
  end_of_homes_ = kLinkSlots;
}

void OperandStack::come_home(size_t position) {
  if (operands_[position].place == Place::Local) {
    uint32_t* end = unread_ + unread_count_;
    uint32_t* at = std::find(unread_, end, static_cast<uint32_t>(position));
    if (at != end) {
      std::copy(at + 1, end, at);
      unread_count_--;
    }
  }
  operands_[position].come_home();
}

void OperandStack::all_home_from(size_t first) {
  if (first < home_from_ || first > home_to_) home_from_ = first;
  home_to_ = operands_.size();
}

uint32_t OperandStack::count_unread(int32_t slot, size_t& position) const {
  uint32_t count = 0;
  for (uint32_t at : unread()) {
    if (operands_[at].slot != slot) continue;
    position = at;
    count++;
  }
  return count;
}

}  // namespace wembed
