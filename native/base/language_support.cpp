// What compilers call of the C++ library's runtime. It is so little that it stands here: programs
// in C link the static library by their C compiler alone, as they do WAMR's. Calls come here where
// the names in that library's files were changed, see cmake/language_support.txt: the C++ library
// and its callers in the same program have nothing to do with it.
#include <cstdint>
#include <cstdlib>
#include <thread>

extern "C" {

// std::__throw_system_error: the system refused a lock, which it has no reason to.
[[noreturn]] void wembed_no_lock(int) { std::abort(); }

// std::__throw_out_of_range_fmt: a piece of a text that begins behind its end, which nobody asks
// for.
[[noreturn]] void wembed_out_of_range(const char*, ...) { std::abort(); }

// operator delete, by destructors that nobody calls: objects end by Allocator::destroy().
[[noreturn]] void wembed_no_delete(void*, size_t) { std::abort(); }

// Of a static variable in a function: whether it is there, and whether some thread makes it.
struct wembed_guard {
  uint8_t is_made;
  uint8_t is_busy;
};

// 1: the caller makes the variable. 0: it is there.
int wembed_guard_acquire(wembed_guard* guard) {
  while (__atomic_load_n(&guard->is_made, __ATOMIC_ACQUIRE) == 0) {
    if (__atomic_exchange_n(&guard->is_busy, 1, __ATOMIC_ACQUIRE) != 0) {
      std::this_thread::yield();
      continue;
    }
    if (__atomic_load_n(&guard->is_made, __ATOMIC_RELAXED) == 0) return 1;
    __atomic_store_n(&guard->is_busy, 0, __ATOMIC_RELEASE);
  }
  return 0;
}

void wembed_guard_release(wembed_guard* guard) {
  __atomic_store_n(&guard->is_made, 1, __ATOMIC_RELEASE);
  __atomic_store_n(&guard->is_busy, 0, __ATOMIC_RELEASE);
}
}
