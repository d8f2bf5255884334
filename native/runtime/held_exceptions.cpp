#include "runtime/held_exceptions.h"

#include "runtime/roots.h"

namespace wembed {

namespace {

bool has_references(const Exception& exception) { return exception.tag->type->has_references; }

void mark_values(Marker& marker, const Exception& exception) {
  const Slot* at = exception.values();
  for (ValType value : exception.tag->type->params()) {
    mark_slot(marker, value, *at);
    at += value.slots();
  }
}

}  // namespace

void HeldExceptions::add(Exception& exception) {
  if (!has_references(exception)) return;
  std::lock_guard lock(mutex_);
  HeldLinks& links = exception.held;
  if (links.count++ > 0) return;
  links.before = nullptr;
  links.after = first_;
  if (first_ != nullptr) first_->held.before = &exception;
  first_ = &exception;
}

void HeldExceptions::remove(Exception& exception) {
  if (!has_references(exception)) return;
  std::lock_guard lock(mutex_);
  const HeldLinks& links = exception.held;
  if (--exception.held.count > 0) return;
  (links.before == nullptr ? first_ : links.before->held.after) = links.after;
  if (links.after != nullptr) links.after->held.before = links.before;
}

void HeldExceptions::mark(Marker& marker) {
  std::lock_guard lock(mutex_);
  // Each once: those that are to be looked at, and those that were, are on one list.
  Exception* first = nullptr;
  Exception* last = nullptr;
  auto add = [&](Exception& exception) {
    if (exception.held.next != nullptr || !has_references(exception)) return;
    exception.held.next = &exception;  // as the last one
    (last == nullptr ? first : last->held.next) = &exception;
    last = &exception;
  };
  for (Exception* at = first_; at != nullptr; at = at->held.after) add(*at);
  for (Exception* at = first; at != nullptr; at = at == last ? nullptr : at->held.next) {
    mark_values(marker, *at);
    each_inner(*at, add);
  }
  while (first != nullptr) {
    Exception* next = first->held.next;
    first->held.next = nullptr;
    first = next == first ? nullptr : next;
  }
}

}  // namespace wembed
