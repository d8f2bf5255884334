// A runtime over a counting allocator, for tests that make instances and call them.
#pragma once

#include <initializer_list>
#include <vector>

#include "capi/conventions.h"
#include "check.h"
#include "failing_allocator.h"
#include "runtime/call.h"
#include "runtime/close.h"
#include "runtime/instance_cold.h"
#include "runtime/instantiate.h"
#include "runtime/runtime.h"
#include "tiers/engines.h"
#include "wasm_builder.h"

namespace wembed {

class Fixture {
 public:
  explicit Fixture(uint64_t fail_at = 0, bool for_good = false) : memory(fail_at, for_good) {
    RuntimeConfig config;
    config.allocator = memory.allocator();
    config.engine = &chosen_engine();
    config.conventions = &kWamrConventions;
    config.log.write = [](void*, uint32_t, const char*) {};
    runtime = Runtime::create(config, diagnostic);
  }
  ~Fixture() {
    if (runtime != nullptr) runtime->destroy();
    CHECK_EQ(memory.live(), 0u);
    CHECK(!memory.wrong_size());
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  Module* load(const std::vector<uint8_t>& bytes) {
    diagnostic = {};
    return load_module(runtime->allocator(), runtime->types(), bytes, diagnostic,
                       kImplementedFeatures);
  }

  // The instance holds the module.
  Instance* instantiate(const std::vector<uint8_t>& bytes, InstantiateOptions options = {}) {
    Module* module = load(bytes);
    if (module == nullptr) return nullptr;
    options.strict = true;
    Instance* instance =
        wembed::instantiate(*runtime, *module, options, diagnostic, &instantiate_trap);
    module->release();
    return instance;
  }

  FailingAllocator memory;
  Runtime* runtime = nullptr;
  Diagnostic diagnostic;
  Trap instantiate_trap = Trap::None;
};

inline const Function* exported(Instance& instance, std::string_view name) {
  const Export* item = instance.module->find_export(name);
  return item == nullptr ? nullptr : instance.function(item->index);
}

// Calls an export on the given exec_env; the first result or argument slot comes back.
inline Trap call(ExecEnv& env, Instance& instance, std::string_view name,
                 std::initializer_list<Slot> args = {}, Slot* result = nullptr,
                 const CallLimits* limits = nullptr) {
  const Function* function = exported(instance, name);
  if (function == nullptr) return Trap::OutOfMemory;
  Slot* slots = call_slots(env, function->type);
  if (slots == nullptr) return refuse_call(env, Trap::StackOverflow);
  Slot* at = slots;
  for (Slot arg : args) *at++ = arg;
  Trap trap = limits == nullptr ? invoke(env, *function, slots)
                                : invoke_limited(env, *function, slots, *limits);
  if (trap == Trap::None && result != nullptr) *result = slots[0];
  return trap;
}

inline Trap call(Instance& instance, std::string_view name, std::initializer_list<Slot> args = {},
                 Slot* result = nullptr, const CallLimits* limits = nullptr) {
  ExecEnv* env = singleton_exec_env(instance);
  return env == nullptr ? Trap::OutOfMemory : call(*env, instance, name, args, result, limits);
}

inline ImportBinding from_export(Instance& instance, std::string_view name) {
  ImportBinding binding;
  binding.source = ImportSource::Export;
  binding.instance = &instance;
  auto exports = instance.module->exports();
  while (binding.export_index < exports.size() && exports[binding.export_index].name != name) {
    binding.export_index++;
  }
  return binding;
}

inline ImportBinding from_callback(SlotCallback callback, void* data = nullptr) {
  ImportBinding binding;
  binding.source = ImportSource::Callback;
  binding.callback = callback;
  binding.data = data;
  return binding;
}

}  // namespace wembed
