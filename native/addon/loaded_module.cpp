#include "addon/loaded_module.h"

#include <atomic>
#include <cstdlib>
#include <unordered_map>

#include "addon/environment.h"

namespace wembed::addon {

namespace {

std::atomic<uint64_t> last_number{0};

// Weak: a token keeps nothing alive.
struct TokenTable {
  std::mutex mutex;
  std::unordered_map<std::string, std::weak_ptr<LoadedModule>> modules;
};

// Never destroyed: when the process ends, workers may still be giving modules up.
TokenTable& token_table() {
  static auto* const table = new TokenTable;
  return *table;
}

}  // namespace

NativeRuntime::NativeRuntime() : number(++last_number) {}

NativeRuntime::~NativeRuntime() {
  wembed_runtime_delete(runtime);
  std::free(pool);
}

void NativeRuntime::attach(const std::shared_ptr<Environment>& environment) {
  const std::lock_guard lock(mutex_);
  std::erase_if(attached_, [](const Attached& entry) { return entry.environment.expired(); });
  attached_.push_back({std::this_thread::get_id(), environment});
}

std::shared_ptr<Environment> NativeRuntime::environment_here() {
  const std::lock_guard lock(mutex_);
  for (const Attached& entry : attached_) {
    // Only then: the last holder of an environment is to be its own thread.
    if (entry.thread != std::this_thread::get_id()) continue;
    auto environment = entry.environment.lock();
    // A thread's number may have been another's.
    if (environment != nullptr && environment->env != nullptr) return environment;
  }
  return nullptr;
}

DebugTwin::~DebugTwin() {
  if (debug != nullptr) wembed_debug_close(debug);
}

// The twin after the module, which looks at it.
LoadedModule::~LoadedModule() {
  {
    TokenTable& table = token_table();
    const std::lock_guard lock(table.mutex);
    if (!token_.empty()) table.modules.erase(token_);
  }
  wasm_runtime_unload(module);
}

std::string LoadedModule::share(const std::string& wish) {
  TokenTable& table = token_table();
  const std::lock_guard lock(table.mutex);
  if (token_.empty() && table.modules.try_emplace(wish, weak_from_this()).second) token_ = wish;
  return token_;
}

std::shared_ptr<LoadedModule> LoadedModule::find(const std::string& token) {
  TokenTable& table = token_table();
  const std::lock_guard lock(table.mutex);
  const auto found = table.modules.find(token);
  return found == table.modules.end() ? nullptr : found->second.lock();
}

}  // namespace wembed::addon
