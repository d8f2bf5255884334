// What a library of host functions keeps for an instance, and for those that are made with it:
// parts it imports from, members that run its threads.
#pragma once

#include "base/error.h"

namespace wembed {

class LibraryState {
 public:
  // One more instance has it.
  virtual void join() = 0;
  // An instance runs no more, or only what others of its group call in it. With the last of them,
  // what the system has lent goes back.
  virtual void close() = 0;
  // The state of a new instance.
  [[nodiscard]] virtual Error reset(Diagnostic& diagnostic) = 0;
  // With the storage of an instance, once for each that has joined; and by whoever made it.
  virtual void release() = 0;

 protected:
  ~LibraryState() = default;
};

}  // namespace wembed
