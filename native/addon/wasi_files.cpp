// What is in directories that guests have, or are going to be given.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "addon/given.h"
#include "addon/wasi.h"

namespace wembed::addon {

namespace {

constexpr uint32_t kClosed = 8;  // as of a descriptor

// A call on a directory and a path in it.
struct Asked {
  explicit Asked(const Napi::CallbackInfo& info)
      : env(info.Env()), state(unwrap_handle<WasiFileState>(env, info[0])) {
    if (info[1].IsString()) path = info[1].As<Napi::String>().Utf8Value();
  }
  [[nodiscard]] bool is_open() const { return state != nullptr && state->file != nullptr; }
  [[nodiscard]] Napi::Value answer(uint32_t error) const { return Napi::Number::New(env, error); }

  Napi::Env env;
  std::shared_ptr<WasiFileState> state;
  std::string path;
};

Napi::Value get(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open()) return asked.answer(kClosed);
  std::vector<uint8_t> bytes;
  for (;;) {
    constexpr size_t kLeast = 65536;
    const size_t had = bytes.size();
    bytes.resize(had + std::max(had, kLeast));
    size_t done = 0;
    const uint32_t error = wembed_wasi_get(asked.state->file, asked.path.c_str(), had,
                                           bytes.data() + had, bytes.size() - had, &done);
    if (error != 0) return asked.answer(error);
    bytes.resize(had + done);
    if (done == 0) break;
  }
  auto buffer = Napi::ArrayBuffer::New(asked.env, bytes.size());
  if (!bytes.empty()) std::memcpy(buffer.Data(), bytes.data(), bytes.size());
  return Napi::Uint8Array::New(asked.env, bytes.size(), buffer, 0);
}

Napi::Value put(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open() || !info[2].IsTypedArray()) return asked.answer(kClosed);
  const auto bytes = info[2].As<Napi::Uint8Array>();
  return asked.answer(
      wembed_wasi_put(asked.state->file, asked.path.c_str(), bytes.Data(), bytes.ByteLength()));
}

Napi::Value make_directory(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open()) return asked.answer(kClosed);
  return asked.answer(wembed_wasi_make_directory(asked.state->file, asked.path.c_str()));
}

Napi::Value make_link(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open() || !info[2].IsString()) return asked.answer(kClosed);
  const std::string text = info[2].As<Napi::String>().Utf8Value();
  return asked.answer(wembed_wasi_make_link(asked.state->file, asked.path.c_str(), text.c_str()));
}

Napi::Value remove(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open()) return asked.answer(kClosed);
  return asked.answer(wembed_wasi_remove(asked.state->file, asked.path.c_str()));
}

Napi::Value status(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open()) return asked.answer(kClosed);
  wembed_wasi_status_t found{};
  const uint32_t error =
      wembed_wasi_status(asked.state->file, asked.path.c_str(), flag_of(info[2]), &found);
  if (error != 0) return asked.answer(error);
  auto list = Napi::Array::New(asked.env, 3);
  list[0u] = Napi::Number::New(asked.env, found.kind);
  list[1u] = Napi::Number::New(asked.env, static_cast<double>(found.bytes));
  list[2u] = Napi::Number::New(asked.env, static_cast<double>(found.modified_ns) / 1e6);
  return list;
}

Napi::Value list(const Napi::CallbackInfo& info) {
  const Asked asked(info);
  if (!asked.is_open()) return asked.answer(kClosed);
  struct Entry {
    std::string name;
    uint32_t kind;
  };
  std::vector<Entry> entries;
  const auto tell = [](void* context, const char* name, uint32_t kind) {
    static_cast<std::vector<Entry>*>(context)->push_back({name, kind});
    return true;
  };
  const uint32_t error = wembed_wasi_list(asked.state->file, asked.path.c_str(), tell, &entries);
  if (error != 0) return asked.answer(error);
  auto result = Napi::Array::New(asked.env, entries.size() * 2);
  for (uint32_t i = 0; i < entries.size(); ++i) {
    result[i * 2] = Napi::String::New(asked.env, entries[i].name);
    result[i * 2 + 1] = Napi::Number::New(asked.env, entries[i].kind);
  }
  return result;
}

}  // namespace

void define_wasi_files(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["wasiGet"] = Napi::Function::New(env, get, "wasiGet");
  binding["wasiPut"] = Napi::Function::New(env, put, "wasiPut");
  binding["wasiMakeDirectory"] = Napi::Function::New(env, make_directory, "wasiMakeDirectory");
  binding["wasiMakeLink"] = Napi::Function::New(env, make_link, "wasiMakeLink");
  binding["wasiRemove"] = Napi::Function::New(env, remove, "wasiRemove");
  binding["wasiStatus"] = Napi::Function::New(env, status, "wasiStatus");
  binding["wasiList"] = Napi::Function::New(env, list, "wasiList");
}

}  // namespace wembed::addon
