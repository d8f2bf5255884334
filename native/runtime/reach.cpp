#include "runtime/reach.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/poll.h"
#include "platform/thread_order.h"
#include "runtime/exec_env_cold.h"
#include "runtime/field.h"
#include "runtime/funcref.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/object_space.h"
#include "runtime/roots.h"
#include "runtime/runtime.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

// In steps of a look: a slot of a table or a global is one, an instance is several cache lines.
constexpr uint64_t kInstanceSteps = 128;
// What a closed instance may cost in looks, for itself and for each page's worth of its memories: a
// small part of what making and closing it costs. It pays for a visit to itself and to another.
constexpr uint64_t kStepsPerClosing = 2 * kInstanceSteps;
constexpr uint64_t kStepsPerPage = 128;
// What any closing may cost: small groups are looked through each time.
constexpr uint64_t kStepsAtOnce = 1024;
constexpr uint64_t kPage = 65536;

bool has_running(Instance::Cold& cold) {
  for (ExecEnv* env = cold.envs; env != nullptr; env = env->cold->next) {
    if (env->depth.load(std::memory_order_acquire) > 0) return true;
  }
  return false;
}

// Nothing begins to run in the group while one of these lives, or `is_quiet` is false.
class Hold {
 public:
  explicit Hold(Store& store) : store_(store) {
    bool can_be = true;
    for (Instance* at = first(); at != nullptr && can_be; at = at->cold->next) can_be = begin(*at);
    if (!can_be || !platform::order_all_threads()) return;
    for (Instance* at = first(); at != nullptr; at = at->cold->next) {
      std::lock_guard lock(at->cold->mutex);
      if (has_running(*at->cold)) return;
    }
    is_quiet = true;
  }
  // Members that were taken out are nobody's.
  ~Hold() {
    for (Instance* at = first(); at != nullptr; at = at->cold->next) {
      std::lock_guard lock(at->cold->mutex);
      at->cold->is_held = false;
    }
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  bool is_quiet = false;

 private:
  [[nodiscard]] Instance* first() const { return store_.instances(); }

  static bool begin(Instance& instance) {
    Instance::Cold& cold = *instance.cold;
    bool is_changing = !cold.is_made.load(std::memory_order_acquire) ||
                       cold.is_resetting.load(std::memory_order_acquire);
    std::lock_guard lock(cold.mutex);
    if (is_changing || has_running(cold)) return false;
    cold.is_held = true;
    for (ExecEnv* env = cold.envs; env != nullptr; env = env->cold->next)
      ask_running(*env, kInterruptHold);
    return true;
  }

  Store& store_;
};

// Instances and objects in turn: either may lead to the other. It is a collection at the same time,
// so that what only instances that go refer to goes as well.
class Look {
 public:
  explicit Look(ObjectSpace* objects)
      : objects_(objects),
        watch_({}, objects == nullptr ? nullptr : &objects->finalizers),
        marker_(objects == nullptr ? nullptr : &objects->heap(), watch_.observer()) {
    if (objects_ == nullptr) return;
    marker_.watch_objects({&see_object, this});
    objects_->begin_marking();
    mark_held(marker_, objects_->held);
  }
  ~Look() {
    if (objects_ != nullptr) objects_->end_marking();
  }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  void follow(const Instance& from) {
    reach(&from);
    while (next_ != nullptr) {
      const Instance& instance = *next_;
      next_ = instance.cold->next_reached;
      visit(instance);
      if (objects_ != nullptr) visit_objects(instance);
    }
  }
  [[nodiscard]] uint64_t steps() const { return steps_; }

 private:
  // Those that the instance leads to.
  void visit_objects(const Instance& instance) {
    mark_instance(marker_, instance);
    std::lock_guard lock(instance.cold->mutex);
    for (ExecEnv* env = instance.cold->envs; env != nullptr; env = env->cold->next) {
      env->cold->buffer = {};
      mark_env(marker_, *env);
    }
    Poll poll;
    static_cast<void>(marker_.follow(poll));  // nobody gives it up
  }
  static void see_object(void* context, uint64_t address) {
    auto& look = *static_cast<Look*>(context);
    const Object& object = *object_in(address);
    for_each_function(object, [&](Slot slot) { look.reach_function(slot); });
    look.steps_ += object.kind->bytes(object) / sizeof(Slot);
  }

  void reach(const Instance* instance) {
    if (instance == nullptr || instance->cold->is_reached) return;
    instance->cold->is_reached = true;
    instance->cold->next_reached = next_;
    next_ = instance;
  }
  void reach_function(Slot slot) {
    if (slot != 0) reach(reinterpret_cast<Function*>(static_cast<uintptr_t>(slot))->instance);
  }

  void visit(const Instance& instance) {
    const Module& module = *instance.module;
    Instance::Cold& cold = *instance.cold;
    const uint32_t functions = module.imported_function_count();
    const uint32_t cells = module.imported_global_count();
    steps_ += kInstanceSteps + functions + module.globals().size();
    for (uint32_t i = 0; i < functions; i++) reach(instance.imported_functions[i]->instance);
    for (uint32_t i = 0; i < cells; i++) reach(cold.cell_owners[i]);
    for (uint32_t i = 0; i < module.globals().size(); i++) {
      if (!refers_to_functions(module.globals()[i].type.type)) continue;
      reach_function(__atomic_load_n(&instance.global(i)->slots[0], __ATOMIC_RELAXED));
    }
    for (uint32_t i = 0; i < module.imported_table_count(); i++) reach(instance.tables[i]->owner);
    // Imported, or taken over from an instance it was spawned from.
    for (uint32_t i = 0; i < module.memories().size(); i++) reach(instance.memories[i]->owner);
    for (uint32_t i = 0; i < cold.own_table_count; i++) visit(cold.own_tables[i]);
    {
      // Results of a call are numbered when it has ended.
      std::lock_guard lock(cold.mutex);
      for (const Function* function : cold.foreign_functions) reach(function->instance);
      steps_ += cold.foreign_functions.size();
    }
    if (cold.trap != nullptr) visit(*cold.trap);
  }

  // What a table's image says is its owner's, or imported by it.
  void visit(const Table& table) {
    if (!refers_to_functions(table.type.element)) return;
    const uint64_t size = __atomic_load_n(&table.size, __ATOMIC_ACQUIRE);
    steps_ += size;
    for (uint64_t i = 0; i < size; i++) {
      reach_function(__atomic_load_n(&table.elements[i], __ATOMIC_ACQUIRE));
    }
  }

  // Its frames are read later, and mean code of their instances' modules.
  void visit(const TrapRecord& record) {
    steps_ += record.frame_count;
    for (uint32_t i = 0; i < record.frame_count; i++) reach(record.frames[i].instance);
  }

  ObjectSpace* objects_;
  HostValueWatch watch_;
  Marker marker_;
  const Instance* next_ = nullptr;
  uint64_t steps_ = 0;
};

uint64_t pages_of(const Instance& instance) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < instance.cold->own_memory_count; i++) {
    bytes += instance.cold->own_memories[i].size;
  }
  return bytes / kPage;
}

}  // namespace

Instance* take_unreachable(Store& store) {
  Instance* taken = nullptr;
  Instance* heir = nullptr;
  bool keeps_store = false;
  {
    Hold hold(store);
    if (!hold.is_quiet) {
      store.postpone_look();
      return nullptr;
    }
    Look look(store.objects);
    for (Instance* at = store.instances(); at != nullptr; at = at->cold->next) {
      if (at->cold->closed) continue;
      heir = at;
      look.follow(*at);
    }
    store.look_was_made(look.steps());
    for (Instance *at = store.instances(), *next; at != nullptr; at = next) {
      next = at->cold->next;
      if (std::exchange(at->cold->is_reached, false)) {
        keeps_store = keeps_store || &at->cold->first_store == &store;
        continue;
      }
      store.take_out(*at);
      at->cold->next = taken;
      taken = at;
    }
  }
  if (!keeps_store) static_cast<void>(heir->cold->first_store.unite(store));  // it has no heap
  return taken;
}

bool is_look_due(Store& store, const Instance& closed) {
  const uint64_t worth = kStepsPerClosing + kStepsPerPage * pages_of(closed);
  const uint64_t least = kInstanceSteps * store.size();
  return store.is_look_due(worth, least, kStepsAtOnce);
}

}  // namespace wembed
