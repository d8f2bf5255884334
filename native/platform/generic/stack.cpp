#include "platform/stack.h"

namespace wembed::platform {

StackBounds native_stack_bounds(bool) { return {}; }

}  // namespace wembed::platform
