#include "addon/shared_memory.h"

#include <unordered_map>
#include <utility>

#include "addon/given.h"
#include "addon/host_buffer.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

struct Shared {
  wasm_module_inst_t instance;
  uint32_t export_index;
};

struct Table {
  std::mutex mutex;
  std::unordered_map<std::string, Shared> memories;
};

// Never destroyed: when the process ends, workers may still be giving memories up.
Table& table() {
  static auto* const all = new Table;
  return *all;
}

// memoryShare(instance, export index, wish): whether the exported memory is a shared one; then it
// has that token, beside others.
Napi::Value memory_share(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = usable_instance(info);
  if (state == nullptr) return env.Undefined();
  const uint32_t index = index_of(info[1]);
  if (!wasm_memory_get_shared(wembed_instance_memory(state->instance, index))) {
    return Napi::Boolean::New(env, false);
  }
  if (!state->environment->channel.open(env)) return Napi::Boolean::New(env, false);
  const std::string wish = info[2].As<Napi::String>();
  const std::lock_guard lock(table().mutex);
  table().memories.insert_or_assign(wish, Shared{state->instance, index});
  return Napi::Boolean::New(env, true);
}

}  // namespace

SharedMemory::SharedMemory(const std::string& token) : lock_(table().mutex) {
  const auto found = table().memories.find(token);
  if (found == table().memories.end()) return;
  instance_ = found->second.instance;
  export_index_ = found->second.export_index;
}

void forget_shared_memories(wasm_module_inst_t instance) {
  const std::lock_guard lock(table().mutex);
  std::erase_if(table().memories,
                [&](const auto& entry) { return entry.second.instance == instance; });
}

bool hold_shared_memories(InstanceState& instance) {
  for (uint32_t i = 0;; ++i) {
    const wasm_memory_inst_t memory = wasm_runtime_get_memory(instance.instance, i);
    if (memory == nullptr) return true;
    if (!wasm_memory_get_shared(memory)) continue;
    if (!instance.environment->channel.open(instance.environment->env)) return false;
    if (wembed_memory_backend(memory) != WEMBED_BACKEND_BUFFER) continue;
    auto buffer = HostBuffer::find(*instance.environment, wasm_memory_get_base_address(memory));
    if (buffer == nullptr) return false;
    instance.own->buffers.push_back(HostBuffer::hold(instance.environment, buffer->bytes()));
  }
}

void define_shared_memory(Napi::Object binding) {
  binding["memoryShare"] = Napi::Function::New(binding.Env(), memory_share, "memoryShare");
}

}  // namespace wembed::addon
