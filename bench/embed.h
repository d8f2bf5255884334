// The embedding operations that are measured, a table that host.cpp walks.
#ifndef WEMBED_BENCH_EMBED_H
#define WEMBED_BENCH_EMBED_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One operation: run() does it n times. A loop inside the guest names the operation whose time,
// the bare loop's, is taken off.
typedef struct operation {
  const char* name;
  bool (*run)(uint32_t n);
  bool (*less)(uint32_t n);
} operation_t;

extern const operation_t operations[];
extern const uint32_t operation_count;

// Loads the modules in that folder and makes what the operations need; false with a text on
// standard error. To be called once, with the process-wide runtime up.
bool operations_begin(const char* modules);
void operations_end(void);

#ifdef __cplusplus
}
#endif

#endif
