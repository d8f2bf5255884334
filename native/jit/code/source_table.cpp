#include "jit/code/source_table.h"

#include <algorithm>

namespace wembed::jit {

uint32_t source_at(std::span<const SourceEntry> table, uint32_t code) {
  auto behind =
      std::upper_bound(table.begin(), table.end(), code,
                       [](uint32_t at, const SourceEntry& entry) { return at < entry.code; });
  return behind == table.begin() ? kNoSource : (behind - 1)->source;
}

}  // namespace wembed::jit
