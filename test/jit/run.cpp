#include "jit/run.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "isa/numeric.h"
#include "jit/ir/evaluate.h"
#include "runtime/exec_env.h"
#include "runtime/operations.h"
#include "runtime/resumable_call.h"

namespace wembed::graph_tier {

namespace {

using jit::Node;
using jit::NodeId;
using jit::Op;

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

class Frame {
 public:
  Frame(ExecEnv& env, Slot* link)
      : env_(env),
        fp_(link),
        code_(*reinterpret_cast<Code*>(link[kLinkCode])),
        instance_(*reinterpret_cast<Instance*>(link[kLinkInstance])),
        body_(static_cast<const GraphBody&>(*code_.body_of(tier()))),
        graph_(body_.graph),
        args_(link - body_.params),
        values_(graph_.nodes.size()) {}

  Trap run() {
    const jit::Block* block = &graph_.blocks[0];
    const jit::Edge* from = nullptr;
    for (;;) {
      take_arguments(*block, from);
      Trap trap = run_nodes(*block);
      if (trap != Trap::None) return trap;
      const NodeId end = graph_.end_of(*block);
      const Node& node = graph_.nodes[end];
      if (node.op == Op::Return) {
        for (uint32_t i = 0; i < node.count; i++) args_[i] = operand(node, i);
        return Trap::None;
      }
      if (node.op == Op::Trap) {
        save(node);
        return static_cast<Trap>(node.immediate);
      }
      from = &graph_.edges_of(*block)[chosen(node, block->edge_count)];
      block = &graph_.blocks[from->target];
    }
  }

 private:
  [[nodiscard]] u64 operand(const Node& node, uint32_t k) const {
    return values_[graph_.operands_of(node)[k]];
  }
  // From a slot, of which a value of 32 bits has the low half.
  void set(NodeId id, u64 slot) {
    const jit::Type type = graph_.nodes[id].type;
    const bool is_narrow = type == jit::Type::I32 || type == jit::Type::F32;
    values_[id] = is_narrow ? low(slot) : slot;
  }
  void save(const Node& node) {
    env_.fp = fp_;
    env_.place = &node;
    env_.instance = &instance_;
  }
  // All at once: one may be the parameter of the same block.
  void take_arguments(const jit::Block& block, const jit::Edge* edge) {
    incoming_.clear();
    for (uint32_t i = 0; i < block.params; i++) {
      incoming_.push_back(edge == nullptr ? args_[i] : values_[graph_.arguments_of(*edge)[i]]);
    }
    for (uint32_t i = 0; i < block.params; i++) {
      const NodeId param = graph_.params_of(block)[i];
      set(param, incoming_[i]);
    }
  }
  [[nodiscard]] uint32_t chosen(const Node& end, uint32_t edges) const {
    if (end.op == Op::Jump) return 0;
    const u64 value = operand(end, 0);
    if (end.op == Op::Branch) return value != 0 ? 0 : 1;
    return static_cast<uint32_t>(std::min<u64>(value, edges - 1));
  }

  Trap run_nodes(const jit::Block& block) {
    for (NodeId id : graph_.nodes_of(block).subspan(block.params)) {
      const Node& node = graph_.nodes[id];
      if ((jit::op_info(node.op).effects & jit::kEnds) != 0) break;
      if (Trap trap = perform(id, node); trap != Trap::None) return trap;
    }
    return Trap::None;
  }

  Trap perform(NodeId id, const Node& node) {
    u64 in[3] = {};
    for (uint32_t i = 0; i < std::min(node.count, 3u); i++) in[i] = operand(node, i);
    const jit::Evaluation computed = jit::evaluate(node.op, in);
    if (computed.is_numeric) {
      values_[id] = computed.bits;
      if (computed.trap != Trap::None) save(node);
      return computed.trap;
    }
    Trap trap = Trap::None;
    if (access(id, node, in, trap)) {
      if (trap != Trap::None) save(node);
      return trap;
    }
    switch (node.op) {
      case Op::Const: values_[id] = node.immediate; return Trap::None;
      case Op::Select: values_[id] = in[2] != 0 ? in[0] : in[1]; return Trap::None;
      case Op::RefIsNull: values_[id] = in[0] == 0 ? 1 : 0; return Trap::None;
      case Op::Result: return Trap::None;  // written by the call
      case Op::GlobalGet: set(id, *instance_.global(index(node))->slots); return Trap::None;
      case Op::GlobalSet: *instance_.global(index(node))->slots = in[0]; return Trap::None;
      case Op::MemorySize: values_[id] = instance_.memories[index(node)]->pages; return Trap::None;
      case Op::TableSize:
        values_[id] = static_cast<u32>(instance_.tables[index(node)]->length());
        return Trap::None;
      case Op::Call: return call_direct(id, node);
      case Op::CallIndirect: return call_indirect(id, node);
      case Op::Poll:
        if (env_.interrupt.load(std::memory_order_relaxed) == 0) return Trap::None;
        save(node);
        return op_interrupted(env_, instance_, nullptr);
      case Op::Charge:
        env_.fuel -= static_cast<int64_t>(node.immediate);
        if (env_.fuel >= 0) return Trap::None;
        save(node);
        return Trap::InstructionLimit;
      default: save(node); return runtime(id, node, in);
    }
  }

  static uint32_t index(const Node& node) { return static_cast<uint32_t>(node.immediate); }
  static u32 low(u64 bits) { return static_cast<u32>(bits); }

  uint8_t* address(const Node& node, u64 at, size_t bytes) const {
    const Memory& memory = *instance_.memory;
    if (__builtin_add_overflow(at, node.immediate, &at)) return nullptr;
    return bytes > memory.size || at > memory.size - bytes ? nullptr : memory.base + at;
  }
  template <class M, class T, class R> Trap load(NodeId id, const Node& node, u64 at) {
    const uint8_t* from = address(node, at, sizeof(M));
    if (from == nullptr) return Trap::MemoryOutOfBounds;
    M raw;
    std::memcpy(&raw, from, sizeof raw);
    const R value = static_cast<R>(static_cast<T>(raw));
    values_[id] = 0;
    std::memcpy(&values_[id], &value, sizeof value);
    return Trap::None;
  }
  template <class M> Trap store(const Node& node, u64 at, u64 value) {
    uint8_t* to = address(node, at, sizeof(M));
    if (to == nullptr) return Trap::MemoryOutOfBounds;
    std::memcpy(to, &value, sizeof(M));
    return Trap::None;
  }
  bool access(NodeId id, const Node& node, const u64* in, Trap& trap) {
    switch (node.op) {
#define LOAD(name, M, T, R)                \
  case Op::name:                           \
    trap = load<M, T, R>(id, node, in[0]); \
    return true;
#define STORE(name, M, T)                \
  case Op::name:                         \
    trap = store<M>(node, in[0], in[1]); \
    return true;
#include "isa/numeric_ops.def"
      default: return false;
    }
  }

  // --- calls -------------------------------------------------------------------------------------

  Trap call_direct(NodeId id, const Node& node) {
    const uint32_t function = graph_.calls[node.immediate].index;
    const uint32_t imported = instance_.module->imported_function_count();
    save(node);
    Slot* slots = pass(node, node.count);
    if (function < imported)
      return call_function(id, node, *instance_.imported_functions[function]);
    Code* table = code_.variant().metered ? instance_.metered_code : instance_.code;
    return call(id, node, table[function - imported], instance_, slots);
  }

  Trap call_indirect(NodeId id, const Node& node) {
    const jit::CallSite& site = graph_.calls[node.immediate];
    const u32 element = low(operand(node, node.count - 1));
    save(node);
    if (Trap trap = op_callee(instance_, site.index, element); trap != Trap::None) return trap;
    Slot reference = 0;
    Trap trap = op_table_get(instance_, site.index, element, reference);
    if (trap != Trap::None) return trap;
    const auto& function = *reinterpret_cast<const Function*>(reference);
    if (!is_subtype(function.type, site.type)) return Trap::IndirectCallType;
    pass(node, node.count - 1);
    return call_function(id, node, function);
  }

  Slot* pass(const Node& node, uint32_t count) {
    Slot* slots = fp_ + kLinkSlots;
    for (uint32_t i = 0; i < count; i++) slots[i] = operand(node, i);
    return slots;
  }

  Trap call_function(NodeId id, const Node& node, const Function& function) {
    Slot* slots = fp_ + kLinkSlots;
    if (function.host == nullptr) {
      Instance& other = *function.instance;
      Code* table = code_.variant().metered ? other.metered_code : other.code;
      return call(id, node, table[function.defined], other, slots);
    }
    const uint32_t top = std::max(function.type->param_slots, function.type->result_slots);
    Trap trap = op_call_host(env_, function, slots, slots + top);
    if (trap == Trap::None) take_results(id, node);
    return trap;
  }

  Trap call(NodeId id, const Node& node, Code& code, Instance& instance, Slot* slots) {
    const CodeEntry entry = code.entry.load(std::memory_order_acquire);
    Trap trap = entry(env_, code, instance, slots, &node + 1);
    if (trap == Trap::None) take_results(id, node);
    return trap;
  }

  // The others' nodes follow the call's.
  void take_results(NodeId id, const Node& node) {
    const uint32_t results = graph_.calls[node.immediate].results;
    for (uint32_t i = 0; i < results; i++) set(id + i, fp_[kLinkSlots + i]);
  }

  Trap runtime(NodeId id, const Node& node, const u64* in) {
    const u32 a = low(node.immediate), b = low(node.immediate >> 32);
    int64_t old = 0;
    Trap trap = Trap::None;
    switch (node.op) {
      case Op::MemoryGrow:
        trap = op_memory_grow(env_, instance_, a, in[0], fp_ + kLinkSlots, old);
        values_[id] = low(static_cast<u64>(old));
        return trap;
      case Op::MemoryInit: return op_memory_init(env_, instance_, a, b, in[0], in[1], in[2]);
      case Op::MemoryCopy: return op_memory_copy(env_, instance_, a, b, in[0], in[1], in[2]);
      case Op::MemoryFill:
        return op_memory_fill(env_, instance_, a, in[0], static_cast<uint8_t>(in[1]), in[2]);
      case Op::DataDrop: op_data_drop(instance_, a); return trap;
      case Op::ElemDrop: op_elem_drop(instance_, a); return trap;
      case Op::TableGet: return op_table_get(instance_, a, low(in[0]), values_[id]);
      case Op::TableSet: return op_table_set(instance_, a, low(in[0]), in[1]);
      case Op::TableGrow:
        trap = op_table_grow(env_, instance_, a, in[0], in[1], old);
        values_[id] = low(static_cast<u64>(old));
        return trap;
      case Op::TableInit: return op_table_init(env_, instance_, a, b, in[0], in[1], in[2]);
      case Op::TableCopy: return op_table_copy(env_, instance_, a, b, in[0], in[1], in[2]);
      case Op::TableFill: return op_table_fill(env_, instance_, a, in[0], in[1], in[2]);
      case Op::RefFunc:
        values_[id] = reinterpret_cast<Slot>(op_ref_func(instance_, a));
        return values_[id] == 0 ? Trap::OutOfMemory : Trap::None;
      default: return Trap::InvalidCode;  // the builder knows more than this
    }
  }

  ExecEnv& env_;
  Slot* fp_;
  Code& code_;
  Instance& instance_;
  const GraphBody& body_;
  const jit::Graph& graph_;
  Slot* args_;
  std::vector<u64> values_;
  std::vector<u64> incoming_;
};

}  // namespace

Trap run(ExecEnv& env, Slot* link) {
  const Unleavable while_it_runs(env);
  return Frame(env, link).run();
}

}  // namespace wembed::graph_tier
