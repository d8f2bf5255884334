// The process-wide runtime and its allocator.
#include "capi/embedder_runtime.h"

#include <cstdlib>

#include "capi/runtime_config.h"

namespace wembed {

namespace {

wembed_config_t standard_config() {
  wembed_config_t settings;
  (void)read_config(nullptr, settings);
  return settings;
}

struct Process {
  std::mutex mutex;
  uint32_t references = 0;
  std::atomic<EmbedderRuntime*> embedder{nullptr};
  wembed_config_t config = standard_config();
  ModuleRegistry modules;
};

Process& process() {
  static Process instance;
  return instance;
}

constinit const LogOutput kStandardOutput;

}  // namespace

LogSink default_log() {
  const Runtime* runtime = default_runtime();
  return runtime == nullptr ? kStandardOutput.sink() : runtime->log();
}

void set_default_config(const wembed_config_t& settings) {
  std::lock_guard lock(process().mutex);
  process().config = settings;
}

wembed_config_t default_config() {
  std::lock_guard lock(process().mutex);
  return process().config;
}

bool choose_allocator(EmbedderRuntime& target, uint32_t kind, const MemAllocOption& option,
                      Allocator& allocator) {
  target.kind = kind;
  switch (kind) {
    case Alloc_With_Pool:
      target.pool = PoolAllocator::create(option.pool.heap_buf, option.pool.heap_size);
      if (target.pool == nullptr) return false;
      allocator = target.pool->allocator();
      return true;
    case Alloc_With_Allocator:
      if (option.allocator.malloc_func == nullptr || option.allocator.free_func == nullptr) {
        return false;
      }
      target.functions.allocate =
          reinterpret_cast<void* (*)(unsigned)>(option.allocator.malloc_func);
      target.functions.reallocate =
          reinterpret_cast<void* (*)(void*, unsigned)>(option.allocator.realloc_func);
      target.functions.release = reinterpret_cast<void (*)(void*)>(option.allocator.free_func);
      allocator = plain_allocator(target.functions);
      return true;
    case Alloc_With_System_Allocator: allocator = system_allocator(); return true;
  }
  return false;
}

ModuleRegistry& default_modules() { return process().modules; }

EmbedderRuntime* default_embedder() { return process().embedder.load(std::memory_order_acquire); }

Runtime* default_runtime() {
  EmbedderRuntime* embedder = default_embedder();
  return embedder == nullptr ? nullptr : embedder->runtime;
}

namespace {

// An allocator that is no use is reported as WAMR does; for all else it has no words.
void report_failed_start(const wembed_config_t& settings, const Diagnostic& diagnostic) {
  const LogOutput output = log_output(settings);
  const LogSink log = output.sink();
  const auto& pool = settings.mem_alloc_option.pool;
  const auto& functions = settings.mem_alloc_option.allocator;
  uint32_t kind = number_of(settings.mem_alloc_type);
  if (kind == Alloc_With_Pool) {
    constexpr uint32_t kLeast = 256;
    if (pool.heap_size < kLeast) {
      log_message(log, LogLevel::Error, "[GC_ERROR]heap init buf size (%u) < %u\n", pool.heap_size,
                  kLeast);
    }
    log_message(log, LogLevel::Error, "Init memory with pool (%p, %u) failed.\n", pool.heap_buf,
                pool.heap_size);
  } else if (kind == Alloc_With_Allocator &&
             (functions.malloc_func == nullptr || functions.free_func == nullptr)) {
    log_message(log, LogLevel::Error, "Init memory with allocator (%p, %p, %p) failed.\n",
                functions.malloc_func, functions.realloc_func, functions.free_func);
  } else {
    log_message(log, LogLevel::Error, "the runtime cannot start: %s", diagnostic.message);
  }
}

}  // namespace

bool retain_default_runtime(const RuntimeInitArgs& args) {
  Process& self = process();
  std::lock_guard lock(self.mutex);
  if (self.references > 0) {
    self.references++;
    return true;
  }
  wembed_config_t settings = self.config;
  // Copied as a number: it may have no name.
  std::memcpy(&settings.mem_alloc_type, &args.mem_alloc_type, sizeof(args.mem_alloc_type));
  settings.mem_alloc_option = args.mem_alloc_option;
  const auto mode = static_cast<RunMode>(number_of(args.running_mode));
  if (mode > RunMode::Interpreted) {
    settings.tier = mode == RunMode::Sampled ? WEMBED_TIER_SAMPLED : WEMBED_TIER_FIRST_CALL;
  }
  if (settings.libc == WEMBED_LIBC_DEFAULT) settings.libc = WEMBED_LIBC_ON;
  const char* profile = std::getenv("WEMBED_PROFILE");
  if (profile != nullptr && std::strcmp(profile, "1") == 0) settings.profile = true;
  Diagnostic diagnostic;
  EmbedderRuntime* embedder = make_runtime(settings, diagnostic);
  if (embedder == nullptr) {
    report_failed_start(settings, diagnostic);
    return false;
  }
  if (!set_default_run_mode(*embedder->runtime, mode)) {
    delete_runtime(embedder);
    return false;
  }
  self.references = 1;
  self.embedder.store(embedder, std::memory_order_release);
  return true;
}

void release_default_runtime() {
  Process& self = process();
  std::lock_guard lock(self.mutex);
  if (self.references == 0 || --self.references > 0) return;
  EmbedderRuntime* embedder = self.embedder.load(std::memory_order_acquire);
  self.modules.clear(embedder->runtime->allocator(), module_source().destroy);
  self.embedder.store(nullptr, std::memory_order_release);
  delete_runtime(embedder);
}

}  // namespace wembed
