// Collecting what the guests of a group do not refer to any more: objects of the group's heap, and
// values that they have from the host.
//
// Meanwhile all threads of the group are stopped. A thread is, for the exec_env it runs on,
//
//   idle    nothing runs: ExecEnv::depth is 0. What begins to run stops at its first check.
//   host    a host function runs: ExecEnv::host_function. Frames lie still; it stops at its return,
//           or where it enters the guest.
//   away    it waits, also for a collection to end: ExecEnv::is_away
//   guest   else. It is asked by kInterruptHold, and waited for: a guest looks at each taken branch
//           and each call.
//
// Whoever collects holds Runtime::store_mutex() from the request to the end; who has been stopped
// goes on by taking it. Transitions to `guest` look for the request behind their store without a
// fence of their own: order_all_threads() is one for them, as in reach.h.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "heap/heap.h"
#include "heap/mark.h"
#include "runtime/exec_env.h"

namespace wembed {

struct Instance;
class Store;

// Guest code of the calling thread waits for something: collections go on without it. Its state has
// been written back (env.fp, env.place, env.instance), and it touches no reference meanwhile.
class Away {
 public:
  explicit Away(ExecEnv& env);
  ~Away();  // waits for a collection to end
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

 private:
  ExecEnv& env_;
  bool was_away_;
};

// Behind a store that makes the thread one that runs guest code, see above.
inline void come_back(ExecEnv& env) {
  if ((env.interrupt.load(std::memory_order_relaxed) & kInterruptHold) != 0) [[unlikely]] {
    Away here(env);
  }
}

// The host function that runs on `env` has returned into guest code.
inline void leave_host_function(ExecEnv& env) {
  env.host_function.store(nullptr, std::memory_order_relaxed);
  come_back(env);
}

enum class Collected : uint8_t {
  Yes,
  Not,        // other threads of the group cannot be stopped
  Interrupt,  // the thread that wanted it was asked to stop: op_interrupted() says why
};

// Collects in the group of the instance. `env`: the calling thread runs guest code on it, with its
// state written back; null: none, or in a host function. `host_values` is told every externref that
// is still referred to, some more than once, as it is in a slot.
Collected collect(Instance& instance, ExecEnv* env, const MarkObserver& host_values);

// A new object of the heap of the instance's group, for guest code on `env` with its state written
// back (not for a host function: its thread counts as stopped). Only its kind is written: the rest
// has to be before the next object is made, or another call out. OutOfMemory: the heap is full;
// Terminated, Deadline: a collection was interrupted.
[[nodiscard]] Trap new_object(ExecEnv& env, Instance& instance, const ObjectKind& kind,
                              uint64_t bytes, Object*& object);

// The same outside of guest code, without a collection: for constant expressions of an instance
// that is being made or reset, during which there is none, and for the host, which has to see to it
// that something refers to the object before there is one. Under Runtime::store_mutex(). Null: the
// heap is full.
[[nodiscard]] Object* new_object_outside(Instance& instance, const ObjectKind& kind,
                                         uint64_t bytes);

// What the objects of a group may take: what each of its instances brings along.
[[nodiscard]] uint64_t object_limit(const Store& store);

// For tests: every object is made behind a collection, and each poll of a guest is one.
void collect_always(bool always);
[[nodiscard]] bool collects_always();

}  // namespace wembed
