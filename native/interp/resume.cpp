// Going on with calls that were left at a host function. Their frames are interpreted, or of
// machine code that can be entered behind a call: what is left leaves nothing on the native stack,
// and the frames go on one after the other, each where the one that it called returns to.
#include <algorithm>

#include "interp/dispatch.h"
#include "interp/interpreter.h"
#include "interp/run.h"
#include "isa/types.h"
#include "platform/fault.h"
#include "runtime/engine.h"
#include "runtime/exception.h"
#include "runtime/exec_env.h"

namespace wembed {

namespace {

uint64_t host_returned;
uint64_t host_threw;
uint64_t go_on_in_native;
uint64_t enter_tail_word;

// The machine code that a frame runs; null: the frame is interpreted, or none.
const Body* native_body(const Slot* fp, const void* place, bool is_return) {
  if (fp == nullptr || fp[kLinkCode] == 0) return nullptr;
  const Body* body = body_at(*reinterpret_cast<const Code*>(fp[kLinkCode]), place, is_return);
  return body != nullptr && body->tier->go_on != nullptr ? body : nullptr;
}

// Behind a fault of the guest in its memory. Not yet in `env` is what registers held: whose code it
// was, its range says.
Trap take_fault(ExecEnv& env, const platform::FaultRecovery& recovery) {
  if (recovery.has_state) {
    env.place = reinterpret_cast<const void*>(recovery.place);
    env.fp = reinterpret_cast<Slot*>(recovery.frame);
  }
  return Trap::MemoryOutOfBounds;
}

// What enter_from_native() does behind the call.
void take_results(Slot* passage) {
  const auto& type = *reinterpret_cast<const TypeDef*>(passage[kPassageType]);
  std::copy_n(passage + kLinkSlots, type.result_slots,
              passage - std::max(type.param_slots, type.result_slots));
}

}  // namespace

void learn_ways_on() {
  host_returned = handler_word(RegOp::HostReturned);
  host_threw = handler_word(RegOp::HostThrew);
  go_on_in_native = handler_word(RegOp::GoOnNative);
  enter_tail_word = handler_word(RegOp::EnterTail);
}

Trap run(const uint64_t* ops, Slot* link, uint8_t* mem, ExecEnv& env, uint64_t first,
         uint64_t mem_size) {
  platform::FaultRecovery recovery;
  platform::enter_fault_recovery(recovery);
  const Trap trap = WEMBED_CATCH_FAULT(recovery) == 0
                        ? static_cast<Trap>(run_ops(ops, link, mem, &env, first, mem_size))
                        : take_fault(env, recovery);
  platform::leave_fault_recovery(recovery);
  return trap;
}

Trap run_native(const uint64_t* ops, Slot* link, ExecEnv& env) {
  platform::FaultRecovery recovery;
  platform::enter_fault_recovery(recovery);
  const Trap trap = WEMBED_CATCH_FAULT(recovery) == 0
                        ? enter_native(env, reinterpret_cast<NativeBody>(ops[1]), link)
                        : take_fault(env, recovery);
  platform::leave_fault_recovery(recovery);
  if (trap == Trap::None) {
    env.fp = nullptr;
  } else if (trap == Trap::TailCall) {
    return run(ops, link, nullptr, env, enter_tail_word, 0);
  }
  return trap;
}

Trap go_on_native(ExecEnv& env, Slot* fp, const void* place) {
  Arrival& arrival = env.arrival;
  Trap trap = thrown(env) == nullptr ? Trap::None : Trap::Exception;
  for (const Body* body = native_body(fp, place, true); body != nullptr;
       body = native_body(fp, place, true)) {
    Slot* link = fp;
    const void* at = place;
    // Before they might be overwritten by results.
    place = reinterpret_cast<const void*>(link[kLinkReturn]);
    fp = reinterpret_cast<Slot*>(link[kLinkCaller]);
    arrival.instance = reinterpret_cast<Instance*>(link[kLinkInstance]);
    if (trap == Trap::None) trap = body->tier->go_on(env, *body, link, at, arrival.results);
    if (trap != Trap::None && trap != Trap::Exception) return trap;
  }
  arrival.ops = static_cast<const uint64_t*>(place);
  arrival.fp = fp;
  return trap;
}

namespace interpreter {

Trap resume(ExecEnv& env) {
  Slot* fp = env.fp;
  auto* place = static_cast<const uint8_t*>(env.place);
  uint64_t first = thrown(env) == nullptr ? host_returned : host_threw;
  if (native_body(fp, place, false) != nullptr) {
    first = go_on_in_native;
    place++;
  }
  for (;;) {
    // The handler loads base and size.
    Trap trap = run(reinterpret_cast<const uint64_t*>(place), fp, nullptr, env, first, 0);
    if (trap != Trap::None && trap != Trap::Exception) return trap;
    Slot* passage = trap == Trap::None ? env.fp : env.arrival.fp;
    if (passage == nullptr) return trap;
    if (trap == Trap::None) take_results(passage);
    place = reinterpret_cast<const uint8_t*>(passage[kLinkReturn]);
    fp = reinterpret_cast<Slot*>(passage[kLinkCaller]);
    first = go_on_in_native;
  }
}

}  // namespace interpreter

}  // namespace wembed
