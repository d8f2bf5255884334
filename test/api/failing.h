/* An allocator of the host's that fails once so many allocations are made. */
#ifndef WEMBED_TEST_API_FAILING_H
#define WEMBED_TEST_API_FAILING_H

#include "host.h"

static long allocations_left = -1; /* negative: without end */

/* Whether one more is made, by any thread. */
static bool may_allocate(void) {
  long left = __atomic_load_n(&allocations_left, __ATOMIC_RELAXED);
  while (left > 0 && !__atomic_compare_exchange_n(&allocations_left, &left, left - 1, false,
                                                  __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    continue;
  }
  return left != 0;
}

static void* failing_malloc(unsigned int size) { return may_allocate() ? host_malloc(size) : NULL; }
static void* failing_realloc(void* block, unsigned int size) {
  return may_allocate() ? host_realloc(block, size) : NULL;
}

#endif
