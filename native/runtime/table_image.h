// Initial elements of a module's tables as function indices, made from its element segments when an
// instance is first made, and kept with the module. Instances fill their tables from it one by one.
#pragma once

#include <cstdint>

#include "base/allocator.h"
#include "module/module.h"

namespace wembed {

struct TableImage {
  uint32_t count;       // elements from the first on that may be something else than null
  uint32_t indices[1];  // `count` of them; kNoFunction: null

  [[nodiscard]] uint32_t function(uint64_t element) const {
    return element < count ? indices[element] : kNoFunction;
  }
};

// The image of table `index` in a block of its own. Null: the table starts with nulls only, or its
// segments have to be copied one by one (an item or offset is not a constant, one does not fit, it
// is no table of functions). OutOfMemory is the only error. Inside a ReadScope.
[[nodiscard]] Error make_table_image(Allocator& allocator, const Module& module, uint32_t index,
                                     TableImage*& image);

}  // namespace wembed
