// A host function that works on guest memory with data of its own: where the memory is, and
// through a buffer in between. For the table in embed.c.
#ifndef WEMBED_BENCH_CONTEXT_H
#define WEMBED_BENCH_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

bool context_begin(const char* modules);
void context_end(void);

bool context_direct(uint32_t n);
bool context_copied(uint32_t n);
bool context_none(uint32_t n);

#endif
