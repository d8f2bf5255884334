#include "platform/stack.h"

namespace wembed::platform {

StackBounds native_stack_bounds(bool) { return {}; }
size_t signal_frame_bytes() { return 4096; }

}  // namespace wembed::platform
