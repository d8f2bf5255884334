// bh_platform.h: mutexes, conditions, read-write locks, semaphores.
#include <cerrno>
#include <ctime>

#include "bh_platform.h"
#include "capi/handles.h"

namespace {

int code(int result) { return result == 0 ? BHT_OK : BHT_ERROR; }

// Now and so many microseconds, by the clock that conditions go by unless they are told otherwise.
timespec after(uint64 useconds) {
  constexpr uint64 kSecond = 1'000'000;
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  // What is too far away for a time_t is as good as for ever.
  constexpr uint64 kMost = uint64{1} << 40;
  uint64 seconds = useconds / kSecond < kMost ? useconds / kSecond : kMost;
  time.tv_sec += static_cast<time_t>(seconds);
  time.tv_nsec += static_cast<long>(useconds % kSecond * 1000);
  if (time.tv_nsec >= 1'000'000'000) {
    time.tv_nsec -= 1'000'000'000;
    time.tv_sec++;
  }
  return time;
}

}  // namespace

WEMBED_API int os_mutex_init(korp_mutex* mutex) { return code(pthread_mutex_init(mutex, nullptr)); }

WEMBED_API int os_recursive_mutex_init(korp_mutex* mutex) {
  pthread_mutexattr_t attributes;
  if (pthread_mutexattr_init(&attributes) != 0) return BHT_ERROR;
  int result = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  if (result == 0) result = pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return code(result);
}

WEMBED_API int os_mutex_destroy(korp_mutex* mutex) { return code(pthread_mutex_destroy(mutex)); }
WEMBED_API int os_mutex_lock(korp_mutex* mutex) { return code(pthread_mutex_lock(mutex)); }
WEMBED_API int os_mutex_unlock(korp_mutex* mutex) { return code(pthread_mutex_unlock(mutex)); }

WEMBED_API int os_cond_init(korp_cond* cond) { return code(pthread_cond_init(cond, nullptr)); }
WEMBED_API int os_cond_destroy(korp_cond* cond) { return code(pthread_cond_destroy(cond)); }
WEMBED_API int os_cond_wait(korp_cond* cond, korp_mutex* mutex) {
  return code(pthread_cond_wait(cond, mutex));
}

WEMBED_API int os_cond_reltimedwait(korp_cond* cond, korp_mutex* mutex, uint64 useconds) {
  if (useconds == BHT_WAIT_FOREVER) return os_cond_wait(cond, mutex);
  timespec time = after(useconds);
  int result = pthread_cond_timedwait(cond, mutex, &time);
  return result == ETIMEDOUT ? result : code(result);
}

WEMBED_API int os_cond_signal(korp_cond* cond) { return code(pthread_cond_signal(cond)); }
WEMBED_API int os_cond_broadcast(korp_cond* cond) { return code(pthread_cond_broadcast(cond)); }

WEMBED_API int os_rwlock_init(korp_rwlock* lock) {
  return code(pthread_rwlock_init(lock, nullptr));
}
WEMBED_API int os_rwlock_rdlock(korp_rwlock* lock) { return code(pthread_rwlock_rdlock(lock)); }
WEMBED_API int os_rwlock_wrlock(korp_rwlock* lock) { return code(pthread_rwlock_wrlock(lock)); }
WEMBED_API int os_rwlock_unlock(korp_rwlock* lock) { return code(pthread_rwlock_unlock(lock)); }
WEMBED_API int os_rwlock_destroy(korp_rwlock* lock) { return code(pthread_rwlock_destroy(lock)); }

WEMBED_API korp_sem* os_sem_open(const char* name, int oflags, int mode, int val) {
  korp_sem* sem = sem_open(name, oflags, static_cast<unsigned>(mode), static_cast<unsigned>(val));
  return sem == SEM_FAILED ? nullptr : sem;
}

WEMBED_API int os_sem_close(korp_sem* sem) { return code(sem_close(sem)); }
WEMBED_API int os_sem_wait(korp_sem* sem) { return code(sem_wait(sem)); }
WEMBED_API int os_sem_trywait(korp_sem* sem) { return code(sem_trywait(sem)); }
WEMBED_API int os_sem_post(korp_sem* sem) { return code(sem_post(sem)); }
WEMBED_API int os_sem_getvalue(korp_sem* sem, int* sval) { return code(sem_getvalue(sem, sval)); }
WEMBED_API int os_sem_unlink(const char* name) { return code(sem_unlink(name)); }
