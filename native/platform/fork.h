// What has to be so when the process forks.
#pragma once

namespace wembed::platform {

// `before` is called on the thread that is about to fork, whoever was told last first, `parent` and
// `child` on it in either process, whoever was told first first. Each may be null. For good, or
// until the library is unloaded. 0, or an error number.
[[nodiscard]] int at_fork(void (*before)(), void (*parent)(), void (*child)());

}  // namespace wembed::platform
