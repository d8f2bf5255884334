#include "jit/alloc/resolve.h"

#include <algorithm>
#include <functional>

namespace wembed::jit {

Resolver::Resolver(const MachineFunction& function, const Liveness& liveness, Scan& scan,
                   Allocator& allocator, Allocation& made)
    : function_(function),
      liveness_(liveness),
      scan_(scan),
      made_(made),
      slots_(allocator),
      home_(allocator),
      pending_(allocator),
      readers_(allocator),
      writer_(allocator),
      ready_(allocator) {}

Error Resolver::run(Poll& poll) {
  const size_t values = function_.classes.size();
  if (!home_.resize(values) || !slots_.resize(values)) return Error::OutOfMemory;
  std::fill(home_.begin(), home_.end(), kNoRegister);
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) need_slots(b);
  if (!share_slots()) return Error::OutOfMemory;
  const size_t places = kRegisters + size_t{made_.slots};
  if (!readers_.resize(places) || !writer_.resize(places)) return Error::OutOfMemory;
  for (BlockIndex b = 0; b < function_.blocks.size(); b++) {
    write_moves(b);
    if (out_of_memory_) return Error::OutOfMemory;
    WEMBED_CHECK(poll.spend(function_.blocks[b].count + kRegisters));
  }
  for (Location& found : made_.operands) found = with_slot(found);
  return Error::None;
}

// --- edges ---------------------------------------------------------------------------------------

namespace {

const Instruction* jump_of(const MachineFunction& function, BlockIndex block) {
  const MachineBlock& of = function.blocks[block];
  const Instruction& last = function.instructions[of.first + of.count - 1];
  return last.op == MachineOp(MachineOp::Jump) ? &last : nullptr;
}

}  // namespace

// What an edge has to bring into a register, and the block before it does not have in one.
void Resolver::need_slots(BlockIndex block) {
  const Instruction* jump = jump_of(function_, block);
  if (jump == nullptr) return;
  const BlockIndex target = function_.targets_of(*jump)[0];
  const Registers out = scan_.at_exit(block);
  const Registers in = scan_.at_entry(target);
  out.each([&](MachineRegister reg, VirtualRegister value) { home_[value] = reg; });
  in.each([&](MachineRegister, VirtualRegister value) {
    if (home_[value] != kNoRegister) return;
    if (!liveness_.is_parameter_of(value, target)) scan_.give_slot(value);
  });
  for (const Operand& argument : function_.operands_of(*jump)) {
    if (home_[argument.reg] == kNoRegister) scan_.give_slot(argument.reg);
  }
  out.each([&](MachineRegister, VirtualRegister value) { home_[value] = kNoRegister; });
}

// --- slots ---------------------------------------------------------------------------------------

// In the order of definitions each value takes a slot whose last value has ended by then.
bool Resolver::share_slots() {
  Vector<VirtualRegister> order(pending_.allocator());
  Vector<uint64_t> ends(pending_.allocator());  // a heap: where it ends, its slot
  for (VirtualRegister value = 0; value < function_.classes.size(); value++) {
    if (scan_.has_slot(value) && !order.push_back(value)) return false;
  }
  std::sort(order.begin(), order.end(), [&](VirtualRegister a, VirtualRegister b) {
    return liveness_.definition(a) < liveness_.definition(b);
  });
  for (VirtualRegister value : order) {
    uint32_t slot = made_.slots;
    if (!ends.empty() && (ends[0] >> 32) <= liveness_.definition(value)) {
      std::pop_heap(ends.begin(), ends.end(), std::greater<>());
      slot = static_cast<uint32_t>(ends.back());
      ends.pop_back();
    } else {
      made_.slots++;
    }
    slots_[value] = slot;
    if (!ends.push_back(static_cast<uint64_t>(liveness_.end(value)) << 32 | slot)) return false;
    std::push_heap(ends.begin(), ends.end(), std::greater<>());
  }
  return true;
}

// --- moves ---------------------------------------------------------------------------------------

// In front of each instruction: stores of what was made just before, what the scan found, and
// before a jump what its edge takes.
void Resolver::write_moves(BlockIndex block) {
  const MachineBlock& of = function_.blocks[block];
  for (VirtualRegister parameter : function_.parameters_of(of)) store(parameter, of.first);
  for (uint32_t i = of.first; i < of.first + of.count; i++) {
    const Vector<Move>& found = scan_.moves();
    for (; next_move_ < found.size() && found[next_move_].before == i; next_move_++) {
      const Move& move = found[next_move_];
      add(i, with_slot(move.from), with_slot(move.to));
    }
    const Instruction& instruction = function_.instructions[i];
    if (instruction.op == MachineOp(MachineOp::Jump)) write_edge(block, i);
    for (const Operand& operand : function_.operands_of(instruction)) {
      if (operand.role == Role::Define) store(operand.reg, i + 1);
    }
  }
}

void Resolver::store(VirtualRegister value, uint32_t before) {
  const MachineRegister reg = scan_.defined_in(value);
  if (!scan_.has_slot(value) || reg == kNoRegister) return;
  add(before, Location::in_register(reg), location(slot_of(value)));
}

void Resolver::write_edge(BlockIndex block, uint32_t before) {
  const Instruction& jump = function_.instructions[before];
  const BlockIndex target = function_.targets_of(jump)[0];
  const Registers out = scan_.at_exit(block);
  const Registers in = scan_.at_entry(target);
  out.each([&](MachineRegister reg, VirtualRegister value) { home_[value] = reg; });
  auto place = [&](VirtualRegister value) {
    return home_[value] == kNoRegister ? slot_of(value) : Place{home_[value]};
  };
  const auto parameters = function_.parameters_of(function_.blocks[target]);
  const auto arguments = function_.operands_of(jump);
  for (size_t k = 0; k < parameters.size(); k++) {
    const MachineRegister reg = scan_.defined_in(parameters[k]);
    if (reg != kNoRegister) {
      require(place(arguments[k].reg), reg);
    } else if (scan_.has_slot(parameters[k])) {
      require(place(arguments[k].reg), slot_of(parameters[k]));
    }
  }
  in.each([&](MachineRegister reg, VirtualRegister value) {
    if (!liveness_.is_parameter_of(value, target)) require(place(value), reg);
  });
  out.each([&](MachineRegister, VirtualRegister value) { home_[value] = kNoRegister; });
  move_in_parallel(before);
}

void Resolver::require(Place from, Place to) {
  if (from == to) return;
  if (!pending_.push_back({from, to, false})) {
    out_of_memory_ = true;
    return;
  }
  readers_[from].count++;
  readers_[from].mixed ^= pending_.size() - 1;
  writer_[to] = static_cast<uint32_t>(pending_.size());
}

// A move can be made when nothing is left to read the place that it writes. What only waits for
// each other goes round in a circle, which the scratch register opens.
void Resolver::move_in_parallel(uint32_t before) {
  if (out_of_memory_) return;
  for (uint32_t i = 0; i < pending_.size(); i++) {
    if (readers_[pending_[i].to].count == 0 && !ready_.push_back(i)) out_of_memory_ = true;
  }
  uint32_t circle = 0;
  while (!out_of_memory_) {
    while (!ready_.empty()) {
      const uint32_t index = ready_.back();
      ready_.pop_back();
      Pending& move = pending_[index];
      add(before, location(move.from), location(move.to));
      move.is_done = true;
      if (move.from != kScratch) stop_reading(move.from, index);
    }
    while (circle < pending_.size() && pending_[circle].is_done) circle++;
    if (circle == pending_.size()) break;
    // The only one that reads what this one writes reads it from the scratch register.
    const Place to = pending_[circle].to;
    add(before, location(to), Location::in_register(kScratch));
    const uint32_t other = readers_[to].mixed;
    pending_[other].from = kScratch;
    stop_reading(to, other);
  }
  for (const Pending& move : pending_) {
    writer_[move.to] = 0;
    readers_[move.to] = {};
  }
  pending_.clear();
  ready_.clear();
}

void Resolver::stop_reading(Place place, uint32_t index) {
  readers_[place].mixed ^= index;
  if (--readers_[place].count != 0) return;
  const uint32_t writer = writer_[place];
  if (writer == 0 || pending_[writer - 1].is_done) return;
  if (!ready_.push_back(writer - 1)) out_of_memory_ = true;
}

}  // namespace wembed::jit
