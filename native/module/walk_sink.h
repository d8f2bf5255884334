// What a FunctionWalker tells about the instructions it checked.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "isa/opcode.h"
#include "isa/types.h"
#include "module/walk_scratch.h"

namespace wembed {

struct MemArg {
  uint64_t offset = 0;
  uint32_t memory = 0;
  uint32_t align = 0;  // log2, at most the natural alignment
};

// What follows the opcode of a vector instruction; what it has not stays as it is here.
struct VectorArg {
  MemArg memory;
  uint8_t lane = 0;
  uint8_t bytes[16] = {};  // of v128.const; lanes of i8x16.shuffle
};

// A sink that ignores everything. Other sinks derive from it and hide the hooks they want;
// `kActive` is then true and the walker keeps the books the accessors below need.
//
// WHEN: a hook is called after its instruction was checked and the operand stack brought up to
// date. Exceptions, because the stack is cut off there: on_unreachable, on_br, on_br_table,
// on_return and on_else see the stack before the cut (the index of br_table is popped already).
// on_block, on_loop, on_if, on_try_table and on_try see the new control on the control stack, its
// parameters on the operand stack above control.height. on_catch is like on_else: the kind is still
// that of the part that ends. on_throw, on_throw_ref and on_rethrow see the stack before the cut.
// on_end sees exactly control.height + results operands, its types as declared, and the control
// still on the stack; afterwards it is popped. on_delegate too. UNREACHABLE CODE is checked but
// reported only as far as nesting goes: of all hooks on_block, on_loop, on_if, on_else,
// on_try_table, on_try, on_catch, on_delegate and on_end alone are called there.
// control.entry_reachable tells whether the construct as a whole is dead; control.reachable in
// on_else and on_end whether control falls into this else or end from above.
struct NullSink {
  static constexpr bool kActive = false;

  // Asked after every instruction; anything but None stops the walk with that error.
  [[nodiscard]] Error error() const { return Error::None; }

  // An instruction that can be reached is next; and a block of what is paid at once begins: see
  // fuel.h. The latter follows the hook of the instruction (or the start) that it stands behind.
  void on_instruction() {}
  void on_fuel_block() {}

  // Locals are known, nothing is decoded yet; control(0) is the function's own block.
  template <class Walker> void on_start(const Walker&) {}

  void on_unreachable() {}
  void on_nop() {}
  void on_block(Control&) {}
  void on_loop(Control&) {}
  void on_if(Control&) {}
  void on_else(Control&) {}  // kind is still If; its results stand on the stack when reachable
  void on_end(Control&) {}   // kind If here: there was no else (parameters equal results)
  // Exceptions. Clauses are good until the hook returns.
  void on_try_table(Control&, std::span<const CatchClause>) {}
  void on_throw(uint32_t, const TypeDef*) {}  // tag
  void on_throw_ref() {}
  // Legacy ones: a try ends by on_end or by on_delegate, whose label counts from around the try. An
  // arm begins with the values of its tag (null: catch_all); rethrow names the label of an arm.
  void on_try(Control&) {}
  void on_catch(Control&, uint32_t, const TypeDef*) {}
  void on_delegate(Control&, uint32_t) {}
  void on_rethrow(uint32_t) {}

  void on_br(uint32_t) {}  // label depth
  void on_br_if(uint32_t) {}
  void on_br_table(std::span<const uint32_t>) {}  // label depths, the default last
  // Label depth. As the stack is when the branch is not taken: with the reference, or without.
  void on_br_on_null(uint32_t) {}
  void on_br_on_non_null(uint32_t) {}
  void on_return() {}
  void on_call(uint32_t, const TypeDef*) {}           // function index
  void on_call_indirect(const TypeDef*, uint32_t) {}  // table
  void on_call_ref(const TypeDef*) {}
  void on_return_call(uint32_t, const TypeDef*) {}           // function index
  void on_return_call_indirect(const TypeDef*, uint32_t) {}  // table
  void on_return_call_ref(const TypeDef*) {}
  void on_drop(ValType) {}
  void on_select(ValType) {}
  void on_local_get(uint32_t) {}
  void on_local_set(uint32_t) {}
  void on_local_tee(uint32_t) {}
  void on_global_get(uint32_t) {}
  void on_global_set(uint32_t) {}
  void on_table_get(uint32_t) {}
  void on_table_set(uint32_t) {}
  void on_load(Opcode, const MemArg&) {}
  void on_store(Opcode, const MemArg&) {}
  void on_memory_size(uint32_t) {}
  void on_memory_grow(uint32_t) {}
  void on_memory_init(uint32_t, uint32_t) {}  // segment, memory
  void on_data_drop(uint32_t) {}
  void on_memory_copy(uint32_t, uint32_t) {}  // destination, source
  void on_memory_fill(uint32_t) {}
  void on_table_init(uint32_t, uint32_t) {}  // segment, table
  void on_elem_drop(uint32_t) {}
  void on_table_copy(uint32_t, uint32_t) {}  // destination, source
  void on_table_grow(uint32_t) {}
  void on_table_size(uint32_t) {}
  void on_table_fill(uint32_t) {}
  void on_const(ValType, uint64_t) {}  // bits; i32 and f32 in the low half, upper half zero
  void on_unary(Opcode) {}             // one operand, one result: also tests and conversions
  void on_binary(Opcode) {}            // two operands, one result: also comparisons
  void on_wide(Opcode) {}              // two or four operands, two results, all i64
  void on_vector(Opcode, const VectorArg&) {}  // all of the prefix 0xfd, see their signatures
  // All of the prefix 0xfe but the fence, see their signatures.
  void on_atomic(Opcode, const MemArg&) {}
  void on_atomic_fence() {}
  void on_ref_null(ValType) {}
  void on_ref_is_null() {}
  void on_ref_func(uint32_t) {}
  void on_ref_as_non_null() {}
  // Structs and arrays: the object's type, as the instruction names it. Opcodes: the instruction's.
  void on_struct_new(const TypeDef*, bool) {}  // with a value for each field, else with none
  void on_struct_get(Opcode, const TypeDef*, uint32_t) {}          // field
  void on_struct_set(const TypeDef*, uint32_t) {}                  // field
  void on_array_new(const TypeDef*, bool) {}                       // with a value for all elements
  void on_array_new_fixed(const TypeDef*, uint32_t) {}             // elements
  void on_array_new_segment(Opcode, const TypeDef*, uint32_t) {}   // segment
  void on_array_init_segment(Opcode, const TypeDef*, uint32_t) {}  // segment
  void on_array_get(Opcode, const TypeDef*) {}
  void on_array_set(const TypeDef*) {}
  void on_array_len() {}
  void on_array_fill(const TypeDef*) {}
  void on_array_copy(const TypeDef*, const TypeDef*) {}  // destination, source
  // What is asked for; nullable where null is one.
  void on_ref_test(ValType) {}
  void on_ref_cast(ValType) {}
  // Label depth, what is asked for, whether the branch is taken by those that are not of it. As the
  // stack is when it is not taken: with the reference.
  void on_br_on_cast(uint32_t, ValType, bool) {}
  void on_ref_eq() {}
  void on_ref_i31() {}
  void on_i31_get(Opcode) {}
  void on_convert(Opcode) {}  // any.convert_extern, extern.convert_any
};

}  // namespace wembed
