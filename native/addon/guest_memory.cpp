#include "addon/guest_memory.h"

#include <vector>

#include "addon/given.h"
#include "addon/instance.h"

namespace wembed::addon {

namespace {

// lib/ has checked that it is a whole number from 0 to 2^53.
uint64_t whole(const Napi::Value& value) { return static_cast<uint64_t>(whole_of(value)); }

// 0, which is never translated, for what is not an address.
uint64_t address(const Napi::Value& value) {
  bool lossless = false;
  const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  return lossless ? number : 0;
}

Napi::Value offset_to_js(Napi::Env env, uint64_t offset) {
  return Napi::Number::New(env, static_cast<double>(offset));
}

Napi::Value address_to_js(Napi::Env env, const void* pointer) {
  return Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(pointer)));
}

// malloc(instance, size): 0 on failure.
Napi::Value guest_malloc(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const GuestScope scope(*state);
  return offset_to_js(info.Env(),
                      wasm_runtime_module_malloc(state->instance, whole(info[1]), nullptr));
}

Napi::Value guest_free(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const GuestScope scope(*state);
  wasm_runtime_module_free(state->instance, whole(info[1]));
  return info.Env().Undefined();
}

// dup(instance, bytes): 0 on failure. The bytes are copied first: they may lie in guest memory,
// which the guest's allocator may grow.
Napi::Value guest_dup(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  auto bytes = info[1].As<Napi::Uint8Array>();
  const std::vector<char> copy(bytes.Data(), bytes.Data() + bytes.ByteLength());
  const GuestScope scope(*state);
  return offset_to_js(info.Env(),
                      wasm_runtime_module_dup_data(state->instance, copy.data(), copy.size()));
}

// A check that fails leaves an exception, which JavaScript gets as `false` instead.
Napi::Value checked(const Napi::CallbackInfo& info, wasm_module_inst_t instance, bool valid) {
  if (!valid) wasm_runtime_clear_exception(instance);
  return Napi::Boolean::New(info.Env(), valid);
}

Napi::Value validate_app(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const wasm_module_inst_t instance = state->instance;
  return checked(info, instance,
                 wasm_runtime_validate_app_addr(instance, whole(info[1]), whole(info[2])));
}

Napi::Value validate_string(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  const wasm_module_inst_t instance = state->instance;
  return checked(info, instance, wasm_runtime_validate_app_str_addr(instance, whole(info[1])));
}

Napi::Value app_to_native(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return address_to_js(info.Env(),
                       wasm_runtime_addr_app_to_native(state->instance, whole(info[1])));
}

void* pointer(const Napi::Value& value) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(address(value)));
}

Napi::Value native_to_app(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  if (state == nullptr) return info.Env().Undefined();
  return offset_to_js(info.Env(),
                      wasm_runtime_addr_native_to_app(state->instance, pointer(info[1])));
}

// appRange(instance, offset): [start, end), or undefined.
Napi::Value app_range(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  uint64_t start = 0;
  uint64_t end = 0;
  if (state == nullptr ||
      !wasm_runtime_get_app_addr_range(state->instance, whole(info[1]), &start, &end)) {
    return info.Env().Undefined();
  }
  auto array = Napi::Array::New(info.Env(), 2);
  array[0u] = static_cast<double>(start);
  array[1u] = static_cast<double>(end);
  return array;
}

Napi::Value native_range(const Napi::CallbackInfo& info) {
  const auto state = usable_instance(info);
  uint8_t* start = nullptr;
  uint8_t* end = nullptr;
  if (state == nullptr ||
      !wasm_runtime_get_native_addr_range(state->instance, static_cast<uint8_t*>(pointer(info[1])),
                                          &start, &end)) {
    return info.Env().Undefined();
  }
  auto array = Napi::Array::New(info.Env(), 2);
  array[0u] = address_to_js(info.Env(), start);
  array[1u] = address_to_js(info.Env(), end);
  return array;
}

}  // namespace

void define_guest_memory(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["malloc"] = Napi::Function::New(env, guest_malloc, "malloc");
  binding["free"] = Napi::Function::New(env, guest_free, "free");
  binding["dup"] = Napi::Function::New(env, guest_dup, "dup");
  binding["validateApp"] = Napi::Function::New(env, validate_app, "validateApp");
  binding["validateString"] = Napi::Function::New(env, validate_string, "validateString");
  binding["appToNative"] = Napi::Function::New(env, app_to_native, "appToNative");
  binding["nativeToApp"] = Napi::Function::New(env, native_to_app, "nativeToApp");
  binding["appRange"] = Napi::Function::New(env, app_range, "appRange");
  binding["nativeRange"] = Napi::Function::New(env, native_range, "nativeRange");
}

}  // namespace wembed::addon
