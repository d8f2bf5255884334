// Working storage of a FunctionWalker: operand and control stacks, locals. One object serves any
// number of functions after another; what it holds between walks is only capacity, and how long
// the work has gone on.
#pragma once

#include <cstdint>
#include <span>

#include "base/poll.h"
#include "base/vector.h"
#include "isa/types.h"

namespace wembed {

// Try is the body of a legacy try, Catch and CatchAll one of its arms.
// Marks, on the operand stack, where a block's own operands begin: a pop that meets it has come to
// the block's floor. Not a type of any value.
constexpr ValType kFrameMark{1};

// No instruction but br_table and typed select is longer, and these look where they are.
constexpr size_t kReadAhead = 32;
// Entries below the operand stack, so that looking at a few operands at once is always possible.
constexpr size_t kStackPad = 2;
// A declaration of a few bytes may stand for kMaxLocals locals: those from here on are looked up.
constexpr uint32_t kFlatLocals = 1024;
// From so many values on, those that an instruction takes or leaves count as steps of their own.
constexpr size_t kManyValues = 8;
// Entries one instruction may push without asking for room.
constexpr size_t kStepRoom = 4;

enum class ControlKind : uint8_t {
  Function,
  Block,
  Loop,
  If,
  Else,
  TryTable,
  Try,
  Catch,
  CatchAll
};

inline bool is_catch_arm(ControlKind kind) {
  return kind == ControlKind::Catch || kind == ControlKind::CatchAll;
}

// One entry of the control stack.
struct Control {
  ControlKind kind = ControlKind::Block;
  // Whether the construct itself can be reached, and whether the current point in it can.
  bool entry_reachable = true;
  bool reachable = true;
  bool polymorphic = false;  // behind an unconditional branch: any operand may be taken from it
  bool is_branch_target = false;  // of code that can be reached; active sinks only
  uint32_t height = 0;            // operands below its parameters
  uint32_t slot_height = 0;       // value slots below its parameters
  uint32_t init_mark = 0;         // locals initialised before it (walker's own)
  uint64_t user = 0;              // the sink's, 0 at entry
  // Block type: a function type, or at most one result.
  const TypeDef* type = nullptr;
  uint32_t checked_by = 0;  // br_table that found its types good (walker's own)
  ValType result;           // when `type` is null; bottom: none

  [[nodiscard]] std::span<const ValType> params() const {
    return type != nullptr ? type->params() : std::span<const ValType>();
  }
  // Valid while the control record stays where it is.
  [[nodiscard]] std::span<const ValType> results() const {
    if (type != nullptr) return type->results();
    return {&result, result.is_bottom() ? size_t{0} : size_t{1}};
  }
  // What a branch to it takes along.
  [[nodiscard]] std::span<const ValType> label_types() const {
    return kind == ControlKind::Loop ? params() : results();
  }
};

// What a clause of try_table catches, in the order of the binary format.
enum class CatchKind : uint8_t { Tag, TagRef, All, AllRef };

inline bool takes_reference(CatchKind kind) {
  return kind == CatchKind::TagRef || kind == CatchKind::AllRef;
}
inline bool takes_tag(CatchKind kind) {
  return kind == CatchKind::Tag || kind == CatchKind::TagRef;
}

// One clause. `label` counts from around the try_table.
struct CatchClause {
  CatchKind kind = CatchKind::All;
  uint32_t tag = 0;
  uint32_t label = 0;
};

// Locals up to `end` that are of one type.
struct LocalRun {
  uint32_t end;
  ValType type;
};

struct WalkScratch {
  explicit WalkScratch(Allocator& allocator, const Poll& work = {})
      : poll(work),
        operands(allocator),
        slots(allocator),
        controls(allocator),
        locals(allocator),
        local_runs(allocator),
        local_slots(allocator),
        initialised(allocator),
        initialised_by(allocator),
        labels(allocator),
        catches(allocator),
        code(allocator) {}

  Poll poll;
  bool has_vectors = false;   // some body walked has a vector instruction, or names v128
  bool has_handlers = false;  // some body walked catches exceptions
  Vector<ValType> operands;   // see kFrameMark in function_walker.h
  Vector<uint32_t> slots;     // operand index -> value slots below it; see has_wide_values_
  Vector<Control> controls;
  Vector<ValType> locals;        // the first of them
  Vector<LocalRun> local_runs;   // of those behind
  Vector<uint32_t> local_slots;  // filled only where some local takes two slots
  // Where some local starts without a value: those that have one by now, undone at the end of a
  // block; and by local the walk that knows it has one, so that nothing is to be cleared between.
  Vector<uint32_t> initialised;
  Vector<uint32_t> initialised_by;
  uint32_t walk = 0;
  Vector<uint32_t> labels;      // of one br_table
  Vector<CatchClause> catches;  // of one try_table
  Vector<uint8_t> code;         // a copy with room behind, for a body at the module's very end
};

}  // namespace wembed
