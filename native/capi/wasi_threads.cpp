// Threads that guests of WASI start: each runs an instance of its own in the cluster, and shares
// memory and files with the others.
#include "capi/call_scope.h"
#include "capi/cluster.h"
#include "capi/handles.h"
#include "capi/wasi_state.h"
#include "runtime/instance_cold.h"
#include "runtime/interrupt.h"
#include "runtime/runtime.h"
#include "wasi/state.h"

namespace wembed {

namespace {

constexpr const char* kStart = "wasi_thread_start";

// What a thread is told; its own.
struct GuestThread {
  Allocator& allocator;
  uint32_t number;
  uint32_t argument;
};

void* run_guest(ExecEnv* env, void* given) {
  auto* told = static_cast<GuestThread*>(given);
  const GuestThread thread = *told;
  thread.allocator.destroy(told);
  auto* start = unwrap_function(wasm_runtime_lookup_function(wrap(env->instance), kStart));
  Slot* slots = begin_call(env, start);
  if (slots == nullptr) return nullptr;
  slots[0] = thread.number;
  slots[1] = thread.argument;
  static_cast<void>(invoke(*env, *start, slots));
  return nullptr;
}

// Whether it can be started, and shares its memory with what it starts.
bool can_run(Instance& instance) {
  const Function* start = unwrap_function(wasm_runtime_lookup_function(wrap(&instance), kStart));
  bool is_right = start != nullptr && start->type->param_count == 2 &&
                  start->type->result_count == 0 && start->type->params()[0] == kI32 &&
                  start->type->params()[1] == kI32;
  if (!is_right) {
    log_message(instance.runtime->log(), LogLevel::Error, "Failed to find thread start function %s",
                kStart);
  }
  return is_right && instance.memory != nullptr && instance.memory->type.limits.is_shared;
}

int32_t start_thread(ExecEnv& parent, uint32_t most, uint32_t number, uint32_t argument) {
  Instance& instance = *parent.instance;
  if (!can_run(instance)) return -1;
  Allocator& allocator = instance.runtime->allocator();
  auto* told = allocator.create<GuestThread>(GuestThread{allocator, number, argument});
  if (told == nullptr) return -1;
  int32_t result = spawn_detached(parent, most, &run_guest, told);
  if (result == 0) return 0;
  log_message(instance.runtime->log(), LogLevel::Error, "Failed to spawn a new thread");
  allocator.destroy(told);
  return result;
}

// An instance ends itself. Those that run beside it end with it, for the same reason.
void end_others(Instance& instance) {
  bool has_others = false;
  auto see = [](Instance&, void* found) { *static_cast<bool*>(found) = true; };
  each_other(instance, see, &has_others);
  if (!has_others) return;
  // First those: none of them is to see a cluster that starts no more threads, without knowing why.
  auto end = [](Instance& other, void*) { terminate(other, Trap::ProcessExit); };
  each_other(instance, end, nullptr);
  instance.set_exception(trap_text(Trap::ProcessExit), Trap::ProcessExit);
}

}  // namespace

void serve_threads(LibraryState& state) {
  static_cast<wasi::State&>(state).serve_threads_by({&start_thread, &end_others});
}

}  // namespace wembed
