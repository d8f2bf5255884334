#include "interp/interpreter.h"

#include <algorithm>

#include "interp/dispatch.h"
#include "interp/native_stub.h"
#include "interp/run.h"
#include "interp/translate.h"
#include "platform/fault.h"
#include "runtime/exception.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "runtime/profile.h"
#include "runtime/pulse.h"
#include "runtime/roots.h"
#include "runtime/runtime.h"
#include "runtime/unwind.h"

WEMBED_DECLARE_CODE_SECTION(wembed_interp)

namespace wembed {

namespace {

// No stack has room for this frame: the first call of a function goes the slow way.
constexpr uint64_t kLazyFrame = uint64_t{INT32_MAX} << 32;

// The machine's state is the first two arguments of each handler, see WEMBED_STATE.
constexpr platform::StateRegisters kHandlerRegisters =
    WEMBED_STATE_IN_REGISTERS ? platform::StateRegisters{platform::StateRegister::Argument0,
                                                         platform::StateRegister::Argument1}
                              : platform::StateRegisters{};

uint64_t reload_instance;
uint64_t enter_native_word;
uint64_t exit_ops[1];
uint64_t lazy_ops[2];

bool is_lazy(const uint64_t* ops) { return ops == lazy_ops + 1; }

Trap trap_of(Error error) {
  switch (error) {
    case Error::None: return Trap::None;
    case Error::OutOfMemory: return Trap::OutOfMemory;
    case Error::BytesLost: return Trap::BytesLost;
    case Error::Deadline: return Trap::Deadline;
    case Error::Terminated: return Trap::Terminated;
    default: return Trap::InvalidCode;
  }
}

// The call that needs a translation, on its exec_env.
struct Caller {
  ExecEnv& env;
  Instance& instance;
};

// Whether the call is to be interrupted. As at a loop header, a request that concerns it stays for
// those outside of it.
Error is_interrupted(void* context) {
  const Caller& caller = *static_cast<Caller*>(context);
  if (caller.env.interrupt.load(std::memory_order_relaxed) == 0) return Error::None;
  switch (op_interrupted(caller.env, caller.instance, nullptr)) {
    case Trap::None: return Error::None;
    case Trap::Deadline: return Error::Deadline;
    default: return Error::Terminated;
  }
}

// A call found that `code`'s frame does not fit above `base`.
Trap make_room(ExecEnv& env, Instance& instance, Code& code, Slot* base) {
  const uint64_t* ops = code.ops.load(std::memory_order_acquire);
  if (is_lazy(ops)) {
    Caller caller{env, instance};
    Trap trap = instance.runtime->engine().prepare(code, Poll(&is_interrupted, &caller));
    if (trap != Trap::None) return trap;
    ops = code.ops.load(std::memory_order_acquire);
  }
  Slot* end = base + (ops[-1] >> 32);
  if (end <= env.stack_limit.load(std::memory_order_relaxed)) return Trap::None;
  const uint32_t wanted = env.interrupt.load(std::memory_order_relaxed);
  Trap trap = op_interrupted(env, instance, end);
  // One without loops and calls is found nowhere else.
  if ((wanted & kInterruptSample) != 0) sample_function(env, code, nullptr);
  return trap;
}

const uint64_t* ops_of(const Body& body) { return static_cast<const uint64_t*>(body.begin); }

uint64_t locate(const Code& code, const Body& body, const void* place, bool is_return) {
  int64_t index = static_cast<const uint64_t*>(place) - ops_of(body);
  // The call itself stands before the place where it returns to.
  return source_offset(code, static_cast<uint32_t>(is_return ? index - 1 : index));
}

// Handlers count by words. A call stands before the place where it returns to.
uint32_t position_of(const Body& body, const void* place, bool is_return) {
  auto index = static_cast<uint32_t>(static_cast<const uint64_t*>(place) - ops_of(body));
  return is_return ? index - 1 : index;
}

const void* place_at(const Body& body, uint32_t position) { return ops_of(body) + position; }

RootMap* root_map(const Code& code, const Body& body) {
  return make_root_map(code, {ops_of(body), static_cast<const uint64_t*>(body.end)});
}

void release(Code& code, Body& body) {
  Allocator& allocator = code.module().allocator();
  allocator.release(const_cast<HandlerTable*>(body.handlers));
  allocator.release(body.roots);
  allocator.release(const_cast<uint64_t*>(ops_of(body) - 1));
  allocator.destroy(&body);
}

// Null with a reason.
Body* make_body(const Code& code, const Poll& poll, Trap& trap) {
  Translation made;
  Error error = translate(code, poll, made);
  if (error != Error::None) {
    trap = trap_of(error);
    return nullptr;
  }
  Allocator& allocator = code.module().allocator();
  const uint64_t* ops = made.ops();
  Body* body = allocator.create<Body>(
      Body{&interpreter::tier(), ops, ops + made.words, nullptr, made.handlers});
  if (body == nullptr) {
    allocator.release(made.block);
    allocator.release(made.handlers);
    trap = Trap::OutOfMemory;
  }
  return body;
}

// Whether a frame of `ops` fits with its first argument at `args`.
inline bool has_room(const ExecEnv& env, const uint64_t* ops, const Slot* args) {
  return args + (ops[-1] >> 32) <= env.stack_limit.load(std::memory_order_relaxed);
}

// The ops to run `code` by, once its frame fits with its first argument at `args`.
inline Trap find_ops(ExecEnv& env, Code& code, Instance& instance, Slot* args,
                     const uint64_t*& ops) {
  ops = code.ops.load(std::memory_order_acquire);
  while (!has_room(env, ops, args)) {
    Trap trap = make_room(env, instance, code, args);
    if (trap != Trap::None) return trap;
    ops = code.ops.load(std::memory_order_acquire);
  }
  return Trap::None;
}

// The link of the function that `ops` run, which returns to `caller`'s frame, out of here.
inline Slot* make_link(Code& code, Instance& instance, const uint64_t* ops, Slot* args,
                       Slot* caller) {
  Slot* link = args + static_cast<uint32_t>(ops[-1]);
  link[kLinkReturn] = reinterpret_cast<Slot>(exit_ops);
  link[kLinkCaller] = reinterpret_cast<Slot>(caller);
  link[kLinkCode] = reinterpret_cast<Slot>(&code);
  link[kLinkInstance] = reinterpret_cast<Slot>(&instance);
  return link;
}

inline Trap run_linked(ExecEnv& env, Instance& instance, const uint64_t* ops, Slot* link) {
  const Memory* memory = instance.memory;
  uint8_t* base = memory == nullptr ? nullptr : memory->base;
  uint64_t size = memory == nullptr ? 0 : memory->size.get();
  return run(ops, link, base, env, *ops, size);
}

// The first call of a function, one with no room or one to be interrupted.
__attribute__((noinline)) Trap enter_slowly(ExecEnv& env, Code& code, Instance& instance,
                                            Slot* args) {
  const uint64_t* ops;
  Trap trap = find_ops(env, code, instance, args, ops);
  if (trap != Trap::None) return trap;
  return run_linked(env, instance, ops, make_link(code, instance, ops, args, nullptr));
}

const Tier* make_tier() {
  learn_ways_on();
  reload_instance = handler_word(RegOp::ReloadInstance);
  enter_native_word = handler_word(RegOp::EnterNative);
  exit_ops[0] = handler_word(RegOp::Exit);
  lazy_ops[0] = kLazyFrame;
  lazy_ops[1] = handler_word(RegOp::Lazy);
  // Cannot fail: it is among the first ranges. Stays for the life of the process.
  static_cast<void>(platform::register_code_range(
      WEMBED_CODE_BEGIN(wembed_interp), WEMBED_CODE_END(wembed_interp), kHandlerRegisters));
  static const Tier tier = {"interpreter", locate, position_of, place_at, root_map, release};
  return &tier;
}

}  // namespace

Trap enter_slow(ExecEnv& env, const uint64_t* ip, Slot* fp, Code& code, Slot* base) {
  Instance& instance = *reinterpret_cast<Instance*>(fp[kLinkInstance]);
  env.place = ip;
  env.fp = fp;
  env.instance = &instance;
  return make_room(env, instance, code, base);
}

// Behind a call stands the reload, and it returns onto it or, within its instance, behind it. The
// entry has nothing to load.
Slot reloading_place(Slot place) {
  const auto* at = reinterpret_cast<const uint64_t*>(place);
  bool is_behind = *at != reload_instance && at != exit_ops;
  return reinterpret_cast<Slot>(is_behind ? at - 1 : at);
}

bool is_last_call(const uint64_t* call) { return call[4] != reload_instance; }

Slot* enter_tail(ExecEnv& env, Slot* fp, Slot* base) {
  const TailCall tail = env.tail;
  Instance& from = *reinterpret_cast<Instance*>(fp[kLinkInstance]);
  // The place is the body's own, and stays.
  const uint64_t* ops;
  env.tail.trap = find_ops(env, *tail.code, from, base, ops);
  if (env.tail.trap != Trap::None) return nullptr;
  Slot place = fp[kLinkReturn];
  Slot caller = fp[kLinkCaller];
  if (tail.instance != &from) place = reloading_place(place);
  std::copy_n(tail.arguments, tail.code->type()->param_slots, base);
  Slot* link = base + static_cast<uint32_t>(ops[-1]);
  link[kLinkReturn] = place;
  link[kLinkCaller] = caller;
  link[kLinkCode] = reinterpret_cast<Slot>(tail.code);
  link[kLinkInstance] = reinterpret_cast<Slot>(tail.instance);
  env.tail.ops = ops;
  return link;
}

Trap unwind(ExecEnv& env, Slot* fp, const uint64_t* ip, bool is_return) {
  Landing landing;
  Trap trap = find_landing(env, fp, ip, is_return, landing);
  env.arrival.fp = landing.fp;
  if (trap != Trap::None) return trap;
  env.fp = landing.fp;
  env.place = landing.place;
  profile_leave(env, landing.fp + 1);
  return Trap::None;
}

const uint64_t* after_poll(ExecEnv& env, Slot* fp, const uint64_t* ip) {
  const Instance& instance = *reinterpret_cast<const Instance*>(fp[kLinkInstance]);
  const Engine& engine = instance.runtime->engine();
  if (engine.take_over == nullptr) return ip;
  const uint64_t* ops = engine.take_over(*reinterpret_cast<Code*>(fp[kLinkCode]), ip);
  if (ops == nullptr || !native_stack_ok(env)) return ip;
  return has_room(env, ops, fp - static_cast<uint32_t>(ops[-1])) ? ops : ip;
}

NativeStub::NativeStub(NativeBody body, uint32_t local_slots, uint32_t slots)
    : words_{local_slots | uint64_t{slots} << 32, handler_word(RegOp::EnterNative),
             reinterpret_cast<uint64_t>(body)} {}

namespace interpreter {

const Tier& tier() {
  static const Tier* made = make_tier();
  return *made;
}

void init(Code& code) {
  code.ops.store(lazy_ops + 1, std::memory_order_relaxed);
  code.entry.store(enter_from_native, std::memory_order_relaxed);
}

Trap prepare(Code& code, const Poll& poll) {
  const Body* body = code.body_of(tier());
  if (body == nullptr) {
    Trap trap = Trap::None;
    Body* made = make_body(code, poll, trap);
    if (made == nullptr) return trap;
    body = &publish_once(code, *made);
    if (body != made) release(code, *made);
  }
  code.entry.store(enter_from_native, std::memory_order_release);
  code.ops.store(ops_of(*body), std::memory_order_release);
  return Trap::None;
}

Trap enter(ExecEnv& env, const Function& function, Slot* args) {
  Instance& instance = *function.instance;
  Code* table = env.fuel_limit >= 0 ? instance.metered_code : instance.code;
  Code& code = table[function.defined];
  const uint64_t* ops = code.ops.load(std::memory_order_acquire);
  if (!has_room(env, ops, args)) [[unlikely]]
    return enter_slowly(env, code, instance, args);
  Slot* link = make_link(code, instance, ops, args, nullptr);
  return *ops == enter_native_word ? run_native(ops, link, env)
                                   : run_linked(env, instance, ops, link);
}

// The passage keeps the caller's place, for which the callee's link has no room. The arguments move
// behind it, and the results back.
Trap enter_from_native(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  const TypeDef* type = code.type();
  Slot* passage = args + std::max(type->param_slots, type->result_slots);
  Slot* inner = passage + kLinkSlots;
  const uint64_t* ops;
  if (!native_stack_ok(env)) return Trap::NativeStackOverflow;
  Trap trap = find_ops(env, code, instance, inner, ops);
  if (trap != Trap::None) return trap;
  passage[kLinkReturn] = reinterpret_cast<Slot>(back);
  passage[kLinkCaller] = reinterpret_cast<Slot>(env.fp);
  passage[kLinkCode] = 0;
  passage[kPassageType] = reinterpret_cast<Slot>(type);
  std::copy_n(args, type->param_slots, inner);
  trap = run_linked(env, instance, ops, make_link(code, instance, ops, inner, passage));
  if (trap == Trap::None) std::copy_n(inner, type->result_slots, args);
  return trap;
}

Error loop_at(const Code& code, const void* place, const Poll& poll, LoopEntry& entry,
              bool& is_found) {
  is_found = false;
  const Body* body = body_at(code, place, false);
  if (body == nullptr || body->tier != &tier()) return Error::None;
  const std::span<const uint64_t> ops(ops_of(*body), static_cast<const uint64_t*>(body->end));
  return find_loop(code, ops, position_of(*body, place, false), poll, entry, is_found);
}

const char* dispatch() { return dispatch_name(); }

}  // namespace interpreter

}  // namespace wembed
