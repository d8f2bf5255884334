// The exceptions that the embedder holds, of those with references among their values: what these
// refer to is not collected.
#pragma once

#include <mutex>

#include "runtime/exception.h"

namespace wembed {

class Marker;

class HeldExceptions {
 public:
  HeldExceptions() = default;
  HeldExceptions(const HeldExceptions&) = delete;
  HeldExceptions& operator=(const HeldExceptions&) = delete;

  // One reference of the exception is the embedder's now.
  void add(Exception& exception);
  // One less, which the caller releases.
  void remove(Exception& exception);
  // What they refer to, and what exceptions among their values refer to, however deep. Collections
  // of several stores may ask at once.
  void mark(Marker& marker);

 private:
  std::mutex mutex_;
  Exception* first_ = nullptr;
};

}  // namespace wembed
