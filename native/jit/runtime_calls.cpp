#include "jit/runtime_calls.h"

#include "isa/numeric.h"
#include "jit/ir/bits.h"
#include "runtime/code.h"
#include "runtime/function.h"
#include "runtime/host_function.h"
#include "runtime/instance.h"
#include "runtime/operations.h"
#include "runtime/table.h"

namespace wembed::jit {

Trap make_room(ExecEnv& env, Slot* needed) { return op_interrupted(env, *env.instance, needed); }

Trap poll(ExecEnv& env) { return op_interrupted(env, *env.instance, nullptr); }

Trap call_function(ExecEnv& env, const Function& function, Slot* args, const void* back) {
  if (function.host != nullptr) {
    return op_call_host(env, function, args, args + function.type->most_slots);
  }
  Instance& target = *function.instance;
  Code& code = target.code[function.defined];
  return code.entry.load(std::memory_order_acquire)(env, code, target, args, back);
}

Trap call_import(ExecEnv& env, uint32_t index, Slot* args, const void* back) {
  return call_function(env, *env.instance->imported_functions[index], args, back);
}

uint64_t find_callee(ExecEnv& env, uint32_t table, uint32_t index, const TypeDef* type) {
  Instance& instance = *env.instance;
  Trap trap = op_callee(instance, table, index);
  Slot element = 0;
  if (trap == Trap::None) trap = op_table_get(instance, table, index, element);
  if (trap != Trap::None) return static_cast<uint64_t>(trap);
  const auto& function = *reinterpret_cast<const Function*>(element);
  if (is_subtype(function.type, type)) return element;
  return static_cast<uint64_t>(Trap::IndirectCallType);
}

// --- operations of the runtime -------------------------------------------------------------------

namespace {

uint32_t low(Slot slot) { return static_cast<uint32_t>(slot); }

Trap memory_grow(ExecEnv& env, Instance& instance, Slot* slots, uint32_t memory, uint32_t) {
  int64_t old = 0;
  Trap trap = op_memory_grow(env, instance, memory, low(slots[0]), slots + 1, old);
  slots[0] = low(static_cast<Slot>(old));
  return trap;
}
Trap memory_init(ExecEnv& env, Instance& instance, Slot* slots, uint32_t segment, uint32_t memory) {
  return op_memory_init(env, instance, segment, memory, low(slots[0]), low(slots[1]),
                        low(slots[2]));
}
Trap memory_copy(ExecEnv& env, Instance& instance, Slot* slots, uint32_t to, uint32_t from) {
  return op_memory_copy(env, instance, to, from, low(slots[0]), low(slots[1]), low(slots[2]));
}
Trap memory_fill(ExecEnv& env, Instance& instance, Slot* slots, uint32_t memory, uint32_t) {
  return op_memory_fill(env, instance, memory, low(slots[0]), static_cast<uint8_t>(slots[1]),
                        low(slots[2]));
}
Trap data_drop(ExecEnv&, Instance& instance, Slot*, uint32_t segment, uint32_t) {
  op_data_drop(instance, segment);
  return Trap::None;
}
Trap table_get(ExecEnv&, Instance& instance, Slot* slots, uint32_t table, uint32_t) {
  return op_table_get(instance, table, low(slots[0]), slots[0]);
}
Trap table_set(ExecEnv&, Instance& instance, Slot* slots, uint32_t table, uint32_t) {
  return op_table_set(instance, table, low(slots[0]), slots[1]);
}
Trap table_size(ExecEnv&, Instance& instance, Slot* slots, uint32_t table, uint32_t) {
  slots[0] = low(instance.tables[table]->length());
  return Trap::None;
}
Trap table_grow(ExecEnv& env, Instance& instance, Slot* slots, uint32_t table, uint32_t) {
  int64_t old = 0;
  Trap trap = op_table_grow(env, instance, table, slots[0], low(slots[1]), old);
  slots[0] = low(static_cast<Slot>(old));
  return trap;
}
Trap table_init(ExecEnv& env, Instance& instance, Slot* slots, uint32_t segment, uint32_t table) {
  return op_table_init(env, instance, segment, table, low(slots[0]), low(slots[1]), low(slots[2]));
}
Trap table_copy(ExecEnv& env, Instance& instance, Slot* slots, uint32_t to, uint32_t from) {
  return op_table_copy(env, instance, to, from, low(slots[0]), low(slots[1]), low(slots[2]));
}
Trap table_fill(ExecEnv& env, Instance& instance, Slot* slots, uint32_t table, uint32_t) {
  return op_table_fill(env, instance, table, low(slots[0]), slots[1], low(slots[2]));
}
Trap elem_drop(ExecEnv&, Instance& instance, Slot*, uint32_t segment, uint32_t) {
  op_elem_drop(instance, segment);
  return Trap::None;
}
Trap ref_func(ExecEnv&, Instance& instance, Slot* slots, uint32_t index, uint32_t) {
  const Function* function = op_ref_func(instance, index);
  slots[0] = reinterpret_cast<Slot>(function);
  return function == nullptr ? Trap::OutOfMemory : Trap::None;
}

}  // namespace

RuntimeFunction runtime_function(Op op) {
  switch (op) {
    case Op::MemoryGrow: return &memory_grow;
    case Op::MemoryInit: return &memory_init;
    case Op::MemoryCopy: return &memory_copy;
    case Op::MemoryFill: return &memory_fill;
    case Op::DataDrop: return &data_drop;
    case Op::TableGet: return &table_get;
    case Op::TableSet: return &table_set;
    case Op::TableSize: return &table_size;
    case Op::TableGrow: return &table_grow;
    case Op::TableInit: return &table_init;
    case Op::TableCopy: return &table_copy;
    case Op::TableFill: return &table_fill;
    case Op::ElemDrop: return &elem_drop;
    case Op::RefFunc: return &ref_func;
    default: return nullptr;
  }
}

// --- conversions ---------------------------------------------------------------------------------

namespace {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

}  // namespace

NumericFunction numeric_function(Op op) {
  switch (op) {
#define UNARY(name, T, R, fn)                                        \
  case Op::name:                                                     \
    return [](uint64_t bits) -> NumericResult {                      \
      return {bits_of<R>(static_cast<R>(fn(value_of<T>(bits)))), 0}; \
    };
#define UNARY_TRAP(name, T, R, trap_of, fn)                            \
  case Op::name:                                                       \
    return [](uint64_t bits) -> NumericResult {                        \
      const Trap trap = trap_of(value_of<T>(bits));                    \
      if (trap != Trap::None) return {0, static_cast<uint64_t>(trap)}; \
      return {bits_of<R>(static_cast<R>(fn(value_of<T>(bits)))), 0};   \
    };
#include "isa/numeric_ops.def"
    default: return nullptr;
  }
}

}  // namespace wembed::jit
