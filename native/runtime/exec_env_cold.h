// The rest of an exec_env: limits of running calls, nesting, list links. Private to native/runtime.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "base/trap.h"
#include "heap/heap.h"
#include "platform/timer.h"
#include "runtime/exec_env.h"
#include "runtime/object_handle.h"

namespace wembed {

struct ExceptionSpace;
struct Function;
class LibraryPart;
struct LocalReference;
class Parking;
struct ProfileStack;
class Runtime;
class Stop;

// Spare slots behind the wasm stack, so that short argument lists may be read past their end.
constexpr uint32_t kStackPadding = 8;

// A pulse that samples beats at least so often while something runs.
constexpr uint32_t kSlowestSampleMs = 16;

// Whether deferred host functions are left to whoever made a call; see resumable_call.h.
enum class EntryKind : uint8_t {
  Plain,
  Leavable,   // they are: once left, it is moved to where it is a part of a ResumableCall
  Resumable,  // they are, and it is such a part
};

// A running entry into the guest: what was current before, put back when it ends. On the native
// stack of whoever made it; that of a resumable call is on the wasm stack.
struct Entry {
  Entry* previous;
  Instance* instance;  // exceptions are its
  ExecEnv* outer;      // the thread's
  EntryKind kind;
  Slot* fp;           // innermost frame of the entry before, as it called out; null: none
  const void* place;  // of the call out in that frame
  const Function* host_function;
  uintptr_t native_floor;  // another stack may have been the entry's before
};

// A stop object a running call listens to, on the native stack of whoever made the call.
struct StopWatch {
  StopWatch* previous;  // of the same exec_env
  Stop* stop;
  ExecEnv* env;
  StopWatch* next_of_stop;
  StopWatch* previous_of_stop;
};

struct ExecEnv::Cold {
  Runtime* runtime = nullptr;
  Instance* home = nullptr;  // made for it, or lent to it; null once that is freed
  ExecEnv* next = nullptr;   // in the store of `home`
  ExecEnv* previous = nullptr;

  Entry* entries = nullptr;
  Entry alone = {};  // of a call that is the thread's outermost: before it nothing was current
  StopWatch* watches = nullptr;
  uint64_t deadline = 0;  // of the running call, monotonic ns; 0: none
  platform::Timer timer;
  platform::Timer pulse;                   // ticks while something runs, see pulse.h
  std::atomic<bool> needs_pulse{false};    // the next entry has to start it
  bool is_pulse_idle = false;              // guarded by `mutex`
  std::atomic<uint32_t> sample_ms{1};      // how often it looks what runs
  std::atomic<uint64_t> checkpoint_at{0};  // monotonic ns
  // Another exec_env this thread was running on when it entered here, and the reverse. What stops
  // the outer one stops this one. `inner` is guarded by `mutex`, which is locked from the outside
  // in.
  ExecEnv* outer = nullptr;
  ExecEnv* inner = nullptr;
  mutable std::mutex mutex;
  Parking* parking = nullptr;  // where its thread sleeps, or is about to; guarded by `mutex`
  // Of the last call that came to its end, if it may have objects: roots until the next such call,
  // so that whoever made it can hold them though others collect. See collection.h.
  const Slot* results = nullptr;
  uint32_t result_slots = 0;
  // Roots of a host of gc_export.h: what it has pushed, the newest first, guarded by `mutex`; and
  // what was made for it last.
  LocalReference* local_references = nullptr;
  Handle made_for_host = 0;
  const Function* failed_host = nullptr;  // host function the trap came from
  ExceptionSpace* exceptions = nullptr;   // made when the first is thrown
  ProfileStack* profile = nullptr;        // made when the first function is timed
  LibraryPart* library_part = nullptr;

  // It waits, and collections go on without it; see collection.h.
  std::atomic<bool> is_away{false};
  Heap* heap = nullptr;  // of the group of `home`, or one that has been adopted by that
  AllocationBuffer buffer;
  struct {
    const char* kind = nullptr;
    uint64_t bytes = 0;
  } refused;                // the last object there was no room for; null: that has been told
  Object* fresh = nullptr;  // that guest code is making, filled as far as it is long
  void leave_heap() {
    heap = nullptr;
    buffer = {};
    made_for_host = 0;
  }
};

}  // namespace wembed
