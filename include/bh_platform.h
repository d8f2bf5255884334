/*
 * What hosts of WAMR take from the runtime's library besides the embedding API: threads, locks,
 * clocks and printing, and all that the headers below declare. Types are those of WAMR's port for
 * POSIX, which are the system's, so that hosts compiled with either header fit.
 *
 * Functions that return int return BHT_OK, or BHT_ERROR, where nothing else is said. All may be
 * called from any thread, before the runtime starts and after it has ended, where nothing else is
 * said. The operating system's own functions serve new programs as well.
 */
#ifndef _BH_PLATFORM_H
#define _BH_PLATFORM_H

#include "bh_common.h"
#include "bh_log.h"
#include "bh_queue.h"
#include "platform_common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory: the C library's, whatever the runtime's allocator is. */
void* os_malloc(unsigned size);
void* os_realloc(void* ptr, unsigned size);
void os_free(void* ptr);

/* ---- Mappings: the system's, private to the process. */
enum { MMAP_PROT_NONE = 0, MMAP_PROT_READ = 1, MMAP_PROT_WRITE = 2, MMAP_PROT_EXEC = 4 };
enum {
  MMAP_MAP_NONE = 0,
  MMAP_MAP_32BIT = 1, /* below 2 GB, where the processor is an x86-64 */
  MMAP_MAP_FIXED = 2  /* at `hint`, in place of what is mapped there */
};
typedef int os_file_handle;

/* The handle that is no file's. */
static inline os_file_handle os_get_invalid_handle(void) { return -1; }
/* Whole pages for `size` bytes: zeros, or what `file` has from its beginning. NULL on failure, and
   for no bytes. */
void* os_mmap(void* hint, size_t size, int prot, int flags, os_file_handle file);
/* Ends a mapping, or the pages of one that `size` bytes take; nothing where `addr` is NULL. */
void os_munmap(void* addr, size_t size);
/* 0, also for no bytes, or -1 with an errno. */
int os_mprotect(void* addr, size_t size, int prot);

/* ---- Printing: as printf; goes where guests of the process-wide runtime print, which is standard
   output unless wembed_config_t.print says otherwise. */
int os_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
int os_vprintf(const char* format, va_list ap) __attribute__((format(printf, 1, 0)));

/* ---- Clocks: any thread, also inside a native. */
/* Microseconds since the system began; only moves forward. */
uint64 os_time_get_boot_us(void);
/* Microseconds that the calling thread has run. */
uint64 os_time_thread_cputime_us(void);
/* Sleeps at least so long. */
int os_usleep(uint32 usec);

/* ---- Threads: those of POSIX under other names. A lock, condition or semaphore belongs to the
   host, which destroys it when nobody uses it any more. */
typedef pthread_t korp_tid;
typedef pthread_t korp_thread;
typedef pthread_mutex_t korp_mutex;
typedef pthread_cond_t korp_cond;
#if defined(__GLIBC__) && !defined(__USE_UNIX98) && !defined(__USE_XOPEN2K)
/* With -std=c11 and the like the C library does not name pthread_rwlock_t. */
typedef union korp_rwlock {
  char bytes[__SIZEOF_PTHREAD_RWLOCK_T];
  long aligned;
} korp_rwlock;
#else
typedef pthread_rwlock_t korp_rwlock;
#endif
typedef sem_t korp_sem;
typedef void* (*thread_start_routine_t)(void*);

#define OS_THREAD_MUTEX_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#define BH_THREAD_DEFAULT_PRIORITY 0
#define BH_APPLET_PRESERVED_STACK_SIZE (32 * 1024)

korp_tid os_self_thread(void);
/* With a native stack of at least stack_size bytes. The thread has to be joined or detached. */
int os_thread_create(korp_tid* p_tid, thread_start_routine_t start, void* arg,
                     unsigned int stack_size);
/* `prio` is not looked at. */
int os_thread_create_with_prio(korp_tid* p_tid, thread_start_routine_t start, void* arg,
                               unsigned int stack_size, int prio);
/* 0, or the system's error; *retval, which may be NULL, gets what the thread returned. */
int os_thread_join(korp_tid thread, void** retval);
int os_thread_detach(korp_tid thread);
/* Ends the calling thread. Not from a native: the library has no unwind tables. */
void os_thread_exit(void* retval);
/* Where the calling thread's native stack ends, but for a page of the system's below, and at most
   8 MB from where it begins; NULL where nobody knows. */
uint8* os_thread_get_stack_boundary(void);

int os_mutex_init(korp_mutex* mutex);
int os_recursive_mutex_init(korp_mutex* mutex);
int os_mutex_destroy(korp_mutex* mutex);
int os_mutex_lock(korp_mutex* mutex);
int os_mutex_unlock(korp_mutex* mutex);

int os_cond_init(korp_cond* cond);
int os_cond_destroy(korp_cond* cond);
int os_cond_wait(korp_cond* cond, korp_mutex* mutex);
/* For `useconds` at the most, BHT_WAIT_FOREVER among them; ETIMEDOUT when they are over. */
int os_cond_reltimedwait(korp_cond* cond, korp_mutex* mutex, uint64 useconds);
int os_cond_signal(korp_cond* cond);
int os_cond_broadcast(korp_cond* cond);

int os_rwlock_init(korp_rwlock* lock);
int os_rwlock_rdlock(korp_rwlock* lock);
int os_rwlock_wrlock(korp_rwlock* lock);
int os_rwlock_unlock(korp_rwlock* lock);
int os_rwlock_destroy(korp_rwlock* lock);

/* As the sem_ functions of POSIX; NULL, and an errno, on failure. */
korp_sem* os_sem_open(const char* name, int oflags, int mode, int val);
int os_sem_close(korp_sem* sem);
int os_sem_wait(korp_sem* sem);
int os_sem_trywait(korp_sem* sem);
int os_sem_post(korp_sem* sem);
int os_sem_getvalue(korp_sem* sem, int* sval);
int os_sem_unlink(const char* name);

/* ---- System calls that block, and waking a thread out of one.
 * A thread brackets such a call by begin and end; os_wakeup_blocking_op makes the call fail with
 * EINTR, by SIGUSR1, whose handler is set by the first os_blocking_op_init. A thread that calls
 * os_blocking_op_init has the signal blocked outside of the brackets.
 */
int os_blocking_op_init(void);
void os_begin_blocking_op(void);
void os_end_blocking_op(void);
int os_wakeup_blocking_op(korp_tid tid);

#ifdef __cplusplus
}
#endif

#endif /* _BH_PLATFORM_H */
