// bh_platform.h: threads.
#include <algorithm>
#include <climits>

#include "bh_platform.h"
#include "capi/handles.h"
#include "platform/stack.h"

WEMBED_API korp_tid os_self_thread() { return pthread_self(); }

WEMBED_API int os_thread_create(korp_tid* p_tid, thread_start_routine_t start, void* arg,
                                unsigned int stack_size) {
  if (p_tid == nullptr || start == nullptr) return BHT_ERROR;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return BHT_ERROR;
  // The system takes whole pages, from a least number on.
  constexpr size_t kPage = 64 << 10;
  size_t least = std::max<size_t>(stack_size, static_cast<size_t>(PTHREAD_STACK_MIN));
  int result = pthread_attr_setstacksize(&attributes, (least + kPage - 1) / kPage * kPage);
  if (result == 0) result = pthread_create(p_tid, &attributes, start, arg);
  pthread_attr_destroy(&attributes);
  return result == 0 ? BHT_OK : BHT_ERROR;
}

WEMBED_API int os_thread_create_with_prio(korp_tid* p_tid, thread_start_routine_t start, void* arg,
                                          unsigned int stack_size, int) {
  return os_thread_create(p_tid, start, arg, stack_size);
}

WEMBED_API int os_thread_join(korp_tid thread, void** retval) {
  return pthread_join(thread, retval);
}

WEMBED_API int os_thread_detach(korp_tid thread) { return pthread_detach(thread); }

WEMBED_API void os_thread_exit(void* retval) { pthread_exit(retval); }

// Hosts write beneath it, as far as the page that WAMR leaves there. A stack without a limit
// reaches to wherever the next mapping is, where the system lets nobody write: WAMR's size for all
// of them.
WEMBED_API uint8* os_thread_get_stack_boundary() {
  constexpr uintptr_t kLargest = uintptr_t{8} << 20;
  wembed::platform::StackBounds bounds = wembed::platform::native_stack_bounds();
  if (bounds.high == 0) return nullptr;
  uintptr_t lowest = std::max(bounds.low, bounds.high - kLargest);
  return reinterpret_cast<uint8*>(lowest) + sysconf(_SC_PAGESIZE);
}
