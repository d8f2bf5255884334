// What is left when all instructions have their registers: slots, and the moves along edges.
#pragma once

#include "jit/alloc/scan.h"

namespace wembed::jit {

class Resolver {
 public:
  Resolver(const MachineFunction& function, const Liveness& liveness, Scan& scan,
           Allocator& allocator, Allocation& made);

  Error run(Poll& poll);

 private:
  struct Pending {
    uint32_t from;  // place
    uint32_t to;
    bool is_done;
  };
  // A register, or kRegisters + slot.
  using Place = uint32_t;
  static Location location(Place place) {
    return place < kRegisters ? Location::in_register(static_cast<MachineRegister>(place))
                              : Location::in_slot(place - kRegisters);
  }
  [[nodiscard]] Place slot_of(VirtualRegister value) const { return kRegisters + slots_[value]; }
  [[nodiscard]] Location with_slot(Location found) const {
    return found.is_known() && !found.is_register() ? location(slot_of(found.slot())) : found;
  }

  void need_slots(BlockIndex block);
  [[nodiscard]] bool share_slots();
  void write_moves(BlockIndex block);
  void store(VirtualRegister value, uint32_t before);
  void write_edge(BlockIndex block, uint32_t before);
  void require(Place from, Place to);
  void move_in_parallel(uint32_t before);
  void stop_reading(Place place, uint32_t index);
  void add(uint32_t before, Location from, Location to) {
    if (!made_.moves.push_back({before, from, to})) out_of_memory_ = true;
  }

  const MachineFunction& function_;
  const Liveness& liveness_;
  Scan& scan_;
  Allocation& made_;
  bool out_of_memory_ = false;
  Vector<uint32_t> slots_;        // by value
  Vector<MachineRegister> home_;  // by value, at the end of the block that is looked at
  size_t next_move_ = 0;          // of the scan's

  Vector<Pending> pending_;
  // By place: moves that are still to read it, how many and all their numbers by exclusive or, so
  // that the last one is known.
  struct Readers {
    uint32_t count;
    uint32_t mixed;
  };
  Vector<Readers> readers_;
  Vector<uint32_t> writer_;  // by place: the move that will write it, plus one
  Vector<uint32_t> ready_;
};

}  // namespace wembed::jit
