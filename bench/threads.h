// Atomic instructions of a guest, and threads that wake each other: guests, and bare futexes beside
// them. For the table in embed.c.
#ifndef WEMBED_BENCH_THREADS_H
#define WEMBED_BENCH_THREADS_H

#include <stdbool.h>
#include <stdint.h>

bool threads_begin(const char* modules);
void threads_end(void);

bool atomic_none(uint32_t n);
bool atomic_add(uint32_t n);
bool notify_nobody(uint32_t n);
// There and back, n times: two wake-ups each.
bool wake_guests(uint32_t n);
bool wake_futexes(uint32_t n);

#endif
