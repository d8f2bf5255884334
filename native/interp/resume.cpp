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
uint64_t native_returned;
uint64_t native_threw;
uint64_t enter_tail_word;

// The machine code that a frame runs; null: the frame is interpreted, or none.
inline const Body* native_body(const Slot* fp, const void* place, bool is_return) {
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
  native_returned = handler_word(RegOp::NativeReturned);
  native_threw = handler_word(RegOp::NativeThrew);
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

namespace {

bool is_over(Trap trap) { return trap != Trap::None && trap != Trap::Exception; }

// Goes on in the frame of `body` at `fp`, where a call has returned to `place` with what came of
// it, and in its callers, as long as they are machine code. Unless it is over: with env.arrival.
__attribute__((always_inline)) inline Trap go_on_in_frames(ExecEnv& env, Trap trap,
                                                           const Body* body, Slot* fp,
                                                           const void* place) {
  Arrival& arrival = env.arrival;
  do {
    Slot* link = fp;
    const void* at = place;
    // Before they might be overwritten by results.
    const auto& code = *reinterpret_cast<const Code*>(link[kLinkCode]);
    place = reinterpret_cast<const void*>(link[kLinkReturn]);
    fp = reinterpret_cast<Slot*>(link[kLinkCaller]);
    arrival.instance = reinterpret_cast<Instance*>(link[kLinkInstance]);
    if (trap == Trap::None) {
      FirstResult first;
      trap = body->tier->go_on(env, *body, link, at, first);
      if (is_over(trap)) [[likely]]  // left again
        return trap;
      if (trap == Trap::None)
        arrival.results = body->tier->results(*body, *code.type(), link, first);
    }
    body = native_body(fp, place, true);
  } while (body != nullptr);
  arrival.ops = static_cast<const uint64_t*>(place);
  arrival.fp = fp;
  return trap;
}

// The same, then `behind` unless it is over. A function that catches faults is not inlined: so the
// way of each host call has one of them and nothing behind it.
template <Trap (*behind)(ExecEnv& env, Trap trap)>
Trap go_on_in_native(ExecEnv& env, Trap trap, const Body* body, Slot* fp, const void* place) {
  platform::FaultRecovery recovery;
  platform::enter_fault_recovery(recovery);
  trap = WEMBED_CATCH_FAULT(recovery) == 0 ? go_on_in_frames(env, trap, body, fp, place)
                                           : take_fault(env, recovery);
  platform::leave_fault_recovery(recovery);
  return is_over(trap) ? trap : behind(env, trap);
}

Trap at_arrival(ExecEnv&, Trap trap) { return trap; }

// Goes on in what is interpreted, and then in all that called it.
Trap go_on_interpreted(ExecEnv& env, const void* place, Slot* fp, uint64_t first) {
  for (;;) {
    // The handler loads base and size.
    Trap trap = run(static_cast<const uint64_t*>(place), fp, nullptr, env, first, 0);
    if (is_over(trap)) return trap;
    Slot* passage = trap == Trap::None ? env.fp : env.arrival.fp;
    if (passage == nullptr) return trap;
    if (trap == Trap::None) take_results(passage);
    place = reinterpret_cast<const void*>(passage[kLinkReturn]);
    fp = reinterpret_cast<Slot*>(passage[kLinkCaller]);
    const Body* body = native_body(fp, place, true);
    trap = go_on_in_native<at_arrival>(env, trap, body, fp, place);
    if (is_over(trap)) return trap;
    place = env.arrival.ops;
    fp = env.arrival.fp;
    first = trap == Trap::None ? native_returned : native_threw;
  }
}

Trap from_arrival(ExecEnv& env, Trap trap) {
  return go_on_interpreted(env, env.arrival.ops, env.arrival.fp,
                           trap == Trap::None ? native_returned : native_threw);
}

}  // namespace

namespace interpreter {

Trap resume(ExecEnv& env, Trap trap) {
  Slot* fp = env.fp;
  const auto* place = static_cast<const uint8_t*>(env.place);
  const Body* body = native_body(fp, place, false);
  if (body == nullptr) {
    return go_on_interpreted(env, place, fp, trap == Trap::None ? host_returned : host_threw);
  }
  return go_on_in_native<from_arrival>(env, trap, body, fp, place + 1);
}

}  // namespace interpreter

}  // namespace wembed
