// The ways a memory can be had, by name: each with a runtime that has it and the options an
// instance needs. The benchmarks measure the same on all of them.
#ifndef WEMBED_BENCH_STEP_H
#define WEMBED_BENCH_STEP_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

// "mapped", "heap", "buffer", "functions", "pool" or "small-pool". The runtime is made when it is
// first asked for. NULL with *error filled when there is no such step, or not on this system.
// Instances on "buffer" share one buffer: one at a time.
wembed_runtime_t step_runtime(const char* name, wembed_error_t* error);
wembed_instantiate_options_t step_options(const char* name);

// Deletes the runtimes; their modules must be unloaded.
void steps_end(void);

#ifdef __cplusplus
}
#endif

#endif
