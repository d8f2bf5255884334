// An execution environment: one wasm stack, used by one thread at a time. wasm_exec_env_t.
//
// The wasm stack grows upwards. A frame, lowest address first:
//   parameters, other locals | link: return place, caller's fp, Code*, Instance* | operand homes
// fp points at the link. Local slot i is fp[i - local_slots], operand slot k is fp[4 + k].
// A call's arguments are the topmost operands of the caller and become the callee's parameters
// where they are; results take their place, first result where the first argument was.
//
// This is the same for all tiers, and the link records alone describe the stack: runtime/frame.h
// walks them. A link without a Code is a passage: it stands between a native caller's frame and its
// interpreted callee's, whose return place is the interpreter's own, and tells the callee's type.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/trap.h"
#include "runtime/value.h"

namespace wembed {

struct Code;
struct Function;
struct Instance;

constexpr int kLinkReturn = 0;    // const void*: the place where the caller continues
constexpr int kLinkCaller = 1;    // Slot*: the caller's fp; null in the entry frame
constexpr int kLinkCode = 2;      // const Code* of the function of this frame; null: a passage
constexpr int kLinkInstance = 3;  // Instance* whose code runs in this frame
constexpr int kPassageType = kLinkInstance;  // const TypeDef*, in a passage
constexpr int kLinkSlots = 4;

// Reasons to leave the fast path, as bits of ExecEnv::interrupt. Set from any thread.
enum Interrupt : uint32_t {
  kInterruptTerminate = 1u << 0,
  kInterruptDeadline = 1u << 1,
  kInterruptCheckpoint = 1u << 2,  // the host wants to be asked
  kInterruptHold = 1u << 3,        // its group is being looked through; see reach.h, collection.h
  kInterruptSample = 1u << 4,      // the engine wants to know what runs; stops nothing
};

// A call in place of the function that runs (return_call) by a native body, which cannot replace
// itself: it returns Trap::TailCall with this, its frame as it is and env.fp, env.place and
// env.instance written back. Whoever called it moves the arguments to where the function's
// parameters began and calls on. So no chain of such calls takes more than one frame, wasm's or
// native.
struct TailCall {
  Code* code;
  Instance* instance;
  const Slot* arguments;
  // The interpreter's, as it goes on.
  const uint64_t* ops;
  Trap trap;
};

// Where control comes to when frames of machine code are done that were gone on with, see
// Tier::go_on. The interpreter's, as it goes on.
struct Arrival {
  const uint64_t* ops;
  Slot* fp;             // the caller's
  Instance* instance;   // of the frame that is done
  const Slot* results;  // its
};

// What an entry or a call out takes over does not stand side by side: compilers would read two
// fields with one load, which has to wait for the two stores that wrote them.
struct ExecEnv {
  // First slot a frame may not touch. An interrupt replaces it by null, so that the check every
  // call makes anyway leaves the fast path; see runtime/interrupt.h.
  std::atomic<Slot*> stack_limit{nullptr};
  std::atomic<uint32_t> interrupt{0};  // polled at loop headers
  Slot* fp = nullptr;                  // innermost frame, current at calls out and traps
  int64_t fuel = 0;                    // instructions left; metered code only
  const void* place = nullptr;         // of the operation in that frame, current at the same times
  int64_t fuel_limit = -1;             // budget of each outermost call; negative: unlimited
  Instance* instance = nullptr;        // whose code runs, current at calls out
  Slot* stack_end = nullptr;
  Slot* top = nullptr;  // first free slot: where the next entry puts its arguments
  Slot* stack_base = nullptr;
  // The one that runs; null: guest code, or nothing. Stored with release when it is set.
  std::atomic<const Function*> host_function{nullptr};
  void* user_data = nullptr;
  uint8_t* native_stack_limit = nullptr;  // set by the host, null: detected
  // ThreadState of the thread that runs on it, while one does.
  std::atomic<const void*> thread{nullptr};
  // Nested entries; read by whoever wants to end an instance, on any thread.
  std::atomic<uint32_t> depth{0};
  struct Cold;
  Cold* cold = nullptr;        // private to native/runtime
  uintptr_t native_floor = 0;  // of the machine's stack: how far down native frames may go
  Slot* host_slots = nullptr;  // arguments of the deferred host function a call was left at last
  TailCall tail{};
  Arrival arrival{};
};

// An exec_env for the instance with `stack_size` bytes of wasm stack. Null: no memory.
ExecEnv* create_exec_env(Instance& instance, uint32_t stack_size);
void destroy_exec_env(ExecEnv& env);  // nothing runs on it

// The instance's own exec_env, made at first use. Null: no memory.
ExecEnv* singleton_exec_env(Instance& instance);

// Whether it is some instance's own.
bool is_singleton(const ExecEnv& env);

// The exec_env that ran on the instance last. Null: none, or it is gone.
ExecEnv* last_exec_env(Instance& instance);

// Calls on `env` are the instance's from now on, until it is lent again; the instance counts as
// running while they run. False: it belongs to another runtime, or there is no memory.
[[nodiscard]] bool lend_exec_env(ExecEnv& env, Instance& instance);

// The exec_env for a call the runtime makes by itself: the one this thread is running the instance
// on, else the singleton.
ExecEnv* internal_exec_env(Instance& instance);

}  // namespace wembed
