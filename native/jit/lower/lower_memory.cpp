// Memory, globals, sizes: what is read through the instance.
#include "base/trap.h"
#include "jit/lower/lowering.h"
#include "runtime/vm_layout.h"

namespace wembed::jit {

namespace {

Address at_register(int32_t displacement) { return {Base::Register, false, 0, displacement}; }

}  // namespace

void Lowering::find_fixed_values() {
  bool has_memory = false;
  bool has_globals = false;
  for (const Node& node : graph_.nodes.span()) {
    has_memory = has_memory || node.op == Op::MemorySize || is_access(node.op);
    has_globals = has_globals || node.op == Op::GlobalGet || node.op == Op::GlobalSet;
  }
  has_memory = has_memory && !module_.memories().empty();
  if (!has_memory && !has_globals) return;
  const VirtualRegister instance =
      build_.load(Encoding::MovLoad, true, RegisterClass::General,
                  {Base::Frame, false, 0, kLinkInstance * int32_t{sizeof(Slot)}});
  if (has_memory) memory_ = build_.load_word(instance, vm::kInstance_memory);
  if (has_globals) globals_ = build_.load_word(instance, vm::kInstance_globals);
}

// --- memory 0 ------------------------------------------------------------------------------------

// Traps unless `end` bytes behind the address are there.
void Lowering::check_bounds(NodeId address, uint64_t end) {
  VirtualRegister last;
  if (is_constant(address)) {
    last = build_.constant(constant_of(address) + end);
  } else if (end <= INT32_MAX) {
    last = build_.load(Encoding::Lea, true, RegisterClass::General,
                       at_register(static_cast<int32_t>(end)), {use(value(address))});
  } else {
    const VirtualRegister distance = build_.constant(end);
    last = build_.general();
    build_.add(Encoding::Add, Form::Binary, true,
               {define_same(last), use(distance), use_any(value(address))});
  }
  Instruction& made = build_.add(Encoding::Compare, Form::Store, true, {use(last), use(memory())});
  made.address = at_register(vm::kMemory_size);
  build_.trap_if(Condition::Above, static_cast<uint16_t>(wembed::Trap::MemoryOutOfBounds));
}

// Sums are of 64 bits: an index has zeros above its 32, so they do not wrap.
Lowering::Access Lowering::access(const Node& node, uint32_t bytes) {
  const NodeId address = graph_.operands_of(node)[0];
  const uint64_t offset = node.immediate;
  if (!graph_.guarded) check_bounds(address, offset + bytes);
  const uint64_t known = is_constant(address) ? constant_of(address) + offset : offset;
  const bool is_far = known > INT32_MAX;
  Access made{{Base::Memory, false, 0, is_far ? 0 : static_cast<int32_t>(known)}};
  if (is_constant(address)) {
    if (is_far) made.index = build_.constant(known);
  } else if (is_far) {
    const VirtualRegister distance = build_.constant(known);
    made.index = build_.general();
    build_.add(Encoding::Add, Form::Binary, true,
               {define_same(made.index), use(distance), use_any(value(address))});
  } else {
    made.index = value(address);
  }
  made.address.has_index = made.index != kNowhere;
  return made;
}

void Lowering::lower_load(NodeId id, const Node& node, bool is_wide, Encoding encoding,
                          uint32_t bytes) {
  const Access from = access(node, bytes);
  Instruction& made = build_.add(encoding, Form::Load, is_wide, {define(define_value(id))});
  made.address = from.address;
  if (from.address.has_index) build_.operand(use(from.index));
}

void Lowering::lower_store(const Node& node, bool is_wide, Encoding encoding, uint32_t bytes) {
  const NodeId stored = graph_.operands_of(node)[1];
  const bool is_byte = encoding == Encoding::MovStore8 && is_constant(stored);
  const bool is_immediate_store =
      is_byte || (encoding == Encoding::MovStore && is_immediate(stored));
  const VirtualRegister from = is_immediate_store ? kNowhere : value(stored);
  const Access to = access(node, bytes);
  if (is_immediate_store) {
    const Encoding move = is_byte ? Encoding::MovImmediate8 : Encoding::MovImmediate;
    Instruction& made = build_.add(move, Form::StoreOne, is_wide, {});
    made.immediate = static_cast<int32_t>(constant_of(stored));
    made.address = to.address;
  } else {
    build_.add(encoding, Form::Store, is_wide, {use(from)}).address = to.address;
  }
  if (to.address.has_index) build_.operand(use(to.index));
}

bool Lowering::is_access(Op op) {
  switch (op) {
#define LOAD(name, wide, encoding, bytes) case Op::name:
#define STORE(name, wide, encoding, bytes) case Op::name:
#include "jit/lower/x64_rules.def"
    return true;
    default: return false;
  }
}

// --- words of 64 bits: slots, globals ------------------------------------------------------------

// The value of a node, from where it has a slot of its own.
void Lowering::load_value(NodeId id, const Address& address, VirtualRegister base) {
  const Type type = node_of(id).type;
  const Encoding encoding = type == Type::F32   ? Encoding::MovLoadSingle
                            : type == Type::F64 ? Encoding::MovLoadDouble
                                                : Encoding::MovLoad;
  const bool is_wide = type == Type::I64 || type == Type::Ref;
  build_.add(encoding, Form::Load, is_wide, {define(define_value(id))}).address = address;
  if (address.base == Base::Register) build_.operand(use(base));
}

void Lowering::store_value(NodeId id, const Address& address, VirtualRegister base) {
  if (is_immediate(id)) {
    const uint64_t bits = constant_of(id);
    const bool fits = bits <= INT32_MAX || node_of(id).type == Type::I64;
    if (fits) {
      Instruction& made = build_.add(Encoding::MovImmediate, Form::StoreOne, true, {});
      made.immediate = static_cast<int32_t>(bits);
      made.address = address;
      if (address.base == Base::Register) build_.operand(use(base));
      return;
    }
  }
  const VirtualRegister from = value(id);
  const bool of_floats = is_float(node_of(id).type);
  const Encoding encoding = of_floats ? Encoding::MovStoreDouble : Encoding::MovStore;
  build_.add(encoding, Form::Store, true, {use(from)}).address = address;
  if (address.base == Base::Register) build_.operand(use(base));
}

// Where the global is: in the instance, or in its exporter's.
Address Lowering::cell_of(uint32_t global, VirtualRegister& base) {
  const int64_t at = int64_t{global} * vm::kSizeof_GlobalCell + vm::kGlobalCell_slots;
  base = globals();
  auto displacement = static_cast<int32_t>(at);
  if (at > INT32_MAX) is_known_ = false;
  if (global < module_.imported_global_count()) {
    base = build_.load_word(base, displacement);
    displacement = vm::kGlobalCell_slots;
  }
  return at_register(displacement);
}

void Lowering::lower_size(NodeId id, VirtualRegister object, int32_t field) {
  Instruction& made =
      build_.add(Encoding::MovLoad, Form::Load, false, {define(define_value(id)), use(object)});
  made.address = at_register(field);
}

bool Lowering::lower_memory(NodeId id, const Node& node) {
  switch (node.op) {
#define LOAD(name, wide, encoding, bytes)                  \
  case Op::name:                                           \
    lower_load(id, node, wide, Encoding::encoding, bytes); \
    return true;
#define STORE(name, wide, encoding, bytes)              \
  case Op::name:                                        \
    lower_store(node, wide, Encoding::encoding, bytes); \
    return true;
#include "jit/lower/x64_rules.def"
    case Op::GlobalGet: {
      VirtualRegister base;
      const Address cell = cell_of(static_cast<uint32_t>(node.immediate), base);
      load_value(id, cell, base);
      return true;
    }
    case Op::GlobalSet: {
      VirtualRegister base;
      const Address cell = cell_of(static_cast<uint32_t>(node.immediate), base);
      store_value(graph_.operands_of(node)[0], cell, base);
      return true;
    }
    case Op::MemorySize: lower_size(id, memory(), vm::kMemory_pages); return true;
    default: return false;
  }
}

}  // namespace wembed::jit
