#include "addon/exception.h"

#include <utility>
#include <vector>

#include "addon/environment.h"
#include "addon/exported_function.h"
#include "addon/given.h"
#include "addon/instance.h"
#include "addon/module.h"
#include "addon/runtime.h"

namespace wembed::addon {

namespace {

double key_of(const void* object) {
  return static_cast<double>(reinterpret_cast<uintptr_t>(object));
}

// [handle, key]; undefined: there is none.
Napi::Value named(Napi::Env env, RuntimeState& runtime, wembed_tag_t tag) {
  if (tag == nullptr) return env.Undefined();
  auto state = std::make_shared<TagState>();
  state->runtime = runtime.native;
  state->tag = tag;
  runtime.own(state);
  auto array = Napi::Array::New(env, 2);
  array[0u] = wrap_handle(env, std::move(state));
  array[1u] = key_of(tag);
  return array;
}

Napi::Value tag_new(const Napi::CallbackInfo& info) {
  const auto runtime = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  if (runtime == nullptr || runtime->native == nullptr) return info.Env().Undefined();
  const auto list = info[1].As<Napi::Array>();
  std::vector<wasm_valkind_t> kinds(list.Length());
  for (uint32_t i = 0; i < kinds.size(); ++i) {
    kinds[i] = static_cast<wasm_valkind_t>(index_of(element_of(list, i)));
  }
  const auto count = static_cast<uint32_t>(kinds.size());
  return named(info.Env(), *runtime, wembed_tag_new(runtime->native->runtime, kinds.data(), count));
}

Napi::Value tag_exported(const Napi::CallbackInfo& info) {
  const auto instance = usable_instance(info);
  if (instance == nullptr) return info.Env().Undefined();
  return named(info.Env(), *instance->module->runtime,
               wembed_instance_tag(instance->instance, index_of(info[1])));
}

Napi::Value exception_new(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto instance = unwrap_handle<InstanceState>(env, info[0]);
  const auto tag = unwrap_handle<TagState>(env, info[1]);
  if (instance == nullptr || instance->instance == nullptr || tag == nullptr ||
      tag->tag == nullptr) {
    return env.Undefined();
  }
  Environment& environment = *instance->environment;
  uint64_t* slots = environment.cell->slots;
  const Signature signature = Signature::of(wembed_tag_type(tag->tag));
  if (signature.functions) params_from_js(environment, signature, slots);
  auto state = std::make_shared<ExceptionState>();
  state->runtime = tag->runtime;
  state->exception = wembed_exception_new(instance->instance, tag->tag, slots);
  if (state->exception == nullptr) return env.Undefined();
  instance->module->runtime->own(state);
  auto array = Napi::Array::New(env, 2);
  array[1u] = key_of(state->exception);
  array[0u] = wrap_handle(env, std::move(state));
  return array;
}

Napi::Value host_throw(const Napi::CallbackInfo& info) {
  auto& environment = *static_cast<Environment*>(info.Data());
  environment.thrown = unwrap_handle<ExceptionState>(info.Env(), info[0]);
  return info.Env().Undefined();
}

Napi::Value taken_exception(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto& environment = *static_cast<Environment*>(info.Data());
  const std::shared_ptr<ExceptionState> state = std::exchange(environment.taken, nullptr);
  if (state == nullptr) return env.Undefined();
  const wembed_exception_t exception = state->exception;
  const std::shared_ptr<RuntimeState> runtime = std::exchange(environment.taken_of, nullptr);
  if (exception == nullptr || runtime == nullptr) return env.Undefined();
  const wembed_tag_t tag = wembed_exception_tag(exception);
  const wasm_func_type_t type = wembed_tag_type(tag);
  const Signature signature = Signature::of(type);
  uint64_t* slots = environment.cell->slots;
  wembed_exception_values(exception, slots, kCellSlots);
  if (signature.functions) params_to_js(environment, signature, slots);
  wembed_tag_retain(tag);
  auto array = Napi::Array::New(env);
  const Napi::Value tag_name = named(env, *runtime, tag);
  array[0u] = state->text;
  array[1u] = wrap_handle(env, state);
  array[2u] = key_of(exception);
  array[3u] = tag_name.As<Napi::Array>().Get(0u);
  array[4u] = tag_name.As<Napi::Array>().Get(1u);
  for (uint32_t i = 0; i < signature.params; ++i) {
    array[5 + i] = static_cast<uint32_t>(wasm_func_type_get_param_valkind(type, i));
  }
  return array;
}

Napi::Value module_catches(const Napi::CallbackInfo& info) {
  const auto module = unwrap_handle<ModuleState>(info.Env(), info[0]);
  const bool catches = module != nullptr && module->native != nullptr &&
                       wembed_module_catches(module->native->module);
  return Napi::Boolean::New(info.Env(), catches);
}

}  // namespace

void TagState::close() {
  wembed_tag_release(std::exchange(tag, nullptr));
  runtime.reset();
}

void ExceptionState::close() {
  wembed_exception_release(std::exchange(exception, nullptr));
  runtime.reset();
}

void throw_in(wasm_exec_env_t exec_env, const std::shared_ptr<ExceptionState>& thrown) {
  if (thrown != nullptr && thrown->exception != nullptr) {
    wembed_throw_again(exec_env, thrown->exception);
  }
}

void keep_exception(Environment& environment, wasm_module_inst_t instance,
                    const std::shared_ptr<RuntimeState>& runtime) {
  environment.taken = nullptr;
  const wembed_exception_t exception = wembed_get_exception(instance);
  if (exception == nullptr) return;
  environment.taken = std::make_shared<ExceptionState>();
  environment.taken->runtime = runtime->native;
  environment.taken->exception = exception;
  environment.taken_of = runtime;
  runtime->own(environment.taken);
  constexpr uint32_t kMostText = 256;
  char text[kMostText];
  wembed_exception_text(instance, exception, text, kMostText);
  environment.taken->text = text;
}

void define_exceptions(Environment& environment, Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["tagNew"] = Napi::Function::New(env, tag_new, "tagNew");
  binding["tagExported"] = Napi::Function::New(env, tag_exported, "tagExported");
  binding["exceptionNew"] = Napi::Function::New(env, exception_new, "exceptionNew");
  binding["hostThrow"] = Napi::Function::New(env, host_throw, "hostThrow", &environment);
  binding["takenException"] =
      Napi::Function::New(env, taken_exception, "takenException", &environment);
  binding["moduleCatches"] = Napi::Function::New(env, module_catches, "moduleCatches");
}

}  // namespace wembed::addon
