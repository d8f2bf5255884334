// How every system's read_file() ends.
#pragma once

#include "platform/file.h"

namespace wembed::platform {

// What stands in `block`, which the result owns; a failed or an empty read takes none.
inline FileBytes end_of_reading(uint8_t* block, size_t size, int error, Allocator& allocator) {
  if (error == 0 && size > 0) return {block, size, 0};
  allocator.release(block);
  return {nullptr, 0, error};
}

}  // namespace wembed::platform
