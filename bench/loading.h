// What loading a module and living instances take from the embedder's allocator.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

// In nanoseconds and bytes; `error` is empty when it worked.
struct Loading {
  std::string error;
  double time = 0;
  uint64_t stays = 0;  // allocated while the module is loaded
  uint64_t most = 0;   // at most allocated while it was being loaded
};

// Loads once, with a runtime of its own. `ownership`: copy, borrow, take, map.
Loading load_module(const std::string& ownership, const std::string& path);

struct Living {
  std::string error;
  uint64_t count = 0;        // instances there were at the same time
  double each = 0;           // nanoseconds to make one
  uint64_t bookkeeping = 0;  // bytes allocated for each, without linear memory
  uint64_t resident = 0;     // bytes of the machine's memory for each
};

// Makes up to `count` instances of the module. `place`: "small-pool", with a slot for each of
// them; "heap": memory by the allocator; or "automatic", where only time and number are of
// interest.
Living live_instances(const std::string& place, uint64_t count, const std::string& path);

}  // namespace bench
