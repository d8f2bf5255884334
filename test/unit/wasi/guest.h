// A guest of WASI that makes any call the host asks it for.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>

#include "check.h"
#include "wasi/folder.h"
#include "wasm_export.h"
#include "wembed_wasi.h"

// The process's, over an allocator of the C library's, or of the test's.
struct Runtime {
  explicit Runtime(const MemAllocOption* allocator = nullptr) {
    RuntimeInitArgs args = {};
    args.mem_alloc_type = Alloc_With_System_Allocator;
    if (allocator != nullptr) {
      args.mem_alloc_type = Alloc_With_Allocator;
      args.mem_alloc_option = *allocator;
    }
    is_there = wasm_runtime_full_init(&args);
    CHECK(is_there || allocator != nullptr);
  }
  ~Runtime() {
    if (is_there) wasm_runtime_destroy();
  }
  bool is_there;
};

// An instance of a module of the test's, with what it was given.
struct Guest {
  Runtime runtime;
  std::string bytes;
  char error[256] = "";
  wasm_module_t module = nullptr;
  wasm_module_inst_t instance = nullptr;
  wasm_exec_env_t env = nullptr;
  bool may_fail = false;
  std::string root;  // the folder

  explicit Guest(const char* name, const MemAllocOption* allocator = nullptr)
      : runtime(allocator), bytes(read_all(module_path(name))) {
    if (!runtime.is_there) return;
    module = wasm_runtime_load(reinterpret_cast<uint8_t*>(bytes.data()),
                               static_cast<uint32_t>(bytes.size()), error, sizeof(error));
    if (module == nullptr && allocator == nullptr) std::printf("%s: %s\n", name, error);
    CHECK(module != nullptr || allocator != nullptr);
    may_fail = allocator != nullptr;
  }
  ~Guest() {
    if (env != nullptr) wasm_runtime_destroy_exec_env(env);
    if (instance != nullptr) wasm_runtime_deinstantiate(instance);
    if (module != nullptr) wasm_runtime_unload(module);
  }
  // With the folder as ".", at 3.
  bool open(const std::string& folder, int in = -1, int out = -1) {
    if (module == nullptr) return false;
    if (files == Files::Memory) return open_memory(folder, in, out);
    root = folder;
    std::string map = ".::" + folder;
    const char* maps[] = {map.c_str()};
    wasm_runtime_set_wasi_args_ex(module, nullptr, 0, maps, 1, nullptr, 0, nullptr, 0, in, out,
                                  out);
    instance = wasm_runtime_instantiate(module, 65536, 0, error, sizeof(error));
    if (instance == nullptr && !may_fail) std::printf("%s\n", error);
    return start();
  }
  bool open_memory(const std::string& folder, int in, int out) {
    wembed_wasi_file_t directory = wembed_wasi_memory_directory(nullptr, nullptr, nullptr);
    bool is_full = directory != nullptr && copy_into(directory, folder);
    CHECK(is_full || may_fail);
    wembed_wasi_preopen_t preopen = {".", directory, false};
    bool is_open = is_full && open_with(&preopen, 1, in, out);
    wembed_wasi_file_delete(directory);
    return is_open;
  }
  // Descriptors below 0: the process's own.
  bool open_with(const wembed_wasi_preopen_t* preopens, uint32_t count, int in = -1, int out = -1) {
    wembed_wasi_options_t options = {};
    options.size = sizeof(options);
    options.preopens = preopens;
    options.preopen_count = count;
    const int numbers[] = {in < 0 ? 0 : in, out < 0 ? 1 : out, out < 0 ? 2 : out};
    for (int i = 0; i < 3; i++) {
      options.stdio[i] = wembed_wasi_descriptor(nullptr, numbers[i], false, nullptr);
    }
    bool is_open = open_options(options);
    for (wembed_wasi_file_t stream : options.stdio) wembed_wasi_file_delete(stream);
    return is_open;
  }
  bool open_options(const wembed_wasi_options_t& options) {
    wembed_error_t failed;
    wembed_wasi_t wasi = wembed_wasi_new(nullptr, &options, &failed);
    if (wasi == nullptr && !may_fail) std::printf("%s\n", failed.message);
    wembed_instantiate_options_t settings = {};
    settings.size = sizeof(settings);
    settings.wasi = wasi;
    if (wasi != nullptr) instance = wembed_instantiate(module, &settings, &failed);
    wembed_wasi_delete(wasi);
    if (instance == nullptr) std::snprintf(error, sizeof(error), "%.200s", failed.message);
    return start();
  }
  bool start() {
    CHECK(instance != nullptr || may_fail);
    if (instance == nullptr) return false;
    env = wasm_runtime_create_exec_env(instance, 65536);
    return env != nullptr;
  }
  // What is in a file of the guest's; "?": nothing.
  [[nodiscard]] std::string contents(const std::string& path) const {
    if (files == Files::Folder) return is_there(path) ? read_all(root + "/" + path) : "?";
    wembed_wasi_file_t directory = wembed_wasi_preopened(instance, ".");
    char text[16384];
    size_t length = 0;
    uint32_t failed = wembed_wasi_get(directory, path.c_str(), 0, text, sizeof(text), &length);
    wembed_wasi_file_delete(directory);
    return failed == 0 ? std::string(text, length) : "?";
  }
  [[nodiscard]] bool is_there(const std::string& path) const {
    if (files == Files::Folder) return access((root + "/" + path).c_str(), F_OK) == 0;
    wembed_wasi_file_t directory = wembed_wasi_preopened(instance, ".");
    wembed_wasi_status_t status;
    uint32_t failed = wembed_wasi_status(directory, path.c_str(), true, &status);
    wembed_wasi_file_delete(directory);
    return failed == 0;
  }
  [[nodiscard]] uint8_t* at(uint32_t offset) const {
    return static_cast<uint8_t*>(wasm_runtime_addr_app_to_native(instance, offset));
  }
  template <class T> [[nodiscard]] T get(uint32_t offset) const {
    T value;
    std::memcpy(&value, at(offset), sizeof(value));
    return value;
  }
  template <class T> void put(uint32_t offset, T value) const {
    std::memcpy(at(offset), &value, sizeof(value));
  }

  // -1: a trap, whose text is the instance's exception.
  int call(const char* name, std::initializer_list<uint64_t> arguments) {
    return call(name, std::span(arguments.begin(), arguments.size()));
  }
  int call(const char* name, std::span<const uint64_t> arguments) {
    wasm_function_inst_t function = wasm_runtime_lookup_function(instance, name);
    if (function == nullptr) return -2;
    wasm_valkind_t kinds[16];
    wasm_func_get_param_types(function, instance, kinds);
    wasm_val_t values[16] = {};
    uint32_t count = 0;
    for (uint64_t argument : arguments) {
      values[count].kind = kinds[count];
      if (kinds[count] == WASM_I64) {
        values[count].of.i64 = static_cast<int64_t>(argument);
      } else {
        values[count].of.i32 = static_cast<int32_t>(argument);
      }
      count++;
    }
    wasm_val_t result = {};
    uint32_t results = wasm_func_get_result_count(function, instance);
    wasm_runtime_clear_exception(instance);
    if (!wasm_runtime_call_wasm_a(env, function, results, &result, count, values)) return -1;
    return results == 0 ? 0 : result.of.i32;
  }
  [[nodiscard]] std::string exception() const {
    const char* text = wasm_runtime_get_exception(instance);
    return text == nullptr ? "" : text;
  }

  // ---- Shorter forms. Paths stand at 0x100 and 0x1200, results at 0x10.
  static constexpr uint32_t kPath = 0x100, kOther = 0x1200, kResult = 0x10, kBuffer = 0x4000;
  static constexpr uint64_t kFileRights = 0x8e001ff, kAllRights = 0xfffffff;
  static constexpr uint64_t kDirectoryRights = 0xfbffe98;
  uint32_t path(const std::string& text, uint32_t place = kPath) const {
    std::memcpy(at(place), text.data(), text.size());
    return static_cast<uint32_t>(text.size());
  }
  int open_file(uint32_t directory, const std::string& name, uint32_t follow, uint32_t oflags,
                uint64_t rights, uint32_t& descriptor, uint32_t flags = 0) {
    int error = call("path_open", {directory, follow, kPath, path(name), oflags, rights, kAllRights,
                                   flags, kResult});
    descriptor = error == 0 ? get<uint32_t>(kResult) : 0;
    return error;
  }
  int write(uint32_t descriptor, const std::string& text) {
    std::memcpy(at(kBuffer), text.data(), text.size());
    put<uint32_t>(0x20, kBuffer);
    put<uint32_t>(0x24, static_cast<uint32_t>(text.size()));
    return call("fd_write", {descriptor, 0x20, 1, kResult});
  }
  int read(uint32_t descriptor, std::string& text, uint32_t room = 4096) {
    put<uint32_t>(0x20, kBuffer);
    put<uint32_t>(0x24, room);
    int error = call("fd_read", {descriptor, 0x20, 1, kResult});
    if (error == 0) text.assign(reinterpret_cast<char*>(at(kBuffer)), get<uint32_t>(kResult));
    return error;
  }
};
