// Memory for machine code, of the process: pieces of regions that are written through one view and
// run through another. A region is a code range for faults. It is given back when nothing in it is
// used any more.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "platform/code_memory.h"

namespace wembed::jit {

class CodeSpace {
 public:
  struct Region;

  // Code that is in use.
  struct Piece {
    Region* region = nullptr;
    const uint8_t* code = nullptr;
    size_t bytes = 0;
  };

  // Whether the system lets code be made and run here: asked once, by running a function. 0, or an
  // error number.
  [[nodiscard]] int probe();

  // A copy of the code, ready to run, aligned to 32 bytes. False: no memory.
  [[nodiscard]] bool add(std::span<const uint8_t> code, Piece& made);
  void remove(const Piece& piece);

  // Bytes set aside.
  [[nodiscard]] size_t bytes() const;

  // Has forks of the process known to it; called before threads add code that a fork waits for:
  // older systems (glibc before 2.36) let nobody be told while one goes on. False: no memory.
  [[nodiscard]] bool learn_of_forks();

  // In the child of a fork, whatever other threads of the parent's were doing: what is there stays
  // as it is, and code is added elsewhere.
  void after_fork();

 private:
  Region* make_region(size_t bytes);
  void drop(Region& region);

  mutable std::mutex mutex_;
  Region* regions_ = nullptr;  // newest first: there is room in that one, if in any
  size_t bytes_ = 0;
  int probed_ = -1;
  std::atomic<bool> knows_forks_{false};
};

CodeSpace& code_space();

}  // namespace wembed::jit
