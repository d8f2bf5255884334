#include "runtime/bulk.h"

#include "runtime/code.h"
#include "runtime/operations.h"

namespace wembed {

Trap Bulk::begin_long(uint64_t bytes) {
  const Slot* fp = env_->fp;  // null: the host calls a function that is the host's as well
  if (fp != nullptr && reinterpret_cast<const Code*>(fp[kLinkCode])->variant().metered) {
    env_->fuel -= static_cast<int64_t>(bytes / kBytesPerFuel);
    if (env_->fuel < 0) return Trap::InstructionLimit;
  }
  return look();
}

Trap Bulk::look_closely() { return op_interrupted(*env_, *instance_, nullptr); }

}  // namespace wembed
