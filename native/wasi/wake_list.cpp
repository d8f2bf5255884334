#include "wasi/wake_list.h"

namespace wembed::wasi {

void WakeList::wake() {
  std::lock_guard lock(mutex_);
  for (Watch* watch = first_; watch != nullptr; watch = watch->next_) watch->parking_.wake();
}

Watch::Watch(WakeList& list, Parking& parking) : list_(list), parking_(parking) {
  std::lock_guard lock(list_.mutex_);
  next_ = list_.first_;
  place_ = &list_.first_;
  if (next_ != nullptr) next_->place_ = &next_;
  list_.first_ = this;
}

Watch::~Watch() {
  std::lock_guard lock(list_.mutex_);
  *place_ = next_;
  if (next_ != nullptr) next_->place_ = place_;
}

}  // namespace wembed::wasi
