#include "platform/fork.h"

namespace wembed::platform {

int at_fork(void (*)(), void (*)(), void (*)()) { return 0; }

}  // namespace wembed::platform
