// Start and end of a runtime.
#include "runtime/runtime.h"
#include "runtime/roots.h"

#include <cerrno>

#include "platform/fault.h"
#include "platform/timer.h"

namespace wembed {

namespace {

// That a wish came true is worth a word to those alone who want to hear everything.
LogLevel level_of(const MemoryReport& report) {
  bool is_granted = report.wish != MemoryStrategy::Ladder || report.taken == MemoryStep::Pool;
  return is_granted ? LogLevel::Verbose : LogLevel::Warning;
}

}  // namespace

Runtime::Runtime(const RuntimeConfig& config)
    : allocator_(config.allocator),
      engine_(config.engine),
      conventions_(config.conventions),
      backend_(config.backend),
      memory_functions_(config.memory_functions),
      signals_(config.signals),
      log_(config.log),
      print_(config.print),
      growth_refused_(config.growth_refused),
      no_system_memory_(config.no_system_memory),
      deadlines_(config.deadlines),
      checkpoint_(config.checkpoint),
      guest_threads_(config.guest_threads),
      prepare_(config.prepare),
      gc_heap_size_(config.gc_heap_size),
      is_rehearsal_(config.is_rehearsal),
      profiles_(config.profiles),
      unused_(config.unused),
      embedder_(config.embedder),
      types_(allocator_, config.no_system_memory, {&trace_object, &trace_object}),
      natives_(allocator_) {
  platform::retain_timers();
  if (engine_->begin != nullptr) engine_->begin();
}

Runtime::~Runtime() {
  memory_system_.stop();
  if (engine_->end != nullptr) engine_->end();
  platform::release_timers();
  if (signals_) platform::release_fault_handlers();
}

Runtime* Runtime::create(const RuntimeConfig& config, Diagnostic& diagnostic) {
  int refused = config.signals ? platform::retain_fault_handlers() : 0;
  bool signals = config.signals && refused == 0;
  Allocator allocator = config.allocator;
  Runtime* runtime = allocator.create<Runtime>(config);
  if (runtime == nullptr) {
    if (signals) platform::release_fault_handlers();
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  runtime->signals_ = signals;
  if (refused != 0 && refused != ENOSYS) {
    log_message(config.log, LogLevel::Warning,
                "fault handlers could not be installed (error %d): every memory access is checked",
                refused);
  }
  MemoryConfig memory = config.memory;
  memory.pool.signals = signals;
  memory.allocator_only = config.no_system_memory;
  if (runtime->memory_system_.start(runtime->allocator_, memory, diagnostic) != Error::None) {
    runtime->destroy();
    return nullptr;
  }
  int error = config.no_system_memory && config.deadlines ? platform::start_timers() : 0;
  if (error != 0 && error != ENOSYS) {
    diagnostic.fail(Error::System, "the timer's thread could not be started (error %d)", error);
    runtime->destroy();
    return nullptr;
  }
  if (runtime->memory_system_.is_announced()) {
    char line[512];
    describe(runtime->memory_system_.report(), line, sizeof line);
    log_message(config.log, level_of(runtime->memory_system_.report()), "%s", line);
  }
  return runtime;
}

void Runtime::release() {
  if (users_.release()) end();
}

void Runtime::give_up() {
  (void)users_.settle();
  if (users_.give_up()) end();
}

void Runtime::end() {
  if (unused_ == nullptr) return destroy();
  unused_(embedder_);
}

void Runtime::destroy() {
  Allocator allocator = allocator_;
  allocator.destroy(this);
}

}  // namespace wembed
