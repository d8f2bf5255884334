// Calls: of other functions in the convention of native code (rax the Code, rcx arguments, rdx the
// Instance; a Trap in eax), and of C++.
#include "jit/emit/emission.h"
#include "jit/runtime_calls.h"

namespace wembed::jit {

namespace {

uint64_t address_of(auto* function) { return reinterpret_cast<uintptr_t>(function); }

}  // namespace

void Emission::call_address(uint64_t address) {
  // Not rax, which arguments and traps are in.
  code_.constant(kR10, address);
  code_.emit(Encoding::CallIndirect, false, 0, Place::of(kR10));
}

// A Trap that C++ returned is a byte.
void Emission::check_trap() {
  code_.emit(Encoding::MovZero8, false, kRax, Place::of(kRax));
  after_call();
}

void Emission::after_call() {
  code_.emit(Encoding::Test, false, kRax, Place::of(kRax));
  code_.jump_if(Condition::NotEqual, return_trap_);
  if (guarded_) return;
  // The memory may be elsewhere now. Without one nobody looks at its base.
  const Label none = code_.new_label();
  load(kRax, link(kLinkInstance));
  load(kRax, Place::at(kRax, vm::kInstance_memory));
  code_.emit(Encoding::Test, true, kRax, Place::of(kRax));
  code_.jump_if(Condition::Equal, none);
  load(kMemoryBase, Place::at(kRax, vm::kMemory_base));
  code_.bind(none);
}

void Emission::call_direct(const Instruction& in) {
  code_.constant(kRax, static_cast<uint64_t>(in.immediate));
  load(kRdx, link(kLinkInstance));
  code_.emit(Encoding::Lea, true, kRcx, Place::at(kFrame, outgoing(0)));
  code_.emit(Encoding::CallIndirect, false, 0, Place::at(kRax, vm::kCode_native));
  after_call();
}

void Emission::call_import(const Instruction& in) {
  const Label back = code_.new_label();
  save_state_before(code_, back);
  code_.move(kRdi, kEnvironment);
  code_.constant(kRsi, static_cast<uint64_t>(in.immediate));
  code_.emit(Encoding::Lea, true, kRdx, Place::at(kFrame, outgoing(0)));
  code_.address_of(kRcx, back);
  call_address(address_of(&wembed::jit::call_import));
  code_.bind(back);
  check_trap();
  load_result(in);
}

// What C++ has left where the arguments were.
void Emission::load_result(const Instruction& in) {
  if (in.operand_count == 0) return;
  const uint32_t last = in.operand_count - 1u;
  if (function_.operands[in.first_operand + last].role != Role::Define) return;
  const Place from = Place::at(kFrame, outgoing(0));
  const MachineRegister to = reg(in, last);
  const bool is_float = class_of(to) == RegisterClass::Float;
  code_.emit(is_float ? Encoding::MovLoadDouble : Encoding::MovLoad, true, to, from);
}

// A function of this instance with that very type is called straight away.
void Emission::call_indirect(const Instruction& in) {
  const Cold find = add_cold(ColdKind::Callee, in);
  const Cold other = add_cold(ColdKind::CallAny, in);
  load(kRdx, link(kLinkInstance));
  load(kRsi, Place::at(kRdx, vm::kInstance_tables));
  load(kRsi, Place::at(kRsi, int32_t{in.detail} * int32_t{sizeof(Table*)}));
  code_.emit(Encoding::Compare, true, kRcx, Place::at(kRsi, vm::kTable_size));
  code_.jump_if(Condition::AboveEqual, find.label);
  load(kRsi, Place::at(kRsi, vm::kTable_elements));
  load(kRsi, Place::at(kRsi, kRcx, 3, 0));
  code_.emit(Encoding::Test, true, kRsi, Place::of(kRsi));
  code_.jump_if(Condition::Equal, find.label);
  code_.constant(kRax, static_cast<uint64_t>(in.immediate));
  code_.emit(Encoding::Compare, true, kRax, Place::at(kRsi, vm::kFunction_type));
  code_.jump_if(Condition::NotEqual, find.label);
  code_.bind(find.back);
  code_.emit(Encoding::Compare, true, kRdx, Place::at(kRsi, vm::kFunction_instance));
  code_.jump_if(Condition::NotEqual, other.label);
  code_.emit_immediate(Encoding::CompareImmediate, true, Place::at(kRsi, vm::kFunction_host), 0);
  code_.jump_if(Condition::NotEqual, other.label);
  code_.emit(Encoding::MovLoad, false, kRax, Place::at(kRsi, vm::kFunction_defined));
  code_.emit(Encoding::MultiplyImmediate, true, kRax, Place::of(kRax), vm::kSizeof_Code);
  code_.emit(Encoding::Add, true, kRax, Place::at(kRdx, vm::kInstance_code));
  code_.emit(Encoding::Lea, true, kRcx, Place::at(kFrame, outgoing(0)));
  code_.emit(Encoding::CallIndirect, false, 0, Place::at(kRax, vm::kCode_native));
  after_call();
  code_.bind(other.back);
}

// Perhaps the element is only to be made, or its type is a subtype.
void Emission::cold_callee(const Cold& part) {
  const Instruction& in = *part.instruction;
  const Label here = code_.new_label();
  code_.bind(here);
  save_state(code_, here);
  code_.emit(Encoding::MovLoad, false, kRdx, Place::of(kRcx));
  code_.move(kRdi, kEnvironment);
  code_.constant(kRsi, in.detail);
  code_.constant(kRcx, static_cast<uint64_t>(in.immediate));
  call_address(address_of(&find_callee));
  code_.emit_immediate(Encoding::CompareImmediate, true, Place::of(kRax), 255);
  code_.jump_if(Condition::BelowEqual, return_trap_);
  code_.move(kRsi, kRax);
  load(kRdx, link(kLinkInstance));
  code_.jump(part.back);
}

// rsi: the Function, of another instance or the host's.
void Emission::cold_call_any(const Cold& part) {
  const Label back = code_.new_label();
  save_state_before(code_, back);
  code_.move(kRdi, kEnvironment);
  code_.emit(Encoding::Lea, true, kRdx, Place::at(kFrame, outgoing(0)));
  code_.address_of(kRcx, back);
  call_address(address_of(&call_function));
  code_.bind(back);
  check_trap();
  load_result(*part.instruction);
  code_.jump(part.back);
}

void Emission::call_runtime(const Instruction& in) {
  const Label here = code_.new_label();
  code_.bind(here);
  save_state(code_, here);
  code_.move(kRdi, kEnvironment);
  load(kRsi, link(kLinkInstance));
  code_.emit(Encoding::Lea, true, kRdx, Place::at(kFrame, outgoing(0)));
  code_.constant(kRcx, static_cast<uint32_t>(in.immediate));
  code_.constant(kR8, static_cast<uint64_t>(in.immediate) >> 32);
  call_address(address_of(runtime_function(static_cast<Op>(in.detail))));
  check_trap();
}

// The result in rax, a trap in rdx.
void Emission::call_numeric(const Instruction& in) {
  const auto op = static_cast<Op>(in.detail);
  call_address(address_of(numeric_function(op)));
  if ((op_info(op).effects & kTraps) == 0) return;
  code_.emit(Encoding::Test, false, kRdx, Place::of(kRdx));
  code_.jump_if(Condition::NotEqual, add_cold(ColdKind::TrapInRdx, in).label);
}

void Emission::poll(const Instruction& in) {
  const Cold part = add_cold(ColdKind::Poll, in);
  code_.emit_immediate(Encoding::CompareImmediate, false, environment(vm::kExecEnv_interrupt), 0);
  code_.jump_if(Condition::NotEqual, part.label);
  code_.bind(part.back);
}

}  // namespace wembed::jit
