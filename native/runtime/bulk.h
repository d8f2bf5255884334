// Operations on whole ranges of memories and tables: done in pieces, between which requests to stop
// are looked at, and paid for by length where code is metered (module/fuel.h).
//
// All of an operation is paid before anything is done. One that is stopped leaves what it has done
// until then, except that a table that was to grow has not grown.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/trap.h"
#include "module/fuel.h"
#include "runtime/exec_env.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

class Bulk {
 public:
  static constexpr uint64_t kPiece = 256 << 10;  // bytes; some ten microseconds of work

  // Of the host: neither pays nor stops.
  Bulk() = default;
  // Of code of `instance`, in the frame at env.fp, or of a host function that it calls.
  Bulk(ExecEnv& env, Instance& instance) : env_(&env), instance_(&instance) {}

  // Before work on so many bytes or elements.
  [[nodiscard]] Trap begin(uint64_t bytes) {
    if (bytes < kBytesPerFuel || env_ == nullptr) [[likely]]
      return Trap::None;
    return begin_long(bytes);
  }
  [[nodiscard]] Trap begin_elements(uint64_t count) { return begin(count * sizeof(Slot)); }

  // act(offset, length) for each piece of `count` items of `size` bytes, from the first on or, as
  // moving to a place behind that overlaps asks for, from the last.
  template <class Act>
  [[nodiscard]] Trap each(uint64_t count, size_t size, bool backward, Act act) {
    const uint64_t most = kPiece / size;
    for (uint64_t done = 0; done < count;) {
      if (done != 0) {
        if (Trap trap = look(); trap != Trap::None) return trap;
      }
      uint64_t length = std::min(count - done, most);
      act(backward ? count - done - length : done, length);
      done += length;
    }
    return Trap::None;
  }

  // Whether the code is to be stopped.
  [[nodiscard]] Trap look() {
    if (env_ == nullptr || env_->interrupt.load(std::memory_order_relaxed) == 0) [[likely]]
      return Trap::None;
    return look_closely();
  }

 private:
  Trap begin_long(uint64_t bytes);
  Trap look_closely();

  ExecEnv* env_ = nullptr;
  Instance* instance_ = nullptr;
};

// memory.init and table.init, also of active segments.
[[nodiscard]] Trap init_memory(Bulk& bulk, Instance& instance, uint32_t segment, uint32_t memory,
                               uint64_t destination, uint64_t source, uint64_t count);
[[nodiscard]] Trap init_table(Bulk& bulk, Instance& instance, uint32_t segment, uint32_t table,
                              uint64_t destination, uint64_t source, uint64_t count);

}  // namespace wembed
