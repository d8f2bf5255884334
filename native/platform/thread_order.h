// A fence on behalf of other threads, so that they need none of their own.
#pragma once

namespace wembed::platform {

// When this returns true, every thread of the process has gone through a full fence: what it wrote
// before is seen here, and what it reads from now on is as new as what was written here. False: the
// system does not do that; nothing is known then.
[[nodiscard]] bool order_all_threads();

// For tests: refuses from now on, or no more.
void refuse_thread_order(bool refused);

}  // namespace wembed::platform
