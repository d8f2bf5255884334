#include "jit/stubs.h"

#include <cstddef>

#include "jit/runtime_calls.h"
#include "runtime/engine.h"
#include "runtime/vm_layout.h"

namespace wembed::jit {

namespace {

constexpr int32_t kWord = 8;
constexpr MachineRegister kRspItself = kRsp;

Place environment(int32_t field) { return Place::at(kEnvironment, field); }
Place link(int slot) { return Place::at(kFrame, slot * kWord); }

void load(Assembler& code, MachineRegister to, const Place& from) {
  code.emit(Encoding::MovLoad, true, to, from);
}
void store(Assembler& code, const Place& to, MachineRegister from) {
  code.emit(Encoding::MovStore, true, from, to);
}
void move_stack(Assembler& code, int32_t by) {
  if (by < 0) code.emit_immediate(Encoding::SubImmediate, true, Place::of(kRspItself), -by);
  if (by > 0) code.emit_immediate(Encoding::AddImmediate, true, Place::of(kRspItself), by);
}

// rbx, by the instance of the frame: anything where it has no memory. `spare` is changed.
void load_memory_base(Assembler& code, MachineRegister spare) {
  const Label none = code.new_label();
  load(code, spare, link(kLinkInstance));
  load(code, spare, Place::at(spare, vm::kInstance_memory));
  code.emit(Encoding::Test, true, spare, Place::of(spare));
  code.jump_if(Condition::Equal, none);
  load(code, kMemoryBase, Place::at(spare, vm::kMemory_base));
  code.bind(none);
}

void save_state_with(Assembler& code, MachineRegister place) {
  store(code, environment(vm::kExecEnv_fp), kFrame);
  store(code, environment(vm::kExecEnv_place), place);
  load(code, place, link(kLinkInstance));
  store(code, environment(vm::kExecEnv_instance), place);
}

// As save_state, where the place is just before the address at `returns`. Changes r10.
void save_state_before(Assembler& code, const Place& returns) {
  load(code, kR10, returns);
  code.emit_immediate(Encoding::SubImmediate, true, Place::of(kR10), 1);
  save_state_with(code, kR10);
}

void call_function(Assembler& code, const void* function) {
  code.constant(kRax, reinterpret_cast<uintptr_t>(function));
  code.emit(Encoding::CallIndirect, false, 0, Place::of(kRax));
  code.emit(Encoding::MovZero8, false, kRax, Place::of(kRax));  // a Trap is a byte
}

constexpr MachineRegister kKept[] = {kRbx, kRbp, kR12, kR13, kR14, kR15};

void pop_kept(Assembler& code) {
  for (int i = 5; i >= 0; i--) code.pop(kKept[i]);
}

void emit_enter(Assembler& code) {
  for (MachineRegister reg : kKept) code.push(reg);
  move_stack(code, -kWord);
  code.move(kEnvironment, kRdi);
  code.move(kFrame, kRsi);
  load_memory_base(code, kRcx);
  code.emit(Encoding::CallIndirect, false, 0, Place::of(kRax));
  move_stack(code, kWord);
  pop_kept(code);
  code.ret();
}

// The frame's return address is pushed by a call: processors keep account of those, and would
// expect all returns from here on elsewhere.
void emit_go_on(Assembler& code) {
  const Label frame = code.new_label();
  for (MachineRegister reg : kKept) code.push(reg);
  code.push(kR8);
  code.move(kEnvironment, kRdi);
  code.move(kFrame, kRdx);
  load_memory_base(code, kRax);
  code.move(kScratch, kRcx);
  code.emit(Encoding::MovLoad, false, kRax, Place::at(kRsi, vm::kBody_outgoing));
  const Place result = Place::at(kFrame, kRax, 3, 0);
  load(code, result_register(RegisterClass::General), result);
  code.emit(Encoding::MovLoadDouble, false, result_register(RegisterClass::Float), result);
  code.emit(Encoding::Xor, false, kRax, Place::of(kRax));
  code.call(frame);
  code.pop(kR8);
  store(code, Place::at(kR8, offsetof(FirstResult, general)),
        result_register(RegisterClass::General));
  code.emit(Encoding::MovStoreDouble, true, result_register(RegisterClass::Float),
            Place::at(kR8, offsetof(FirstResult, floating)));
  pop_kept(code);
  code.ret();
  code.bind(frame);
  move_stack(code, -kWord);
  code.emit(Encoding::JumpIndirect, false, 0, Place::of(kScratch));
}

// Native code's convention is rax: the Code, rcx: arguments, rdx: the Instance. Whatever the first
// result is, it is in its register.
void emit_interpret(Assembler& code) {
  const Place returns = Place::at(kRspItself, 0);
  save_state_before(code, returns);
  load(code, kR8, returns);
  code.move(kRdi, kEnvironment);
  code.move(kRsi, kRax);
  const Label trapped = code.new_label();
  code.push(kRcx);
  code.emit(Encoding::CallIndirect, false, 0, Place::at(kRax, vm::kCode_entry));
  code.emit(Encoding::MovZero8, false, kRax, Place::of(kRax));
  code.pop(kRcx);
  code.emit(Encoding::Test, false, kRax, Place::of(kRax));
  code.jump_if(Condition::NotEqual, trapped);
  load(code, result_register(RegisterClass::General), Place::at(kRcx, 0));
  code.emit(Encoding::MovLoadDouble, false, result_register(RegisterClass::Float),
            Place::at(kRcx, 0));
  code.bind(trapped);
  code.ret();
}

// Called where a function begins, so that behind its return address is that of its caller.
void emit_make_room(Assembler& code) {
  constexpr int32_t kPushed = 3 * kWord;
  const Label refused = code.new_label();
  for (MachineRegister reg : {kRax, kRcx, kRdx}) code.push(reg);
  save_state_before(code, Place::at(kRspItself, kPushed + kWord));
  code.move(kRdi, kEnvironment);
  code.move(kRsi, kScratch);
  move_stack(code, -kWord);
  call_function(code, reinterpret_cast<const void*>(&make_room));
  move_stack(code, kWord);
  code.emit(Encoding::Test, false, kRax, Place::of(kRax));
  code.jump_if(Condition::NotEqual, refused);
  for (MachineRegister reg : {kRdx, kRcx, kRax}) code.pop(reg);
  code.ret();
  code.bind(refused);
  move_stack(code, kPushed + kWord);
  code.ret();  // to the caller, with the trap
}

// All that C functions may change is kept but what holds nothing.
constexpr MachineRegister kLive[] = {kRax, kRcx, kRdx, kRsi, kRdi, kR8, kR9, kR10};
constexpr int32_t kFloats = 15;

void emit_poll(Assembler& code) {
  constexpr int32_t kFloatBytes = kFloats * kWord;
  constexpr int32_t kAll = kFloatBytes + int32_t{sizeof kLive} * kWord;
  const Label stopped = code.new_label();
  for (MachineRegister reg : kLive) code.push(reg);
  move_stack(code, -kFloatBytes);
  for (int i = 0; i < kFloats; i++) {
    code.emit(Encoding::MovStoreDouble, false, static_cast<MachineRegister>(kXmm0 + i),
              Place::at(kRspItself, i * kWord));
  }
  save_state_before(code, Place::at(kRspItself, kAll));
  code.move(kRdi, kEnvironment);
  call_function(code, reinterpret_cast<const void*>(&poll));
  code.move(kScratch, kRax);
  load_memory_base(code, kRcx);
  for (int i = 0; i < kFloats; i++) {
    code.emit(Encoding::MovLoadDouble, false, static_cast<MachineRegister>(kXmm0 + i),
              Place::at(kRspItself, i * kWord));
  }
  move_stack(code, kFloatBytes);
  for (int i = 7; i >= 0; i--) code.pop(kLive[i]);
  code.emit(Encoding::Test, false, kScratch, Place::of(kScratch));
  code.jump_if(Condition::NotEqual, stopped);
  code.ret();
  code.bind(stopped);
  code.emit(Encoding::MovLoad, false, kRax, Place::of(kScratch));
  move_stack(code, 2 * kWord);  // the return address, and the function's own word
  load(code, kFrame, link(kLinkCaller));
  code.ret();
}

uint64_t begin(Assembler& code) {
  code.pad_to(16);
  return code.size();
}

}  // namespace

void save_state(Assembler& code, Label here) {
  code.address_of(kScratch, here);
  save_state_with(code, kScratch);
}

void save_state_before(Assembler& code, Label back) {
  code.address_of(kScratch, back);
  code.emit_immediate(Encoding::SubImmediate, true, Place::of(kScratch), 1);
  save_state_with(code, kScratch);
}

bool emit_stubs(Assembler& code, Stubs& made) {
  made.enter = begin(code);
  emit_enter(code);
  made.interpret = begin(code);
  emit_interpret(code);
  made.make_room = begin(code);
  emit_make_room(code);
  made.poll = begin(code);
  emit_poll(code);
  made.go_on = begin(code);
  emit_go_on(code);
  return code.finish();
}

}  // namespace wembed::jit
