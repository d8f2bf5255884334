#include "runtime/reset.h"

#include "base/result.h"
#include "runtime/collection.h"
#include "runtime/element_values.h"
#include "runtime/exec_env_cold.h"
#include "runtime/frame.h"
#include "runtime/group_envs.h"
#include "runtime/heap_attachment.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_parts.h"
#include "runtime/library_state.h"
#include "runtime/native_stack.h"
#include "runtime/runtime.h"
#include "runtime/start_functions.h"
#include "runtime/store.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

// More exec_envs than a native stack has room for.
constexpr int kMostNested = 10000;

// Whether some entry on an exec_env of this thread has the instance on its stack.
bool runs_here(const ExecEnv& env, const Instance& instance) {
  return any_instance_on(env, [&](const Instance& other) { return &other == &instance; });
}

bool is_of_this_thread(const ExecEnv& env) {
  const ExecEnv* at = thread_state.current;
  for (int i = 0; at != nullptr && i < kMostNested; i++, at = at->cold->outer) {
    if (at == &env) return true;
  }
  return false;
}

// Frames of other threads cannot be read: whatever could lead into the instance counts.
bool may_be_running(const Instance& instance) {
  if (!has_envs(instance)) return false;
  return any_env_of_group(instance, [&](const ExecEnv& env) {
    if (env.depth == 0) return false;
    if (env.cold->home == &instance) return true;
    return is_of_this_thread(env) ? runs_here(env, instance) : instance.cold->is_reachable.load();
  });
}

class Reset {
 public:
  Reset(Instance& instance, const ResetOptions& options, Diagnostic& diagnostic, Trap& trap)
      : instance_(instance), options_(options), diagnostic_(diagnostic), trap_(trap) {}

  Error run() {
    Instance::Cold& cold = *instance_.cold;
    cold.is_broken = true;  // until all is as it has to be
    Error error = restore();
    cold.is_broken = error != Error::None;
    if (error != Error::None) {
      fail(error);
      return error;
    }
    instance_.set_exception(nullptr);
    if (options_.skip_start) return Error::None;
    error =
        run_start_functions(instance_, cold.runs_constructors, options_.limits, diagnostic_, trap_);
    if (error != Error::None && !instance_.has_exception()) fail(error);
    return error;
  }

 private:
  Error restore() {
    Instance::Cold& cold = *instance_.cold;
    if (cold.trap != nullptr) {
      cold.trap->code = Trap::None;
      cold.trap->frame_count = cold.trap->frame_total = 0;
    }
    cold.foreign_functions.clear();
    // All memories, also when one fails: what is left of the others is nobody's business.
    bool good = true;
    for (uint32_t i = 0; i < cold.own_memory_count; i++) {
      detach_shared_heap(cold.own_memories[i]);
      good &= cold.own_memories[i].reset();
    }
    if (!good) {
      bool lost = instance_.module->source().is_lost();
      return diagnostic_.fail(lost ? Error::BytesLost : Error::LinearMemory);
    }
    // Where calls are not to ask for memory, the storage stays.
    Prepare wish = instance_.runtime->prepare();
    bool keep = wish.plain || wish.metered;
    for (uint32_t i = 0; i < cold.own_table_count; i++) cold.own_tables[i].reset(keep);
    const Module& module = *instance_.module;
    for (uint32_t i = 0; i < module.imported_global_count(); i++) {
      // A mutable one of its own was made with a zero; others cannot have changed.
      if (module.globals()[i].type.is_mutable) cold.own_cells[i] = {};
    }
    undrop_segments(instance_);
    WEMBED_CHECK(init_globals(instance_, diagnostic_));
    WEMBED_CHECK(init_tables(instance_, diagnostic_));
    WEMBED_CHECK(keep_element_values(instance_, diagnostic_));
    if (LibraryState* state = library_state(instance_); state != nullptr) {
      WEMBED_CHECK(state->reset(diagnostic_));
    }
    return init_segments(instance_, Targets::Own, diagnostic_, trap_);
  }

  void fail(Error error) {
    Trap code = error == Error::BytesLost ? Trap::BytesLost : Trap::OutOfMemory;
    instance_.set_exception(error_text(error), code);
  }

  Instance& instance_;
  const ResetOptions& options_;
  Diagnostic& diagnostic_;
  Trap& trap_;
};

}  // namespace

Error reset_instance(Instance& instance, const ResetOptions& options, Diagnostic& diagnostic,
                     Trap& trap) {
  Instance::Cold& cold = *instance.cold;
  trap = Trap::None;
  if (cold.closed) return diagnostic.fail(Error::InvalidState, "the instance is closed");
  collect_before_constants(instance);
  if (cold.is_resetting.exchange(true, std::memory_order_acquire)) {
    return diagnostic.fail(Error::InvalidState, "the instance is being reset already");
  }
  Error error = Error::None;
  if (may_be_running(instance)) {
    error = diagnostic.fail(Error::InvalidState,
                            "an instance cannot be reset while a call is running on it");
  } else {
    error = Reset(instance, options, diagnostic, trap).run();
  }
  cold.is_resetting.store(false, std::memory_order_release);
  return error;
}

}  // namespace wembed
