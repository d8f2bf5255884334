/*
 * Forbidding a program to take memory from the system: from a moment on every call that allocates,
 * frees or maps aborts with its name, whoever makes it, the C library included.
 *
 * By taking the place of malloc, mmap and their like (glibc), and by a filter of the kernel that
 * sees system calls themselves (Linux). Under sanitizers neither: they allocate all the time.
 */
#ifndef WEMBED_TEST_BLOCK_FORBID_H
#define WEMBED_TEST_BLOCK_FORBID_H

#include <stdbool.h>

/* From now on, in all threads, until allow_memory(). */
void forbid_memory(void);
void allow_memory(void);

/* The same for system calls, for the rest of the process. False: the system has no such filter. */
bool forbid_system_calls(void);

/* Whether forbid_memory() has any effect here. */
bool memory_can_be_forbidden(void);

#endif
