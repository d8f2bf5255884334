// The labels of the blocks that are open, and the jumps that wait for them.
//
// INVARIANTS. One label for each block that the walker has open, innermost last. What jumps to a
// label that is not bound yet stands in a chain through the displacements themselves, so that a
// jump is looked at twice, however many blocks it leaves. A loop's test is in the list of tests as
// long as its label is here, so that tests come and go in order.
#pragma once

#include <cstdint>

#include "base/vector.h"
#include "interp/emitter.h"
#include "interp/operand_stack.h"
#include "interp/peephole.h"
#include "runtime/handler_table.h"

namespace wembed {

// A condition that is not computed yet.
struct Condition {
  bool compare = false;  // opcode over a, b; else: a is not zero
  Opcode opcode{};
  Operand a, b;
};

// The test a loop begins with, to be repeated at its end instead of jumping back to it.
struct LoopTest {
  uint32_t words = 0;  // of the operation
  bool leaves_when = false;
  bool to_else = false;  // leaves to the else of the label
  uint32_t label = 0;    // where it leaves to, by Label::id
  uint32_t place = 0;    // that label's place in the stack of labels
  Condition condition;
};

struct Label {
  uint32_t id = 0;
  uint32_t references = kNoPosition;  // chain of displacements waiting for the label
  uint32_t else_reference = kNoPosition;
  uint32_t loop = kNoPosition;        // position of a loop's label
  uint32_t height = 0;                // operands below the construct's parameters
  int32_t home = 0;                   // slot of the first operand above them
  uint32_t table = 0;                 // br_table that last made a trampoline to it ...
  uint32_t trampoline = kNoPosition;  // ... and where
  uint32_t innermost_loop = 0;        // place of the innermost loop's label around it, plus one
  uint32_t test = 0;                  // place in the list of loops' tests, plus one; 0: none
  uint32_t region = kNoRegion;        // innermost one that protects what is inside of it now
  uint32_t arm = kNoHandler;          // handler that leads to the arm of a legacy try
  uint32_t handlers = kNoHandler;     // chain of handlers that lead here, through their targets
  Writers writers;
};

class Labels {
 public:
  Labels(Allocator& allocator, Emitter& emitter, bool& out_of_memory)
      : emitter_(emitter), labels_(allocator), tests_(allocator), out_of_memory_(out_of_memory) {}
  void clear();

  [[nodiscard]] bool empty() const { return labels_.empty(); }
  // The label `depth` blocks out.
  Label& at(uint32_t depth) { return labels_[labels_.size() - 1 - depth]; }
  Label& innermost() { return labels_.back(); }

  // A block begins whose parameters stand above `height` operands, from `home` on.
  void push(uint32_t height, int32_t home);
  Label pop();
  // The innermost block's label is here.
  void begin_loop();

  // The displacement at `ref` leads to the label: known already for loops, else it waits.
  void refer(uint32_t ref, Label& label);
  // All that wait in the chain lead here.
  void bind(uint32_t& references);

  // A branch out of the innermost loop was emitted, with its displacement at `ref`: taken when the
  // condition is `when`. Only as the loop's very first operation is it worth remembering. Whether
  // it is.
  bool remember_test(const Condition& condition, uint32_t ref, bool when, Label& target,
                     bool to_else);
  // The test of a loop, if a jump to the loop from here may repeat it. Null: it may not.
  [[nodiscard]] const LoopTest* test_of(const Label& loop) const;
  // The displacement at `ref` leads to where the test leaves to.
  void leave(const LoopTest& test, uint32_t ref);

  // One br_table's entries follow; each label is reached through one trampoline at most.
  void begin_table() { tables_++; }
  // Whether the label has none yet; then it is here.
  bool begin_trampoline(Label& label);

 private:
  Emitter& emitter_;
  Vector<Label> labels_;
  Vector<LoopTest> tests_;  // of loops that have one
  uint32_t ids_ = 0;
  uint32_t tables_ = 0;
  bool& out_of_memory_;
};

}  // namespace wembed
