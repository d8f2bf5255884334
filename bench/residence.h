// How much memory of the machine's a process really has, and how much of it comes back.
#ifndef WEMBED_BENCH_RESIDENCE_H
#define WEMBED_BENCH_RESIDENCE_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of this process that are in memory and its own, not a file's. 0: the system does not tell.
uint64_t resident_bytes(void);

// The life of one instance that uses much for a while; bytes as resident_bytes has them.
typedef struct shrinking {
  uint64_t before;    // the instance is there
  uint64_t used;      // `bytes` of memory more were grown by and written
  uint64_t reset;     // after its reset
  uint64_t trimmed;   // used again, dropped, and the runtime trimmed
  uint64_t returned;  // what the trim says it returned
  double reset_ns, trim_ns;
} shrinking_t;

// False with a text on standard error.
bool measure_shrinking(wembed_runtime_t runtime, wasm_module_t module,
                       const wembed_instantiate_options_t* options, uint64_t bytes,
                       shrinking_t* result);

// Trimming after `count` instances, each with `written` bytes written, were there at a time.
typedef struct trimming {
  uint64_t kept;      // resident bytes that the instances left behind
  uint64_t left;      // and that are still there after the trim
  uint64_t returned;  // what the trim says it returned
  double ns;
} trimming_t;

bool measure_trimming(wembed_runtime_t runtime, wasm_module_t module,
                      const wembed_instantiate_options_t* options, uint32_t count, uint32_t written,
                      trimming_t* result);

#ifdef __cplusplus
}
#endif

#endif
