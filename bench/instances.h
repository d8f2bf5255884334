// Making, resetting and dropping instances, over and over, on one thread or several.
#ifndef WEMBED_BENCH_INSTANCES_H
#define WEMBED_BENCH_INSTANCES_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cycle {
  wasm_module_t module;  // NULL: none, work of about the same length that shares nothing
  wembed_instantiate_options_t options;
  uint32_t written_pages;     // of 4 KiB; the host writes one byte in each before the reset or drop
  wasm_module_inst_t resets;  // reset this one instead of making and dropping
} cycle_t;

// n times; false with a text on standard error.
bool cycle_run(const cycle_t* cycle, uint32_t n);

// The same on `threads` threads that start together, n times on each. Wall clock time from the
// first start to the last end, in nanoseconds; negative: it failed. *processor_ns is what the
// threads had of the processors, on average.
double cycle_run_threads(const cycle_t* cycle, uint32_t threads, uint32_t n, double* processor_ns);

#ifdef __cplusplus
}
#endif

#endif
