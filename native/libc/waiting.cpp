#include "libc/waiting.h"

namespace wembed::libc {

Trap Line::wait(Waiter& waiter, Lock& lock, uint64_t deadline) {
  (last_ == nullptr ? first_ : last_->next) = &waiter;
  last_ = &waiter;
  Trap trap = Trap::None;
  auto woken = platform::Woken::ByOther;
  while (!waiter.is_called && trap == Trap::None && woken != platform::Woken::ByTime) {
    lock.unlock();
    trap = waiter.parking.sleep(deadline, woken);
    lock.lock();
  }
  // It was in the line until then, so that is there.
  if (!waiter.is_called) remove(waiter);
  return trap;
}

bool Line::call_first() {
  Waiter* waiter = first_;
  if (waiter == nullptr) return false;
  remove(*waiter);
  waiter->is_called = true;
  // It cannot go before it has had the mutex.
  waiter->parking.wake();
  return true;
}

void Line::remove(Waiter& waiter) {
  Waiter* before = nullptr;
  for (Waiter* at = first_; at != &waiter; at = at->next) before = at;
  (before == nullptr ? first_ : before->next) = waiter.next;
  if (last_ == &waiter) last_ = before;
  waiter.next = nullptr;
}

}  // namespace wembed::libc
