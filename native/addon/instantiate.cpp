#include "addon/instantiate.h"

#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "addon/error.h"
#include "addon/exception.h"
#include "addon/given.h"
#include "addon/host_buffer.h"
#include "addon/host_function.h"
#include "addon/instance.h"
#include "addon/module.h"
#include "addon/runtime.h"
#include "addon/shared_memory.h"
#include "addon/stop.h"
#include "addon/wasi.h"

namespace wembed::addon {

namespace {

int64_t integer(const Napi::Object& object, const char* key) {
  return whole_of(property_of(object, key));
}

HostFunction* add_host_function(InstanceState& instance, Napi::Value function,
                                wasm_func_type_t type) {
  auto host = std::make_unique<HostFunction>();
  host->environment = instance.environment.get();
  host->set_type(type);
  napi_create_reference(function.Env(), function, 0, &host->function);
  return &instance.own->add(std::move(host));
}

// False with an exception pending: not the form lib/ gives it.
bool read_import(InstanceState& instance, const Napi::Object& object,
                 const wembed_extern_type_t& type, const SharedMemory* shared,
                 wembed_import_t& import) {
  import.source = index_of(property_of(object, "source"));
  switch (import.source) {
    case WEMBED_IMPORT_CALLBACK:
      if (type.kind != WEMBED_EXTERN_FUNC) return false;
      import.source = WEMBED_IMPORT_DEFERRED;
      import.callback = call_host_function;
      import.data = add_host_function(instance, property_of(object, "call"), type.u.func_type);
      return true;
    case WEMBED_IMPORT_EXPORT: {
      if (shared != nullptr) {
        import.instance = shared->instance();
        import.export_index = shared->export_index();
        return true;
      }
      const auto other = unwrap_handle<InstanceState>(object.Env(), property_of(object, "from"));
      if (other == nullptr) return false;
      import.instance = other->instance;
      import.export_index = index_of(property_of(object, "index"));
      return other->instance != nullptr;
    }
    case WEMBED_IMPORT_FUNCTION: {
      const uint64_t index = index_of(property_of(object, "index"));
      const uint64_t generation = index_of(property_of(object, "generation"));
      import.function = function_from_js(*instance.environment, generation << 32 | index);
      return import.function != nullptr;
    }
    case WEMBED_IMPORT_TAG: {
      const auto tag = unwrap_handle<TagState>(object.Env(), property_of(object, "tag"));
      if (tag != nullptr) import.data = tag->tag;
      return tag != nullptr;
    }
    case WEMBED_IMPORT_VALUE: {
      const uint64_t low = index_of(property_of(object, "low"));
      const uint64_t high = index_of(property_of(object, "high"));
      import.value[0] = high << 32 | low;
      return true;
    }
    default: return true;
  }
}

bool read_imports(InstanceState& instance, const Napi::Array& list, const SharedMemory* shared,
                  std::vector<wembed_import_t>& imports) {
  const wasm_module_t module = instance.native->module;
  imports.resize(wembed_module_import_count(module));
  for (uint32_t i = 0; i < imports.size(); ++i) {
    const Napi::HandleScope scope(list.Env());
    const Napi::Value entry = element_of(list, i);
    wembed_extern_type_t type{};
    if (!wembed_module_import(module, i, &type) || !entry.IsObject()) continue;
    if (!read_import(instance, entry.As<Napi::Object>(), type, shared, imports[i])) return false;
  }
  return true;
}

wembed_instantiate_options_t read_options(const Napi::Object& object) {
  wembed_instantiate_options_t options{};
  options.size = sizeof options;
  options.stack_size = static_cast<uint32_t>(integer(object, "stackSize"));
  options.heap_size = static_cast<uint32_t>(integer(object, "heapSize"));
  options.max_memory_pages = static_cast<uint32_t>(integer(object, "maxMemoryPages"));
  options.gc_heap_size = static_cast<uint64_t>(integer(object, "gcHeapBytes"));
  options.backend = static_cast<uint32_t>(integer(object, "backend"));
  options.strict = flag_of(property_of(object, "strict"));
  options.deadline_ms = integer(object, "deadline");
  options.fuel = integer(object, "fuel");
  return options;
}

// The memory that JavaScript gives for it, if any. False, with the reason: it cannot be used.
bool take_buffer(InstanceState& instance, const Napi::Object& given,
                 wembed_instantiate_options_t& options, wembed_error_t& error) {
  const Napi::Value held = property_of(given, "held");
  if (held.IsTypedArray()) {
    instance.own->buffers.push_back(HostBuffer::hold(instance.environment, held));
  }
  const Napi::Value bytes = property_of(given, "buffer");
  if (!bytes.IsTypedArray()) return true;
  auto buffer = HostBuffer::claim(instance.environment, bytes);
  if (buffer == nullptr) {
    error.kind = WEMBED_ERROR_USAGE;
    std::snprintf(error.message, sizeof error.message, "another instance uses the buffer");
    return false;
  }
  options.memory_buffer = buffer->data();
  options.memory_buffer_bytes = buffer->size();
  const int64_t reserved = integer(given, "reserved");
  if (reserved > 0) {
    options.memory_buffer_bytes = static_cast<uint64_t>(reserved);
    options.memory_buffer_reserved = true;
  }
  instance.own->buffers.push_back(std::move(buffer));
  return true;
}

// Runs it. JavaScript may be entered from the start function, so that everything JavaScript could
// have got hold of is withdrawn when it fails.
bool run(InstanceState& instance, wembed_instantiate_options_t options, wembed_error_t& error,
         std::optional<uint32_t>& exit_code) {
  const std::shared_ptr<InstanceState> keep = instance.shared_from_this();
  wasm_module_inst_t failed = nullptr;
  options.failed = &failed;
  instance.starting = true;
  const wasm_module_inst_t made = wembed_instantiate(instance.native->module, &options, &error);
  instance.starting = false;
  if (made == nullptr) {
    instance.leave();
    if (failed != nullptr) {
      keep_exception(*instance.environment, failed, instance.module->runtime);
      uint32_t code = 0;
      if (wembed_wasi_exited(failed, &code)) exit_code = code;
    }
    instance.group->detach_all(instance.environment->env);
    instance.end(failed);
    instance.group->views.clear();
    return false;
  }
  instance.enter(made, nullptr);
  instance.group->refresh(instance.environment->env);
  if (hold_shared_memories(instance)) return true;
  error.kind = WEMBED_ERROR_USAGE;
  std::snprintf(error.message, sizeof error.message,
                "the token has another buffer than the shared memory");
  instance.leave();
  instance.end(made);
  return false;
}

Napi::Value shared_is_gone(Napi::Env env) {
  wembed_error_t error{};
  error.kind = WEMBED_ERROR_USAGE;
  std::snprintf(error.message, sizeof error.message,
                "the shared memory is gone: keep it open until the others have opened it");
  return error_to_js(env, error);
}

}  // namespace

Napi::Value instantiate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<InstanceState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  std::vector<wembed_import_t> imports;
  wembed_instantiate_options_t options = read_options(info[1].As<Napi::Object>());
  state->stack_size = options.stack_size;
  std::shared_ptr<StopState> stop;
  const Napi::Value wanted = property_of(info[1].As<Napi::Object>(), "stop");
  if (wanted.IsObject()) stop = unwrap_handle<StopState>(env, wanted);
  options.stop = stop != nullptr ? stop->stop : nullptr;
  wembed_error_t error{};
  const Napi::Object given = info[1].As<Napi::Object>();
  const Napi::Value token = property_of(given, "token");
  // What it stands for stays until the import is made. Such an instance has no start function.
  std::optional<SharedMemory> shared;
  if (token.IsString()) {
    shared.emplace(token.As<Napi::String>());
    if (shared->instance() == nullptr) return shared_is_gone(env);
  }
  if (!read_imports(*state, info[2].As<Napi::Array>(), shared ? &*shared : nullptr, imports)) {
    error.kind = WEMBED_ERROR_USAGE;
    if (!env.IsExceptionPending()) return error_to_js(env, error);
    return env.Undefined();
  }
  if (!take_buffer(*state, given, options, error)) return error_to_js(env, error);
  options.imports = imports.data();
  options.import_count = static_cast<uint32_t>(imports.size());
  options.custom_data = state.get();
  const Napi::Value wasi = property_of(given, "wasi");
  std::shared_ptr<WasiState> settings;
  if (wasi.IsObject()) settings = unwrap_handle<WasiState>(env, wasi);
  options.wasi = settings != nullptr ? settings->wasi : nullptr;
  std::optional<uint32_t> exit_code;
  if (!run(*state, options, error, exit_code)) {
    Napi::Object failure = error_to_js(env, error);
    if (exit_code) failure["exitCode"] = *exit_code;
    return failure;
  }
  return env.Undefined();
}

}  // namespace wembed::addon
