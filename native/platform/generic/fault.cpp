// No fault can be intercepted: guest code runs with explicit checks.
#include "platform/fault.h"

#include <cerrno>

namespace wembed::platform {

constinit thread_local FaultRecovery* current_fault_recovery WEMBED_TLS_MODEL = nullptr;

int retain_fault_handlers() { return ENOSYS; }
void release_fault_handlers() {}
bool fault_handlers_active() { return false; }
FaultDelivery fault_delivery() { return FaultDelivery::Works; }
int probe_fault(const void*) { return ENOSYS; }
uint32_t register_code_range(const void*, const void*, StateRegisters) { return RangeTable::kNone; }
void unregister_code_range(uint32_t) {}
uint32_t register_guest_range(const void*, size_t) { return RangeTable::kNone; }
void unregister_guest_range(uint32_t) {}

}  // namespace wembed::platform
