#include "platform/stack.h"

namespace wembed::platform {

StackBounds native_stack_bounds() { return {}; }

}  // namespace wembed::platform
