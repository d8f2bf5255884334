/*
 * What all of WAMR's helper headers have in common: the system's headers that they bring, which
 * hosts count on, names for types, and what is built in.
 */
#ifndef _PLATFORM_COMMON_H
#define _PLATFORM_COMMON_H

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "wasm_export.h"

typedef uint8_t uint8;
typedef int8_t int8;
typedef uint16_t uint16;
typedef int16_t int16;
typedef uint32_t uint32;
typedef int32_t int32;
typedef uint64_t uint64;
typedef int64_t int64;
typedef float float32;
typedef double float64;
typedef uintptr_t uintptr;

#define BH_KB (1024)
#define BH_MB ((BH_KB)*1024)
#define BH_GB ((BH_MB)*1024)

#define BHT_OK 0
#define BHT_ERROR (-1)
#define BHT_TIMED_OUT 1
#define BHT_WAIT_FOREVER ((uint64)-1LL)
#define BHT_NO_WAIT ((uint64)0)

/* Of the runtime's allocator. */
#ifndef BH_MALLOC
#define BH_MALLOC wasm_runtime_malloc
#endif
#ifndef BH_FREE
#define BH_FREE wasm_runtime_free
#endif

/* What a build of WAMR has, which hosts ask when they are compiled: the parts that are always here.
   Those that never are, such as WASM_ENABLE_AOT and _JIT, stay undefined, which #if takes for 0. */
#ifndef BH_HAS_DLFCN
#define BH_HAS_DLFCN 1
#endif
#ifndef WASM_ENABLE_INTERP
#define WASM_ENABLE_INTERP 1
#endif
#ifndef WASM_ENABLE_LIBC_BUILTIN
#define WASM_ENABLE_LIBC_BUILTIN 1
#endif
#ifndef WASM_ENABLE_LIBC_WASI
#define WASM_ENABLE_LIBC_WASI 1
#endif
#ifndef WASM_ENABLE_LIB_PTHREAD
#define WASM_ENABLE_LIB_PTHREAD 1
#endif
#ifndef WASM_ENABLE_LIB_PTHREAD_SEMAPHORE
#define WASM_ENABLE_LIB_PTHREAD_SEMAPHORE 1
#endif
#ifndef WASM_ENABLE_LIB_WASI_THREADS
#define WASM_ENABLE_LIB_WASI_THREADS 1
#endif
#ifndef WASM_ENABLE_LOG
#define WASM_ENABLE_LOG 1
#endif
#ifndef WASM_ENABLE_MULTI_MODULE
#define WASM_ENABLE_MULTI_MODULE 1
#endif
#ifndef WASM_ENABLE_THREAD_MGR
#define WASM_ENABLE_THREAD_MGR 1
#endif

#define bh_assert(condition) assert(condition)

/* Native stacks of threads that run guests, in bytes: what is usual, and the least. */
#ifndef APP_THREAD_STACK_SIZE_DEFAULT
#define APP_THREAD_STACK_SIZE_DEFAULT (128 * 1024)
#endif
#ifndef APP_THREAD_STACK_SIZE_MIN
#define APP_THREAD_STACK_SIZE_MIN (24 * 1024)
#endif

#endif /* _PLATFORM_COMMON_H */
