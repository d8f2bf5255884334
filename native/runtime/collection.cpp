#include "runtime/collection.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "base/poll.h"
#include "platform/thread_order.h"
#include "runtime/exec_env_cold.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "runtime/object_space.h"
#include "runtime/operations.h"
#include "runtime/root_check.h"
#include "runtime/roots.h"
#include "runtime/runtime.h"
#include "runtime/store.h"

namespace wembed {

uint64_t gc_heap_size(const Instance& instance) {
  const uint64_t kib = instance.cold->gc_heap_kib;
  return kib != 0 ? kib * 1024 : instance.runtime->gc_heap_size();
}

uint64_t object_limit(const Store& store) {
  uint64_t bytes = 0;
  for (const Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    bytes += gc_heap_size(*at);
  }
  return bytes;
}

namespace {

std::atomic<bool> is_stressed{false};

// Whether a thread that runs guest code there would go on with it.
bool runs_guest(const ExecEnv& env) {
  return env.depth.load(std::memory_order_acquire) > 0 &&
         !env.cold->is_away.load(std::memory_order_acquire) &&
         env.host_function.load(std::memory_order_acquire) == nullptr &&
         env.thread.load(std::memory_order_relaxed) != &thread_state;
}

// What a collection is given up for, to be looked at by op_interrupted(). A sample can wait: what
// is given up begins anew.
constexpr uint32_t kStops = kInterruptTerminate | kInterruptDeadline;
constexpr uint32_t kStopsAndCheckpoint = kStops | kInterruptCheckpoint;

// The thread that collects, if guest code runs on it, and the requests to it that count.
struct Collector {
  const ExecEnv* env;
  uint32_t heeded;
  [[nodiscard]] bool is_asked_to_stop() const {
    return env != nullptr && (env->interrupt.load(std::memory_order_relaxed) & heeded) != 0;
  }
};

Error ask_whether_to_stop(void* collector) {
  return static_cast<const Collector*>(collector)->is_asked_to_stop() ? Error::Terminated
                                                                      : Error::None;
}

// All threads of a group but this one are stopped while one of these lives, unless result() says
// otherwise. Under Runtime::store_mutex().
class StoppedGroup {
 public:
  StoppedGroup(Store& store, const Collector& own) : store_(store) {
    for (Instance* at = store_.instances(); at != nullptr; at = at->cold->next) {
      if (!hold_envs(*at)) return;
    }
    if (platform::order_all_threads()) result_ = wait(own);
  }
  ~StoppedGroup() {
    for (Instance* at = store_.instances(); at != nullptr; at = at->cold->next) {
      std::lock_guard lock(at->cold->mutex);
      at->cold->is_held = false;
    }
  }
  StoppedGroup(const StoppedGroup&) = delete;
  StoppedGroup& operator=(const StoppedGroup&) = delete;

  [[nodiscard]] Collected result() const { return result_; }

 private:
  // False: another thread makes the instance, or resets it.
  static bool hold_envs(Instance& instance) {
    Instance::Cold& cold = *instance.cold;
    if (!cold.is_made.load(std::memory_order_acquire) ||
        cold.is_resetting.load(std::memory_order_acquire)) {
      return false;
    }
    std::lock_guard lock(cold.mutex);
    cold.is_held = true;
    for (ExecEnv* env = cold.envs; env != nullptr; env = env->cold->next)
      ask_running(*env, kInterruptHold);
    return true;
  }

  [[nodiscard]] bool has_running() const {
    for (Instance* at = store_.instances(); at != nullptr; at = at->cold->next) {
      std::lock_guard lock(at->cold->mutex);
      for (ExecEnv* env = at->cold->envs; env != nullptr; env = env->cold->next) {
        if (runs_guest(*env)) return true;
      }
    }
    return false;
  }

  // Guests look after microseconds; one that translates a function, or whose bulk operation touches
  // new pages, may take longer.
  [[nodiscard]] Collected wait(const Collector& own) const {
    for (uint32_t round = 0; has_running(); round++) {
      if (own.is_asked_to_stop()) return Collected::Interrupt;
      if (round < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
    return Collected::Yes;
  }

  Store& store_;
  Collected result_ = Collected::Not;
};

void mark_group(Marker& marker, const Store& store) {
  for (const Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    mark_instance(marker, *at);
    // None is destroyed meanwhile.
    std::lock_guard lock(at->cold->mutex);
    for (ExecEnv* env = at->cold->envs; env != nullptr; env = env->cold->next) {
      env->cold->buffer = {};
      mark_env(marker, *env);
      if (collects_always() && store.objects != nullptr) [[unlikely]]
        check_roots(store.objects->heap(), *env);
    }
  }
}

// What the calling thread was given by its last calls it has done with.
void drop_results(const Store& store) {
  for (const Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
    std::lock_guard lock(at->cold->mutex);
    for (ExecEnv* env = at->cold->envs; env != nullptr; env = env->cold->next) {
      if (env->thread.load(std::memory_order_relaxed) == &thread_state) env->cold->result_slots = 0;
    }
  }
}

Collected collect_stopped(Store& store, Runtime& runtime, Collector& collector,
                          const MarkObserver& host_values) {
  ObjectSpace* objects = store.objects;
  Heap* heap = objects == nullptr ? nullptr : &objects->heap();
  HostValueWatch watch(host_values, objects == nullptr ? nullptr : &objects->finalizers);
  Marker marker(heap, watch.observer());
  if (heap != nullptr) objects->begin_marking();
  mark_group(marker, store);
  runtime.held_exceptions().mark(marker);
  if (heap == nullptr) return Collected::Yes;
  mark_held(marker, objects->held);
  Poll poll(&ask_whether_to_stop, &collector);
  if (marker.follow(poll) != Error::None) {
    objects->give_up_marking();
    return Collected::Interrupt;
  }
  heap->set_limit(object_limit(store));
  objects->end_marking(collects_always());
  return Collected::Yes;
}

Collected collect_heeding(Instance& instance, ExecEnv* env, uint32_t heeded,
                          const MarkObserver& host_values, Results results) {
  // Another thread's collection comes first, and must not wait for this one.
  if (env != nullptr) env->cold->is_away.store(true, std::memory_order_release);
  std::lock_guard lock(instance.runtime->store_mutex());
  Collector collector{env, heeded};
  Collected result;
  {
    StoppedGroup group(*instance.store, collector);
    result = group.result();
    if (result == Collected::Yes) {
      if (env == nullptr && results == Results::Drop) drop_results(*instance.store);
      result = collect_stopped(*instance.store, *instance.runtime, collector, host_values);
    }
  }
  if (env != nullptr) env->cold->is_away.store(false, std::memory_order_release);
  return result;
}

}  // namespace

void wait_for_collection(ExecEnv& env) { Away here(env); }

Away::Away(ExecEnv& env) : env_(env), was_away_(env.cold->is_away.load()) {
  env_.cold->is_away.store(true, std::memory_order_release);
}

// A collection that begins from now on finds it running again.
Away::~Away() {
  std::lock_guard lock(env_.cold->runtime->store_mutex());
  env_.cold->is_away.store(was_away_, std::memory_order_release);
}

Collected collect(Instance& instance, ExecEnv* env, const MarkObserver& host_values,
                  Results results) {
  return collect_heeding(instance, env, kStopsAndCheckpoint, host_values, results);
}

ObjectSpace* objects_of(Instance& instance) {
  Store& store = *instance.store;
  if (store.objects == nullptr) {
    store.objects = ObjectSpace::create(*instance.runtime);
    if (store.objects != nullptr) store.objects->heap().set_limit(object_limit(store));
  }
  return store.objects;
}

namespace {

// The exec_env makes its objects in the heap of the instance's group. False: no memory.
bool enter_heap(ExecEnv& env, Instance& instance) {
  if (env.cold->heap != nullptr) return true;
  env.cold->is_away.store(true, std::memory_order_release);
  std::lock_guard lock(instance.runtime->store_mutex());
  ObjectSpace* objects = objects_of(instance);
  if (objects != nullptr) env.cold->heap = &objects->heap();
  env.cold->is_away.store(false, std::memory_order_release);
  return objects != nullptr;
}

bool constants_may_make_objects(const Module& module) {
  const auto globals = module.globals();
  const auto tables = module.tables();
  auto keeps = [](const GlobalDef& global) { return refers_to_objects(global.type.type); };
  auto has = [](const TableDef& table) { return refers_to_objects(table.type.element); };
  return module.keeps_element_values() || std::any_of(globals.begin(), globals.end(), keeps) ||
         std::any_of(tables.begin(), tables.end(), has);
}

// Nothing of the kind can be made.
Trap refuse(ExecEnv& env, const ObjectKind& kind, uint64_t bytes) {
  env.cold->refused = {kind.name, bytes};
  return Trap::OutOfMemory;
}

// There was no room, or there is to be a collection.
__attribute__((noinline)) Trap new_object_slowly(ExecEnv& env, Instance& instance,
                                                 const ObjectKind& kind, uint64_t bytes,
                                                 Object*& object) {
  if (!enter_heap(env, instance)) return refuse(env, kind, bytes);
  Heap& heap = *env.cold->heap;
  AllocationBuffer& buffer = env.cold->buffer;
  object = collects_always() ? nullptr : heap.allocate(buffer, kind, bytes);
  // Other threads may have taken all that a collection has found.
  constexpr int kMostAttempts = 8;
  for (int attempt = 0; attempt < kMostAttempts && object == nullptr; attempt++) {
    // Checkpoints come every few milliseconds, a large heap takes longer: the host is asked once.
    const uint32_t heeded = attempt == 0 ? kStopsAndCheckpoint : kStops;
    Collected collected = collect_heeding(instance, &env, heeded, {}, Results::Drop);
    if (collected == Collected::Interrupt) {
      Trap trap = op_interrupted(env, instance, nullptr);
      if (trap != Trap::None) return trap;
    }
    if (collected == Collected::Not) heap.postpone();
    object = heap.allocate(buffer, kind, bytes);
  }
  return object == nullptr ? refuse(env, kind, bytes) : Trap::None;
}

}  // namespace

Trap new_object(ExecEnv& env, Instance& instance, const ObjectKind& kind, uint64_t bytes,
                Object*& object) {
  ExecEnv::Cold& cold = *env.cold;
  if (!collects_always()) [[likely]] {
    object = Heap::allocate_at_once(cold.buffer, kind, bytes);
    if (object != nullptr) [[likely]]
      return Trap::None;
  }
  return new_object_slowly(env, instance, kind, bytes, object);
}

void collect_before_constants(Instance& instance) {
  if (!constants_may_make_objects(*instance.module)) return;
  {
    std::lock_guard lock(instance.runtime->store_mutex());
    ObjectSpace* objects = instance.store->objects;
    if (objects == nullptr || !objects->heap().is_due()) return;
  }
  static_cast<void>(collect(instance, nullptr, {}));
}

Object* new_object_outside(Instance& instance, const ObjectKind& kind, uint64_t bytes,
                           WhenDue when_due) {
  ObjectSpace* objects = objects_of(instance);
  if (objects == nullptr) return nullptr;
  Object* object = objects->heap().allocate(objects->buffer, kind, bytes);
  if (object != nullptr || when_due == WhenDue::Refuse) return object;
  objects->heap().postpone();
  return objects->heap().allocate(objects->buffer, kind, bytes);
}

void collect_always(bool always) { is_stressed.store(always, std::memory_order_relaxed); }
bool collects_always() { return is_stressed.load(std::memory_order_relaxed); }

}  // namespace wembed
