// Scan, third part: what is in registers where a block begins.
#include <algorithm>
#include <bit>

#include "jit/alloc/scan.h"

namespace wembed::jit {

namespace {

constexpr uint32_t kUsesLookedAt = 32;
constexpr uint32_t kMostDepth = 6;

}  // namespace

void Scan::enter(BlockIndex block) {
  const MachineBlock& of = function_.blocks[block];
  block_ = block;
  at_ = of.first;
  block_end_ = of.first + of.count;
  // Of the blocks that lead here, all but those behind a loop's header are done. The last one in
  // the innermost loop is taken as an example.
  BlockIndex example = block;
  for (BlockIndex from : liveness_.predecessors(block)) {
    if (from >= block) continue;
    const uint32_t depth = function_.blocks[from].loop_depth;
    if (example == block || depth >= function_.blocks[example].loop_depth) example = from;
  }
  for (RegisterSet left = state_.occupied; left != 0; left &= left - 1) {
    clear(static_cast<MachineRegister>(std::countr_zero(left)));
  }
  if (example != block) {
    const Registers before = at_exit(example);
    before.each([&](MachineRegister reg, VirtualRegister value) {
      if (liveness_.sets().is_live_in(value, block)) put(reg, value);
    });
    if (of.is_loop_header) {
      keep_in_loop(block, RegisterClass::General);
      keep_in_loop(block, RegisterClass::Float);
    }
    if (of.parameter_count != 0) place_parameters(block, last_of(example), before);
  }
  borders_[block].in = keep();
}

void Scan::leave(BlockIndex block) {
  borders_[block].out = keep();
  const Instruction& last = last_of(block);
  if (last.op != MachineOp(MachineOp::Jump)) return;
  // What comes here by other ways had better come in the same registers.
  const BlockIndex target = function_.targets_of(last)[0];
  if (target <= block || function_.blocks[target].parameter_count == 0) return;
  const auto parameters = function_.parameters_of(function_.blocks[target]);
  const auto arguments = function_.operands_of(last);
  if (hint_[parameters[0]] != kNoRegister) return;
  for (size_t k = 0; k < parameters.size(); k++) hint_[parameters[k]] = home_[arguments[k].reg];
  hint_arguments(target);
}

// Arguments that are still to be made: where their parameters are expected.
void Scan::hint_arguments(BlockIndex block) {
  const auto parameters = function_.parameters_of(function_.blocks[block]);
  for (BlockIndex from : liveness_.predecessors(block)) {
    const auto arguments = function_.operands_of(last_of(from));
    for (size_t k = 0; k < parameters.size(); k++) {
      VirtualRegister argument = arguments[k].reg;
      if (made_in_[argument] == kNoRegister) hint_[argument] = hint_[parameters[k]];
    }
  }
}

// --- loops ---------------------------------------------------------------------------------------

// How much it costs to have the value elsewhere than in a register.
uint64_t Scan::weight_in_loop(VirtualRegister value, const LoopRange& loop) const {
  const std::span<const uint32_t> uses = liveness_.uses(value);
  auto at = std::lower_bound(uses.begin(), uses.end(), loop.first);
  if (at == uses.end() || *at >= loop.end) return 0;
  // What a call comes before does not have to be here.
  const auto call = std::lower_bound(calls_.begin(), calls_.end(), loop.first);
  if (call != calls_.end() && *call < *at) return 0;
  uint64_t weight = 0;
  for (uint32_t looks = 0; looks < kUsesLookedAt && at != uses.end() && *at < loop.end; looks++) {
    weight += uint64_t{1} << (3 * std::min(liveness_.depth(*at), kMostDepth));
    at++;
  }
  return weight;
}

// Chooses among all that lives in the loop: what is used in it the most, as much as there is room
// for beside what is made in it.
void Scan::keep_in_loop(BlockIndex block, RegisterClass of) {
  const LoopRange& loop = liveness_.loops()[liveness_.innermost(block)];
  const auto all = static_cast<uint32_t>(std::popcount(allowed(of)));
  const bool has_call = std::lower_bound(calls_.begin(), calls_.end(), loop.first) !=
                        std::lower_bound(calls_.begin(), calls_.end(), loop.end);
  const uint32_t pressure = loop.pressure[static_cast<size_t>(of)];
  Candidate kept[kRegisters];
  uint32_t count = 0, candidates = 0;
  auto consider = [&](VirtualRegister value, bool is_parameter) {
    if (class_of_value(value) != of) return;
    candidates++;
    const uint64_t weight = weight_in_loop(value, loop);
    // Nothing is gained by taking one from its register while there are enough.
    if (weight == 0 && (has_call || pressure >= all || home_[value] == kNoRegister)) return;
    if (count == all && kept[all - 1].weight >= weight) return;
    uint32_t at = count < all ? count++ : all - 1;
    for (; at > 0 && kept[at - 1].weight < weight; at--) kept[at] = kept[at - 1];
    kept[at] = {value, weight, is_parameter};
  };
  live_.each_in([&](VirtualRegister value) { consider(value, false); });
  for (VirtualRegister value : function_.parameters_of(function_.blocks[block])) {
    consider(value, true);
  }
  const uint32_t others = pressure > candidates ? pressure - candidates : 0;
  const uint32_t room = std::max(all - std::min(all, others), all / 2);
  count = std::min(count, room);
  settle(of, {kept, count});
}

// Those are in registers at the loop's header, others in their slots.
void Scan::settle(RegisterClass of, std::span<const Candidate> kept) {
  RegisterSet stays = 0;
  for (const Candidate& candidate : kept) {
    const MachineRegister home = home_[candidate.value];
    if (home != kNoRegister) stays |= set_of(home);
  }
  for (RegisterSet left = state_.occupied & allocatable(of) & ~stays; left != 0; left &= left - 1) {
    forget(static_cast<MachineRegister>(std::countr_zero(left)));
  }
  for (const Candidate& candidate : kept) {
    if (candidate.is_parameter || home_[candidate.value] != kNoRegister) continue;
    const MachineRegister reg = find_free(of, 0, hint_[candidate.value]);
    if (reg != kNoRegister) put(reg, candidate.value);
  }
}

// --- parameters ----------------------------------------------------------------------------------

// In the register that the argument is given up in, in any that is free, or in that of a value
// which is needed later; else in its slot.
void Scan::place_parameters(BlockIndex block, const Instruction& jump, const Registers& before) {
  const auto parameters = function_.parameters_of(function_.blocks[block]);
  const auto arguments = function_.operands_of(jump);
  before.each([&](MachineRegister reg, VirtualRegister value) {
    if (home_[value] == kNoRegister) lives_in_[value] = {block, reg};
  });
  const LoopRange* loop = function_.blocks[block].is_loop_header
                              ? &liveness_.loops()[liveness_.innermost(block)]
                              : nullptr;
  for (size_t k = 0; k < parameters.size(); k++) {
    const VirtualRegister parameter = parameters[k];
    if (liveness_.uses(parameter).empty()) continue;
    if (loop != nullptr && weight_in_loop(parameter, *loop) == 0) {
      has_slot_[parameter] = 1;
      continue;
    }
    const RegisterClass of = class_of_value(parameter);
    const Given& given = lives_in_[arguments[k].reg];
    const MachineRegister wish = given.block == block ? given.reg : hint_[parameter];
    MachineRegister reg = find_free(of, 0, wish);
    if (reg == kNoRegister) {
      uint64_t most;
      reg = farthest(of, 0, most);
      if (reg == kNoRegister || distance(parameter) * 2 >= most) {
        has_slot_[parameter] = 1;
        continue;
      }
      // One of the block's own that was put there just now comes in its slot instead.
      if (liveness_.is_parameter_of(state_.at[reg], block)) made_in_[state_.at[reg]] = kNoRegister;
      forget(reg);
    }
    put(reg, parameter);
    made_in_[parameter] = reg;
    hint_[parameter] = reg;
  }
  hint_arguments(block);
}

}  // namespace wembed::jit
