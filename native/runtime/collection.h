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
class ObjectSpace;
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

// Until no collection holds the thread.
void wait_for_collection(ExecEnv& env);

// Behind a store that makes the thread one that runs guest code, see above.
inline void come_back(ExecEnv& env) {
  if ((env.interrupt.load(std::memory_order_relaxed) & kInterruptHold) != 0) [[unlikely]]
    wait_for_collection(env);
}

// The host function that runs on `env` has returned into guest code.
inline void leave_host_function(ExecEnv& env) {
  env.host_function.store(nullptr, std::memory_order_relaxed);
  come_back(env);
}

// What the calling thread was given by its last calls is released by a collection that it asks for,
// or kept.
enum class Results : uint8_t { Drop, Keep };

enum class Collected : uint8_t {
  Yes,
  Not,        // other threads of the group cannot be stopped
  Interrupt,  // the thread that wanted it was asked to stop: op_interrupted() says why
};

// Collects in the group of the instance. `env`: the calling thread runs guest code on it, with its
// state written back, and keeps results; null: none, or in a host function. `host_values` is told
// every externref that is still referred to, some more than once, as it is in a slot.
Collected collect(Instance& instance, ExecEnv* env, const MarkObserver& host_values,
                  Results results = Results::Drop);

// A new object of the heap of the instance's group, for guest code on `env` with its state written
// back (not for a host function: its thread counts as stopped). Only its kind is written: the rest
// has to be before the next object is made, or another call out. OutOfMemory: the heap is full;
// Terminated, Deadline: a collection was interrupted.
[[nodiscard]] Trap new_object(ExecEnv& env, Instance& instance, const ObjectKind& kind,
                              uint64_t bytes, Object*& object);

// Before constant expressions that new_object_outside() serves, of an instance whose group may have
// garbage already: collects when it is time to, and it can be.
void collect_before_constants(Instance& instance);

// The same outside of guest code, without a collection: for constant expressions of an instance
// that is being made or reset, during which there is none, and for the host, which has to see to it
// that something refers to the object before there is one. Under Runtime::store_mutex(). Null: the
// heap is full, or a collection is due and wanted first.
enum class WhenDue : uint8_t { MakeWithout, Refuse };
[[nodiscard]] Object* new_object_outside(Instance& instance, const ObjectKind& kind, uint64_t bytes,
                                         WhenDue when_due);

// The objects of the group, which are made when there are none yet. Null: no memory. Under
// Runtime::store_mutex().
[[nodiscard]] ObjectSpace* objects_of(Instance& instance);

// What the objects of a group may take: what each of its instances brings along.
[[nodiscard]] uint64_t object_limit(const Store& store);

// For tests: every object is made behind a collection, and each poll of a guest is one. What a
// collection does not find is overwritten, and root maps are put to the test: see root_check.h.
void collect_always(bool always);
[[nodiscard]] bool collects_always();

}  // namespace wembed
