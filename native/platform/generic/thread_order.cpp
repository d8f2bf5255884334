// There is no such thing here.
#include "platform/thread_order.h"

namespace wembed::platform {

bool order_all_threads() { return false; }

void refuse_thread_order(bool) {}

}  // namespace wembed::platform
