#include "platform/thread.h"

namespace wembed::platform {

bool start_thread(void (*)(void* argument), void*, size_t, uintptr_t&) { return false; }
void join_thread(uintptr_t) {}

}  // namespace wembed::platform
