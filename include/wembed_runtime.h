/*
 * wembed_runtime.h: runtimes with settings of their own, and requests to stop what runs.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_RUNTIME_H
#define WEMBED_RUNTIME_H

#include "wembed_error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Runtimes ---------------------------------------------------------------------------- */

/*
 * A runtime of its own beside the process-wide one of wasm_runtime_init: own allocator, own
 * registered natives, own settings. NULL stands for the process-wide runtime everywhere below.
 */
typedef struct wembed_runtime* wembed_runtime_t;

typedef enum wembed_backend {
  WEMBED_BACKEND_AUTOMATIC = 0, /* the runtime's pool if it has one, else mapped, else heap */
  WEMBED_BACKEND_MAPPED = 1,    /* reserved address space and guard pages: no bounds checks */
  WEMBED_BACKEND_HEAP = 2,      /* the allocator's memory and explicit bounds checks */
  WEMBED_BACKEND_BUFFER = 3,    /* memory of the caller's: per instance, see its options */
  WEMBED_BACKEND_POOL = 4,      /* a slot of the runtime's pool, or an error */
  WEMBED_BACKEND_FUNCTIONS = 5  /* the embedder's functions: those of the instance's options for
                                   its first memory, else the runtime's for all */
} wembed_backend_t;

/*
 * How a runtime gets its memories. The ladder is pool, small pool, on demand: the first step that
 * works is taken, found out by making a real reservation and a real memory at the start. Each of
 * the others is a wish that has to come true: where it cannot, making the runtime fails with an
 * error that says why.
 */
typedef enum wembed_memory_strategy {
  WEMBED_MEMORY_DEFAULT = 0, /* environment variable WEMBED_MEMORY (ladder, pool, small-pool,
                                on-demand) if it is set, else on demand */
  WEMBED_MEMORY_LADDER = 1,
  WEMBED_MEMORY_POOL = 2,       /* slots with all their reach reserved: accesses go unchecked */
  WEMBED_MEMORY_SMALL_POOL = 3, /* small slots, checked accesses: little address space */
  WEMBED_MEMORY_ON_DEMAND = 4   /* no pool */
} wembed_memory_strategy_t;

/* Receives one line without its newline. `level` as wasm_runtime_set_log_level. Any thread. */
typedef void (*wembed_log_callback_t)(void* context, uint32_t level, const char* text);

typedef struct wembed_memory_functions wembed_memory_functions_t; /* see below */

typedef struct wembed_config {
  uint32_t size;
  bool signals_off;                /* install no fault handler; every access is checked. Without
                                      it: see wembed_check_signals */
  uint32_t backend;                /* wembed_backend_t: the default of its instances; buffer is
                                      for single instances only */
  mem_alloc_type_t mem_alloc_type; /* as in RuntimeInitArgs; left zero, with no pool given: the
                                      system's allocator */
  MemAllocOption mem_alloc_option;
  wembed_log_callback_t log; /* NULL: standard output, as WAMR */
  void* log_context;
  uint32_t memory_strategy;    /* wembed_memory_strategy_t */
  uint32_t pool_slots;         /* memories in use at a time; 0: as many as fit well */
  uint64_t pool_slot_bytes;    /* of the largest memory in the pool, 64 KiB at the least; 0: 4 GiB,
                                  small pool 16 MiB */
  uint64_t pool_keep_resident; /* bytes of storage a free slot keeps to be quick; 0: chosen */
  bool pool_strict;            /* a memory that finds no slot is an error, not made on demand */
  const wembed_memory_functions_t* memory_functions; /* WEMBED_BACKEND_FUNCTIONS: make every memory
                                                        of its instances; copied. Or NULL */
  bool no_system_memory; /* nothing is taken from the system once the runtime is there: no memory,
                            no address space, no thread, no buffered output. Everything comes from
                            the pool or the functions of mem_alloc_option: modules, code, wasm
                            stacks, and linear memories (automatic means heap; mapped and pool, and
                            the system allocator, are errors). WEMBED_MEMORY is not looked at */
  bool deadlines_off;    /* no timer, and no thread for it: a call with a deadline is refused with
                            "no timer for the deadline". Without this and with no_system_memory,
                            the thread starts with the runtime, instead of with the first deadline */
  uint32_t translate_early; /* wembed_translate_t: when an instance is made, before its start
                               functions run, all functions of its module are translated that are
                               not yet, so that no call has to find memory for that later */
  /* Or NULL. Asked every checkpoint_ms while a guest runs or a module is loaded, on that thread:
     false stops the guest, or the load, with "terminated by user". For hosts whose thread has to
     end for reasons of its own. It may use nothing of the runtime. Guests are not asked with
     deadlines_off; without guests there is no timer. */
  bool (*checkpoint)(void* context);
  void* checkpoint_context;
  uint32_t checkpoint_ms;
  uint32_t libc; /* wembed_libc_t: what is offered to imports from "env" that nobody else gives */
  /* Or NULL: standard output. Gets what guests print by functions of `libc`, in pieces as they
     come, on the thread of the guest; `text` does not end in a NUL. It may use nothing of the
     runtime. */
  void (*print)(void* context, const char* text, size_t bytes);
  void* print_context;
  uint32_t tier; /* wembed_tier_t: how functions are run */
  /* Calls of functions are counted and timed, as by a WAMR that was built with
     WASM_ENABLE_PERF_PROFILING: what wasm_runtime_dump_perf_profiling shows. Guests take longer.
     WEMBED_PROFILE=1 in the environment asks for it in the process-wide runtime. */
  bool profile;
} wembed_config_t;

/* How functions are run: interpreted, or as machine code that is made while the program runs. That
   is for Linux on x86-64; elsewhere, where the system forbids it, with no_system_memory and with
   signals_off functions are interpreted all the same, which wembed_tier_report tells. So are
   functions with something that is not known there (vectors, exceptions, objects), and calls under
   a limit of instructions. */
typedef enum wembed_tier {
  WEMBED_TIER_DEFAULT = 0, /* environment variable WEMBED_TIER (off, first_call, sampled, all), if
                              it is set and no_system_memory is not; else sampled */
  WEMBED_TIER_OFF = 1,
  WEMBED_TIER_FIRST_CALL = 2, /* machine code of each function, made at its first call */
  WEMBED_TIER_SAMPLED = 3,    /* of those that are found running again and again, on a thread of
                                 wembed's that starts with the first of them; refused with
                                 deadlines_off. The memory is the system's */
  WEMBED_TIER_ALL = 4         /* of all functions, made with an instance of their module: as by
                                 translate_early PLAIN */
} wembed_tier_t;

/* C's functions for guests that have none linked into them (printf, strlen, malloc, exit ... 52 of
   them, see docs/wamr-compat.md, two for shared heaps, and pthread_create, sem_open and the like,
   whose threads are as many as wasm_runtime_set_max_thread_num says). Natives that are registered
   as "env" hide those of their names.
 */
typedef enum wembed_libc {
  WEMBED_LIBC_DEFAULT = 0, /* on in the process-wide runtime, as in WAMR; off in others */
  WEMBED_LIBC_ON = 1,      /* an error in a library that was built without */
  WEMBED_LIBC_OFF = 2
} wembed_libc_t;

/* Code for calls without a limit of instructions, and under one. They may be combined. */
typedef enum wembed_translate {
  WEMBED_TRANSLATE_LATE = 0, /* each function at its first call */
  WEMBED_TRANSLATE_PLAIN = 1,
  WEMBED_TRANSLATE_METERED = 2
} wembed_translate_t;

/* NULL on failure, with *error filled (error may be NULL). `config` may be NULL: all defaults. */
wembed_runtime_t wembed_runtime_new(const wembed_config_t* config, wembed_error_t* error);

/* Gives the runtime up, which ends it. What is left of it (modules, instances, exec_envs, stops)
   can still be used and ended, and the runtime ends with the last of that: until then what its
   configuration names has to stay, as the block of a pool. NULL does nothing. */
void wembed_runtime_delete(wembed_runtime_t runtime);

/*
 * Whether faults of guests can become traps. Unchecked memory accesses rely on signals that the
 * host has in its hands.
 */
typedef enum wembed_signals {
  WEMBED_SIGNALS_OFF = 0,  /* no handler of wembed's: signals_off, or the system refused it, which
                              is logged. Every access is checked */
  WEMBED_SIGNALS_WORK = 1, /* as far as can be told without a fault */
  WEMBED_SIGNALS_BLOCKED = 2, /* the calling thread blocks SIGSEGV or SIGBUS. What it instantiates
                                 checks every access; its calls of other instances are refused,
                                 "SIGSEGV or SIGBUS is blocked on the calling thread" */
  WEMBED_SIGNALS_COVERED = 3  /* the host has put a handler over wembed's that may not pass faults
                                 on. What is instantiated checks every access; instances from
                                 before rely on that handler calling the one it replaced */
} wembed_signals_t;

/*
 * Looks at the signals of the calling thread and says what it finds, which holds for the thread
 * until the next look. wembed looks by itself when a thread first calls a guest and when an
 * instance is made (eight times in four milliseconds at the most), not at each call: whoever
 * changes the mask or a handler after that calls this. NULL: the process-wide runtime; OFF without
 * one. Any thread.
 */
wembed_signals_t wembed_check_signals(wembed_runtime_t runtime);

/* wasm_runtime_get_mem_alloc_info for a runtime: its pool's size, what is free, the most that was
   in use. False: it has no pool. Any thread. */
bool wembed_pool_info(wembed_runtime_t runtime, mem_alloc_info_t* info);

/*
 * The settings of the process-wide runtime, for the next times it starts: wasm_runtime_full_init
 * takes them with the allocator of its own arguments, wasm_runtime_init takes them whole. NULL:
 * WAMR's again. The structure is copied, what it points to must stay until then. False, and nothing
 * changes, when it makes no sense; when it turns out impossible at the start, that fails and its
 * reason is logged. Any thread.
 */
bool wembed_set_default_config(const wembed_config_t* config, wembed_error_t* error);

typedef struct wembed_tier_report {
  uint32_t size;        /* of this structure; set before the call */
  uint32_t wish;        /* wembed_tier_t: asked for, by the configuration or the environment */
  uint32_t taken;       /* in force: WEMBED_TIER_OFF where the wish is refused */
  int32_t error_number; /* errno behind a refusal; 0: none */
  uint64_t code_bytes;  /* of memory for machine code, in the whole process */
  char reason[120];     /* of a refusal, else "" */
  /* In the whole process, so far: functions that became machine code, and loops that did so that a
     function could go on in it in the middle of a call. */
  uint64_t functions;
  uint64_t loops;
  /* In the whole process, so far: functions that are interpreted although there is machine code, by
     reasons that wembed_tier_refusal lists. With WEMBED_TIER_SAMPLED those that were found running
     often, and those that no machine code is made of whatever is in them, at their first call. */
  uint64_t refused;
} wembed_tier_report_t;

/* Whether the system allows machine code is tried now, if nothing has been compiled yet. False:
   there is no such runtime, or `report->size` makes no sense. Any thread. */
bool wembed_tier_report(wembed_runtime_t runtime, wembed_tier_report_t* report);

/* Why functions are interpreted. The texts stay. */
typedef struct wembed_tier_refusal {
  uint32_t size;      /* of this structure; set before the call */
  uint64_t functions; /* as in wembed_tier_report_t, each of them once */
  const char* word;   /* "vectors", "tail_calls", "metered" and the like */
  const char* text;   /* for people */
} wembed_tier_refusal_t;

/* The reason of that number, from 0 on, whether there are such functions or not. False: there are
   not so many reasons (none in a library without machine code), or `refusal->size` makes no sense.
   Any thread. */
bool wembed_tier_refusal(uint32_t reason, wembed_tier_refusal_t* refusal);

/* ---- Requests to stop -------------------------------------------------------------------- */

/* A request to stop, which can be made from any thread, before or while something runs under it. */
typedef struct wembed_stop* wembed_stop_t;

wembed_stop_t wembed_stop_new(wembed_runtime_t runtime); /* NULL: no memory */
/* Whatever runs under it traps "terminated by user". */
void wembed_stop_request(wembed_stop_t stop);
/* It may be used again. */
void wembed_stop_clear(wembed_stop_t stop);
/* What runs under it goes on without. */
void wembed_stop_delete(wembed_stop_t stop);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_RUNTIME_H */
