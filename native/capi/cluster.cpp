#include "capi/cluster.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/thread_local.h"
#include "capi/aux_stack.h"
#include "capi/handles.h"
#include "capi/module_links.h"
#include "platform/thread.h"
#include "runtime/close.h"
#include "runtime/instance_cold.h"
#include "runtime/instantiate.h"
#include "runtime/interrupt.h"
#include "runtime/native_stack.h"
#include "runtime/parking.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

// One thread, from its start until somebody has joined it.
struct SpawnedThread {
  SpawnedThread* next = nullptr;
  Runtime* runtime = nullptr;
  Cluster* cluster = nullptr;
  ExecEnv* env = nullptr;        // null: it has ended, and its instance may have
  Instance* instance = nullptr;  // that it was made with; calls change the exec_env's
  SpawnedFunction function = nullptr;
  void* argument = nullptr;
  void (*done)(void* argument) = nullptr;  // null: nobody wants to know
  void* result = nullptr;
  uintptr_t thread = 0;
  bool is_done = false;
  bool is_joined = false;      // somebody waits for it
  bool is_detached = false;    // nobody will
  bool is_dismissed = false;   // its program is over: why it ends is nobody's concern
  bool is_over = false;        // it has run, and is about to say how that ended
  Parking* waiting = nullptr;  // a guest's thread that does
};

// The one that the calling thread is.
thread_local SpawnedThread* own_thread WEMBED_TLS_MODEL = nullptr;

// Guards all clusters and threads: they begin and end seldom.
struct Spawning {
  std::mutex mutex;
  SpawnedThread* threads = nullptr;
  std::atomic<uint32_t> most{4};
};

Spawning& spawning() {
  static Spawning instance;
  return instance;
}

}  // namespace

// An instance's place in its cluster; slot 0 is the root's.
struct ClusterMember {
  Instance* instance;  // null: it is being made
  ExecEnv* env;        // null: the root
  uint32_t slot;
};

// Goes with its last member.
struct Cluster {
  explicit Cluster(Allocator& allocator) : members(allocator) {}
  Vector<ClusterMember> members;
  uint32_t most = 0;
};

namespace {

// --- members -------------------------------------------------------------------------------------

Cluster* cluster_of(const Instance& instance) {
  return instance.cold->cluster.load(std::memory_order_relaxed);
}

// Under the mutex. Null: no memory.
Cluster* begin_cluster(Instance& root, uint32_t most) {
  Cluster* known = cluster_of(root);
  if (known != nullptr) return known;
  Allocator& allocator = root.runtime->allocator();
  Cluster* made = allocator.create<Cluster>(allocator);
  if (made == nullptr) return nullptr;
  made->most = most != 0 ? most : spawning().most.load(std::memory_order_relaxed);
  if (!made->members.push_back({&root, nullptr, 0})) {
    allocator.destroy(made);
    return nullptr;
  }
  root.cold->cluster.store(made, std::memory_order_relaxed);
  return made;
}

// Under the mutex.
void take_out(Cluster& cluster, size_t member, Runtime& runtime) {
  auto& members = cluster.members;
  members[member] = members[members.size() - 1];
  members.pop_back();
  if (members.empty()) runtime.allocator().destroy(&cluster);
}

// Under the mutex.
void leave(Instance& instance) {
  Cluster* cluster = cluster_of(instance);
  if (cluster == nullptr) return;
  instance.cold->cluster.store(nullptr, std::memory_order_relaxed);
  auto& members = cluster->members;
  for (size_t i = 0; i < members.size(); i++) {
    if (members[i].instance == &instance) return take_out(*cluster, i, *instance.runtime);
  }
}

// The smallest that nobody has; 0: none.
uint32_t free_slot(const Cluster& cluster) {
  for (uint32_t slot = 1; slot <= cluster.most; slot++) {
    bool is_taken = false;
    for (const ClusterMember& member : cluster.members) is_taken |= member.slot == slot;
    if (!is_taken) return slot;
  }
  return 0;
}

bool has_exception(const Cluster& cluster) {
  for (const ClusterMember& member : cluster.members) {
    if (member.instance != nullptr && member.instance->has_exception()) return true;
  }
  return false;
}

ExecEnv* refuse_stack(Instance& parent) {
  log_message(parent.runtime->log(), LogLevel::Error,
              "thread manager error: failed to allocate aux stack space for new thread");
  return nullptr;
}

// An instance as the parent's, with its shared memories; start functions have run, constructors
// not. Null: it cannot be made.
Instance* make_member(Instance& parent, uint32_t stack_bytes) {
  auto* handle = static_cast<ModuleHandle*>(parent.cold->host_module.object);
  if (handle == nullptr) return nullptr;
  InstantiateOptions options;
  options.stack_size = stack_bytes;
  options.links = handle->links();
  options.host_module = handle->held();
  options.custom_data = parent.cold->custom_data;
  options.run_constructors = false;
  options.shared_with = &parent;
  options.library_state = library_state(parent);
  Diagnostic diagnostic;
  Instance* made = instantiate_linked(*handle, options, diagnostic);
  if (made == nullptr) {
    log_message(parent.runtime->log(), LogLevel::Error, "thread manager error: %s",
                diagnostic.message);
    handle->release();
    return nullptr;
  }
  std::copy_n(parent.cold->contexts, kContextKeys, made->cold->contexts);
  // It ends with its exec_env, and nobody else ends it.
  made->cold->is_ending = true;
  return made;
}

void end_member(Instance& instance) {
  Instance* parts = take_parts(instance);
  close_instance(instance);
  end_parts(parts);
}

}  // namespace

void set_most_spawned(uint32_t count) {
  // The parts of a stack have to be numbers.
  constexpr uint32_t kMost = 1 << 16;
  if (count > 0) spawning().most.store(std::min(count, kMost), std::memory_order_relaxed);
}

namespace {

// A place in the cluster before there is an instance for it, which is made without the mutex: its
// start function may do anything.
class Place {
 public:
  Place(Instance& parent, uint32_t most) : runtime_(*parent.runtime) {
    std::lock_guard lock(spawning().mutex);
    cluster_ = begin_cluster(parent, most);
    if (cluster_ == nullptr || has_exception(*cluster_)) return;
    slot_ = free_slot(*cluster_);
    if (slot_ != 0 && !cluster_->members.push_back({nullptr, nullptr, slot_})) slot_ = kNoMemory;
  }
  ~Place() {
    if (!is_taken() || is_filled_) return;
    std::lock_guard lock(spawning().mutex);
    take_out(*cluster_, index(), runtime_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] bool is_full() const { return cluster_ != nullptr && slot_ == 0; }
  [[nodiscard]] bool is_taken() const { return slot_ != 0 && slot_ != kNoMemory; }
  [[nodiscard]] uint32_t slot() const { return slot_; }
  [[nodiscard]] uint32_t most() const { return cluster_->most; }

  void fill(Instance& instance, ExecEnv& env) {
    std::lock_guard lock(spawning().mutex);
    cluster_->members[index()] = {&instance, &env, slot_};
    instance.cold->cluster.store(cluster_, std::memory_order_relaxed);
    is_filled_ = true;
  }

 private:
  static constexpr uint32_t kNoMemory = UINT32_MAX;
  [[nodiscard]] size_t index() const {
    size_t at = 0;
    while (cluster_->members[at].slot != slot_) at++;
    return at;
  }

  Runtime& runtime_;
  Cluster* cluster_ = nullptr;
  uint32_t slot_ = 0;
  bool is_filled_ = false;
};

// Makes what belongs to the place; `prepare` sees the instance before anybody else does.
template <class Prepare> ExecEnv* spawn_at(Place& place, ExecEnv& parent_env, Prepare prepare) {
  auto bytes = static_cast<uint32_t>((parent_env.stack_end - parent_env.stack_base) * sizeof(Slot));
  Instance* made = make_member(*parent_env.instance, bytes);
  if (made == nullptr) return nullptr;
  prepare(*made);
  ExecEnv* env = create_exec_env(*made, bytes);
  if (env == nullptr) {
    end_member(*made);
    return nullptr;
  }
  place.fill(*made, *env);
  return env;
}

}  // namespace

ExecEnv* spawn_exec_env(ExecEnv& parent_env) {
  Instance* parent = parent_env.instance;
  if (parent == nullptr || parent->has_exception()) return nullptr;
  AuxStack stack;
  if (!find_aux_stack(*parent, stack)) return refuse_stack(*parent);
  Place place(*parent, 0);
  if (place.is_full()) return refuse_stack(*parent);
  if (!place.is_taken()) return nullptr;
  uint32_t part = part_of(stack, place.most());
  if (part == 0) return refuse_stack(*parent);
  return spawn_at(place, parent_env, [&](Instance& made) {
    made.global(stack.global)->slots[0] = stack.bottom - place.slot() * part;
  });
}

namespace {

// Under the mutex: whether a thread runs on it, which ends it.
bool is_of_thread(const ExecEnv& env) {
  const SpawnedThread* thread = spawning().threads;
  while (thread != nullptr && thread->env != &env) thread = thread->next;
  return thread != nullptr;
}

}  // namespace

bool end_spawned(ExecEnv& env) {
  // Without the lock, which all threads would meet at: nobody else ends what was spawned.
  if (env.instance == nullptr || cluster_of(*env.instance) == nullptr) return false;
  Instance* instance = nullptr;
  {
    std::lock_guard lock(spawning().mutex);
    Cluster* cluster = cluster_of(*env.instance);
    if (cluster == nullptr) return false;
    for (const ClusterMember& member : cluster->members) {
      if (member.env == &env) instance = member.instance;
    }
    if (instance == nullptr) return false;
    if (env.depth > 0 || is_of_thread(env)) return true;
    leave(*instance);
  }
  destroy_exec_env(env);
  end_member(*instance);
  return true;
}

// --- threads -------------------------------------------------------------------------------------

namespace {

constexpr size_t kThreadStack = 256 << 10;

void run_thread(void* given) {
  auto& thread = *static_cast<SpawnedThread*>(given);
  own_thread = &thread;
  ExecEnv& env = *thread.env;
  void* result = thread.function(&env, thread.argument);
  bool is_dismissed;
  {
    std::lock_guard lock(spawning().mutex);
    is_dismissed = thread.is_dismissed;
    thread.is_over = true;
  }
  bool has_failed = env.instance != nullptr && env.instance->has_exception();
  if (has_failed && !is_dismissed) spread_exception(*env.instance);
  {
    std::lock_guard lock(spawning().mutex);
    thread.env = nullptr;  // it may end now
  }
  end_spawned(env);
  // The root, which waits for this thread, still has the memory.
  if (thread.done != nullptr) thread.done(thread.argument);
  std::lock_guard lock(spawning().mutex);
  thread.result = result;
  thread.is_done = true;
  if (thread.waiting != nullptr) thread.waiting->wake();
}

// Under the mutex.
SpawnedThread* find_thread(uintptr_t number) {
  SpawnedThread* thread = spawning().threads;
  while (thread != nullptr && reinterpret_cast<uintptr_t>(thread) != number) thread = thread->next;
  return thread;
}

void forget(SpawnedThread& thread) {
  SpawnedThread** link = &spawning().threads;
  while (*link != &thread) link = &(*link)->next;
  *link = thread.next;
}

// Until it is done; false: the guest that waits has to stop.
bool wait_parked(SpawnedThread& thread, ExecEnv& env) {
  Parking parking(env);
  std::unique_lock lock(spawning().mutex);
  thread.waiting = &parking;
  Trap trap = Trap::None;
  while (!thread.is_done && trap == Trap::None) {
    lock.unlock();
    platform::Woken woken;
    trap = parking.sleep(platform::kNever, woken);
    lock.lock();
  }
  thread.waiting = nullptr;
  if (!thread.is_done) thread.is_joined = false;
  return thread.is_done;
}

// Takes it away from whoever might join it; null: somebody does, or it is the caller itself.
SpawnedThread* claim(uintptr_t number) {
  std::lock_guard lock(spawning().mutex);
  SpawnedThread* thread = find_thread(number);
  if (thread == nullptr || thread->is_joined || thread->is_detached || thread == own_thread) {
    return nullptr;
  }
  thread->is_joined = true;
  return thread;
}

void* finish(SpawnedThread& thread, Runtime& runtime) {
  platform::join_thread(thread.thread);
  void* result = thread.result;
  {
    std::lock_guard lock(spawning().mutex);
    forget(thread);
  }
  runtime.allocator().destroy(&thread);
  runtime.release();
  return result;
}

}  // namespace

namespace {

// On an exec_env that was spawned for it, which it ends. Null: there is none to be had.
SpawnedThread* run_on(ExecEnv* env, const SpawnedThread& like) {
  if (env == nullptr) return nullptr;
  Runtime& runtime = *env->instance->runtime;
  SpawnedThread* thread =
      runtime.no_system_memory() ? nullptr : runtime.allocator().create<SpawnedThread>(like);
  if (thread != nullptr) {
    thread->runtime = &runtime;
    thread->cluster = cluster_of(*env->instance);
    thread->env = env;
    thread->instance = env->instance;
    runtime.retain();
    std::lock_guard lock(spawning().mutex);
    thread->next = spawning().threads;
    spawning().threads = thread;
    // Its first words wait for nothing that is locked here.
    if (platform::start_thread(&run_thread, thread, kThreadStack, thread->thread)) return thread;
    forget(*thread);
    runtime.allocator().destroy(thread);
  }
  if (thread != nullptr) runtime.release();
  end_spawned(*env);
  return nullptr;
}

// Those of the root's cluster that have ended by themselves, and nobody joins.
void reap_detached(const Cluster* cluster) {
  for (;;) {
    SpawnedThread* done = nullptr;
    {
      std::lock_guard lock(spawning().mutex);
      for (SpawnedThread* at = spawning().threads; at != nullptr && done == nullptr;
           at = at->next) {
        bool is_left = at->is_detached && at->is_done && !at->is_joined;
        if (is_left && at->cluster == cluster) done = at;
      }
      if (done == nullptr) return;
      done->is_joined = true;
    }
    finish(*done, *done->runtime);
  }
}

}  // namespace

int32_t spawn_thread(ExecEnv& parent, uintptr_t& number, SpawnedFunction function, void* argument) {
  SpawnedThread like;
  like.function = function;
  like.argument = argument;
  const SpawnedThread* thread = run_on(spawn_exec_env(parent), like);
  if (thread == nullptr) return -1;
  number = reinterpret_cast<uintptr_t>(thread);
  return 0;
}

int32_t spawn_detached(ExecEnv& parent, uint32_t most, SpawnedFunction function, void* argument) {
  Instance* root = parent.instance;
  if (root == nullptr || root->has_exception()) return -1;
  reap_detached(cluster_of(*root));
  Place place(*root, most);
  if (place.is_full()) {
    log_message(root->runtime->log(), LogLevel::Error,
                "thread manager error: maximum number of threads exceeded");
  }
  if (!place.is_taken()) return -1;
  SpawnedThread like;
  like.function = function;
  like.argument = argument;
  like.is_detached = true;
  return run_on(spawn_at(place, parent, [](Instance&) {}), like) == nullptr ? -1 : 0;
}

namespace {

bool spawn_with_stack(ExecEnv& parent, const GuestThread& what) {
  reap_detached(cluster_of(*parent.instance));
  SpawnedThread like;
  like.function = what.run;
  like.argument = what.argument;
  like.done = what.done;
  like.is_detached = true;
  return run_on(spawn_exec_env(parent), like) != nullptr;
}

}  // namespace

const GuestThreads kClusterThreads = {&spawn_with_stack};

int32_t join_spawned(uintptr_t number, void** result) {
  SpawnedThread* thread = claim(number);
  if (thread == nullptr) return -1;
  ExecEnv* waiting = thread_state.current;
  if (waiting != nullptr && !wait_parked(*thread, *waiting)) return -1;
  void* value = finish(*thread, *thread->runtime);
  if (result != nullptr) *result = value;
  return 0;
}

namespace {

// Under the mutex: a thread of the cluster's that nobody waits for, and to all that are detached
// that they have to end. Null: there is none.
SpawnedThread* next_to_end(const Cluster* cluster, bool only_detached) {
  SpawnedThread* next = nullptr;
  for (SpawnedThread* at = spawning().threads; at != nullptr; at = at->next) {
    if (at->cluster != cluster || at == own_thread) continue;
    if (at->is_detached && !at->is_dismissed && !at->is_over) {
      at->is_dismissed = true;
      if (at->env != nullptr) terminate(*at->instance);
    }
    bool is_wanted = !at->is_joined && (at->is_detached || !only_detached);
    if (is_wanted && next == nullptr) next = at;
  }
  if (next != nullptr) next->is_joined = true;
  return next;
}

void end_threads(Instance& root, bool is_leaving) {
  for (;;) {
    SpawnedThread* thread = nullptr;
    {
      std::lock_guard lock(spawning().mutex);
      const Cluster* cluster = cluster_of(root);
      if (cluster == nullptr) return;
      thread = next_to_end(cluster, !is_leaving);
      if (thread == nullptr && is_leaving) leave(root);
      if (thread == nullptr) return;
    }
    finish(*thread, *thread->runtime);
  }
}

}  // namespace

void end_detached(Instance& root) {
  if (cluster_of(root) != nullptr) end_threads(root, false);
}

void leave_cluster(Instance& root) {
  if (cluster_of(root) != nullptr) end_threads(root, true);
}

namespace {

// Under the mutex. `instance` is only compared; null is no cluster.
template <class Act> void for_others(const Cluster* cluster, const Instance* instance, Act act) {
  if (cluster == nullptr) return;
  for (const ClusterMember& member : cluster->members) {
    bool is_other = member.instance != nullptr && member.instance != instance;
    if (is_other) act(*member.instance);
  }
}

}  // namespace

void each_other(Instance& instance, void (*act)(Instance& other, void* context), void* context) {
  if (cluster_of(instance) == nullptr) return;
  std::lock_guard lock(spawning().mutex);
  for_others(cluster_of(instance), &instance, [&](Instance& other) { act(other, context); });
}

// Its thread may end the instance as soon as it has stopped, but for a member of a cluster it waits
// for the lock then.
void terminate_with_cluster(Instance& instance) {
  if (cluster_of(instance) == nullptr) return terminate(instance);
  std::lock_guard lock(spawning().mutex);
  const Cluster* cluster = cluster_of(instance);
  terminate(instance);
  for_others(cluster, &instance, [](Instance& other) { terminate(other); });
}

namespace {

// What says all about why others end. The rest has a text or a value, which is one instance's.
Trap why_others_end(const Instance& from) {
  Trap trap = from.pending_trap();
  bool is_plain = trap != Trap::None && trap != Trap::HostException && trap != Trap::Exception;
  return is_plain ? trap : Trap::Terminated;
}

}  // namespace

void spread_exception(Instance& from) {
  auto give = [](Instance& other, void* given) {
    constexpr size_t kPrefix = sizeof("Exception: ") - 1;
    const auto& source = *static_cast<const Instance*>(given);
    bool is_set = source.has_exception();
    if (is_running(other)) {
      // A request to stop is not taken back from those who have not seen it yet.
      if (is_set && !other.has_exception()) terminate(other, why_others_end(source));
    } else if (!is_set) {
      other.set_exception(nullptr);
    } else if (!other.has_exception()) {
      other.set_exception(source.exception_text() + kPrefix, source.pending_trap());
    }
  };
  each_other(from, give, &from);
}

}  // namespace wembed
