// What our objects and the static libstdc++ ask for that glibc 2.28 does not have, and what they
// would bring along although nothing of ours throws. Linked into prebuilt addons alone; hidden, so
// that no other library in the process sees any of it.
#include <cstdlib>
#include <new>

struct stat;

#define HIDDEN __attribute__((visibility("hidden"), used))

extern "C" {

// fstat became a function of the library with 2.33; before, headers made it a call with the version
// of the structure.
int __fxstat(int version, int file, struct stat* status);
HIDDEN int fstat(int file, struct stat* status) {
#if defined(__x86_64__)
  constexpr int kVersion = 1;
#elif defined(__aarch64__)
  constexpr int kVersion = 0;
#else
#error "which version of struct stat does glibc 2.28 expect here?"
#endif
  return __fxstat(kVersion, file, status);
}

// Read by reference counts, which are atomic when it is false.
HIDDEN char __libc_single_threaded = 0;

}  // extern "C"

// A container that fails ends the program, as everywhere under -fno-exceptions. The library's own
// forms of these would need the unwinder, which in turn needs glibc 2.35.
namespace std {
HIDDEN void __throw_length_error(const char*) { abort(); }
HIDDEN void __throw_logic_error(const char*) { abort(); }
HIDDEN void __throw_bad_alloc() { abort(); }
HIDDEN void __throw_bad_array_new_length() { abort(); }
HIDDEN void __throw_system_error(int) { abort(); }
}  // namespace std

namespace {
void* allocate(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

HIDDEN void* operator new(std::size_t size) { return allocate(size); }
HIDDEN void* operator new[](std::size_t size) { return allocate(size); }
HIDDEN void operator delete(void* memory) noexcept { std::free(memory); }
HIDDEN void operator delete[](void* memory) noexcept { std::free(memory); }
HIDDEN void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
HIDDEN void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
