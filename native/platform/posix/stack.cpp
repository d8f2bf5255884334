#include "platform/stack.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/thread_local.h"
#include "platform/virtual_memory.h"

#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51  // newer than some headers
#endif

namespace wembed::platform {

namespace {

constinit thread_local StackBounds cached WEMBED_TLS_MODEL;

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

#if defined(__linux__)

// Reads /proc/self/maps up to the mapping that holds an address, in a buffer of its own.
class StackMapping {
 public:
  explicit StackMapping(uintptr_t address) : address_(address) {}

  // Zeros when there is no such file.
  StackBounds find() {
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    bool found = false;
    while (!found) {
      ssize_t count = read(file, buffer_, sizeof buffer_);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      for (ssize_t i = 0; i < count && !found; i++) found = take(buffer_[i]);
    }
    close(file);
    return found ? bounds() : StackBounds{};
  }

 private:
  // One character: "BEGIN-END PERMISSIONS ... NAME". True at the end of the line looked for.
  bool take(char c) {
    if (c == '\n') {
      if (address_ >= numbers_[0] && address_ < numbers_[1]) return true;
      below_ = numbers_[1];
      numbers_[0] = numbers_[1] = 0;
      field_ = 0;
      is_main_ = false;
    } else if (field_ < 2) {
      if (c == '-' || c == ' ') {
        field_++;
      } else {
        uintptr_t digit = static_cast<uintptr_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        numbers_[field_] = numbers_[field_] << 4 | digit;
      }
    } else if (c == '[') {
      is_main_ = true;
    }
    return false;
  }

  // The main thread's stack is the one with a name; it still grows, up to its limit. Below others
  // there is a guard page, which is a mapping of its own.
  [[nodiscard]] StackBounds bounds() const {
    if (!is_main_) return {numbers_[0], numbers_[1]};
    rlimit limit;
    uintptr_t low = below_;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < numbers_[1] - low) {
      low = numbers_[1] - static_cast<uintptr_t>(limit.rlim_cur);
    }
    return {low, numbers_[1]};
  }

  uintptr_t address_;
  uintptr_t numbers_[2] = {};
  uintptr_t below_ = 0;  // end of the mapping before
  int field_ = 0;
  bool is_main_ = false;
  char buffer_[1024];
};

StackBounds ask_quietly() {
  return StackMapping(reinterpret_cast<uintptr_t>(__builtin_frame_address(0))).find();
}

// The main thread's stack where its mapping cannot be looked up: it ends above the program's name,
// which the kernel puts there, and has its limit to grow to. A limit raised later may find other
// mappings in the way: so much below the top the kernel leaves free in any case.
StackBounds main_stack_without_files(uintptr_t here) {
  constexpr uintptr_t kKeptFree = uintptr_t{64} << 20;
  uintptr_t name = getauxval(AT_EXECFN);
  if (name == 0 || getpid() != syscall(SYS_gettid)) return {};
  uintptr_t mask = uintptr_t{page_size()} - 1;
  uintptr_t high = (name + mask) & ~mask;
  uintptr_t bytes = kKeptFree;
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) == 0) bytes = std::min<uintptr_t>(bytes, limit.rlim_cur);
  StackBounds bounds = {high - bytes, high};
  return here >= bounds.low && here < bounds.high ? bounds : StackBounds{};
}

#else

StackBounds ask_quietly() { return ask(); }
StackBounds main_stack_without_files(uintptr_t) { return {}; }

#endif

}  // namespace

StackBounds native_stack_bounds(bool may_allocate) {
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (cached.high == 0) {
    cached = may_allocate ? ask() : ask_quietly();
    if (cached.high == 0) return main_stack_without_files(here);
  }
  return here >= cached.low && here < cached.high ? cached : StackBounds{};
}

size_t signal_frame_bytes() {
  static const size_t bytes = [] {
    size_t least = 4096;
#if defined(__linux__)
    least = std::max<size_t>(getauxval(AT_MINSIGSTKSZ), 2048);
#endif
    return least;
  }();
  return bytes;
}

}  // namespace wembed::platform
