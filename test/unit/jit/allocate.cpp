// Registers for functions nobody would write: random blocks, loops and joins, operands of every
// kind, fixed registers and calls, with all registers and with four.
#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "base/system_allocator.h"
#include "check.h"
#include "jit/alloc/allocate.h"
#include "jit/alloc/liveness.h"
#include "jit/check_allocation.h"
#include "jit/lower/machine_builder.h"
#include "jit/pipeline.h"
#include "jit/print_machine.h"
#include "sanitized.h"

using namespace wembed;
using namespace wembed::jit;

namespace {

// Makes a function block by block; what is known at a point dominates it.
class RandomFunction {
 public:
  RandomFunction(uint32_t seed, MachineFunction& function) : random_(seed), build_(function) {
    function_ = &function;
    begin(0);
    for (int i = 0; i < 4; i++) define_one();
    statements(3);
    build_.add(MachineOp::Return);
  }

 private:
  struct Value {
    VirtualRegister reg;
    RegisterClass of;
  };

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  BlockIndex begin(uint32_t depth) {
    build_.begin_block().loop_depth = depth;
    return static_cast<BlockIndex>(function_->blocks.size() - 1);
  }

  VirtualRegister any(RegisterClass of) {
    std::vector<VirtualRegister> fitting;
    for (const Value& value : known_) {
      if (value.of == of) fitting.push_back(value.reg);
    }
    if (fitting.empty()) return define(of);
    // Often one of the newest, sometimes any.
    const auto count = static_cast<uint32_t>(fitting.size());
    return below(3) == 0 ? fitting[below(count)] : fitting[count - 1 - below(std::min(count, 6u))];
  }
  VirtualRegister general() { return any(RegisterClass::General); }

  VirtualRegister define(RegisterClass of) {
    const VirtualRegister made = build_.fresh(of);
    build_.add(of == RegisterClass::General ? MachineOp::LoadConstant : MachineOp::LoadFloat,
               {jit::define(made)});
    known_.push_back({made, of});
    return made;
  }
  void define_one() { define(below(3) == 0 ? RegisterClass::Float : RegisterClass::General); }

  void keep(VirtualRegister made, RegisterClass of) { known_.push_back({made, of}); }

  void instruction() {
    const RegisterClass of = below(3) == 0 ? RegisterClass::Float : RegisterClass::General;
    switch (below(8)) {
      case 0: define_one(); break;
      case 1: {
        const VirtualRegister a = any(of), b = any(of), made = build_.fresh(of);
        build_.add(MachineOp::FloatSelect, {define_same(made), use(a), late_use(b)});
        keep(made, of);
        break;
      }
      case 2: {  // a division
        const VirtualRegister a = general(), b = below(4) == 0 ? a : general();
        const VirtualRegister made = build_.general(), spare = build_.general();
        const bool first = below(2) == 0;
        build_.add(MachineOp::Divide,
                   {define_fixed(made, first ? kRax : kRdx),
                    use_fixed(a, kRax),
                    late_use(b),
                    {spare, Role::Temporary, Constraint::Fixed, first ? kRdx : kRax}});
        keep(made, RegisterClass::General);
        break;
      }
      case 3: {  // a shift
        const VirtualRegister a = general(), by = below(4) == 0 ? a : general();
        const VirtualRegister made = build_.general();
        build_.add(MachineOp::Sum, {define_same(made), use(a), use_fixed(by, kRcx)});
        keep(made, RegisterClass::General);
        break;
      }
      case 4: {
        const VirtualRegister a = any(of), b = any(of), made = build_.fresh(of);
        build_.add(MachineOp::Sum, {define_same(made), use(a), use_any(b)});
        keep(made, of);
        break;
      }
      case 5: {
        const VirtualRegister a = general(), one = build_.general(), other = build_.general();
        build_.add(MachineOp::Truncate, {late_use(a), temporary(one), temporary(other)});
        break;
      }
      case 6:
        if (below(4) != 0) return instruction();
        build_.add(MachineOp::CallDirect).clobbers = kAllocatable;
        break;
      default: {
        const VirtualRegister a = general(), made = build_.general();
        build_.add(MachineOp::CallNumeric, {define_fixed(made, kRax), use_fixed(a, kRdi)})
            .clobbers = kCallerSaved;
        keep(made, RegisterClass::General);
      }
    }
  }

  // Ends the block with a jump to `target` that takes so many values of these classes.
  void jump(BlockIndex target, const std::vector<RegisterClass>& classes) {
    std::vector<VirtualRegister> arguments;
    for (RegisterClass of : classes) arguments.push_back(any(of));
    build_.add(MachineOp::Jump);
    for (VirtualRegister argument : arguments) build_.operand(use_any(argument));
    build_.target(target);
  }
  std::vector<RegisterClass> classes() {
    std::vector<RegisterClass> made(below(5));
    for (RegisterClass& of : made) {
      of = below(3) == 0 ? RegisterClass::Float : RegisterClass::General;
    }
    return made;
  }
  void parameters(const std::vector<RegisterClass>& classes) {
    for (RegisterClass of : classes) {
      const VirtualRegister made = build_.fresh(of);
      build_.parameter(made);
      keep(made, of);
    }
  }

  void statements(uint32_t nesting) {
    for (uint32_t left = 1 + below(4); left > 0; left--) {
      for (uint32_t i = below(8); i > 0; i--) instruction();
      if (nesting == 0) continue;
      if (below(2) == 0) {
        choice(nesting - 1);
      } else {
        loop(nesting - 1);
      }
    }
  }

  // Two arms that meet, unless one of them ends the function. Targets are known once blocks are
  // made: they are patched then.
  void choice(uint32_t nesting) {
    const std::vector<RegisterClass> meeting = classes();
    build_.add(MachineOp::Branch);
    const uint32_t first_target = static_cast<uint32_t>(function_->targets.size());
    build_.target(0);
    build_.target(0);
    const size_t before = known_.size();
    std::vector<uint32_t> jumps;
    const bool ends = below(6) == 0;
    for (uint32_t arm = 0; arm < 2; arm++) {
      function_->targets[first_target + arm] = begin(depth_);
      statements(nesting);
      if (arm == 0 && ends) {
        build_.add(MachineOp::Return);
      } else {
        jump(0, meeting);
        jumps.push_back(static_cast<uint32_t>(function_->targets.size() - 1));
      }
      known_.resize(before);
    }
    const BlockIndex meet = begin(depth_);
    for (uint32_t target : jumps) function_->targets[target] = meet;
    parameters(meeting);
  }

  void loop(uint32_t nesting) {
    const std::vector<RegisterClass> carried = classes();
    const auto header = static_cast<BlockIndex>(function_->blocks.size());
    jump(header, carried);
    depth_++;
    begin(depth_);
    parameters(carried);
    statements(nesting);
    build_.add(MachineOp::Branch);
    const uint32_t first_target = static_cast<uint32_t>(function_->targets.size());
    build_.target(0);
    build_.target(0);
    const BlockIndex back = begin(depth_);
    jump(header, carried);
    depth_--;
    const BlockIndex out = begin(depth_);
    function_->targets[first_target] = back;
    function_->targets[first_target + 1] = out;
    function_->blocks[header].is_loop_header = true;
    function_->blocks[header].loop_end = back;
  }

  std::mt19937 random_;
  MachineBuilder build_;
  MachineFunction* function_;
  std::vector<Value> known_;
  uint32_t depth_ = 0;
};

bool is_right(uint32_t seed, RegisterSet allowed) {
  Allocator memory = system_allocator();
  Arena arena(memory);
  MachineFunction function(arena.allocator());
  RandomFunction made(seed, function);
  Allocation allocation(arena.allocator());
  Poll poll;
  const Error error = allocate(function, {allowed}, arena, poll, allocation);
  const std::string wrong =
      error == Error::None ? check_allocation(function, allocation) : std::string("not allocated");
  if (wrong.empty()) return true;
  std::fprintf(stderr, "seed %u: %s\n%s", seed, wrong.c_str(),
               print(function, &allocation).c_str());
  return false;
}

bool is_use(const Operand& operand) {
  return operand.role == Role::Use || operand.role == Role::LateUse;
}

// What lives where blocks begin, found by going round until nothing changes any more.
std::vector<std::set<VirtualRegister>> live_by_rounds(const MachineFunction& function) {
  std::vector<std::set<VirtualRegister>> in(function.blocks.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = function.blocks.size(); b-- > 0;) {
      const MachineBlock& block = function.blocks[b];
      std::set<VirtualRegister> live;
      for (uint32_t i = block.first + block.count; i-- > block.first;) {
        const Instruction& instruction = function.instructions[i];
        for (BlockIndex target : function.targets_of(instruction)) {
          live.insert(in[target].begin(), in[target].end());
        }
        for (const Operand& operand : function.operands_of(instruction)) {
          if (!is_use(operand)) live.erase(operand.reg);
        }
        for (const Operand& operand : function.operands_of(instruction)) {
          if (is_use(operand)) live.insert(operand.reg);
        }
      }
      for (VirtualRegister parameter : function.parameters_of(block)) live.erase(parameter);
      changed = changed || live != in[b];
      in[b] = std::move(live);
    }
  }
  return in;
}

bool is_live_where_it_is(uint32_t seed) {
  Allocator memory = system_allocator();
  Arena arena(memory);
  MachineFunction function(arena.allocator());
  RandomFunction made(seed, function);
  Liveness liveness(function, arena.allocator());
  Poll poll;
  if (liveness.find(poll) != Error::None) return false;
  const auto in = live_by_rounds(function);
  LiveSets::Walk walk(liveness.sets(), arena.allocator());
  for (BlockIndex b = 0; b < function.blocks.size(); b++) {
    const MachineBlock& block = function.blocks[b];
    std::set<VirtualRegister> out, met;
    for (BlockIndex to :
         function.targets_of(function.instructions[block.first + block.count - 1])) {
      out.insert(in[to].begin(), in[to].end());
    }
    if (!walk.go_to(b)) return false;
    walk.each_in([&](VirtualRegister value) { met.insert(value); });
    uint32_t counts[2] = {};
    walk.count_out(counts);
    if (met != in[b] || counts[0] + counts[1] != out.size()) return false;
    for (VirtualRegister value = 0; value < function.classes.size(); value++) {
      if (liveness.sets().is_live_in(value, b) != in[b].contains(value)) return false;
      if (liveness.sets().is_live_out(value, b) != out.contains(value)) return false;
      if (out.contains(value) && liveness.sets().end(value) <= b) return false;
    }
  }
  return true;
}

// The checker takes many times as long there.
constexpr uint32_t kSeeds = kAddressSanitizer || kThreadSanitizer ? 40 : 300;

}  // namespace

TEST_CASE(values_live_from_their_definition_to_their_last_use) {
  for (uint32_t seed = 1; seed <= kSeeds; seed++) {
    if (is_live_where_it_is(seed)) continue;
    std::fprintf(stderr, "seed %u\n", seed);
    CHECK(false);
    break;
  }
}

TEST_CASE(random_functions_keep_their_values) {
  for (uint32_t seed = 1; seed <= kSeeds; seed++) {
    if (!is_right(seed, kAllocatable)) {
      CHECK(false);
      break;
    }
  }
}

TEST_CASE(random_functions_keep_their_values_in_four_registers) {
  for (uint32_t seed = 1001; seed <= 1000 + kSeeds; seed++) {
    if (!is_right(seed, kFewRegisters)) {
      CHECK(false);
      break;
    }
  }
}

// The checker itself: an allocation with one move left out, or one operand elsewhere, is wrong.
TEST_CASE(what_is_wrong_is_found) {
  Allocator memory = system_allocator();
  uint32_t found = 0, tried = 0;
  for (uint32_t seed = 1; seed <= 20; seed++) {
    Arena arena(memory);
    MachineFunction function(arena.allocator());
    RandomFunction made(seed, function);
    Allocation allocation(arena.allocator());
    Poll poll;
    REQUIRE(allocate(function, {kFewRegisters}, arena, poll, allocation) == Error::None);
    for (size_t i = 0; i < allocation.moves.size() && i < 40; i++) {
      const Move whole = allocation.moves[i];
      if (whole.from == whole.to) continue;
      allocation.moves[i].from = whole.to;
      tried++;
      if (!check_allocation(function, allocation).empty()) found++;
      allocation.moves[i] = whole;
    }
  }
  // Stores of values whose slot is read on no way are no mistakes.
  CHECK(tried > 200);
  CHECK(found * 10 > tried * 7);
}
