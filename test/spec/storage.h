// How the suite's host program gets its memories: a name for every backend and strategy, and the
// storage of those that the embedder supplies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wembed.h"

// All memories of one store. It outlives the instances.
class Storage {
 public:
  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage();

  // Sets what a runtime needs for that name: mapped, heap, pool, small-pool, buffer or functions.
  // False: no such name.
  bool configure(const std::string& name, wembed_config_t& config);

  // Sets what one more instance needs.
  void supply(wembed_instantiate_options_t& options);

  // After each instantiation: counts the instances whose memory is really held as the name says.
  void look_at(wasm_module_inst_t instance);
  [[nodiscard]] uint32_t held() const { return held_; }

 private:
  wembed_backend_t backend_ = WEMBED_BACKEND_AUTOMATIC;
  uint32_t held_ = 0;
  std::vector<void*> blocks_;
};
