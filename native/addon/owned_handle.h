// Handles that JavaScript holds: an object that wraps a shared_ptr to native state and carries a
// type tag, so that an object of another kind is refused and never reinterpreted.
//
// Each State has `close()`: explicit, idempotent, cascading to its children. The finalizer is the
// safety net and calls `abandon()`, which closes too but touches no JavaScript.
#pragma once

#include <memory>
#include <utility>

#include "addon/napi_setup.h"

namespace wembed::addon {

struct RuntimeState;
struct ModuleState;
struct InstanceState;
struct StopState;
struct TagState;
struct ExceptionState;
struct WasiFileState;
struct WasiState;

// All tags in one place; random numbers that say nothing but "not another kind".
template <class State> inline constexpr napi_type_tag kTypeTag{};
template <>
inline constexpr napi_type_tag kTypeTag<RuntimeState>{0x6f1d0c52a9e34b87, 0x9d04e6b15c7a2f31};
template <>
inline constexpr napi_type_tag kTypeTag<ModuleState>{0x83b7f2149c5e4da0, 0xa61c30d87f29eb54};
template <>
inline constexpr napi_type_tag kTypeTag<InstanceState>{0x2ce95d7bf0184639, 0xb8e4719a60d3c52f};
template <>
inline constexpr napi_type_tag kTypeTag<StopState>{0x51a06f3ed8b24c97, 0xc3f85b2e1479ad60};
template <>
inline constexpr napi_type_tag kTypeTag<TagState>{0x9b1f47c8e52da063, 0x14d7a80f6bc93e52};
template <>
inline constexpr napi_type_tag kTypeTag<ExceptionState>{0x7ac2e0915d384fb6, 0xe8469bd17f02c35a};

template <>
inline constexpr napi_type_tag kTypeTag<WasiFileState>{0x3d8e61f4b2907ac5, 0x5b9f0c27e6d1483a};
template <>
inline constexpr napi_type_tag kTypeTag<WasiState>{0xd1740b9c3ea25f68, 0x860af35dc9712be4};

template <class State> Napi::Value wrap_handle(Napi::Env env, std::shared_ptr<State> state) {
  using Holder = std::shared_ptr<State>;
  Napi::Object object = Napi::Object::New(env);
  auto* holder = new Holder(std::move(state));
  const napi_finalize finalize = [](napi_env, void* data, void*) {
    auto* owned = static_cast<Holder*>(data);
    (*owned)->abandon();
    delete owned;
  };
  if (napi_wrap(env, object, holder, finalize, nullptr, nullptr) != napi_ok) {
    delete holder;
    return env.Undefined();
  }
  napi_type_tag_object(env, object, &kTypeTag<State>);
  return object;
}

// The state behind a handle; null, with a TypeError pending, for anything else.
template <class State> std::shared_ptr<State> unwrap_handle(Napi::Env env, napi_value value) {
  bool tagged = false;
  void* data = nullptr;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_object) napi_check_object_type_tag(env, value, &kTypeTag<State>, &tagged);
  if (!tagged || napi_unwrap(env, value, &data) != napi_ok) {
    Napi::TypeError::New(env, "not a handle of the expected kind").ThrowAsJavaScriptException();
    return nullptr;
  }
  return *static_cast<std::shared_ptr<State>*>(data);
}

}  // namespace wembed::addon
