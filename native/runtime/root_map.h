// Which slots of a frame have references while it is at a place: made of a body when a collection
// first meets it (Tier::root_map), the same form for every tier.
//
// Operands are a stack, so that what is live at one place differs little from what is live at the
// next: a map is a tree of operands, each leading to the one below it, and for each range of
// positions the topmost. Its size is linear in the body's, and so is what making it takes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/vector.h"

namespace wembed {

class RootMap {
 public:
  // The frame's slots but for its link: from `first` on, in front of `end`.
  struct Extent {
    int32_t first = 0;
    int32_t end = 0;
    // Locals are named that have references and no others. Else all that may have one.
    bool is_exact = false;
  };
  [[nodiscard]] const Extent& extent() const { return extent_; }

  // Positions are the tier's; slots are relative to the frame's link.
  template <class Visit> void for_each(uint32_t position, Visit visit) const {
    for (uint32_t i = 0; i < local_count_; i++) visit(locals()[i]);
    for (uint32_t at = top_at(position); at != 0; at = nodes()[at - 1].below) {
      const Node& node = nodes()[at - 1];
      if (position >= node.from) visit(node.slot);
    }
  }

 private:
  friend class RootMapBuilder;
  struct Range {
    uint32_t position;  // the first one
    uint32_t top;       // index of its topmost operand, plus one; 0: none
  };
  struct Node {
    int32_t slot;
    uint32_t below;  // as Range::top
    uint32_t from;   // the first position at which the value is in that slot
  };

  // All of 32-bit words, so that one follows the other.
  [[nodiscard]] const Node* nodes() const { return reinterpret_cast<const Node*>(this + 1); }
  [[nodiscard]] const Range* ranges() const {
    return reinterpret_cast<const Range*>(nodes() + node_count_);
  }
  [[nodiscard]] const int32_t* locals() const {
    return reinterpret_cast<const int32_t*>(ranges() + range_count_);
  }
  [[nodiscard]] uint32_t top_at(uint32_t position) const;

  Extent extent_;
  uint32_t node_count_;
  uint32_t range_count_;
  uint32_t local_count_;
};

// Told of a body from its beginning to its end, instruction by instruction.
class RootMapBuilder {
 public:
  explicit RootMapBuilder(Allocator& allocator)
      : nodes_(allocator), ranges_(allocator), locals_(allocator), stack_(allocator) {}
  void clear();

  void set_extent(const RootMap::Extent& extent) { extent_ = extent; }
  void add_local(int32_t slot) { keep(locals_.push_back(slot)); }

  // The instruction before this one has left `height` operands where they were.
  void cut(size_t height);
  // Operand number `index` is a reference. Not `is_home`: its value is elsewhere, where it needs no
  // root, until came_home().
  void push(size_t index, int32_t slot, bool is_home);
  // Calls `is_home(index)` for operands that were not.
  template <class IsHome> void look_at_pending(IsHome is_home) {
    for (size_t i = pending_count_; i-- > 0;) {
      if (!is_home(pending_[i].index)) continue;
      nodes_[pending_[i].node].from = last_;
      for (size_t k = i + 1; k < pending_count_; k++) pending_[k - 1] = pending_[k];
      pending_count_--;
    }
  }
  // All has been told: an instruction begins, the code of which is emitted from `position` on.
  void begin_instruction(uint32_t position);

  // Null: no memory, then or before. The allocator's.
  [[nodiscard]] RootMap* finish(Allocator& allocator);

 private:
  // Operands on the stack, of which only references are told.
  struct Entry {
    size_t index;
    uint32_t node;
  };
  static constexpr size_t kMostPending = 64;  // others count as in their slots at once
  static constexpr uint32_t kNever = UINT32_MAX;

  void keep(bool done) { out_of_memory_ = out_of_memory_ || !done; }
  [[nodiscard]] uint32_t top() const { return stack_.empty() ? 0 : stack_.span().back().node + 1; }

  RootMap::Extent extent_;
  Vector<RootMap::Node> nodes_;
  Vector<RootMap::Range> ranges_;
  Vector<int32_t> locals_;
  Vector<Entry> stack_;
  Entry pending_[kMostPending];
  size_t pending_count_ = 0;
  uint32_t last_ = 0;  // where the instruction before began
  bool out_of_memory_ = false;
};

}  // namespace wembed
