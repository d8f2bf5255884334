// A loop of a function, by where branches lead to: met while the function is translated again.
#pragma once

#include "interp/operand_stack.h"
#include "runtime/loop_entry.h"

namespace wembed {

// Of several that begin there the innermost, which is as good as the others. Positions are those of
// the emitter.
class LoopSearch {
 public:
  LoopSearch(uint32_t position, LoopEntry& entry) : position_(position), entry_(entry) {}
  void restart() { is_found_ = false; }

  // A loop begins, with all operands at home or constant. False: no memory.
  [[nodiscard]] bool begin_loop(uint32_t position, uint32_t offset, uint32_t local_slots,
                                const OperandStack& operands);
  // So ends the test that the last one begins with.
  void end_test(uint32_t position);

  [[nodiscard]] bool is_found() const { return is_found_; }
  [[nodiscard]] uint32_t begin() const { return begin_; }
  [[nodiscard]] uint32_t behind_test() const { return behind_test_; }  // 0: there is no test

 private:
  const uint32_t position_;
  LoopEntry& entry_;  // of the loop that was found, until then of the last one
  bool is_found_ = false;
  uint32_t begin_ = 0;  // of that loop
  uint32_t behind_test_ = 0;
  uint32_t last_ = 0;  // where the last loop began
};

}  // namespace wembed
