// Calls of WASI's in a loop of the guest's, and the bare system calls behind them, on a file in
// memory. For the table in embed.c.
#ifndef WEMBED_BENCH_WASI_H
#define WEMBED_BENCH_WASI_H

#include <stdbool.h>
#include <stdint.h>

bool wasi_begin(const char* modules);
void wasi_end(void);

bool wasi_write(uint32_t n);
bool bare_write(uint32_t n);
bool wasi_read(uint32_t n);
bool bare_read(uint32_t n);
bool wasi_clock(uint32_t n);
bool bare_clock(uint32_t n);
bool wasi_random(uint32_t n);
bool bare_random(uint32_t n);

#endif
