/*
 * wembed_memory.h: memories of guests: their size, ranges that notice growth, waiting, and where
 * they come from. A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_MEMORY_H
#define WEMBED_MEMORY_H

#include "wembed_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memories ---------------------------------------------------------------------------- */

/* Bytes that may be accessed now. */
uint64_t wembed_memory_size(wasm_memory_inst_t memory);

/*
 * A word that changes whenever the memory's base or size does. A pointer or view derived while it
 * had another value is stale. The word lives as long as the instance that owns the memory.
 */
const volatile uint32_t* wembed_memory_epoch(wasm_memory_inst_t memory);

/*
 * For pointers whose holder cannot be told of a growth, such as an object of a garbage collector:
 * the storage that the memory has now stays readable and writable when growth takes the memory
 * elsewhere, with the contents of that moment, until wembed_memory_unpin, a reset or the memory's
 * end. Later storage is pinned by another call. False: there is no memory for a note of it, or
 * growing is up to functions of the embedder. On the thread that may call the instance.
 */
bool wembed_memory_pin(wasm_memory_inst_t memory);
void wembed_memory_unpin(wasm_memory_inst_t memory);

/*
 * A range of guest memory that was checked once and notices when it has gone stale: when its memory
 * grew (by the guest, or by anybody) or was reset. Plain data: copy it, keep it, nothing to free.
 * A slice belongs to the memory it was made for: for another one it counts as stale.
 *
 * The functions on slices belong to the thread that may call the instance: in a host function the
 * call's thread, else any one thread while no call runs. The memory has to exist; it goes with the
 * instance that owns it.
 */
typedef struct wembed_slice {
  uint64_t offset; /* in the memory, bytes; 64-bit memories too */
  uint64_t length; /* bytes */
  uint32_t epoch;  /* of the memory when the range was checked; 0: never was */
} wembed_slice_t;

/* Checks that `length` bytes from `offset` are inside the memory and fills the slice. False, with
   the slice filled by zeros: they are not, or `memory` is NULL. A length of 0 is allowed up to the
   memory's very end. */
bool wembed_memory_slice(wasm_memory_inst_t memory, uint64_t offset, uint64_t length,
                         wembed_slice_t* slice);

/*
 * The slice's first byte, valid until anything may run the guest or grow the memory; NULL: the
 * slice is stale. Costs one compare. Neither argument may be NULL, and the slice has to be one that
 * wembed_memory_slice or wembed_slice_renew made: an offset changed by hand is not checked here.
 */
void* wembed_slice_data(wasm_memory_inst_t memory, const wembed_slice_t* slice);

/* Makes a stale slice good again where its range still is inside the memory: after growth, and,
   since it is asked for, after a reset. Else false, and the slice is as it was. */
bool wembed_slice_renew(wasm_memory_inst_t memory, wembed_slice_t* slice);

/* Copies `bytes` bytes from, or to, byte `at` of the slice. They go on when the memory has grown,
   but not when it was reset: that is another guest's memory. False, with nothing copied: not inside
   of the slice, the slice not inside of the memory any more, or not made for it. The ranges may
   overlap. */
bool wembed_slice_read(wasm_memory_inst_t memory, const wembed_slice_t* slice, uint64_t at,
                       void* to, uint64_t bytes);
bool wembed_slice_write(wasm_memory_inst_t memory, const wembed_slice_t* slice, uint64_t at,
                        const void* from, uint64_t bytes);

/* True for a 64-bit index type. */
bool wembed_memory_is_64(wasm_memory_inst_t memory);

/* Which backend really holds it: never automatic. */
wembed_backend_t wembed_memory_backend(wasm_memory_inst_t memory);

/* ---- Shared memories, and host functions that wait ----------------------------------------- */

/*
 * A memory whose type says `shared` (wasm_memory_get_shared) is for several threads: each has an
 * instance of its own, which imports the memory from the one that made it (WEMBED_IMPORT_EXPORT),
 * or an exec_env of its own on one instance. It never moves, so that pointers into it stay good; it
 * may grow on any of the threads. `mapped` and a guarded pool reserve its maximum, `heap` and
 * `functions` need all of it at once, a buffer or a small slot is as large as it can become.
 */

/* How a wait ended. */
typedef enum wembed_wait {
  WEMBED_WAIT_WOKEN = 0,
  WEMBED_WAIT_NOT_EQUAL = 1, /* the word was another */
  WEMBED_WAIT_TIMED_OUT = 2,
  WEMBED_WAIT_STOPPED = 3,   /* the guest has to stop (deadline, stop request, termination): the
                                exception is set, return at once */
  WEMBED_WAIT_IMPOSSIBLE = 4 /* no shared memory, no such word, or not this thread's exec_env */
} wembed_wait_t;

/*
 * As memory.atomic.wait32 and wait64, for host functions: sleeps while the word of `bytes` (4 or 8)
 * at an aligned offset is `expected`, at most `timeout_ns` nanoseconds (negative: for ever), until
 * it is notified. What stops guest code stops this. On the thread that `exec_env` runs on.
 */
wembed_wait_t wembed_memory_wait(wasm_exec_env_t exec_env, wasm_memory_inst_t memory,
                                 uint64_t offset, uint32_t bytes, uint64_t expected,
                                 int64_t timeout_ns);

/* As memory.atomic.notify: wakes at most `count` of those that wait at the offset, guests and
   hosts, the longest there first; the result is how many. Any thread. */
uint32_t wembed_memory_notify(wasm_memory_inst_t memory, uint64_t offset, uint32_t count);

/* How many wait for words of the memory. Any thread. */
uint32_t wembed_memory_waiters(wasm_memory_inst_t memory);

/* A host function sleeps for `timeout_ns` nanoseconds; what stops guest code stops this. TIMED_OUT,
 * STOPPED or IMPOSSIBLE. */
wembed_wait_t wembed_sleep(wasm_exec_env_t exec_env, int64_t timeout_ns);

/* ---- Where memories come from ------------------------------------------------------------ */

typedef enum wembed_step_outcome {
  WEMBED_STEP_NOT_TRIED = 0,
  WEMBED_STEP_REFUSED = 1,
  WEMBED_STEP_TAKEN = 2
} wembed_step_outcome_t;

/* What became of one step of the ladder. */
typedef struct wembed_memory_step {
  uint32_t outcome;     /* wembed_step_outcome_t */
  int32_t error_number; /* errno behind a refusal; 0: none */
  uint64_t wanted;      /* bytes of address space the step takes; 0: no matter of size */
  uint64_t available;   /* what there was of it, as far as known; else 0 */
  char reason[120];     /* of a refusal, else "" */
} wembed_memory_step_t;

#define WEMBED_NO_LIMIT UINT64_MAX

/* How a runtime's memories are made and what became of it. Plain data, nothing to free. */
typedef struct wembed_memory_report {
  uint32_t size;                 /* of this structure; set before the call */
  uint32_t wish;                 /* wembed_memory_strategy_t: what was asked for, never DEFAULT */
  uint32_t wish_source;          /* 0: nobody asked, 1: WEMBED_MEMORY, 2: the configuration */
  uint32_t taken;                /* wembed_memory_strategy_t: POOL, SMALL_POOL or ON_DEMAND */
  wembed_memory_step_t steps[3]; /* pool, small pool, on demand */

  /* The pool; zeros without one. */
  bool guarded; /* accesses go unchecked */
  bool strict;
  uint32_t slots;
  uint64_t slot_bytes;
  uint64_t reserved_bytes; /* address space of all slots */
  uint64_t keep_resident;  /* per slot */
  uint64_t live;           /* slots in use now */
  uint64_t peak;           /* and at most so far; exact with one thread, else not below it */
  uint64_t hits;           /* memories made from a slot */
  uint64_t image_hits;     /* of these: the slot held the module's image already */
  uint64_t misses;         /* memories made on demand although there is a pool */
  uint64_t found_full;     /* requests when no slot was free */
  uint64_t never_fitted;   /* requests for more than a slot has */
  uint64_t outgrown;       /* memories that grew beyond their slot and went on outside of it */

  /* The system as it was at the start; not read when no pool was asked for. */
  uint32_t processors;
  bool is_virtual;      /* runs under a hypervisor */
  uint32_t overcommit;  /* 0: not known, 1: heuristic, 2: always, 3: never */
  uint32_t large_pages; /* 0: not known, 1: never, 2: on request, 3: always */
  uint64_t free_memory; /* 0: not known */
  uint64_t group_limit; /* of the control group; WEMBED_NO_LIMIT: none */
  uint64_t group_used;
  uint64_t address_limit; /* RLIMIT_AS; WEMBED_NO_LIMIT: none */
  uint64_t address_used;
  uint64_t mapping_limit; /* mappings a process may have */
} wembed_memory_report_t;

/* False: there is no such runtime, or `report->size` makes no sense. Any thread. */
bool wembed_memory_report(wembed_runtime_t runtime, wembed_memory_report_t* report);

/* The essence as one line of text. Returns its length in bytes without the NUL; writes at most
   `capacity` bytes, NUL included. Any thread. */
uint32_t wembed_memory_report_text(wembed_runtime_t runtime, char* text, uint32_t capacity);

/* Returns storage that is kept for later memories to the system. The result is how many bytes that
   were, as far as the system tells; memories in use are left alone. Any thread. */
uint64_t wembed_memory_trim(wembed_runtime_t runtime);

/*
 * Linear memory by functions of the embedder's. What the guest may see is cleared by wembed.
 * `release` is called exactly once for what `create` returned, or `grow` last. All are called on
 * the thread that makes, grows or ends the memory. `grow` may call the guest, whose own attempts to
 * grow the memory fail meanwhile; apart from that the instance has to be left alone.
 */
struct wembed_memory_functions {
  uint32_t size;
  /* At least `minimum` bytes, aligned to 8; NULL: refused. `*handle` comes back in the others. */
  void* (*create)(void* context, uint64_t minimum, uint64_t maximum, void** handle);
  /* `bytes` bytes that begin with the old contents; may move. NULL: refused, and `base` is as it
     was. The function may be NULL: the memory cannot grow. */
  void* (*grow)(void* context, void* handle, void* base, uint64_t old_bytes, uint64_t bytes);
  void (*release)(void* context, void* handle, void* base, uint64_t bytes);
  void* context;
};

/* wasm_runtime_register_natives(_raw) and unregister for a runtime; same rules of ownership: the
   `count` entries of `symbols` stay the caller's and have to stay. False: there is no memory, or no
   such runtime; of unregister: they are not registered under that name. */
bool wembed_register_natives(wembed_runtime_t runtime, const char* module_name,
                             NativeSymbol* symbols, uint32_t count, bool raw);
bool wembed_unregister_natives(wembed_runtime_t runtime, const char* module_name,
                               NativeSymbol* symbols);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_MEMORY_H */
