// The state of lowering one function. Parts: control (lower.cpp), numbers, memory and globals,
// calls.
//
// An i32 in a register has zeros above its 32 bits, and so has an f32 up to 64: each rule sees to
// it for its result. Addresses of guest memory depend on that.
#pragma once

#include "jit/lower/lower.h"
#include "jit/lower/machine_builder.h"

namespace wembed::jit {

class Lowering {
 public:
  Lowering(const LowerInput& input, MachineFunction& made, Allocator& allocator)
      : graph_(input.graph),
        module_(input.module),
        siblings_(input.siblings),
        local_slots_(input.local_slots),
        build_(made),
        function_(made),
        registers_(allocator),
        uses_(allocator),
        is_folded_(allocator),
        arguments_(allocator) {}

  [[nodiscard]] bool run();
  [[nodiscard]] bool is_known() const { return is_known_; }

 private:
  static constexpr VirtualRegister kNowhere = UINT32_MAX;

  // Flags that have been set, and when they mean yes.
  struct Test {
    Condition condition;
    bool is_equality_of_floats;
  };
  // An access to guest memory: the address, and its index if there is one.
  struct Access {
    Address address;
    VirtualRegister index = kNowhere;
  };

  // --- control (lower.cpp) -----------------------------------------------------------------------
  [[nodiscard]] bool count_uses();
  void fold_condition(NodeId condition);
  [[nodiscard]] bool is_bits(NodeId id) const;
  void lower_block(BlockId block);
  void lower_entry();
  void lower_frame_slot(NodeId id, uint64_t slot);
  void lower_node(NodeId id);
  void lower_end(const Block& block, const Node& node);
  void lower_jump(const Edge& edge);
  void lower_branch(const Block& block, const Node& node);
  void lower_branch_table(const Block& block, const Node& node);
  void lower_return(const Node& node);
  void lower_select(const Node& node, NodeId id);
  void lower_poll();

  [[nodiscard]] const Node& node_of(NodeId id) const { return graph_.nodes[id]; }
  [[nodiscard]] bool is_constant(NodeId id) const { return node_of(id).op == Op::Const; }
  [[nodiscard]] uint64_t constant_of(NodeId id) const;
  [[nodiscard]] bool is_immediate(NodeId id) const;
  // The register of a value; constants are made anew wherever they are used.
  VirtualRegister value(NodeId id);
  VirtualRegister define_value(NodeId id);
  void set(NodeId id, VirtualRegister reg) { registers_[id] = reg; }
  static RegisterClass class_of_type(Type type) {
    return is_float(type) ? RegisterClass::Float : RegisterClass::General;
  }

  // --- numbers (lower_numeric.cpp) ---------------------------------------------------------------
  // False: not one of these.
  bool lower_integer(NodeId id, const Node& node);
  bool lower_float(NodeId id, const Node& node);
  bool lower_conversion(NodeId id, const Node& node);
  [[nodiscard]] bool lives_on(NodeId left, NodeId right) const;
  void lower_alu(NodeId id, bool is_wide, Encoding encoding, Encoding immediate);
  void lower_sum(NodeId id, bool is_wide);
  // base + scaled * 2^scale + constant, or with one of the first two.
  struct Sum {
    NodeId base = kNone;
    NodeId scaled = kNone;
    uint8_t scale = 0;
    int32_t constant = 0;
    bool has_constant = false;
  };
  void add_parts(NodeId id, Sum& sum) const;
  [[nodiscard]] bool is_sum(NodeId id) const;
  void fold_into_sum(NodeId id, NodeId first_of_block);
  void lower_shift(NodeId id, bool is_wide, Encoding encoding, Encoding immediate);
  void lower_multiply(NodeId id, bool is_wide);
  void lower_divide(NodeId id, bool is_wide, DivideKind kind);
  void lower_count_zeros(NodeId id, bool is_wide, bool is_trailing);
  void lower_float_binary(NodeId id, Encoding encoding);
  void lower_float_unary(NodeId id, bool is_wide, Encoding encoding, int mode);
  void lower_float_mask(NodeId id, Encoding encoding, uint64_t bits);
  void lower_copysign(NodeId id, uint64_t sign);
  void lower_extreme(NodeId id, bool is_double, bool is_max);
  void lower_truncate(NodeId id, bool is_double, TruncateKind kind);
  void lower_by_function(NodeId id);
  VirtualRegister masked(VirtualRegister from, Encoding encoding, uint64_t bits);
  VirtualRegister bits_of(VirtualRegister value, Type type);
  void unary(NodeId id, Encoding encoding, bool is_wide);

  // Sets flags by the condition; of folded comparisons by their operands.
  Test test(NodeId condition);
  bool compare(const Node& node, Test& made);
  void compare_integers(const Node& node, bool is_wide);
  void test_bits(const Node& node);
  void compare_floats(const Node& node, Encoding encoding, bool is_swapped);
  void set_by(NodeId id, const Test& test);

  // --- memory, globals (lower_memory.cpp) --------------------------------------------------------
  bool lower_memory(NodeId id, const Node& node);
  Access access(const Node& node, uint32_t bytes);
  void check_bounds(NodeId address, uint64_t end);
  void lower_load(NodeId id, const Node& node, bool is_wide, Encoding encoding, uint32_t bytes);
  void lower_store(const Node& node, bool is_wide, Encoding encoding, uint32_t bytes);
  void load_value(NodeId id, const Address& address, VirtualRegister base);
  void store_value(NodeId value, const Address& address, VirtualRegister base);
  Address cell_of(uint32_t global, VirtualRegister& base);
  void lower_size(NodeId id, VirtualRegister object, int32_t field);
  void find_fixed_values();
  [[nodiscard]] static bool is_access(Op op);
  // What is the same all through a call: read once, where the function begins.
  VirtualRegister memory() { return memory_; }
  VirtualRegister globals() { return globals_; }

  // --- calls (lower_calls.cpp) -------------------------------------------------------------------
  bool lower_call(NodeId id, const Node& node);
  void pass(std::span<const NodeId> operands);
  void clobber_all(Instruction& call);
  void receive(NodeId id, uint32_t index);
  void receive_first(NodeId id);

  const Graph& graph_;
  const Module& module_;
  Code* siblings_;
  uint32_t local_slots_;
  MachineBuilder build_;
  MachineFunction& function_;
  Vector<VirtualRegister> registers_;  // by node
  Vector<uint32_t> uses_;              // by node
  Vector<uint8_t> is_folded_;          // by node: made where it is used
  Vector<VirtualRegister> arguments_;  // of the jump that is being made
  VirtualRegister memory_ = kNowhere;
  VirtualRegister globals_ = kNowhere;
  bool has_references_ = false;
  bool is_known_ = true;
  bool has_memory_ = true;
};

}  // namespace wembed::jit
