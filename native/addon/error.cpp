#include "addon/error.h"

namespace wembed::addon {

namespace {

void set_known(Napi::Object& object, const char* key, uint64_t value, uint64_t unknown) {
  if (value != unknown) object[key] = static_cast<double>(value);
}

// [{module, function, functionIndex, offset?}], innermost first.
Napi::Array frames_to_js(Napi::Env env, wasm_module_inst_t instance) {
  uint32_t total = 0;
  const uint32_t count = wembed_trap_frame_count(instance, &total);
  auto array = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; ++i) {
    wembed_frame_t frame{};
    if (!wembed_trap_frame(instance, i, &frame)) break;
    auto object = Napi::Object::New(env);
    object["module"] = wasm_runtime_get_module_name(frame.module);
    object["function"] = Napi::String::New(
        env, frame.function_name == nullptr ? "" : frame.function_name, frame.function_name_length);
    object["functionIndex"] = frame.function_index;
    set_known(object, "offset", frame.offset, UINT64_MAX);
    array[i] = object;
  }
  return array;
}

}  // namespace

Napi::Object error_to_js(Napi::Env env, const wembed_error_t& error) {
  auto object = Napi::Object::New(env);
  object["kind"] = error.kind;
  object["code"] = error.code;
  object["message"] = error.message;
  object["module"] = error.module_name;
  object["function"] = error.function_name;
  object["section"] = error.section;
  set_known(object, "functionIndex", error.function_index, UINT32_MAX);
  set_known(object, "offset", error.offset, UINT64_MAX);
  return object;
}

Napi::Value take_error(Napi::Env env, wasm_module_inst_t instance) {
  wembed_error_t error{};
  if (!wembed_get_error(instance, &error)) return env.Undefined();
  Napi::Object object = error_to_js(env, error);
  uint32_t total = 0;
  wembed_trap_frame_count(instance, &total);
  object["frames"] = frames_to_js(env, instance);
  object["frameTotal"] = total;
  wasm_runtime_clear_exception(instance);
  return object;
}

}  // namespace wembed::addon
