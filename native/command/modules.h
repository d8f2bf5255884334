// Commands that look at modules and run nothing of them.
#pragma once

#include <span>
#include <vector>

#include "wembed.h"

namespace wembed::command {

// A file's module, with all that is wrong with it said on standard error. Null: it is none.
class LoadedModule {
 public:
  explicit LoadedModule(const char* path);
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;
  ~LoadedModule();
  [[nodiscard]] wasm_module_t get() const { return module_; }
  [[nodiscard]] const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  wasm_module_t module_ = nullptr;
};

// Starts a runtime and shows each of the files; kFailed when that is false for one of them.
int show_each(std::span<char* const> paths, bool (*show)(const char* path));

}  // namespace wembed::command
