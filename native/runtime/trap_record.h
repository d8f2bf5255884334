// What is known of a trap, collected when it reaches the entry into the guest.
#pragma once

#include <cstdint>

#include "base/trap.h"

namespace wembed {

struct Code;
struct Exception;
struct ExceptionSpace;
struct ExecEnv;
struct Instance;
class Module;

struct TrapFrame {
  Module* module;
  const Instance* instance;  // has the module; stays as long as the record, see reach.h
  uint32_t function;
  bool is_return;     // see locate() in code.h
  const Code* code;   // null: a host function
  const void* place;  // null: not known
  // Byte offset in the module, kNoOffset: not known. Found out when it is asked for.
  [[nodiscard]] uint64_t offset() const;
};

// What is known of the last trap; frames innermost first.
struct TrapRecord {
  static constexpr uint32_t kMaxFrames = 64;
  Exception* exception = nullptr;        // that is pending, held; null: none
  ExceptionSpace* exceptions = nullptr;  // of exec_envs that are gone
  Trap code = Trap::None;
  uint32_t frame_count = 0;  // recorded here
  uint32_t frame_total = 0;  // really there
  TrapFrame frames[kMaxFrames];
};

// Called by the entry before it takes its frames down: sets the text on `entry` (the instance that
// was current when the host called) and records the frames, as far as there is memory.
void record_trap(ExecEnv& env, Trap trap, Instance& entry);

// Makes room for a record, which the first trap does otherwise. False: no memory.
bool make_trap_record(Instance& instance);

// The instance's exception is one of wasm, of which a reference is taken over. False: no memory,
// and that is the exception. Null is like no memory.
bool pend_exception(Instance& instance, Exception* exception);
// Null: none, or the pending exception is none of wasm.
[[nodiscard]] Exception* pending_exception(const Instance& instance);
// No exception is pending any more; the reference to the one of wasm is the caller's.
Exception* take_pending_exception(Instance& instance);

// There is one.
void free_trap_record(Instance& instance);

// The record of the instance's last trap; null: none, or there was no memory for it.
const TrapRecord* trap_record(const Instance& instance);

}  // namespace wembed
