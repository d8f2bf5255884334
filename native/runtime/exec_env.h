// An execution environment: one wasm stack, used by one thread at a time. wasm_exec_env_t.
//
// The wasm stack grows upwards. A frame, lowest address first:
//   parameters, other locals | link: return ip, caller's fp, Code*, Instance* | operand homes
// fp points at the link. Local slot i is fp[i - local_slots], operand slot k is fp[4 + k].
// A call's arguments are the topmost operands of the caller and become the callee's parameters
// where they are; results take their place, first result where the first argument was.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/value.h"

namespace wembed {

struct Function;
struct Instance;

constexpr int kLinkReturn = 0;    // const uint64_t*: where the caller continues
constexpr int kLinkCaller = 1;    // Slot*: the caller's fp; null in the entry frame
constexpr int kLinkCode = 2;      // const Code* of the function of this frame
constexpr int kLinkInstance = 3;  // Instance* whose code runs in this frame
constexpr int kLinkSlots = 4;

// Reasons to leave the fast path, as bits of ExecEnv::interrupt. Set from any thread.
enum Interrupt : uint32_t {
  kInterruptTerminate = 1u << 0,
  kInterruptDeadline = 1u << 1,
};

struct ExecEnv {
  // Hot.
  // First slot a frame may not touch. An interrupt replaces it by null, so that the check every
  // call makes anyway leaves the fast path; see runtime/interrupt.h.
  std::atomic<Slot*> stack_limit{nullptr};
  std::atomic<uint32_t> interrupt{0};  // polled at loop headers
  Slot* fp = nullptr;                  // innermost frame, current at calls out and traps
  const uint64_t* ip = nullptr;        // operation in that frame, current at calls out and traps
  int64_t fuel = 0;                    // instructions left; metered code only
  Instance* instance = nullptr;        // whose code runs, current at calls out

  // Cold.
  Slot* top = nullptr;  // first free slot: where the next entry puts its arguments
  Slot* stack_base = nullptr;
  Slot* stack_end = nullptr;
  int64_t fuel_limit = -1;                  // budget of each outermost call; negative: unlimited
  const Function* host_function = nullptr;  // the one that runs; null: guest code, or nothing
  void* user_data = nullptr;
  uint8_t* native_stack_limit = nullptr;  // set by the host, null: detected
  // Nested entries; read by whoever wants to end an instance, on any thread.
  std::atomic<uint32_t> depth{0};
  struct Cold;
  Cold* cold = nullptr;  // private to native/runtime
};

}  // namespace wembed
