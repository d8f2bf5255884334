// What our objects and the static libstdc++ ask for that glibc 2.28 does not have, and what they
// would bring along although nothing of ours throws. Linked into what is prebuilt alone; hidden, here
// or by exports.map, so that no other library in the process sees any of it.
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

struct stat;

#define HIDDEN __attribute__((visibility("hidden"), used))

extern "C" {

// fstat and fstatat became functions of the library with 2.33; before, headers made them calls with
// the version of the structure.
#if defined(__x86_64__)
constexpr int kStatVersion = 1;
#elif defined(__aarch64__)
constexpr int kStatVersion = 0;
#else
#error "which version of struct stat does glibc 2.28 expect here?"
#endif
int __fxstat(int version, int file, struct stat* status);
HIDDEN int fstat(int file, struct stat* status) { return __fxstat(kStatVersion, file, status); }

int __fxstatat(int version, int folder, const char* path, struct stat* status, int flags);
HIDDEN int fstatat(int folder, const char* path, struct stat* status, int flags) {
  return __fxstatat(kStatVersion, folder, path, status, flags);
}

// Read by reference counts, which are atomic when it is false.
HIDDEN char __libc_single_threaded = 0;

HIDDEN void __cxa_pure_virtual() { std::abort(); }

// The archive's functions name these in tables for exceptions, of which there are none.
HIDDEN int __gxx_personality_v0() { std::abort(); }
HIDDEN void _Unwind_Resume() { std::abort(); }

// First uses of function-local statics. One lock serves all of them; a static's initialiser may use
// another static.
static pthread_mutex_t guard_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

HIDDEN int __cxa_guard_acquire(char* done) {
  if (__atomic_load_n(done, __ATOMIC_ACQUIRE) != 0) return 0;
  pthread_mutex_lock(&guard_mutex);
  if (__atomic_load_n(done, __ATOMIC_RELAXED) == 0) return 1;
  pthread_mutex_unlock(&guard_mutex);
  return 0;
}

HIDDEN void __cxa_guard_release(char* done) {
  __atomic_store_n(done, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&guard_mutex);
}

}  // extern "C"

// A container that fails ends the program, as everywhere under -fno-exceptions. The library's own
// forms of these would need the unwinder, which in turn needs glibc 2.35.
namespace std {
void __throw_length_error(const char*) { abort(); }
void __throw_logic_error(const char*) { abort(); }
void __throw_out_of_range(const char*) { abort(); }
void __throw_out_of_range_fmt(const char*, ...) { abort(); }
void __throw_bad_alloc() { abort(); }
void __throw_bad_array_new_length() { abort(); }
void __throw_system_error(int) { abort(); }

// In object files of the archive that throw elsewhere. The tag is told by its address, so that no
// second one has to be compared.
bool _Sp_make_shared_tag::_S_eq(const type_info&) noexcept { return false; }
unsigned thread::hardware_concurrency() noexcept {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? static_cast<unsigned>(count) : 0;
}
}  // namespace std

namespace {
void* allocate(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
