#include "platform/worker.h"

#include <cerrno>

namespace wembed::platform {

void retain_worker() {}
void release_worker() {}

int give_work(void (*)(void*), void*) { return ENOSYS; }

void wait_for_worker() {}

}  // namespace wembed::platform
