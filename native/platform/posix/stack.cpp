#include "platform/stack.h"

#include <pthread.h>

#include "platform/fault.h"

namespace wembed::platform {

namespace {

constinit thread_local StackBounds cached WEMBED_TLS_MODEL;
constinit thread_local bool asked WEMBED_TLS_MODEL = false;

StackBounds ask() {
#if defined(__APPLE__)
  pthread_t self = pthread_self();
  uintptr_t high = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(self));
  return {high - pthread_get_stacksize_np(self), high};
#elif defined(__linux__)
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* low = nullptr;
  size_t size = 0;
  size_t guard = 0;
  bool known = pthread_attr_getstack(&attributes, &low, &size) == 0;
  if (pthread_attr_getguardsize(&attributes, &guard) != 0) guard = 0;
  pthread_attr_destroy(&attributes);
  if (!known) return {};
  uintptr_t begin = reinterpret_cast<uintptr_t>(low);
  // musl counts the guard pages in, glibc does not; leaving them out twice only costs a page.
  return {begin + (guard < size ? guard : 0), begin + size};
#else
  return {};
#endif
}

}  // namespace

StackBounds native_stack_bounds() {
  if (!asked) {
    cached = ask();
    asked = true;
  }
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return here >= cached.low && here < cached.high ? cached : StackBounds{};
}

}  // namespace wembed::platform
