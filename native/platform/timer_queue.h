// Armed timers by deadline: a pairing heap whose links are inside the timers.
//
//   first() O(1), add() O(1), remove() O(log n) amortised; no allocation, no locking.
#pragma once

#include "platform/timer.h"

namespace wembed::platform {

class TimerQueue {
 public:
  constexpr TimerQueue() = default;

  Timer* first() const { return root_; }

  void add(Timer& timer) {
    timer.child = timer.sibling = timer.previous = nullptr;
    root_ = root_ == nullptr ? &timer : merge(root_, &timer);
  }

  void remove(Timer& timer) {
    Timer* rest = merge_children(timer.child);
    if (&timer == root_) {
      root_ = rest;
    } else {
      detach(timer);
      if (rest != nullptr) root_ = merge(root_, rest);
    }
    timer.child = timer.sibling = timer.previous = nullptr;
  }

 private:
  // Both are roots; the later one becomes the first child of the earlier one.
  static Timer* merge(Timer* a, Timer* b) {
    if (b->deadline < a->deadline) {
      Timer* swap = a;
      a = b;
      b = swap;
    }
    b->sibling = a->child;
    if (a->child != nullptr) a->child->previous = b;
    b->previous = a;  // a first child's `previous` is its parent
    a->child = b;
    return a;
  }

  // Joins a list of siblings pairwise, then the pairs from the last to the first.
  static Timer* merge_children(Timer* list) {
    Timer* pairs = nullptr;
    while (list != nullptr) {
      Timer* a = list;
      Timer* b = a->sibling;
      list = b == nullptr ? nullptr : b->sibling;
      a->sibling = a->previous = nullptr;
      if (b != nullptr) {
        b->sibling = b->previous = nullptr;
        a = merge(a, b);
      }
      a->sibling = pairs;
      pairs = a;
    }
    Timer* root = nullptr;
    while (pairs != nullptr) {
      Timer* next = pairs->sibling;
      pairs->sibling = pairs->previous = nullptr;
      root = root == nullptr ? pairs : merge(root, pairs);
      pairs = next;
    }
    return root;
  }

  static void detach(Timer& timer) {
    if (timer.previous->child == &timer) {
      timer.previous->child = timer.sibling;
    } else {
      timer.previous->sibling = timer.sibling;
    }
    if (timer.sibling != nullptr) timer.sibling->previous = timer.previous;
  }

  Timer* root_ = nullptr;
};

}  // namespace wembed::platform
