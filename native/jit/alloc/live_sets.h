// Which values live where blocks begin and where they end: a bit each, for those that live in
// other blocks than their own. Sixty-four that are defined one after the other are a group, which
// has words for the blocks from its first definition to its last use: what ends soon takes little,
// however many blocks there are.
#pragma once

#include <bit>
#include <span>

#include "base/error.h"
#include "base/poll.h"
#include "jit/lower/machine.h"

namespace wembed::jit {

class Liveness;

class LiveSets {
 public:
  LiveSets(const MachineFunction& function, const Liveness& liveness, Allocator& allocator);

  // Once the rest of `liveness` is known. Error::Limit: see allocate().
  Error find(Poll& poll);

  [[nodiscard]] bool is_live_in(VirtualRegister value, BlockIndex block) const {
    return has(in_, value, block);
  }
  [[nodiscard]] bool is_live_out(VirtualRegister value, BlockIndex block) const {
    return has(out_, value, block);
  }
  // Behind the last block that it lives at the end of; 0: there is none.
  [[nodiscard]] BlockIndex end(VirtualRegister value) const {
    return numbers_[value] == 0 ? 0 : ends_[numbers_[value] - 1];
  }

  // For a walk over the blocks in their order, what has words for the one it is at.
  class Walk {
   public:
    Walk(const LiveSets& sets, Allocator& allocator) : sets_(sets), groups_(allocator) {}
    [[nodiscard]] bool go_to(BlockIndex block);
    [[nodiscard]] size_t size() const { return groups_.size(); }
    template <class Visit> void each_in(Visit visit) const {
      for (uint32_t group : groups_.span()) {
        for (uint64_t left = sets_.word(sets_.in_, group, block_); left != 0; left &= left - 1) {
          visit(sets_.values_[group * kBits + std::countr_zero(left)]);
        }
      }
    }
    void count_out(uint32_t (&counts)[2]) const;

   private:
    const LiveSets& sets_;
    Vector<uint32_t> groups_;
    uint32_t next_ = 0;
    BlockIndex block_ = 0;
  };

 private:
  static constexpr uint32_t kBits = 64;
  struct Group {
    BlockIndex first;
    BlockIndex end;
    uint32_t words;   // where its words begin
    uint64_t floats;  // those of its values that are
  };

  [[nodiscard]] uint64_t word(const Vector<uint64_t>& words, uint32_t group,
                              BlockIndex block) const {
    return words[groups_[group].words + (block - groups_[group].first)];
  }
  [[nodiscard]] bool has(const Vector<uint64_t>& words, VirtualRegister value,
                         BlockIndex block) const {
    const uint32_t number = numbers_[value] - 1;
    if (number == UINT32_MAX) return false;
    const Group& group = groups_[number / kBits];
    if (block < group.first || block >= group.end) return false;
    return (words[group.words + (block - group.first)] >> (number % kBits) & 1) != 0;
  }
  [[nodiscard]] std::span<const VirtualRegister> values_of(uint32_t group) const {
    const auto all = values_.span().subspan(size_t{group} * kBits);
    return all.first(all.size() < kBits ? all.size() : kBits);
  }
  [[nodiscard]] std::span<const BlockIndex> targets_of(BlockIndex block) const {
    const MachineBlock& of = function_.blocks[block];
    return function_.targets_of(function_.instructions[of.first + of.count - 1]);
  }

  [[nodiscard]] bool choose();
  [[nodiscard]] bool find_members();
  void note_member(uint32_t loop, uint32_t& innermost);
  Error make_groups(Poll& poll);
  [[nodiscard]] BlockIndex reach(VirtualRegister value, uint64_t& work);
  uint64_t fill(uint32_t group);

  const MachineFunction& function_;
  const Liveness& liveness_;
  Vector<VirtualRegister> values_;  // in the order of definitions
  Vector<uint32_t> numbers_;        // by register: where it is in values_, plus one
  Vector<BlockIndex> ends_;         // by number
  Vector<Group> groups_;
  Vector<uint64_t> in_;
  Vector<uint64_t> out_;
  // Blocks that a loop's header is reached from again are its members; others, which only lie among
  // them, are not.
  Vector<uint32_t> loop_;   // by block: the innermost it is a member of
  Vector<uint32_t> outer_;  // by loop: the innermost that it is inside of as a member
  Vector<uint32_t> met_;    // by loop: the value whose reach it is known to be part of, plus one
};

}  // namespace wembed::jit
