// Shared memories that have a token, by which other environments of the process find them as long
// as whoever gave it away has them open. A token keeps nothing alive.
#pragma once

#include <mutex>
#include <string>

#include "addon/napi_setup.h"
#include "wembed.h"

namespace wembed::addon {

struct InstanceState;

// What stands behind a token, as long as this object lives: nobody can give it up meanwhile.
class SharedMemory {
 public:
  explicit SharedMemory(const std::string& token);
  [[nodiscard]] wasm_module_inst_t instance() const { return instance_; }  // null: it is gone
  [[nodiscard]] uint32_t export_index() const { return export_index_; }

 private:
  std::unique_lock<std::mutex> lock_;
  wasm_module_inst_t instance_ = nullptr;
  uint32_t export_index_ = 0;
};

// The native instance is not JavaScript's any more.
void forget_shared_memories(wasm_module_inst_t instance);

// Holds the bytes of the shared memories that an instance uses. False: of one that lies in a buffer
// this environment does not have.
[[nodiscard]] bool hold_shared_memories(InstanceState& instance);

// Adds memoryShare.
void define_shared_memory(Napi::Object binding);

}  // namespace wembed::addon
