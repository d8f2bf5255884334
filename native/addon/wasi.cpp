#include "addon/wasi.h"

#include <string>
#include <utility>
#include <vector>

#include "addon/error.h"
#include "addon/given.h"
#include "addon/instance.h"
#include "addon/module.h"
#include "addon/wasi_source.h"

namespace wembed::addon {

namespace {

constexpr uint32_t kAgain = 6;

// A handle that the runtime closes with itself, or the error.
template <class State, class Native> Napi::Value give(const std::shared_ptr<RuntimeState>& runtime,
                                                      Native State::*member, Native native,
                                                      const wembed_error_t& error, Napi::Env env) {
  if (native == nullptr) return error_to_js(env, error);
  auto state = std::make_shared<State>();
  state->runtime = runtime->native;
  (*state).*member = native;
  runtime->own(state);
  return wrap_handle(env, std::move(state));
}

// Argument 0; null with a TypeError pending, or when it is closed.
std::shared_ptr<RuntimeState> runtime_of(const Napi::CallbackInfo& info) {
  auto runtime = unwrap_handle<RuntimeState>(info.Env(), info[0]);
  return runtime == nullptr || runtime->native == nullptr ? nullptr : runtime;
}

std::string text_of(const Napi::Value& value) {
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

Napi::Value host_directory(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr) return info.Env().Undefined();
  wembed_error_t error{};
  const std::string path = text_of(info[1]);
  const wembed_wasi_file_t file =
      wembed_wasi_host_directory(runtime->native->runtime, path.c_str(), &error);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

Napi::Value memory_directory(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr) return info.Env().Undefined();
  wembed_error_t error{};
  wembed_wasi_memory_options_t options{};
  options.size = sizeof options;
  options.shared = flag_of(info[1]);
  options.most_bytes = static_cast<uint64_t>(whole_of(info[2]));
  const wembed_wasi_file_t file =
      wembed_wasi_memory_directory(runtime->native->runtime, &options, &error);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

Napi::Value descriptor(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr) return info.Env().Undefined();
  wembed_error_t error{};
  const auto number = static_cast<int>(whole_of(info[1]));
  const wembed_wasi_file_t file =
      wembed_wasi_descriptor(runtime->native->runtime, number, false, &error);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

Napi::Value input(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr || !info[1].IsTypedArray()) return info.Env().Undefined();
  wembed_error_t error{};
  const auto bytes = info[1].As<Napi::Uint8Array>();
  const wembed_wasi_file_t file =
      wembed_wasi_input(runtime->native->runtime, bytes.Data(), bytes.ByteLength(), &error);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

// ---- Functions of JavaScript

uint32_t error_of_answer(int64_t answer) {
  return answer <= kWasiFailed ? WEMBED_WASI_FAILED : static_cast<uint32_t>(-answer);
}

uint32_t read_stream(void* context, wasm_exec_env_t exec_env, void* bytes, size_t room,
                     size_t* done) {
  auto* source = static_cast<WasiSource*>(context);
  const int64_t answer = source->ask(exec_env, kWasiRead, nullptr, bytes, room);
  if (answer < 0) return error_of_answer(answer);
  *done = static_cast<size_t>(answer);
  return 0;
}

uint32_t write_stream(void* context, wasm_exec_env_t exec_env, const void* bytes, size_t length,
                      size_t* done) {
  auto* source = static_cast<WasiSource*>(context);
  const int64_t answer = source->ask(exec_env, kWasiWrite, bytes, nullptr, length);
  if (answer < 0) return error_of_answer(answer);
  *done = static_cast<size_t>(answer);
  return 0;
}

uint64_t stream_ready(void* context, wasm_exec_env_t exec_env, bool writing) {
  auto* source = static_cast<WasiSource*>(context);
  const int64_t answer =
      source->ask(exec_env, writing ? kWasiWritable : kWasiReadable, nullptr, nullptr, 0);
  if (answer >= 0) return static_cast<uint64_t>(answer);
  // What is wrong is told by whoever reads or writes.
  return error_of_answer(answer) == kAgain ? WEMBED_WASI_NOT_READY : 1;
}

void stream_gone(void* context) { WasiSource::give_up(static_cast<WasiSource*>(context)); }

bool read_clock(void* context, wasm_exec_env_t exec_env, uint32_t clock, uint64_t* ns) {
  auto* source = static_cast<WasiSource*>(context);
  return source->ask(exec_env, clock == 0 ? kWasiRealtime : kWasiMonotonic, nullptr, ns,
                     sizeof *ns) >= 0;
}

bool random_bytes(void* context, wasm_exec_env_t exec_env, void* bytes, size_t length) {
  auto* source = static_cast<WasiSource*>(context);
  return source->ask(exec_env, kWasiRandom, nullptr, bytes, length) >= 0;
}

Napi::Value stream(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr) return info.Env().Undefined();
  auto* source = new WasiSource(runtime->environment, info[1]);
  wembed_wasi_stream_functions_t functions{};
  functions.size = sizeof functions;
  functions.terminal = flag_of(info[2]);
  functions.context = source;
  if (flag_of(info[3])) functions.read = read_stream;
  if (flag_of(info[4])) functions.write = write_stream;
  functions.ready = stream_ready;
  functions.gone = stream_gone;
  wembed_error_t error{};
  const wembed_wasi_file_t file = wembed_wasi_stream(runtime->native->runtime, &functions, &error);
  if (file == nullptr) WasiSource::give_up(source);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

Napi::Value directory(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr || !info[2].IsArray()) return info.Env().Undefined();
  auto* source = new WasiSource(runtime->environment, info[1]);
  wembed_error_t error{};
  const wembed_wasi_file_t file =
      make_wasi_directory(runtime->native->runtime, source, info[2].As<Napi::Array>(), &error);
  if (file == nullptr) WasiSource::give_up(source);
  return give(runtime, &WasiFileState::file, file, error, info.Env());
}

Napi::Value wake(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<WasiFileState>(info.Env(), info[0]);
  if (state != nullptr) wembed_wasi_stream_wake(state->file);
  return info.Env().Undefined();
}

// ---- Settings

// Texts of JavaScript's for C.
class Texts {
 public:
  explicit Texts(const Napi::Value& list) {
    if (!list.IsArray()) return;
    const auto array = list.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) texts_.push_back(text_of(element_of(array, i)));
    for (const std::string& text : texts_) pointers_.push_back(text.c_str());
  }
  [[nodiscard]] const char* const* data() const { return pointers_.data(); }
  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(pointers_.size()); }
  [[nodiscard]] const char* at(uint32_t index) const { return pointers_[index]; }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

// Null: it is none, or closed.
wembed_wasi_file_t file_of(const Napi::Value& value) {
  if (!value.IsObject()) return nullptr;
  const auto state = unwrap_handle<WasiFileState>(value.Env(), value);
  return state == nullptr ? nullptr : state->file;
}

Napi::Value settings(const Napi::CallbackInfo& info) {
  const auto runtime = runtime_of(info);
  if (runtime == nullptr || !info[1].IsObject()) return info.Env().Undefined();
  const auto given = info[1].As<Napi::Object>();
  const Texts args(property_of(given, "args")), env(property_of(given, "env"));
  const Texts names(property_of(given, "names"));
  wembed_wasi_options_t options{};
  options.size = sizeof options;
  options.args = args.data();
  options.arg_count = args.count();
  options.env = env.data();
  options.env_count = env.count();
  std::vector<wembed_wasi_preopen_t> preopens(names.count());
  const auto directories = property_of(given, "directories").As<Napi::Array>();
  const auto read_only = property_of(given, "readOnly").As<Napi::Array>();
  for (uint32_t i = 0; i < names.count(); ++i) {
    preopens[i] = {names.at(i), file_of(element_of(directories, i)),
                   flag_of(element_of(read_only, i))};
  }
  options.preopens = preopens.data();
  options.preopen_count = names.count();
  const auto streams = property_of(given, "stdio").As<Napi::Array>();
  for (uint32_t i = 0; i < 3; ++i) options.stdio[i] = file_of(element_of(streams, i));
  options.max_descriptors = index_of(property_of(given, "maxDescriptors"));
  const Texts addresses(property_of(given, "addresses"));
  const Texts host_names(property_of(given, "hostNames"));
  options.addresses = addresses.data();
  options.address_count = addresses.count();
  options.names = host_names.data();
  options.name_count = host_names.count();
  options.max_threads = index_of(property_of(given, "maxThreads"));
  options.max_written = static_cast<uint64_t>(whole_of(property_of(given, "maxWritten")));
  const Napi::Value sources = property_of(given, "sources");
  WasiSource* source = nullptr;
  if (sources.IsFunction()) {
    source = new WasiSource(runtime->environment, sources);
    options.context = source;
    options.gone = stream_gone;
    if (flag_of(property_of(given, "hasClock"))) options.clock = read_clock;
    if (flag_of(property_of(given, "hasRandom"))) options.random = random_bytes;
  }
  wembed_error_t error{};
  const wembed_wasi_t wasi = wembed_wasi_new(runtime->native->runtime, &options, &error);
  if (wasi == nullptr && source != nullptr) WasiSource::give_up(source);
  return give(runtime, &WasiState::wasi, wasi, error, info.Env());
}

// ---- Instances

Napi::Value end_threads(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  if (state != nullptr) wembed_wasi_end_threads(state->instance);
  return info.Env().Undefined();
}

Napi::Value exited(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  uint32_t code = 0;
  if (state == nullptr || !wembed_wasi_exited(state->instance, &code))
    return info.Env().Undefined();
  return Napi::Number::New(info.Env(), code);
}

Napi::Value preopened(const Napi::CallbackInfo& info) {
  const auto state = unwrap_handle<InstanceState>(info.Env(), info[0]);
  if (state == nullptr || state->instance == nullptr) return info.Env().Undefined();
  const std::string name = text_of(info[1]);
  const wembed_wasi_file_t file = wembed_wasi_preopened(state->instance, name.c_str());
  if (file == nullptr) return info.Env().Undefined();
  return give(state->module->runtime, &WasiFileState::file, file, {}, info.Env());
}

Napi::Value error_name(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), wembed_wasi_error_name(index_of(info[0])));
}

}  // namespace

void WasiFileState::close() {
  wembed_wasi_file_delete(std::exchange(file, nullptr));
  runtime = nullptr;
}

void WasiState::close() {
  wembed_wasi_delete(std::exchange(wasi, nullptr));
  runtime = nullptr;
}

void define_wasi(Napi::Object binding) {
  const Napi::Env env = binding.Env();
  binding["wasiHostDirectory"] = Napi::Function::New(env, host_directory, "wasiHostDirectory");
  binding["wasiMemoryDirectory"] =
      Napi::Function::New(env, memory_directory, "wasiMemoryDirectory");
  binding["wasiDescriptor"] = Napi::Function::New(env, descriptor, "wasiDescriptor");
  binding["wasiInput"] = Napi::Function::New(env, input, "wasiInput");
  binding["wasiStream"] = Napi::Function::New(env, stream, "wasiStream");
  binding["wasiDirectory"] = Napi::Function::New(env, directory, "wasiDirectory");
  binding["wasiWake"] = Napi::Function::New(env, wake, "wasiWake");
  binding["wasiNew"] = Napi::Function::New(env, settings, "wasiNew");
  binding["wasiEndThreads"] = Napi::Function::New(env, end_threads, "wasiEndThreads");
  binding["wasiExited"] = Napi::Function::New(env, exited, "wasiExited");
  binding["wasiPreopened"] = Napi::Function::New(env, preopened, "wasiPreopened");
  binding["wasiErrorName"] = Napi::Function::New(env, error_name, "wasiErrorName");
}

}  // namespace wembed::addon
