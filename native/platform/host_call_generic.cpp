// Processors whose calling convention is not described: host functions can be registered raw or
// through wembed_instantiate, but not with a C parameter list.
#include "platform/host_call.h"

#if defined(_WIN32) || !(defined(__x86_64__) || defined(__aarch64__))

namespace wembed::platform {

const HostCallConvention kHostCallConvention = {0, 0, false};

const HostCallVariant* host_call_variant(uint32_t) { return nullptr; }

}  // namespace wembed::platform

#endif
