// The sink that makes a graph. Locals become values on the way: control is structured, so it is
// known at each join which values differ there, and at each loop which locals it sets.
//
// Behind a branch, and where a join turns out to have nothing that leads to it, nothing is alive:
// nodes are made as ever, which keeps the operand stack in step, but go into no block.
//
// A body that begins with a loop is built like any other, but nothing is alive before that loop, or
// the outermost one around it. From there control comes to it through the headers of all loops
// around it, each of which has one more parameter that says so: a turn of the outer loop begins at
// its header again, and no loop has two ways in.
#pragma once

#include <initializer_list>
#include <span>

#include "jit/build/build.h"
#include "jit/build/fold.h"
#include "jit/build/local_values.h"
#include "jit/build/loop_locals.h"
#include "jit/build/refusing_sink.h"
#include "jit/build/value_table.h"
#include "module/function_walker.h"

namespace wembed::jit {

class Builder : public RefusingSink {
 public:
  static constexpr bool kActive = true;
  using Walker = FunctionWalker<Builder>;

  Builder(const BuildOptions& options, const LoopLocals& loops, uint64_t most_work, Poll& poll,
          Arena& arena, Graph& graph);

  [[nodiscard]] Error error() const {
    if (out_of_memory_) return Error::OutOfMemory;
    return refusal() != Refusal::None ? Error::Unsupported : error_;
  }

  void finish();  // behind the last instruction

  void on_start(const Walker& walker);
  void on_instruction() { instructions_++; }
  void on_fuel_block();

  void on_unreachable();
  void on_block(Control& control);
  void on_loop(Control& control);
  void on_if(Control& control);
  void on_else(Control& control);
  void on_end(Control& control);
  void on_br(uint32_t depth);
  void on_br_if(uint32_t depth);
  void on_br_table(std::span<const uint32_t> depths);
  void on_return();
  void on_call(uint32_t function, const TypeDef* type);
  void on_call_indirect(const TypeDef* type, uint32_t table);

  void on_drop(ValType) { stack_.pop_back(); }
  void on_select(ValType type);
  void on_local_get(uint32_t local) { push(locals_[local]); }
  void on_local_set(uint32_t local) { locals_.set(local, pop()); }
  void on_local_tee(uint32_t local) { locals_.set(local, stack_.back()); }
  void on_global_get(uint32_t global);
  void on_global_set(uint32_t global);
  void on_load(Opcode opcode, const MemArg& arg);
  void on_store(Opcode opcode, const MemArg& arg);
  void on_const(ValType type, uint64_t bits) { push(constant(type_of(type), bits)); }
  void on_unary(Opcode opcode) { operation(op_of(opcode), 1); }
  void on_binary(Opcode opcode) { operation(op_of(opcode), 2); }

  void on_memory_size(uint32_t memory);
  void on_memory_grow(uint32_t memory);
  void on_memory_init(uint32_t segment, uint32_t memory);
  void on_memory_copy(uint32_t destination, uint32_t source);
  void on_memory_fill(uint32_t memory);
  void on_data_drop(uint32_t segment) { runtime(Op::DataDrop, segment); }
  void on_table_get(uint32_t table);
  void on_table_set(uint32_t table);
  void on_table_size(uint32_t table);
  void on_table_grow(uint32_t table);
  void on_table_init(uint32_t segment, uint32_t table);
  void on_table_copy(uint32_t destination, uint32_t source);
  void on_table_fill(uint32_t table);
  void on_elem_drop(uint32_t segment) { runtime(Op::ElemDrop, segment); }
  void on_ref_null(ValType) { push_reference(constant(Type::Ref, 0)); }
  void on_ref_is_null() { operation(Op::RefIsNull, 1); }
  void on_ref_func(uint32_t function) { runtime(Op::RefFunc, function); }

 private:
  // A construct: what branches to it will need.
  struct Label {
    uint32_t height = 0;        // operands below its parameters
    uint32_t branches = kNone;  // newest in branches_; of loops there is none to wait for
    uint32_t branch_count = 0;
    LocalValues::Scope locals;
    uint32_t values = 0;       // mark in known_
    LoopId loop = kNone;       // a loop's
    uint32_t first_local = 0;  // its header's locals, in loop_locals_
    uint32_t local_count = 0;
    uint32_t else_edge = kNone;   // to where the other arm of an `if` begins
    uint32_t first_saved = 0;     // parameters of an `if`, in saved_
    BlockId table_block = kNone;  // where the table made last leads to it from
    uint32_t table = 0;           // which table that was
  };
  // One that leads forward: its edge gets arguments once all are there.
  struct Branch {
    uint32_t edge;
    uint32_t next;          // older one
    uint32_t first_record;  // locals that changed, in records_
    uint32_t record_count;
    uint32_t first_value;  // results, in saved_
  };

  // Nodes.
  NodeId add(Node node, std::span<const NodeId> operands);
  NodeId add(Op op, Type type, std::initializer_list<NodeId> operands, uint64_t immediate = 0) {
    return add({.op = op, .type = type, .immediate = immediate},
               {operands.begin(), operands.size()});
  }
  NodeId find_or_add(Node node, std::span<const NodeId> operands);
  NodeId constant(Type type, uint64_t bits);
  NodeId numeric(Draft draft);
  NodeId numeric(Op op, NodeId first, NodeId second) { return numeric({op, 2, {first, second}}); }
  void operation(Op op, uint32_t count);
  // A division by a constant, where there is something better (divide.cpp); else kNone.
  NodeId divide(const Draft& draft);
  NodeId unsigned_quotient(NodeId dividend, uint32_t divisor);
  NodeId signed_quotient(NodeId dividend, uint32_t divisor);
  void runtime(Op op, uint32_t first, uint32_t second = 0);
  void call(Op op, const TypeDef* type, uint32_t index, uint32_t operands);
  void push(NodeId value) {
    if (!stack_.push_back(value)) out_of_memory_ = true;
  }
  void push_reference(NodeId value);
  NodeId pop() {
    NodeId value = stack_.back();
    stack_.pop_back();
    return value;
  }
  [[nodiscard]] std::span<const NodeId> top(size_t count) const {
    return stack_.span().last(count);
  }
  Type known_type(ValType type);
  [[nodiscard]] bool is_constant(NodeId value, uint64_t& bits) const;
  [[nodiscard]] bool is_near(uint32_t memory);
  [[nodiscard]] bool is_near_table(uint32_t table);

  // A loop that the body begins with (entry.cpp).
  void begin_with_loop(const Walker& walker);
  [[nodiscard]] bool is_on_the_way(uint32_t loop) const {
    return entry_.loop != kNone && loops_.has_inside(loop, entry_.loop);
  }
  void arrive(uint32_t loop, const Control& control);
  void resume(const Control& control);
  void join_way(const Control& control);
  void pass_on();
  void forget_values();

  // Blocks and edges.
  [[nodiscard]] bool alive() const { return block_ != kNone; }
  void begin_block(uint32_t edge);
  // The first of so many edges; kNone: nothing is alive.
  uint32_t end_block(Op op, std::span<const NodeId> operands, uint32_t edges,
                     uint64_t immediate = 0);
  uint32_t jump();  // ends the block with it; its edge
  void return_values();
  void set_arguments(uint32_t edge, std::span<const NodeId> arguments);
  // The condition without what a branch can do itself; true: with the edges exchanged.
  bool strip(NodeId& condition) const;

  // Constructs.
  [[nodiscard]] Label& label(uint32_t depth) { return labels_[labels_.size() - 1 - depth]; }
  Label& open(const Control& control);
  void go_to(uint32_t depth);
  void branch_forward(Label& label, const Control& control);
  void branch_back(const Label& label, const Control& control);
  void find_loop_locals(Label& label, std::span<const uint32_t> sets);
  void arguments_of_loop(const Label& label, size_t values);
  void open_loop(Label& label, const Control& control);
  void close_loop(const Label& label);
  void end_loops();
  void begin_else(Label& label, const Control& control);
  void join(Label& label, const Control& control);
  void collect_results(const Label& label, uint32_t results);
  void collect_locals(const Label& label);
  void begin_joined(const Label& label);
  void set_joined(const Label& label, uint32_t results);
  void spend(uint64_t work);

  const BuildOptions& options_;
  const LoopLocals& loops_;
  Poll& poll_;
  Graph& graph_;
  const Walker* walker_ = nullptr;
  bool out_of_memory_ = false;
  Error error_ = Error::None;
  uint64_t work_left_;

  BlockId block_ = kNone;   // that nodes go into; none: nothing is alive
  uint32_t dead_from_ = 0;  // where nodes that go into none begin, in Graph::order
  LoopId loop_ = kNone;
  Vector<NodeId> stack_;
  LocalValues locals_;
  ValueTable known_;
  Vector<Label> labels_;
  Vector<Branch> branches_;
  Vector<LocalValues::Record> records_;
  Vector<NodeId> saved_;
  Vector<uint32_t> loop_locals_;
  uint32_t loops_seen_ = 0;
  uint32_t tables_seen_ = 0;
  uint32_t charge_ = kNone;  // the node that pays for what is being built
  uint32_t instructions_ = 0;

  // Of joins: by local what the edges so far bring, and what is to become of it.
  struct Joined {
    uint32_t join;  // that this is about
    uint32_t edges;
    uint32_t param;  // its number; kNone: none
    NodeId value;
    bool is_same;
  };
  Vector<Joined> joined_;
  Vector<uint32_t> join_locals_;
  struct Result {
    uint32_t param;
    NodeId value;
  };
  Vector<Result> results_;
  uint32_t param_count_ = 0;
  Vector<NodeId> arguments_;
  uint32_t joins_ = 0;

  struct Entry {
    uint32_t loop = kNone;      // that the body begins with, until control has come to it
    uint32_t flag = 0;          // the local that is 1 on the way there
    NodeId zero = 0;            // what it is elsewhere
    uint32_t edge = kNone;      // from the loop around; before the outermost one: kNone
    uint32_t height = 0;        // operands below the outermost one
    uint32_t values = 0;        // mark in known_: what all ways from here on have passed
    LocalValues::Scope locals;  // that changed beside the way
  };
  Entry entry_;
  Vector<NodeId> entry_operands_;
};

}  // namespace wembed::jit
