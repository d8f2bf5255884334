#include "addon/module.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/instance.h"
#include "addon/loaded_module.h"
#include "addon/runtime.h"

namespace wembed::addon {

namespace {

Napi::Array kinds(Napi::Env env, wasm_func_type_t type, bool results) {
  const uint32_t count =
      results ? wasm_func_type_get_result_count(type) : wasm_func_type_get_param_count(type);
  auto array = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; ++i) {
    const wasm_valkind_t kind = results ? wasm_func_type_get_result_valkind(type, i)
                                        : wasm_func_type_get_param_valkind(type, i);
    array[i] = static_cast<uint32_t>(kind);
  }
  return array;
}

void describe_memory(Napi::Object& object, wasm_memory_type_t type) {
  object["minimum"] = wasm_memory_type_get_init_page_count(type);
  object["maximum"] = wasm_memory_type_get_max_page_count(type);
  object["shared"] = wasm_memory_type_get_shared(type);
  object["is64"] = wembed_memory_type_is_64(type);
  object["pageSize"] = wembed_memory_type_page_size(type);
}

void describe_table(Napi::Object& object, wasm_table_type_t type) {
  object["element"] = static_cast<uint32_t>(wasm_table_type_get_elem_kind(type));
  object["minimum"] = wasm_table_type_get_init_size(type);
  object["maximum"] = wasm_table_type_get_max_size(type);
  object["is64"] = wembed_table_type_is_64(type);
}

void describe_global(Napi::Object& object, wasm_global_type_t type) {
  object["value"] = static_cast<uint32_t>(wasm_global_type_get_valkind(type));
  object["mutable"] = wasm_global_type_get_mutable(type);
}

// {kind, name, module?, text, and what the kind has}
Napi::Object describe(Napi::Env env, const wembed_extern_type_t& type) {
  auto object = Napi::Object::New(env);
  object["kind"] = type.kind;
  object["name"] = Napi::String::New(env, type.name, type.name_length);
  if (type.module_name != nullptr) {
    object["module"] = Napi::String::New(env, type.module_name, type.module_name_length);
  }
  std::string text(wembed_extern_type_text(&type, nullptr, 0) + 1, '\0');
  text.resize(wembed_extern_type_text(&type, text.data(), static_cast<uint32_t>(text.size())));
  object["text"] = text;
  switch (type.kind) {
    case WEMBED_EXTERN_FUNC:
      object["params"] = kinds(env, type.u.func_type, false);
      object["results"] = kinds(env, type.u.func_type, true);
      break;
    case WEMBED_EXTERN_TAG: object["params"] = kinds(env, type.u.func_type, false); break;
    case WEMBED_EXTERN_TABLE: describe_table(object, type.u.table_type); break;
    case WEMBED_EXTERN_MEMORY: describe_memory(object, type.u.memory_type); break;
    case WEMBED_EXTERN_GLOBAL: describe_global(object, type.u.global_type); break;
    default: break;
  }
  return object;
}

Napi::Value handle_of(Napi::Env env, const std::shared_ptr<RuntimeState>& runtime,
                      std::shared_ptr<LoadedModule> loaded, HeldBytes* bytes) {
  auto native = std::make_shared<NativeModule>();
  native->traps = runtime->environment->traps;
  native->module = loaded->module;
  native->loaded = std::move(loaded);
  auto state = std::make_shared<ModuleState>();
  state->environment = runtime->environment;
  state->runtime = runtime;
  state->native = std::move(native);
  state->bytes = bytes;
  runtime->modules.insert(state.get());
  return wrap_handle(env, std::move(state));
}

// The handle for a loaded module; the error if there is none.
Napi::Value made(Napi::Env env, const std::shared_ptr<RuntimeState>& runtime, wasm_module_t module,
                 HeldBytes* bytes, const wembed_error_t& error) {
  if (module == nullptr) return error_to_js(env, error);
  return handle_of(env, runtime, std::make_shared<LoadedModule>(runtime->native, module), bytes);
}

// moduleLoad(runtime, Uint8Array, name, hold, deadline, featuresOff): the module, or an object that
// describes the error. The bytes are copied, or held until the module ends.
Napi::Value module_load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto runtime = unwrap_handle<RuntimeState>(env, info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return env.Undefined();
  const std::string name = info[2].As<Napi::String>();
  wembed_source_t source{};
  source.size = sizeof source;
  source.name = name.c_str();
  source.deadline_ms = whole_of(info[4]);
  source.features_off = static_cast<uint64_t>(whole_of(info[5]));
  wembed_error_t error{};
  HeldBytes* held = nullptr;
  if (flag_of(info[3])) {
    if (!HeldBytes::hold(runtime->environment, info[1], source)) {
      error.kind = WEMBED_ERROR_RESOURCE;
      return error_to_js(env, error);
    }
    held = static_cast<HeldBytes*>(source.release_context);
  } else {
    void* data = nullptr;
    napi_get_typedarray_info(env, info[1], nullptr, &source.length, &data, nullptr, nullptr);
    source.ownership = WEMBED_BYTES_COPY;
    source.bytes = static_cast<const uint8_t*>(data);
  }
  const wasm_module_t module = wembed_load(runtime->native->runtime, &source, &error);
  return made(env, runtime, module, held, error);
}

// moduleLoadFile(runtime, path as Uint8Array, name, deadline, featuresOff): as moduleLoad.
Napi::Value module_load_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto runtime = unwrap_handle<RuntimeState>(env, info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return env.Undefined();
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, info[1], nullptr, &length, &data, nullptr, nullptr);
  const std::string path(static_cast<const char*>(data), length);
  const std::string name = info[2].As<Napi::String>();
  wembed_source_t source{};
  source.size = sizeof source;
  source.name = name.c_str();
  source.deadline_ms = whole_of(info[3]);
  source.features_off = static_cast<uint64_t>(whole_of(info[4]));
  source.path = path.c_str();
  wembed_error_t error{};
  const wasm_module_t module = wembed_load(runtime->native->runtime, &source, &error);
  return made(env, runtime, module, nullptr, error);
}

// moduleKeep(module, Uint8Array): holds this view from now on instead of the one it was loaded
// from. False: it is not one of the same memory.
Napi::Value module_keep(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  const bool kept = state != nullptr && state->native != nullptr && state->bytes != nullptr &&
                    state->bytes->replace(info[1]);
  return Napi::Boolean::New(info.Env(), kept);
}

// moduleShare(module, wish): its token, which is `wish` if it had none; undefined: its bytes are
// JavaScript's, and go with this environment.
Napi::Value module_share(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr || state->bytes != nullptr) {
    return info.Env().Undefined();
  }
  const std::string wish = info[1].As<Napi::String>();
  return Napi::String::New(info.Env(), state->native->loaded->share(wish));
}

// moduleOpen(runtime, token): the handle of a shared module of that runtime; undefined: it is gone.
Napi::Value module_open(const Napi::CallbackInfo& info) {
  const auto runtime = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return info.Env().Undefined();
  auto loaded = LoadedModule::find(info[1].As<Napi::String>());
  if (loaded == nullptr || loaded->runtime != runtime->native) return info.Env().Undefined();
  return handle_of(info.Env(), runtime, std::move(loaded), nullptr);
}

Napi::Value module_close(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  return Napi::Boolean::New(info.Env(), state != nullptr && state->close());
}

// What stands in the way of reading about a module.
Napi::Value unreadable(Napi::Env env, wasm_module_t module) {
  wembed_error_t error{};
  error.kind = WEMBED_ERROR_RESOURCE;
  const bool lost = wembed_module_bytes_lost(module);
  std::snprintf(error.code, sizeof error.code, lost ? "BytesLost" : "OutOfMemory");
  if (lost) std::snprintf(error.message, sizeof error.message, "the bytes of the module are gone");
  return error_to_js(env, error);
}

template <auto Read>
Napi::Value list(const Napi::CallbackInfo& info, uint32_t count, wasm_module_t module) {
  auto array = Napi::Array::New(info.Env(), count);
  for (uint32_t i = 0; i < count; ++i) {
    wembed_extern_type_t type{};
    const Napi::HandleScope scope(info.Env());
    if (!Read(module, i, &type)) return unreadable(info.Env(), module);
    array[i] = describe(info.Env(), type);
  }
  return array;
}

Napi::Value module_imports(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  const wasm_module_t module = state->native->module;
  return list<wembed_module_import>(info, wembed_module_import_count(module), module);
}

Napi::Value module_exports(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<ModuleState>(info.Env(), info[0]);
  if (state == nullptr || state->native == nullptr) return info.Env().Undefined();
  const wasm_module_t module = state->native->module;
  return list<wembed_module_export>(info, wembed_module_export_count(module), module);
}

// [{name, bytes}], the bytes copied: they outlive the module.
Napi::Value module_custom_sections(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto state = unwrap_handle<ModuleState>(env, info[0]);
  if (state == nullptr || state->native == nullptr) return env.Undefined();
  const wasm_module_t module = state->native->module;
  auto array = Napi::Array::New(env);
  const char* name = nullptr;
  uint32_t name_length = 0;
  uint32_t length = 0;
  for (uint32_t i = 0;
       wembed_module_custom_section(module, i, &name, &name_length, nullptr, &length); ++i) {
    auto section = Napi::Object::New(env);
    auto copy = Napi::ArrayBuffer::New(env, length);
    // Not by hand: the bytes may be a file that somebody cuts short.
    if (!wembed_module_copy_section(module, i, static_cast<uint8_t*>(copy.Data()), length) &&
        length != 0) {
      return unreadable(env, module);
    }
    section["name"] = Napi::String::New(env, name, name_length);
    section["bytes"] = Napi::Uint8Array::New(env, length, copy, 0);
    array[i] = section;
  }
  if (wembed_module_bytes_lost(module)) return unreadable(env, module);
  return array;
}

}  // namespace

bool ModuleState::idle() const {
  return std::all_of(instances.begin(), instances.end(),
                     [](const InstanceState* instance) { return instance->idle(); });
}

bool ModuleState::close() {
  if (native == nullptr) return true;
  if (!idle()) return false;
  while (!instances.empty()) (*instances.begin())->close();
  runtime->modules.erase(this);
  native.reset();
  return true;
}

void ModuleState::abandon() {
  const QuietScope quiet(*environment);
  // Its instances hold the module: none is open when nobody can reach it any more, except in
  // an environment that ends, which has closed everything before.
  if (instances.empty()) close();
}

void define_module(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["moduleLoad"] = Napi::Function::New(env, module_load, "moduleLoad");
  binding["moduleLoadFile"] = Napi::Function::New(env, module_load_file, "moduleLoadFile");
  binding["moduleKeep"] = Napi::Function::New(env, module_keep, "moduleKeep");
  binding["moduleShare"] = Napi::Function::New(env, module_share, "moduleShare");
  binding["moduleOpen"] = Napi::Function::New(env, module_open, "moduleOpen");
  binding["moduleClose"] = Napi::Function::New(env, module_close, "moduleClose");
  binding["moduleImports"] = Napi::Function::New(env, module_imports, "moduleImports");
  binding["moduleExports"] = Napi::Function::New(env, module_exports, "moduleExports");
  binding["moduleCustomSections"] =
      Napi::Function::New(env, module_custom_sections, "moduleCustomSections");
}

}  // namespace wembed::addon
