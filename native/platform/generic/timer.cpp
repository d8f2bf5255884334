// No thread that could be started without exceptions: deadlines are refused.
#include "platform/timer.h"

#include <cerrno>

namespace wembed::platform {

void retain_timers() {}
void release_timers() {}
int start_timers() { return ENOSYS; }
int arm_timer(Timer&, uint64_t) { return ENOSYS; }
void disarm_timer(Timer&) {}

}  // namespace wembed::platform
