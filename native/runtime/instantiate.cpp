// The order of work that makes an instance.
#include "runtime/instantiate.h"

#include <algorithm>
#include <mutex>

#include "base/result.h"
#include "runtime/blueprint.h"
#include "runtime/close.h"
#include "runtime/element_values.h"
#include "runtime/exec_env_cold.h"
#include "runtime/import_linker.h"
#include "runtime/instance_code.h"
#include "runtime/instance_cold.h"
#include "runtime/instance_parts.h"
#include "runtime/instance_storage.h"
#include "runtime/library_state.h"
#include "runtime/native_links.h"
#include "runtime/native_stack.h"
#include "runtime/prepare.h"
#include "runtime/profile.h"
#include "runtime/resumable_call.h"
#include "runtime/runtime.h"
#include "runtime/start_functions.h"
#include "runtime/store.h"
#include "runtime/tag.h"
#include "runtime/work_limits.h"

namespace wembed {

namespace {

class Instantiation {
 public:
  Instantiation(Instance& instance, const InstantiateOptions& options, Diagnostic& diagnostic)
      : instance_(instance),
        module_(*instance.module),
        options_(options),
        diagnostic_(diagnostic) {}

  // Everything but the start functions.
  Error make() {
    set_up();
    WEMBED_CHECK(ImportLinker(instance_, options_, diagnostic_).link());
    WEMBED_CHECK(make_memories());
    WEMBED_CHECK(make_tables());
    const bool has_tags = !module_.tags().empty();
    if (has_tags && !make_tags(instance_)) return diagnostic_.fail(Error::OutOfMemory);
    WEMBED_CHECK(choose_code());
    if (instance_.runtime->prepare().any()) WEMBED_CHECK(prepare());
    WEMBED_CHECK(init_globals(instance_, diagnostic_));
    WEMBED_CHECK(init_tables(instance_, diagnostic_));
    WEMBED_CHECK(keep_element_values(instance_, diagnostic_));
    // What is in memories that are taken over has been put there before.
    Targets targets = options_.shared_with == nullptr ? Targets::All : Targets::Own;
    return init_segments(instance_, targets, diagnostic_, trap_);
  }
  Error prepare() {
    WorkLimits limits(*instance_.runtime, options_.limits.deadline_ms, options_.limits.stop);
    return prepare_instance(instance_, instance_.runtime->prepare(), limits.poll(), diagnostic_,
                            trap_);
  }
  Error start() {
    return run_start_functions(instance_, options_.run_constructors, options_.limits, diagnostic_,
                               trap_);
  }
  [[nodiscard]] Trap trap() const { return trap_; }

 private:
  void set_up() {
    Instance::Cold& cold = *instance_.cold;
    cold.stack_size = options_.stack_size == 0 ? instance_.runtime->conventions().stack_size
                                               : options_.stack_size;
    constexpr uint64_t kKib = 1024;
    cold.gc_heap_kib = static_cast<uint32_t>(std::min<uint64_t>(
        options_.gc_heap_size / kKib + (options_.gc_heap_size % kKib != 0 ? 1 : 0), UINT32_MAX));
    cold.runs_constructors = options_.run_constructors;
    cold.custom_data = options_.custom_data;
    LibraryState* state = options_.library_state;
    cold.contexts[kLibraryContext] = state;
    if (state != nullptr) state->join();
    // What shares its state with another has been initialized with that.
    cold.runs_initializer =
        options_.shared_with == nullptr && (options_.run_constructors || state != nullptr);
    cold.host_module = options_.host_module;
    cold.links = options_.links;
    // One count for all that has to stay: threads that share a module meet there.
    if (cold.host_module.object != nullptr) {
      cold.host_module.retain(cold.host_module.object);
    } else {
      instance_.module->retain();
      if (cold.links != nullptr) cold.links->retain();
    }
  }

  Error make_memories() {
    uint32_t count = static_cast<uint32_t>(module_.memories().size());
    for (uint32_t i = module_.imported_memory_count(); i < count; i++) {
      if (is_taken_over(options_, module_, i)) {
        WEMBED_CHECK(take_over_memory(instance_, i, options_));
        continue;
      }
      instance_.memories[i] = make_memory(instance_, i, options_, diagnostic_);
      if (instance_.memories[i] == nullptr) return diagnostic_.code;
    }
    if (count > 0) instance_.addressed = instance_.memory = instance_.memories[0];
    return Error::None;
  }

  Error make_tables() {
    uint32_t count = static_cast<uint32_t>(module_.tables().size());
    for (uint32_t i = module_.imported_table_count(); i < count; i++) {
      instance_.tables[i] = make_table(instance_, i);
      if (instance_.tables[i] == nullptr) return diagnostic_.fail(Error::OutOfMemory);
    }
    return Error::None;
  }

  Error choose_code() {
    const Memory* memory = instance_.memory;
    bool guarded =
        memory == nullptr || (memory->storage->guarded() && may_rely_on_faults(*instance_.runtime));
    bool windowed = memory != nullptr && memory->shared_heap != nullptr;
    instance_.variant = {guarded, false, windowed, instance_.runtime->profiles()};
    const Instance* first = options_.shared_with;
    const RunMode mode = first == nullptr ? instance_.runtime->run_mode() : first->cold->run_mode;
    if (!init_run_mode(instance_, mode)) return diagnostic_.fail(Error::InvalidState);
    instance_.code = code_of(instance_, instance_.variant);
    if (instance_.code == nullptr) return diagnostic_.fail(Error::OutOfMemory);
    if (instance_.variant.profiled) {
      instance_.cold->profile = Profile::create(*instance_.allocator, module_.function_count());
      if (instance_.cold->profile == nullptr) return diagnostic_.fail(Error::OutOfMemory);
    }
    if (!instance_.cold->is_joined) return Error::None;
    std::lock_guard lock(instance_.runtime->store_mutex());
    if (!instance_.store->metered()) return Error::None;
    Variant metered = instance_.variant;
    metered.metered = true;
    instance_.metered_code = code_of(instance_, metered);
    return instance_.metered_code == nullptr ? diagnostic_.fail(Error::OutOfMemory) : Error::None;
  }

  Instance& instance_;
  const Module& module_;
  const InstantiateOptions& options_;
  Diagnostic& diagnostic_;
  Trap trap_ = Trap::None;
};

void hold_for_caller(const HostModule& module) {
  if (module.object != nullptr) module.retain(module.object);
}

}  // namespace

Instance* instantiate(Runtime& runtime, Module& module, const InstantiateOptions& options,
                      Diagnostic& diagnostic, Trap* trap) {
  const Blueprint* blueprint = blueprint_of(runtime, module, diagnostic);
  Instance* instance = blueprint == nullptr ? nullptr : make_instance(runtime, module, *blueprint);
  if (instance == nullptr) {
    if (blueprint != nullptr) diagnostic.fail(Error::OutOfMemory);
    hold_for_caller(options.host_module);
    return nullptr;
  }
  begin_store(*instance);
  Instantiation work(*instance, options, diagnostic);
  Error error = work.make();
  bool is_made = error == Error::None;
  if (is_made) {
    // Its start functions may have a collection look at it.
    instance->cold->is_made.store(true, std::memory_order_release);
    error = work.start();
  }
  instance->cold->is_made.store(true, std::memory_order_release);
  if (trap != nullptr) *trap = work.trap();
  if (error == Error::None) return instance;
  diagnostic.fail(error);
  hold_for_caller(options.host_module);
  if (is_made && options.failed != nullptr) {
    *options.failed = instance;
  } else {
    close_instance(*instance);
  }
  return nullptr;
}

}  // namespace wembed
