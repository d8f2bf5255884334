// wembed_wasi.h: settings, and what instances have of them.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "capi/cluster.h"
#include "capi/refusal.h"
#include "capi/wasi_handles.h"
#include "capi/wasi_state.h"
#include "capi/wembed_error.h"
#include "wasi/state.h"
#include "wasi/streams.h"

using namespace wembed;

namespace wembed {

std::nullptr_t refuse_wasi(wembed_error_t* error, Error code, const char* format, ...) {
  Diagnostic diagnostic;
  va_list args;
  va_start(args, format);
  diagnostic.vfail(code, format, args);
  va_end(args);
  fill_error(error, diagnostic, nullptr, nullptr);
  return nullptr;
}

LibraryState* wasi_state_of(Allocator& allocator, struct wembed_wasi* settings) {
  LibraryState* state =
      wasi::State::create(allocator, wasi::Ref<wasi::Settings>::share(unwrap(settings)));
  if (state != nullptr) serve_threads(*state);
  return state;
}

}  // namespace wembed

namespace {

using wasi::Errno;
using wasi::File;
using wasi::Ref;
using wasi::Settings;

Refusal refuse_texts(const char* name, const char* const* texts, uint32_t count) {
  if (count > 0 && texts == nullptr) return refuse("%s is NULL", name);
  for (uint32_t i = 0; i < count; i++) {
    if (texts[i] == nullptr) return refuse("%s[%u] is NULL", name, i);
  }
  return {};
}

Refusal refuse_options(const wembed_wasi_options_t& options) {
  if (Refusal refusal = refuse_texts("args", options.args, options.arg_count)) return refusal;
  if (Refusal refusal = refuse_texts("env", options.env, options.env_count)) return refusal;
  if (Refusal refusal = refuse_texts("addresses", options.addresses, options.address_count)) {
    return refusal;
  }
  if (Refusal refusal = refuse_texts("names", options.names, options.name_count)) return refusal;
  if (options.preopen_count > 0 && options.preopens == nullptr) return refuse("preopens is NULL");
  for (uint32_t i = 0; i < options.env_count; i++) {
    const char* equals = std::strchr(options.env[i], '=');
    if (equals == nullptr || equals == options.env[i]) {
      return refuse("env[%u] is not of the form NAME=value", i);
    }
  }
  for (uint32_t i = 0; i < options.preopen_count; i++) {
    const wembed_wasi_preopen_t& preopen = options.preopens[i];
    if (preopen.name == nullptr || preopen.directory == nullptr) {
      return refuse("preopens[%u] has no name or no directory", i);
    }
    if (!unwrap(preopen.directory)->is_directory()) {
      return refuse("preopens[%u], \"%.40s\", is no directory", i, preopen.name);
    }
  }
  return {};
}

Refusal read_options(const wembed_wasi_options_t* given, wembed_wasi_options_t& options) {
  options = {};
  options.size = sizeof(options);
  if (given == nullptr) return {};
  if (Refusal refusal = refuse_structure(given, "the options")) return refusal;
  std::memcpy(&options, given, std::min<size_t>(given->size, sizeof(options)));
  return refuse_options(options);
}

// Files that cannot be made again are those of a process without free descriptors.
Errno add(Settings& settings, const wembed_wasi_options_t& options) {
  for (uint32_t i = 0; i < options.arg_count; i++) {
    if (!settings.arguments.add(options.args[i])) return Errno::kNOMEM;
  }
  for (uint32_t i = 0; i < options.env_count; i++) {
    if (!settings.environment.add(options.env[i])) return Errno::kNOMEM;
  }
  for (uint32_t i = 0; i < options.preopen_count; i++) {
    const wembed_wasi_preopen_t& preopen = options.preopens[i];
    Ref<File> directory = Ref<File>::share(unwrap(preopen.directory));
    Errno error = settings.add_preopen(std::move(directory), preopen.name, preopen.read_only);
    if (error != wasi::kSuccess) return error;
  }
  for (uint32_t i = 0; i < options.name_count; i++) {
    if (!settings.network.allow_name(options.names[i])) return Errno::kNOMEM;
  }
  for (int i = 0; i < 3; i++) {
    settings.stdio[i] = options.stdio[i] == nullptr ? wasi::NullStream::create(settings.allocator())
                                                    : Ref<File>::share(unwrap(options.stdio[i]));
    if (!settings.stdio[i]) return Errno::kNOMEM;
  }
  if (options.max_descriptors > 0) settings.most_descriptors = options.max_descriptors;
  settings.most_threads = options.max_threads;
  if (options.max_written > 0) settings.most_written = options.max_written;
  return wasi::kSuccess;
}

// The number of the one that is none; all: they are there, or there is no memory.
uint32_t add_addresses(Settings& settings, const wembed_wasi_options_t& options, Errno& error) {
  error = wasi::kSuccess;
  for (uint32_t i = 0; i < options.address_count; i++) {
    wasi::Network::Refusal refusal = settings.network.allow_addresses(options.addresses[i]);
    if (refusal == wasi::Network::Refusal::NoMemory) error = Errno::kNOMEM;
    if (error != wasi::kSuccess) break;
    if (refusal != wasi::Network::Refusal::None) return i;
  }
  return options.address_count;
}

}  // namespace

WEMBED_API wembed_wasi_t wembed_wasi_new(wembed_runtime_t handle,
                                         const wembed_wasi_options_t* given,
                                         wembed_error_t* error) {
  clear_error(error);
  Runtime* runtime = runtime_of(unwrap(handle));
  wembed_wasi_options_t options;
  Refusal refusal =
      runtime == nullptr ? refuse("there is no runtime") : read_options(given, options);
  if (refusal) {
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  Ref<Settings> settings = Settings::create(runtime->allocator());
  if (!settings) return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  Errno failed = wasi::kSuccess;
  uint32_t wrong = add_addresses(*settings, options, failed);
  if (wrong < options.address_count && failed == wasi::kSuccess) {
    refusal = refuse("addresses[%u], \"%.60s\", is not of the form ADDRESS/BITS", wrong,
                     options.addresses[wrong]);
    fill_usage_error(error, refusal.text);
    return nullptr;
  }
  if (failed == wasi::kSuccess) failed = add(*settings, options);
  if (failed == Errno::kNOMEM) {
    return refuse_wasi(error, Error::OutOfMemory, "allocate memory failed");
  }
  if (failed != wasi::kSuccess) {
    return refuse_wasi(error, Error::System, "a directory cannot be opened again (WASI's error %d)",
                       static_cast<int>(failed));
  }
  settings->sources = {reinterpret_cast<decltype(wasi::Sources::read_clock)>(options.clock),
                       reinterpret_cast<decltype(wasi::Sources::random)>(options.random),
                       options.gone, options.context};
  return wrap(settings.give_away());
}

WEMBED_API void wembed_wasi_delete(wembed_wasi_t wasi) {
  if (wasi != nullptr) unwrap(wasi)->release();
}

WEMBED_API void wembed_wasi_end_threads(wasm_module_inst_t instance) {
  if (instance != nullptr) end_detached(*unwrap(instance));
}

WEMBED_API bool wembed_wasi_exited(wasm_module_inst_t instance, uint32_t* code) {
  const wasi::State* state = instance == nullptr ? nullptr : wasi::State::of(*unwrap(instance));
  if (state == nullptr || !state->has_exited()) return false;
  if (code != nullptr) *code = state->exit_code();
  return true;
}

WEMBED_API wembed_wasi_file_t wembed_wasi_preopened(wasm_module_inst_t instance, const char* name) {
  wasi::State* state = instance == nullptr ? nullptr : wasi::State::of(*unwrap(instance));
  if (state == nullptr || name == nullptr) return nullptr;
  return wrap(state->preopened(name).give_away());
}

WEMBED_API const char* wembed_wasi_error_name(uint32_t error) {
  switch (error) {
#define ERROR_NUMBER(name, number) \
  case number:                     \
    return #name;
#define OWN_ERROR_NUMBER(name, number) ERROR_NUMBER(name, number)
#include "wasi/errno.def"
#undef ERROR_NUMBER
#undef OWN_ERROR_NUMBER
    default: return "";
  }
}
