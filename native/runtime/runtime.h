// A runtime: what modules and instances of one embedder have in common.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/allocator.h"
#include "base/error.h"
#include "base/sharded_count.h"
#include "memory/memory_system.h"
#include "module/type_registry.h"
#include "runtime/conventions.h"
#include "runtime/engine.h"
#include "runtime/held_exceptions.h"
#include "runtime/log.h"
#include "runtime/natives.h"
#include "runtime/print.h"
#include "runtime/shared_heap.h"

namespace wembed {

struct ExecEnv;
struct GuestThreads;
struct Instance;

// Told of growth of a memory that was refused; `limit_reached`: by its maximum.
using GrowthRefused = void (*)(Instance& instance, ExecEnv* env, uint64_t delta_pages,
                               uint64_t size_bytes, bool limit_reached);

// What is translated when an instance is made, before its start functions run, so that calls later
// need no memory for it.
struct Prepare {
  bool plain = false;
  bool metered = false;  // for calls under fuel
  [[nodiscard]] bool any() const { return plain || metered; }
};

// Asks the host every so often, on the thread that runs a guest, whether it may go on.
struct Checkpoint {
  bool (*may_go_on)(void* context) = nullptr;  // null: nobody wants to be asked
  void* context = nullptr;
  uint32_t period_ms = 0;
};

constexpr uint64_t kDefaultGcHeapSize = 128 * 1024;

struct RuntimeConfig {
  Allocator allocator;
  const Engine* engine = nullptr;
  const Conventions* conventions = nullptr;  // never null, stays
  Backend backend = Backend::Automatic;
  MemoryFunctions memory_functions;  // Backend::Functions: of every memory
  MemoryConfig memory;               // its `signals` is taken from the next field
  bool signals = true;               // false: no fault handler, checked memories only
  LogSink log;
  PrintSink print;  // what guests print
  GrowthRefused growth_refused = nullptr;
  // Nothing is taken from the system once create() has returned: memories from the allocator
  // alone, the timer's thread is there already, messages past the C library's buffers.
  bool no_system_memory = false;
  bool deadlines = true;  // false: no timer and no thread for it; a deadline is refused
  Checkpoint checkpoint;
  const GuestThreads* guest_threads = nullptr;  // null: guests start no threads
  Prepare prepare;                              // of all its instances
  // What objects of guests may take, for each instance that can reach them.
  uint64_t gc_heap_size = kDefaultGcHeapSize;
  bool profiles = false;      // calls of its guests are counted and timed
  bool is_rehearsal = false;  // what start functions need is made ready, but they do not run
  // Called by the last release(), has to call destroy(). Null: release() does.
  void (*unused)(void* embedder) = nullptr;
  void* embedder = nullptr;
};

class Runtime {
 public:
  // Null when there is no memory, or the memory strategy asked for is impossible. Where the system
  // refuses fault handlers there are none, as with `signals` false.
  static Runtime* create(const RuntimeConfig& config, Diagnostic& diagnostic);
  void destroy();  // modules and instances must be gone

  // The embedder holds it once; what it may end too late holds it as well: modules, exec_envs and
  // stop objects, of which one may be used after the embedder has ended the runtime.
  void retain() { users_.retain(); }
  void release();
  void give_up();  // the embedder's

  [[nodiscard]] Allocator& allocator() { return allocator_; }
  [[nodiscard]] TypeRegistry& types() { return types_; }
  [[nodiscard]] NativeRegistry& natives() { return natives_; }
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  // Of instances that are made: see run_mode.h.
  [[nodiscard]] RunMode run_mode() const { return run_mode_.load(std::memory_order_relaxed); }
  void set_run_mode(RunMode mode) { run_mode_.store(mode, std::memory_order_relaxed); }
  // Whether there has been an instance to sample calls of, for an engine that wants to know.
  [[nodiscard]] bool is_sampled() const { return is_sampled_.load(std::memory_order_relaxed); }
  void set_sampled() {
    if (engine_->sample == nullptr || is_sampled()) return;
    is_sampled_.store(true, std::memory_order_relaxed);
  }
  [[nodiscard]] const Conventions& conventions() const { return *conventions_; }
  [[nodiscard]] Backend backend() const { return backend_; }
  [[nodiscard]] const MemoryFunctions& memory_functions() const { return memory_functions_; }
  [[nodiscard]] MemorySystem& memory_system() { return memory_system_; }
  [[nodiscard]] bool signals() const { return signals_; }
  // True for whoever is the first to have something to say about signals that do not arrive.
  bool first_signal_report() {
    return !is_signal_reported_.load(std::memory_order_relaxed) &&
           !is_signal_reported_.exchange(true, std::memory_order_relaxed);
  }
  [[nodiscard]] const LogSink& log() const { return log_; }
  [[nodiscard]] const PrintSink& print() const { return print_; }
  [[nodiscard]] GrowthRefused growth_refused() const { return growth_refused_; }
  [[nodiscard]] bool no_system_memory() const { return no_system_memory_; }
  [[nodiscard]] bool deadlines() const { return deadlines_; }
  [[nodiscard]] bool is_rehearsal() const { return is_rehearsal_; }
  [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }
  [[nodiscard]] const GuestThreads* guest_threads() const { return guest_threads_; }
  [[nodiscard]] Prepare prepare() const { return prepare_; }
  [[nodiscard]] uint64_t gc_heap_size() const { return gc_heap_size_; }
  [[nodiscard]] HeldExceptions& held_exceptions() { return held_exceptions_; }
  [[nodiscard]] SharedHeaps& shared_heaps() { return shared_heaps_; }
  [[nodiscard]] bool profiles() const { return profiles_; }
  std::mutex& store_mutex() { return store_mutex_; }  // guards groups of linked instances

 private:
  Runtime(const RuntimeConfig& config);
  ~Runtime();
  void end();
  friend struct ::wembed::Allocator;

  Allocator allocator_;
  const Engine* engine_;
  std::atomic<RunMode> run_mode_{RunMode::Best};
  std::atomic<bool> is_sampled_{false};
  const Conventions* conventions_;
  Backend backend_;
  MemoryFunctions memory_functions_;
  bool signals_;
  std::atomic<bool> is_signal_reported_{false};
  LogSink log_;
  PrintSink print_;
  GrowthRefused growth_refused_;
  bool no_system_memory_;
  bool deadlines_;
  Checkpoint checkpoint_;
  const GuestThreads* guest_threads_;
  Prepare prepare_;
  uint64_t gc_heap_size_;
  bool is_rehearsal_;
  bool profiles_;
  void (*unused_)(void* embedder);
  void* embedder_;
  ShardedCount users_;
  std::mutex store_mutex_;
  MemorySystem memory_system_;
  TypeRegistry types_;
  NativeRegistry natives_;
  HeldExceptions held_exceptions_;
  SharedHeaps shared_heaps_;
};

}  // namespace wembed
