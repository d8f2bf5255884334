// The values of locals where the builder is, and which of them changed since some point before.
#pragma once

#include "jit/ir/graph.h"

namespace wembed::jit {

class LocalValues {
 public:
  LocalValues(Arena& arena, bool& out_of_memory)
      : out_of_memory_(out_of_memory), locals_(arena.allocator()), changes_(arena.allocator()) {}

  void add(NodeId value);  // one more local
  // Any node, where there was no memory for the local: error() has not been asked yet.
  [[nodiscard]] NodeId operator[](uint32_t local) const {
    return local < locals_.size() ? locals_[local].value : 0;
  }
  void set(uint32_t local, NodeId value);

  // A scope is a construct: from enter() on the first change of each local is written down.
  struct Scope {
    uint32_t first = 0;  // change
    uint32_t outer = 0;
  };
  [[nodiscard]] Scope enter();
  void leave(const Scope& scope) { scope_ = scope.outer; }
  // All locals as they were when it was entered.
  void roll_back(const Scope& scope);

  struct Record {
    uint32_t local;
    NodeId value;
  };
  // Appends the locals that have another value than when the scope was entered, in `work` steps:
  // with the value they have, or with the one they had.
  enum class Which : uint8_t { Now, Before };
  void differences(const Scope& scope, Which which, Vector<Record>& records, uint64_t& work);

 private:
  struct Local {
    NodeId value;
    uint32_t scope;  // the last one in which it changed
    uint32_t look;   // the last look at differences that met it
  };
  struct Change {
    uint32_t local;
    NodeId before;
    uint32_t scope_before;
  };

  bool& out_of_memory_;
  Vector<Local> locals_;
  Vector<Change> changes_;
  uint32_t scope_ = 0;
  uint32_t last_scope_ = 0;
  uint32_t look_ = 0;
};

}  // namespace wembed::jit
