// wembed.h: how much memory a module takes, found out by doing the work in scratch memory.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "capi/conventions.h"
#include "capi/refusal.h"
#include "capi/runtime_config.h"
#include "capi/wembed_error.h"
#include "platform/virtual_memory.h"
#include "runtime/call.h"
#include "runtime/code.h"
#include "runtime/instance_cold.h"
#include "runtime/prepare.h"

using namespace wembed;

namespace {

constexpr size_t kFirstTry = size_t{1} << 20;
constexpr size_t kLastTry = size_t{1} << 32;  // what a pool can have
constexpr size_t kGranule = 16;

// Memory of the system for the time of one measurement.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : bytes_(bytes) {
    platform::Reserved space = platform::reserve(bytes);
    if (space.error != 0) return;
    base_ = space.address;
    if (platform::commit(base_, bytes) == 0) return;
    platform::release(base_, bytes);
    base_ = nullptr;
  }
  ~Scratch() {
    if (base_ != nullptr) platform::release(base_, bytes_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] uint8_t* base() const { return base_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  uint8_t* base_ = nullptr;
  size_t bytes_;
};

// Storage in place of what the embedder's functions would make.
void* create_storage(void*, uint64_t minimum, uint64_t, void** handle) {
  size_t bytes = (static_cast<size_t>(minimum) | 1) + platform::page_size();
  platform::Reserved space = platform::reserve(bytes);
  if (space.error != 0) return nullptr;
  if (platform::commit(space.address, bytes) != 0) {
    platform::release(space.address, bytes);
    return nullptr;
  }
  *handle = reinterpret_cast<void*>(bytes);
  return space.address;
}

void release_storage(void*, void* handle, void* base, uint64_t) {
  platform::release(base, reinterpret_cast<size_t>(handle));
}

constexpr wembed_memory_functions_t kStorage = {sizeof(wembed_memory_functions_t), &create_storage,
                                                nullptr, &release_storage, nullptr};

// Everything that is to be measured, complete.
struct Work {
  const uint8_t* bytes;
  size_t length;
  wembed_requirements_options_t options;
  wembed_config_t config;
  wembed_instantiate_options_t instantiate;
};

// One go through the work, or a part of it, in one block. Ends with nothing left.
class Rehearsal {
 public:
  Rehearsal(const Work& work, void* block, size_t bytes, wembed_error_t* error)
      : work_(work), instantiate_(work.instantiate), error_(error) {
    config_ = work.config;
    config_.mem_alloc_type = Alloc_With_Pool;
    config_.mem_alloc_option.pool.heap_buf = block;
    config_.mem_alloc_option.pool.heap_size = static_cast<uint32_t>(bytes);
  }
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;
  ~Rehearsal() {
    wasm_runtime_unload(module_);
    outside_.release(imports_);
    if (runtime_ != nullptr) delete_runtime(runtime_);
  }

  bool start(bool translate_early) {
    if (!translate_early) config_.translate_early = WEMBED_TRANSLATE_LATE;
    Diagnostic diagnostic;
    runtime_ = make_runtime(config_, diagnostic, true);
    if (runtime_ == nullptr) return fail(diagnostic);
    const wembed_requirements_options_t& options = work_.options;
    if (options.prepare == nullptr || options.prepare(options.prepare_context, wrap(runtime_))) {
      return true;
    }
    diagnostic.fail(Error::OutOfMemory, "the host's own preparation failed");
    return fail(diagnostic);
  }

  bool load() {
    wembed_source_t source = {};
    source.size = sizeof(source);
    bool is_copied = work_.options.ownership == WEMBED_BYTES_COPY;
    source.ownership = is_copied ? WEMBED_BYTES_COPY : WEMBED_BYTES_BORROW;
    source.bytes = work_.bytes;
    source.length = work_.length;
    source.name = work_.options.name;
    module_ = wembed_load(wrap(runtime_), &source, error_);
    if (module_ == nullptr) return false;
    if (work_.options.reflection && unwrap(module_)->reflection() == nullptr) return fail_memory();
    return !work_.options.supply_imports || instantiate_.imports != nullptr || supply_imports();
  }

  // Null on failure.
  Instance* instantiate() {
    wasm_module_inst_t instance = wembed_instantiate(module_, &instantiate_, error_);
    if (instance == nullptr) return nullptr;
    if (!work_.options.singleton || internal_exec_env(*unwrap(instance)) != nullptr) {
      return unwrap(instance);
    }
    fail_memory();
    wasm_runtime_deinstantiate(instance);
    return nullptr;
  }

  ExecEnv* make_exec_env(Instance& instance) {
    uint32_t bytes = work_.instantiate.stack_size;
    ExecEnv* env = create_exec_env(instance, bytes == 0 ? kWamrConventions.stack_size : bytes);
    if (env == nullptr) fail_memory();
    return env;
  }

  bool translate(Instance& instance) {
    Diagnostic diagnostic;
    bool only_metered = work_.config.translate_early == WEMBED_TRANSLATE_METERED;
    Prepare wish = {!only_metered, work_.options.metered};
    Trap trap = Trap::None;
    if (prepare_instance(instance, wish, {}, diagnostic, trap) == Error::None) return true;
    return fail(diagnostic);
  }

  // All of it, as often as asked for; then instances and exec_envs end.
  bool perform() {
    if (!start(true) || !load()) return false;
    wasm_module_inst_t newest = nullptr;
    ExecEnv* envs = nullptr;
    bool ok = true;
    for (uint32_t i = 0; i < work_.options.instances && ok; i++) {
      Instance* instance = instantiate();
      ok = instance != nullptr;
      if (!ok) break;
      wasm_runtime_set_custom_data(wrap(instance), newest);
      newest = wrap(instance);
      for (uint32_t k = 0; k < work_.options.exec_envs && ok; k++) {
        ok = push(envs, make_exec_env(*instance));
      }
      ok = ok && translate(*instance);
    }
    end(newest, envs);
    return ok;
  }

  [[nodiscard]] PoolAllocator& pool() const { return *runtime_->pool; }
  [[nodiscard]] size_t used() const {
    PoolAllocator::Statistics now = pool().statistics();
    return now.total - now.free;
  }

 private:
  static bool push(ExecEnv*& list, ExecEnv* env) {
    if (env == nullptr) return false;
    env->user_data = list;
    list = env;
    return true;
  }

  static void end(wasm_module_inst_t newest, ExecEnv* envs) {
    while (envs != nullptr) {
      ExecEnv* next = static_cast<ExecEnv*>(envs->user_data);
      destroy_exec_env(*envs);
      envs = next;
    }
    while (newest != nullptr) {
      auto next = static_cast<wasm_module_inst_t>(wasm_runtime_get_custom_data(newest));
      wasm_runtime_deinstantiate(newest);
      newest = next;
    }
  }

  // The list is not part of what is measured: hosts have theirs on their own stack.
  bool supply_imports() {
    uint32_t count = wembed_module_import_count(module_);
    if (count == 0) return true;
    imports_ = static_cast<wembed_import_t*>(outside_.allocate(count * sizeof(wembed_import_t)));
    if (imports_ == nullptr) return fail_memory();
    for (uint32_t i = 0; i < count; i++) {
      wembed_extern_type_t type;
      bool is_function = wembed_module_import(module_, i, &type) && type.kind == WEMBED_EXTERN_FUNC;
      imports_[i] = {};
      imports_[i].source = is_function ? WEMBED_IMPORT_CALLBACK : WEMBED_IMPORT_FRESH;
      imports_[i].callback = [](wasm_exec_env_t, void*, uint64_t*) { return true; };
    }
    instantiate_.imports = imports_;
    instantiate_.import_count = count;
    return true;
  }

  bool fail(const Diagnostic& diagnostic) {
    fill_error(error_, diagnostic, nullptr, work_.options.name);
    return false;
  }
  bool fail_memory() {
    Diagnostic diagnostic;
    diagnostic.fail(Error::OutOfMemory);
    return fail(diagnostic);
  }

  const Work& work_;
  wembed_instantiate_options_t instantiate_;
  Allocator outside_ = system_allocator();
  wembed_import_t* imports_ = nullptr;
  wembed_error_t* error_;
  wembed_config_t config_;
  EmbedderRuntime* runtime_ = nullptr;
  wasm_module_t module_ = nullptr;
};

uint64_t memory_in_block(const Instance& instance, uint64_t& page) {
  uint64_t bytes = 0;
  const Module& module = *instance.module;
  for (size_t i = module.imported_memory_count(); i < module.memories().size(); i++) {
    const Memory& memory = *instance.memories[i];
    if (memory.storage->backend() != Backend::Heap) continue;
    // A shared one has all that it may ever need.
    bytes += memory.is_shared() ? memory.max_pages * memory.type.page_size : uint64_t{memory.size};
    if (i == 0 && !memory.is_shared() && memory.pages < memory.max_pages)
      page = memory.type.page_size;
  }
  return bytes;
}

bool has_objects(const Module& module) {
  const auto types = module.types();
  return std::any_of(types.begin(), types.end(),
                     [](const TypeDef* type) { return type->kind != CompositeKind::Func; });
}

// The most that finding the place of a trap takes, over all functions.
uint64_t measure_traps(Rehearsal& rehearsal, const Instance& instance) {
  const Module& module = *instance.module;
  uint32_t count = module.function_count() - module.imported_function_count();
  rehearsal.pool().restart_high_mark();
  size_t used = rehearsal.used();
  for (uint32_t i = 0; i < count; i++) {
    const Code& code = instance.code[i];
    const Body* body = code.bodies.load(std::memory_order_acquire);
    for (; body != nullptr; body = body->next) (void)locate(code, body->begin, false);
  }
  return rehearsal.pool().statistics().high_mark - used;
}

// The figures one by one, with plenty of room. False with `error`.
bool measure_parts(const Work& work, const Scratch& scratch, wembed_requirements_t& result,
                   wembed_error_t* error) {
  Rehearsal rehearsal(work, scratch.base(), scratch.bytes(), error);
  if (!rehearsal.start(false)) return false;
  size_t runtime = rehearsal.used();
  Instance* instance = rehearsal.load() ? rehearsal.instantiate() : nullptr;
  if (instance == nullptr) return false;
  wasm_runtime_deinstantiate(wrap(instance));
  size_t module = rehearsal.used();
  instance = rehearsal.instantiate();
  if (instance == nullptr) return false;
  bool ok = rehearsal.translate(*instance);
  size_t before = rehearsal.used();
  ExecEnv* env = ok ? rehearsal.make_exec_env(*instance) : nullptr;
  if (env != nullptr) {
    result.exec_env_bytes = rehearsal.used() - before;
    destroy_exec_env(*env);
    result.trap_bytes = measure_traps(rehearsal, *instance);
    result.memory_bytes = memory_in_block(*instance, result.growth_page_bytes);
    result.object_bytes = has_objects(*instance->module) ? gc_heap_size(*instance) : 0;
  }
  wasm_runtime_deinstantiate(wrap(instance));
  size_t translated = rehearsal.used();
  result.runtime_bytes = runtime;
  result.module_bytes = module - runtime;
  result.code_bytes = translated - module;
  result.instance_bytes = before - translated;
  return env != nullptr;
}

bool fits(const Work& work, const Scratch& scratch, size_t bytes) {
  wembed_error_t ignored;
  return bytes <= scratch.bytes() && Rehearsal(work, scratch.base(), bytes, &ignored).perform();
}

// The smallest block for the work. What blocks have reached with plenty of room is enough; it is
// too much only where the work has found another way for want of memory.
size_t smallest_block(const Work& work, const Scratch& scratch, size_t extent) {
  size_t enough = PoolAllocator::block_bytes_for(extent);
  if (!fits(work, scratch, enough - kGranule)) return enough;
  size_t too_little = 0;
  enough -= kGranule;
  while (enough - too_little > kGranule) {
    size_t middle = (too_little + (enough - too_little) / 2) & ~(kGranule - 1);
    (fits(work, scratch, middle) ? enough : too_little) = middle;
  }
  return enough;
}

bool measure(const Work& work, const Scratch& scratch, wembed_requirements_t& result,
             wembed_error_t* error) {
  if (!measure_parts(work, scratch, result, error)) return false;
  size_t extent = 0;
  size_t total = 0;
  {
    Rehearsal rehearsal(work, scratch.base(), scratch.bytes(), error);
    if (!rehearsal.perform()) return false;
    extent = rehearsal.pool().statistics().extent;
  }
  size_t block = smallest_block(work, scratch, extent);
  PoolAllocator* pool = PoolAllocator::create(scratch.base(), block);
  if (pool != nullptr) total = pool->statistics().total;
  result.block_bytes = block;
  result.allocator_bytes = block - total;
  uint64_t instances = work.options.instances;
  uint64_t sum =
      result.runtime_bytes + result.module_bytes + result.code_bytes +
      instances * (result.instance_bytes + work.options.exec_envs * result.exec_env_bytes);
  result.transient_bytes = total > sum ? total - sum : 0;
  return true;
}

// Storage of the caller's is not touched: other memory of the same kind takes its place. The result
// says what makes no sense.
Refusal complete(Work& work, const wembed_requirements_options_t* options) {
  wembed_requirements_options_t& own = work.options;
  if (options != nullptr) {
    if (Refusal refusal = refuse_structure(options, "the options")) return refusal;
    if (options->ownership > WEMBED_BYTES_TAKE) {
      return refuse("there is no ownership %u", options->ownership);
    }
    own = *options;
  }
  own.instances = std::max(own.instances, 1u);
  if (!own.singleton) own.exec_envs = std::max(own.exec_envs, 1u);
  if (Refusal refusal = read_config(own.config, work.config)) return refusal;
  if (own.config == nullptr) {
    work.config.no_system_memory = true;
    work.config.translate_early = WEMBED_TRANSLATE_PLAIN;
    if (own.metered) work.config.translate_early |= WEMBED_TRANSLATE_METERED;
  }
  own.metered = own.metered || (work.config.translate_early & WEMBED_TRANSLATE_METERED) != 0;
  work.config.deadlines_off = true;
  work.config.log = [](void*, uint32_t, const char*) {};
  if (work.config.memory_functions != nullptr) work.config.memory_functions = &kStorage;
  const wembed_instantiate_options_t* given = own.instantiate;
  work.instantiate.size = sizeof(work.instantiate);
  if (given == nullptr) return {};
  constexpr size_t kLeast = offsetof(wembed_instantiate_options_t, memory_buffer);
  if (Refusal refusal = refuse_structure(given, "instantiate", kLeast)) return refusal;
  std::memcpy(&work.instantiate, given, std::min<size_t>(given->size, sizeof(work.instantiate)));
  work.instantiate.size = sizeof(work.instantiate);
  if (work.instantiate.memory_functions != nullptr) work.instantiate.memory_functions = &kStorage;
  work.instantiate.stop = nullptr;
  return {};
}

bool is_memory_error(const wembed_error_t& error) { return error.kind == WEMBED_ERROR_RESOURCE; }

// With more and more scratch memory, until that is not what the work fails for.
bool measure_in_enough(const Work& work, wembed_requirements_t& result, wembed_error_t& error) {
  for (size_t bytes = kFirstTry; bytes <= kLastTry; bytes *= 4) {
    Scratch scratch(std::min(bytes, kLastTry - 1) & ~(kGranule - 1));
    if (scratch.base() == nullptr) break;
    if (measure(work, scratch, result, &error)) return true;
    if (!is_memory_error(error)) return false;
  }
  if (error.kind != WEMBED_ERROR_NONE) return false;
  Diagnostic diagnostic;
  diagnostic.fail(Error::System, "no scratch memory to measure in");
  fill_error(&error, diagnostic, nullptr, nullptr);
  return false;
}

}  // namespace

WEMBED_API bool wembed_module_requirements(const uint8_t* bytes, size_t length,
                                           const wembed_requirements_options_t* options,
                                           wembed_requirements_t* result, wembed_error_t* error) {
  clear_error(error);
  Work work = {};
  work.bytes = bytes;
  work.length = length;
  Refusal refusal;
  if (bytes == nullptr && length > 0) {
    refusal = refuse("length is %zu, but bytes is NULL", length);
  } else if (result == nullptr) {
    refusal = refuse("the result is NULL");
  } else if (result->size < sizeof(*result)) {
    refusal = refuse("the result: size is %zu, at least %zu are needed", size_t{result->size},
                     sizeof(*result));
  } else {
    refusal = complete(work, options);
  }
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return false;
  }
  Scratch buffer(std::max<size_t>(work.instantiate.memory_buffer_bytes, 1));
  if (work.instantiate.memory_buffer != nullptr) work.instantiate.memory_buffer = buffer.base();
  wembed_requirements_t figures = {};
  figures.size = sizeof(figures);
  wembed_error_t why;
  clear_error(&why);
  if (!measure_in_enough(work, figures, why)) {
    if (error != nullptr) *error = why;
    return false;
  }
  *result = figures;
  return true;
}
