#include "platform/fork.h"

#include <pthread.h>

namespace wembed::platform {

int at_fork(void (*before)(), void (*parent)(), void (*child)()) {
  return pthread_atfork(before, parent, child);
}

}  // namespace wembed::platform
