// Initial elements of a module's tables as function indices, made from its element segments when an
// instance is first made, and kept with the module. Instances fill their tables from it one by one.
#pragma once

#include <cstdint>

#include "module/module.h"

namespace wembed {

class Runtime;

struct TableImage {
  uint32_t count;       // elements from the first on that may be something else than null
  uint32_t indices[1];  // `count` of them; kNoFunction: null

  [[nodiscard]] uint32_t function(uint64_t element) const {
    return element < count ? indices[element] : kNoFunction;
  }
};

// All images of one module.
struct ModuleTables;
void destroy_tables(ModuleTables* tables);  // null is allowed

// The image of table `index`. Null: the table starts with nulls only, or its segments have to be
// copied one by one (an item or offset is not a constant, one does not fit, it is no table of
// functions, there is no memory for the image). Safe from any thread.
const TableImage* table_image(Runtime& runtime, Module& module, uint32_t index);

}  // namespace wembed
