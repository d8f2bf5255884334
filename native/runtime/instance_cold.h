// The host's side of an instance: what running code never reads. Private to native/runtime and
// native/inspect, to native/capi for the fields under "embedder", and to libraries of host
// functions for their state.
#pragma once

#include <atomic>
#include <mutex>

#include "base/vector.h"
#include "runtime/guest_allocator.h"
#include "runtime/host_module.h"
#include "runtime/instance.h"
#include "runtime/store.h"

namespace wembed {

struct Blueprint;
struct Cluster;
struct ExecEnv;
struct HostReference;
class LibraryState;
class NativeLinks;
class Profile;
struct TrapRecord;

// Functions are made in chunks, so that a handle costs no allocation of its own.
constexpr uint32_t kFunctionChunk = 32;
struct FunctionChunk {
  Function items[kFunctionChunk];
};

constexpr uint32_t kContextKeys = 8;
// The first is the runtime's own: a LibraryState, see library_state().
constexpr uint32_t kLibraryContext = 0;

// Told before the storage of an instance goes.
struct Gone {
  void (*tell)(void* context, Instance* instance) = nullptr;
  void* context = nullptr;
};

struct Instance::Cold {
  explicit Cold(Allocator& allocator) : foreign_functions(allocator) {}

  // Of writers of Instance::exception, the list of exec_envs, functions that have numbers, and
  // functions and table elements that are made when they are first asked for.
  std::mutex mutex;
  std::atomic<Trap> terminated{Trap::None};  // why it has to stop; cleared with the exception
  bool closed = false;                       // kept for its group only
  std::atomic<bool> is_made{false};          // all of it is there
  bool runs_constructors = false;            // with the start function
  bool runs_initializer = false;             // of a system, see Conventions
  std::atomic<bool> is_joined{false};        // with others into a group, now or before
  std::atomic<bool> is_reachable{false};     // others may get at what it owns; see store.h
  RunMode run_mode = RunMode::Best;          // asked for; possible
  bool is_broken = false;  // a reset failed half-way: the exception stays until one succeeds
  std::atomic<bool> is_resetting{false};
  std::atomic<bool> is_metered{false};  // its whole group has metered code
  Store first_store;                    // the group it begins in
  Instance* next = nullptr;             // in its store
  Instance* previous = nullptr;
  bool is_held = false;     // nothing begins to run on it; guarded by `mutex`
  bool is_reached = false;  // by a look at its store, see reach.h
  const Instance* next_reached = nullptr;
  ExecEnv* envs = nullptr;  // made for it or lent to it; guarded by `mutex`

  uint32_t function_count = 0;
  std::atomic<FunctionChunk*>* chunks = nullptr;  // of defined functions
  uint32_t chunks_made = 0;                       // guarded by `mutex`
  Function* host_functions = nullptr;  // one per function import, used where bound to the host
  HostFunction* callbacks = nullptr;   // those of an explicit import list
  HostReference* host_references = nullptr;
  NativeLinks* links = nullptr;
  Vector<Function*> foreign_functions;  // numbered for the embedder

  Memory* own_memories = nullptr;  // the ones this instance made: released with it
  uint32_t own_memory_count = 0;
  Table* own_tables = nullptr;
  uint32_t own_table_count = 0;
  GlobalCell* own_cells = nullptr;   // of imported globals bound to a value
  Instance** cell_owners = nullptr;  // of imported globals: whose cell it is; null: its own

  Profile* profile = nullptr;  // of a runtime that asks for it, held
  TrapRecord* trap = nullptr;  // made at the first trap
  Trap pending = Trap::None;   // code of the pending exception
  ExecEnv* singleton = nullptr;
  bool is_singleton_known = false;          // to the host: it stays as long as the instance
  uint32_t gc_heap_kib = 0;                 // what its objects may take; 0: what the runtime says
  std::atomic<ExecEnv*> last_env{nullptr};  // ran last on this instance
  uint32_t stack_size = 0;                  // of exec_envs made on its behalf, bytes
  GuestAllocator guest_allocator;
  const Blueprint* blueprint = nullptr;  // the module's

  // Embedder.
  HostModule host_module;  // what the instance was made from, held
  void* custom_data = nullptr;
  void* contexts[kContextKeys] = {};
  bool is_ending = false;                  // the embedder has asked for its end
  Gone gone;                               // asked to be told when nobody can get at it any more
  std::atomic<Cluster*> cluster{nullptr};  // of a root that has spawned, and what it spawned
  Instance* next_part = nullptr;  // of the instances that were made with a root and end with it
};

// What the instance brings along for the objects of its group.
uint64_t gc_heap_size(const Instance& instance);

// What libraries of host functions keep for it; null: nothing.
inline LibraryState* library_state(const Instance& instance) {
  return static_cast<LibraryState*>(instance.cold->contexts[kLibraryContext]);
}

}  // namespace wembed
