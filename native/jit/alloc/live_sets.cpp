#include "jit/alloc/live_sets.h"

#include <algorithm>

#include "base/result.h"
#include "jit/alloc/liveness.h"

namespace wembed::jit {

namespace {

// Words, for each operand and block there is, and for any function.
constexpr uint64_t kWordsPerItem = 32;
constexpr uint64_t kWordsAtLeast = 64 * 1024;

}  // namespace

LiveSets::LiveSets(const MachineFunction& function, const Liveness& liveness, Allocator& allocator)
    : function_(function),
      liveness_(liveness),
      values_(allocator),
      numbers_(allocator),
      ends_(allocator),
      groups_(allocator),
      in_(allocator),
      out_(allocator),
      loop_(allocator),
      outer_(allocator),
      met_(allocator) {}

Error LiveSets::find(Poll& poll) {
  if (!choose() || !find_members()) return Error::OutOfMemory;
  WEMBED_CHECK(make_groups(poll));
  for (uint32_t group = 0; group < groups_.size(); group++) WEMBED_CHECK(poll.spend(fill(group)));
  return Error::None;
}

bool LiveSets::choose() {
  if (!numbers_.resize(function_.classes.size())) return false;
  for (VirtualRegister value = 0; value < function_.classes.size(); value++) {
    const BlockIndex own = liveness_.defined_in(value);
    for (uint32_t use : liveness_.uses(value)) {
      if (liveness_.block_of(use) == own) continue;
      if (!values_.push_back(value)) return false;
      break;
    }
  }
  auto is_before = [&](VirtualRegister a, VirtualRegister b) {
    return liveness_.defined_in(a) < liveness_.defined_in(b);
  };
  // As lowering numbers them they are.
  if (!std::is_sorted(values_.begin(), values_.end(), is_before)) {
    std::sort(values_.begin(), values_.end(), is_before);
  }
  for (uint32_t i = 0; i < values_.size(); i++) numbers_[values_[i]] = i + 1;
  return ends_.resize(values_.size());
}

// --- loops ---------------------------------------------------------------------------------------

bool LiveSets::find_members() {
  const std::span<const LoopRange> loops = liveness_.loops();
  if (!loop_.resize(function_.blocks.size()) || !outer_.resize(loops.size()) ||
      !met_.resize(loops.size())) {
    return false;
  }
  std::fill(outer_.begin(), outer_.end(), kNoLoop);
  for (auto block = static_cast<BlockIndex>(function_.blocks.size()); block-- > 0;) {
    uint32_t innermost = kNoLoop;
    for (BlockIndex target : targets_of(block)) {
      uint32_t loop = target <= block ? liveness_.innermost(target) : loop_[target];
      while (loop != kNoLoop && loops[loop].header > block) loop = outer_[loop];
      if (loop != kNoLoop) note_member(loop, innermost);
    }
    loop_[block] = innermost;
  }
  return true;
}

// All that a block is a member of are inside of each other, and those inside come later.
void LiveSets::note_member(uint32_t loop, uint32_t& innermost) {
  if (innermost == kNoLoop) innermost = loop;
  if (innermost == loop) return;
  const uint32_t inside = std::max(innermost, loop), around = std::min(innermost, loop);
  innermost = inside;
  if (outer_[inside] == kNoLoop || outer_[inside] < around) outer_[inside] = around;
}

// --- groups --------------------------------------------------------------------------------------

Error LiveSets::make_groups(Poll& poll) {
  const uint64_t items = function_.operands.size() + function_.blocks.size();
  const uint64_t limit = kWordsAtLeast + kWordsPerItem * items;
  uint64_t words = 0;
  for (uint32_t first = 0; first < values_.size(); first += kBits) {
    Group group = {liveness_.defined_in(values_[first]), 0, static_cast<uint32_t>(words), 0};
    uint64_t work = 0;
    if (!groups_.push_back(group)) return Error::OutOfMemory;
    for (VirtualRegister value : values_of(first / kBits)) {
      group.end = std::max(group.end, reach(value, work));
      if (function_.classes[value] == RegisterClass::Float) {
        group.floats |= uint64_t{1} << ((numbers_[value] - 1) % kBits);
      }
    }
    groups_.back() = group;
    words += group.end - group.first;
    if (words + work > limit) return Error::Limit;
    WEMBED_CHECK(poll.spend(work));
  }
  return in_.resize(words) && out_.resize(words) ? Error::None : Error::OutOfMemory;
}

// Behind the last block that it may live in: that of a use, or the end of a loop around one that
// began without it.
BlockIndex LiveSets::reach(VirtualRegister value, uint64_t& work) {
  const std::span<const LoopRange> loops = liveness_.loops();
  const BlockIndex own = liveness_.defined_in(value);
  BlockIndex last = own;
  for (uint32_t use : liveness_.uses(value)) {
    const BlockIndex block = liveness_.block_of(use);
    last = std::max(last, block);
    for (uint32_t loop = liveness_.innermost(block);
         loop != kNoLoop && loops[loop].header > own && met_[loop] != value + 1;
         loop = loops[loop].parent) {
      met_[loop] = value + 1;
      last = std::max(last, loops[loop].last);
      work++;
    }
    work++;
  }
  return last + 1;
}

// From uses up to definitions along all edges that lead on; then through whole loops whose headers
// they live at, outer ones first. Its steps.
uint64_t LiveSets::fill(uint32_t index) {
  const Group& group = groups_[index];
  const std::span<const VirtualRegister> values = values_of(index);
  const std::span<const LoopRange> loops = liveness_.loops();
  const auto at = [&](BlockIndex block) { return group.words + (block - group.first); };
  for (size_t k = 0; k < values.size(); k++) {
    for (uint32_t use : liveness_.uses(values[k])) {
      const BlockIndex block = liveness_.block_of(use);
      if (block != liveness_.defined_in(values[k])) in_[at(block)] |= uint64_t{1} << k;
    }
  }
  uint64_t steps = 0;
  size_t k = values.size();
  for (BlockIndex block = group.end; block-- > group.first;) {
    uint64_t live = 0, defined = 0;
    for (BlockIndex target : targets_of(block)) {
      steps++;
      if (target > block && target < group.end) live |= in_[at(target)];
    }
    for (; k > 0 && liveness_.defined_in(values[k - 1]) == block; k--) {
      defined |= uint64_t{1} << (k - 1);
    }
    in_[at(block)] |= live & ~defined;
  }
  for (BlockIndex block = group.first; block < group.end; block++) {
    uint32_t loop = loop_[block];
    if (loop != kNoLoop && loops[loop].header == block) loop = outer_[loop];
    if (loop != kNoLoop && loops[loop].header >= group.first)
      in_[at(block)] |= in_[at(loops[loop].header)];
  }
  uint64_t met = 0;
  for (BlockIndex block = group.end; block-- > group.first;) {
    uint64_t live = 0;
    for (BlockIndex target : targets_of(block)) {
      if (target >= group.first && target < group.end) live |= in_[at(target)];
    }
    out_[at(block)] = live;
    for (uint64_t left = live & ~met; left != 0; left &= left - 1) {
      ends_[index * kBits + std::countr_zero(left)] = block + 1;
    }
    met |= live;
  }
  return steps + group.end - group.first;
}

// --- walks ---------------------------------------------------------------------------------------

bool LiveSets::Walk::go_to(BlockIndex block) {
  block_ = block;
  size_t kept = 0;
  for (uint32_t group : groups_.span()) {
    if (sets_.groups_[group].end > block) groups_[kept++] = group;
  }
  groups_.truncate(kept);
  for (; next_ < sets_.groups_.size() && sets_.groups_[next_].first <= block; next_++) {
    if (sets_.groups_[next_].end > block && !groups_.push_back(next_)) return false;
  }
  return true;
}

// By class.
void LiveSets::Walk::count_out(uint32_t (&counts)[2]) const {
  for (uint32_t group : groups_.span()) {
    const uint64_t live = sets_.word(sets_.out_, group, block_);
    const uint64_t floats = sets_.groups_[group].floats;
    counts[0] += static_cast<uint32_t>(std::popcount(live & ~floats));
    counts[1] += static_cast<uint32_t>(std::popcount(live & floats));
  }
}

}  // namespace wembed::jit
