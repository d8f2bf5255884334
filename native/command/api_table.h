// The functions that hosts of WAMR may use, and what becomes of each here: what docs/wamr-compat.md
// is made of.
#pragma once

#include <cstdint>
#include <string_view>

namespace wembed::command {

enum class ApiState : uint8_t {
  Implemented,  // as in WAMR, but for the differences that the page lists
  Absent,       // links, and answers as where there is nothing
  Planned,      // does not link yet
  Never,        // does not link
};

struct ApiFunction {
  std::string_view name;
  ApiState state;
  const char* note;  // of what, with what, or why; "" when it is implemented
  bool is_of_gc;     // of gc_export.h, whose hosts link libwembed-gc
};

// Null: it is none of WAMR's public functions.
const ApiFunction* find_api_function(std::string_view name);

// Whether a name can only be meant for WAMR: a function of its that the tables do not have is one
// of its internals.
bool is_of_wamr(std::string_view name);

// Whether a header is one of WAMR's that embedders are not to see.
bool is_internal_header(std::string_view name);

}  // namespace wembed::command
