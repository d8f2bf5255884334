// Finding a string in another, in time that grows with the sum of their lengths and without memory.
#pragma once

#include "libc/call.h"

namespace wembed::libc {

// Where `needle` first is in `text`; text.length when it is not there. Stops when it has to.
[[nodiscard]] Trap find_text(Call& call, const Text& text, const Text& needle, uint64_t& place);

}  // namespace wembed::libc
