/* The forbidding itself. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "forbid.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static atomic_bool forbidden;

void forbid_memory(void) { atomic_store(&forbidden, true); }
void allow_memory(void) { atomic_store(&forbidden, false); }

static void say(const char* text) { (void)!write(STDERR_FILENO, text, strlen(text)); }

#if defined(__GLIBC__) && !defined(SANITIZED)

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

bool memory_can_be_forbidden(void) { return true; }

static void check(const char* name) {
  if (!atomic_load(&forbidden)) return;
  atomic_store(&forbidden, false); /* abort() may take some */
  say("forbidden: ");
  say(name);
  say("\n");
  abort();
}

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* block, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void* block);

void* malloc(size_t size) {
  check("malloc");
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  check("calloc");
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  check("realloc");
  return __libc_realloc(block, size);
}
void* reallocarray(void* block, size_t count, size_t size) {
  check("reallocarray");
  if (size != 0 && count > SIZE_MAX / size) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_realloc(block, count * size);
}
void free(void* block) {
  if (block == NULL) return;
  check("free");
  __libc_free(block);
}
void* memalign(size_t alignment, size_t size) {
  check("memalign");
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  check("aligned_alloc");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  check("posix_memalign");
  void* made = __libc_memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *block = made;
  return 0;
}
void* valloc(size_t size) {
  check("valloc");
  return __libc_memalign((size_t)sysconf(_SC_PAGESIZE), size);
}
void* pvalloc(size_t size) {
  check("pvalloc");
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return __libc_memalign(page, (size + page - 1) & ~(page - 1));
}

/* operator new and delete of C++ arrive at malloc and free; by their names all the same. */
void* operator_new(size_t size) __asm__("_Znwm");
void* operator_new(size_t size) {
  check("operator new");
  void* block = __libc_malloc(size == 0 ? 1 : size);
  if (block == NULL) abort();
  return block;
}
void* operator_new_array(size_t size) __asm__("_Znam");
void* operator_new_array(size_t size) { return operator_new(size); }

void* mmap(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
  check("mmap");
  return (void*)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}
void* mmap64(void* address, size_t bytes, int protection, int flags, int file, off64_t offset) {
  check("mmap64");
  return (void*)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}
int munmap(void* address, size_t bytes) {
  check("munmap");
  return (int)syscall(SYS_munmap, address, bytes);
}
void* mremap(void* address, size_t bytes, size_t wanted, int flags, ...) {
  check("mremap");
  va_list rest;
  va_start(rest, flags);
  void* place = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : NULL;
  va_end(rest);
  return (void*)syscall(SYS_mremap, address, bytes, wanted, flags, place);
}
int memfd_create(const char* name, unsigned flags) {
  check("memfd_create");
  return (int)syscall(SYS_memfd_create, name, flags);
}
/* Nothing of ours may move the break at all; the C library does so by other names. */
int brk(void* address) {
  (void)address;
  check("brk");
  errno = ENOMEM;
  return -1;
}
void* sbrk(intptr_t bytes) {
  (void)bytes;
  check("sbrk");
  errno = ENOMEM;
  return (void*)-1;
}

#else

bool memory_can_be_forbidden(void) { return false; }

#endif

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(SANITIZED)

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#else
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

static void on_call(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  char digits[24];
  size_t at = sizeof digits - 1;
  digits[at] = 0;
  unsigned call = (unsigned)info->si_syscall;
  do {
    digits[--at] = (char)('0' + call % 10);
    call /= 10;
  } while (call != 0);
  say("forbidden: system call number ");
  say(digits + at);
  say("\n");
  _exit(134);
}

#define FORBID(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)

bool forbid_system_calls(void) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      FORBID(mmap),
      FORBID(munmap),
      FORBID(mremap),
      FORBID(mprotect),
      FORBID(madvise),
      FORBID(brk),
      FORBID(memfd_create),
      FORBID(clone),
      FORBID(clone3),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO};
  if (sigaction(SIGSYS, &action, NULL) != 0) return false;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

#else

bool forbid_system_calls(void) { return false; }

#endif
