#include "addon/memory.h"

#include <cstring>

#include "addon/given.h"
#include "addon/host_buffer.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

// The instance and memory of arguments 0 and 1; `memory` null: refused, see the cell's status.
struct Target {
  std::shared_ptr<InstanceState> instance;
  wasm_memory_inst_t memory = nullptr;
};

Target target_of(const Napi::CallbackInfo& info) {
  Target target{usable_instance(info)};
  if (target.instance == nullptr) return target;
  const int32_t index = static_cast<int32_t>(whole_of(info[1]));
  const wasm_module_inst_t instance = target.instance->instance;
  target.memory = index < 0 ? wasm_runtime_get_default_memory(instance)
                            : wembed_instance_memory(instance, static_cast<uint32_t>(index));
  return target;
}

uint64_t bytes_per_page(wasm_memory_inst_t memory) {
  return wasm_memory_get_bytes_per_page(memory);
}

// memoryInfo(instance, index): [size, pages, maximum pages, 64-bit, backend, bytes of a page,
// shared]; undefined: none.
Napi::Value memory_info(const Napi::CallbackInfo& info) {
  const Target target = target_of(info);
  if (target.memory == nullptr) return info.Env().Undefined();
  auto array = Napi::Array::New(info.Env(), 7);
  const uint64_t size = wembed_memory_size(target.memory);
  array[0u] = static_cast<double>(size);
  array[1u] = static_cast<double>(size / bytes_per_page(target.memory));
  array[2u] = static_cast<double>(wasm_memory_get_max_page_count(target.memory));
  array[3u] = wembed_memory_is_64(target.memory);
  array[4u] = static_cast<uint32_t>(wembed_memory_backend(target.memory));
  array[5u] = static_cast<double>(bytes_per_page(target.memory));
  array[6u] = wasm_memory_get_shared(target.memory);
  return array;
}

GenerationBuffer& view_of(InstanceState& instance, wasm_memory_inst_t memory) {
  for (GenerationBuffer& view : instance.group->views) {
    if (view.memory == memory) return view;
  }
  GenerationBuffer view;
  view.memory = memory;
  view.epoch = wembed_memory_epoch(memory);
  view.generation = *view.epoch;
  instance.group->views.push_back(std::move(view));
  return instance.group->views.back();
}

// A new buffer over the view's memory. It may be moved to where nobody can detach it, and goes on
// showing the storage of now then.
napi_status make_buffer(napi_env env, GenerationBuffer& view, uint64_t size, napi_value* buffer) {
  if (!wembed_memory_pin(view.memory)) return napi_generic_failure;
  auto* storage = new std::shared_ptr<BufferStorage>(std::make_shared<BufferStorage>());
  const napi_finalize gone = [](napi_env, void*, void* hint) {
    auto* own = static_cast<std::shared_ptr<BufferStorage>*>(hint);
    (*own)->gone = true;
    (*own)->kept.reset();
    delete own;
  };
  void* base = wasm_memory_get_base_address(view.memory);
  view.storage = *storage;
  const napi_status status =
      napi_create_external_arraybuffer(env, base, size, gone, storage, buffer);
  if (status == napi_ok) return napi_create_reference(env, *buffer, 0, &view.buffer);
  // After any other failure Node may still call the finalizer.
  if (status == napi_no_external_buffers_allowed) delete storage;
  return status;
}

// JavaScript's own buffer, of which threads may have others; undefined: it is kept elsewhere, where
// no SharedArrayBuffer can be made over it.
Napi::Value shared_buffer(const Target& target) {
  Environment& environment = *target.instance->environment;
  const auto buffer = HostBuffer::find(environment, wasm_memory_get_base_address(target.memory));
  return buffer == nullptr ? Napi::Env(environment.env).Undefined() : buffer->buffer();
}

// memoryBuffer(instance, index): undefined where external buffers are not allowed.
Napi::Value memory_buffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Target target = target_of(info);
  if (target.memory == nullptr) return env.Undefined();
  if (wasm_memory_get_shared(target.memory)) return shared_buffer(target);
  if (!target.instance->environment->external_buffers()) return env.Undefined();
  const uint64_t size = wembed_memory_size(target.memory);
  // Nothing to alias, and nothing that could go stale.
  if (size == 0) return Napi::ArrayBuffer::New(env, 0);
  GenerationBuffer& view = view_of(*target.instance, target.memory);
  LinkGroup& group = *target.instance->group;
  if (*view.epoch != view.generation) group.begin_generation(env, view);
  napi_value buffer = group.buffer_of(env, view);
  if (buffer != nullptr) return {env, buffer};
  const napi_status status = make_buffer(env, view, size, &buffer);
  if (status == napi_no_external_buffers_allowed) {
    target.instance->environment->refuse_external_buffers();
    return env.Undefined();
  }
  if (status != napi_ok) return env.Undefined();
  return {env, buffer};
}

// memoryEpoch(instance, index): which word tells its epoch; undefined: none.
Napi::Value memory_epoch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Target target = target_of(info);
  if (target.memory == nullptr) return env.Undefined();
  EpochWord& word = view_of(*target.instance, target.memory).word;
  if (!word.taken()) word = EpochWord(target.instance->environment->epochs, env);
  if (!word.taken()) return env.Undefined();
  return Napi::Number::New(env, word.index());
}

// epochBlock(index): the array of so many words.
Napi::Value epoch_block(const Napi::CallbackInfo& info) {
  const auto environment = Environment::of(info.Env());
  return {info.Env(), environment->epochs->block(info.Env(), index_of(info[0]))};
}

// memoryGrow(instance, index, pages): whether it did.
Napi::Value memory_grow(const Napi::CallbackInfo& info) {
  const Target target = target_of(info);
  if (target.memory == nullptr) return info.Env().Undefined();
  const GuestScope scope(*target.instance);
  const auto delta = static_cast<uint64_t>(number_of(info[2]));
  return Napi::Boolean::New(info.Env(), wasm_memory_enlarge(target.memory, delta));
}

// memoryNotify(instance, index, offset, count): how many were woken. The offset is inside.
Napi::Value memory_notify(const Napi::CallbackInfo& info) {
  const Target target = target_of(info);
  if (target.memory == nullptr) return info.Env().Undefined();
  const auto offset = static_cast<uint64_t>(number_of(info[2]));
  const auto count = static_cast<uint32_t>(number_of(info[3]));
  return Napi::Number::New(info.Env(), wembed_memory_notify(target.memory, offset, count));
}

// The host's side of a copy, argument 3, and whether the guest's range exists.
struct Copy {
  uint8_t* guest = nullptr;  // null: out of bounds
  uint8_t* host = nullptr;
  size_t length = 0;
};

Copy copy_of(const Napi::CallbackInfo& info, wasm_memory_inst_t memory) {
  auto bytes = info[3].As<Napi::Uint8Array>();
  const double offset = number_of(info[2]);
  const uint64_t size = wembed_memory_size(memory);
  Copy copy{nullptr, bytes.Data(), bytes.ByteLength()};
  if (!(offset >= 0) || copy.length > size) return copy;
  if (offset > static_cast<double>(size - copy.length)) return copy;
  copy.guest =
      static_cast<uint8_t*>(wasm_memory_get_base_address(memory)) + static_cast<uint64_t>(offset);
  return copy;
}

// memoryRead(instance, index, offset, bytes): false when out of bounds.
Napi::Value memory_read(const Napi::CallbackInfo& info) {
  const Target target = target_of(info);
  if (target.memory == nullptr) return info.Env().Undefined();
  const Copy copy = copy_of(info, target.memory);
  if (copy.guest != nullptr && copy.length != 0) {
    std::memmove(copy.host, copy.guest, copy.length);
  }
  return Napi::Boolean::New(info.Env(), copy.guest != nullptr || copy.length == 0);
}

// memoryWrite(instance, index, offset, bytes): false when out of bounds.
Napi::Value memory_write(const Napi::CallbackInfo& info) {
  const Target target = target_of(info);
  if (target.memory == nullptr) return info.Env().Undefined();
  const Copy copy = copy_of(info, target.memory);
  if (copy.guest != nullptr && copy.length != 0) {
    std::memmove(copy.guest, copy.host, copy.length);
  }
  return Napi::Boolean::New(info.Env(), copy.guest != nullptr || copy.length == 0);
}

}  // namespace

void define_memory(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["memoryInfo"] = Napi::Function::New(env, memory_info, "memoryInfo");
  binding["memoryBuffer"] = Napi::Function::New(env, memory_buffer, "memoryBuffer");
  binding["memoryEpoch"] = Napi::Function::New(env, memory_epoch, "memoryEpoch");
  binding["epochBlock"] = Napi::Function::New(env, epoch_block, "epochBlock");
  binding["memoryGrow"] = Napi::Function::New(env, memory_grow, "memoryGrow");
  binding["memoryNotify"] = Napi::Function::New(env, memory_notify, "memoryNotify");
  binding["memoryRead"] = Napi::Function::New(env, memory_read, "memoryRead");
  binding["memoryWrite"] = Napi::Function::New(env, memory_write, "memoryWrite");
}

}  // namespace wembed::addon
