#include "runtime/start_functions.h"

#include "base/result.h"
#include "runtime/blueprint.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/trap_record.h"

namespace wembed {

namespace {

class Starter {
 public:
  Starter(Instance& instance, const CallLimits& limits, Diagnostic& diagnostic, Trap& trap)
      : instance_(instance), limits_(limits), diagnostic_(diagnostic), trap_(trap) {}

  Error call(uint32_t index) {
    if (instance_.runtime->is_rehearsal()) {
      bool has_env = internal_exec_env(instance_) != nullptr;
      return has_env ? Error::None : diagnostic_.fail(Error::OutOfMemory);
    }
    const Function* function = instance_.function(index);
    if (function == nullptr) return diagnostic_.fail(Error::OutOfMemory);
    trap_ = call_internal(instance_, *function, nullptr, 0, nullptr, &limits_);
    if (trap_ == Trap::None) return Error::None;
    const TrapRecord* record = trap_record(instance_);
    if (record != nullptr && record->frame_count > 0 &&
        record->frames[0].module == instance_.module) {
      diagnostic_.function = record->frames[0].function;
      diagnostic_.offset = record->frames[0].offset();
    }
    return diagnostic_.fail(Error::Uninstantiable, "%s", instance_.exception_text());
  }

 private:
  Instance& instance_;
  const CallLimits& limits_;
  Diagnostic& diagnostic_;
  Trap& trap_;
};

}  // namespace

namespace {

// A wasm stack is many times larger than all else that an idle instance takes.
class BorrowedStack {
 public:
  explicit BorrowedStack(Instance& instance)
      : instance_(instance), is_there_(instance.cold->singleton != nullptr) {}
  BorrowedStack(const BorrowedStack&) = delete;
  BorrowedStack& operator=(const BorrowedStack&) = delete;
  ~BorrowedStack() {
    Instance::Cold& cold = *instance_.cold;
    Prepare wish = instance_.runtime->prepare();
    bool stays = is_there_ || cold.is_singleton_known || wish.plain || wish.metered;
    if (stays || cold.singleton == nullptr) return;
    destroy_exec_env(*cold.singleton);
    cold.singleton = nullptr;
  }

 private:
  Instance& instance_;
  bool is_there_;
};

}  // namespace

Error run_start_functions(Instance& instance, bool constructors, const CallLimits& limits,
                          Diagnostic& diagnostic, Trap& trap) {
  BorrowedStack stack(instance);
  Starter starter(instance, limits, diagnostic, trap);
  uint32_t start = instance.module->start_function();
  if (start != kNoFunction) WEMBED_CHECK(starter.call(start));
  // Where constructors do not run, a host that serves the imports itself calls it itself.
  uint32_t initializer = instance.cold->blueprint->initializer;
  if (instance.cold->runs_initializer && initializer != kNoFunction)
    WEMBED_CHECK(starter.call(initializer));
  if (!constructors) return Error::None;
  for (uint32_t index : instance.cold->blueprint->constructors) {
    if (index != kNoFunction) WEMBED_CHECK(starter.call(index));
  }
  return Error::None;
}

}  // namespace wembed
