/*
 * wembed.h: what wembed adds to the WAMR-compatible API of wasm_export.h.
 *
 * Handles are those of wasm_export.h wherever the noun is the same; both APIs mix freely.
 * Structures that may grow start with `size`: set it to sizeof the structure, zero the rest. What
 * a newer header has and this library does not know has to be zero, or it is an error.
 * Unless said otherwise a function may be called from any thread that uses its handles alone.
 * Runtimes and modules may be used by several threads at a time, until they are given up.
 * What a function gives out belongs to the handle it came from, and lives as long, unless it says
 * who ends it. All of it, and of the headers beside this one, is since 0.1.0 where nothing else is
 * said.
 */
#ifndef WEMBED_H
#define WEMBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasm_export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ------------------------------------------------------------------------------ */

typedef enum wembed_error_kind {
  WEMBED_ERROR_NONE = 0,
  WEMBED_ERROR_COMPILE = 1,  /* the bytes are not a valid module */
  WEMBED_ERROR_LINK = 2,     /* an import is missing or of another type */
  WEMBED_ERROR_TRAP = 3,     /* guest code stopped: see code */
  WEMBED_ERROR_RESOURCE = 4, /* no memory, no address space, a limit was reached */
  WEMBED_ERROR_USAGE = 5     /* the call made no sense: bad argument, wrong state */
} wembed_error_kind_t;

/* One error, complete in itself: no pointer in it has to be freed or outlives anything. */
typedef struct wembed_error {
  uint32_t kind;           /* wembed_error_kind_t */
  uint32_t function_index; /* in the module's function index space; UINT32_MAX: none */
  uint64_t offset;         /* byte offset in the module; UINT64_MAX: none */
  char code[32];           /* stable name, e.g. "DivideByZero", "Invalid", "Unlinkable" */
  char section[16];        /* section of the offset, e.g. "code"; "": none */
  char module_name[64];    /* "": not named */
  char function_name[128]; /* "": not known */
  char message[1024];      /* WAMR's text without its prefix; for link errors one line an import */
} wembed_error_t;

/* A frame of the wasm call stack at a trap. The names live as long as the module. */
typedef struct wembed_frame {
  wasm_module_t module;
  uint32_t function_index;
  uint64_t offset;           /* of the operation, in the module; UINT64_MAX: not known */
  const char* function_name; /* "" when not known; not NUL-terminated, see the length */
  uint32_t function_name_length;
} wembed_frame_t;

/*
 * Describes the last failed call of the instance: what wasm_runtime_get_exception says as text.
 * Returns false, and clears *error, when no exception is pending.
 */
bool wembed_get_error(wasm_module_inst_t instance, wembed_error_t* error);

/*
 * Frames recorded with that exception, innermost first. wembed_trap_frame returns false when
 * `index` is beyond the recorded ones (64 at most; *total tells how many there really were).
 */
uint32_t wembed_trap_frame_count(wasm_module_inst_t instance, uint32_t* total);
bool wembed_trap_frame(wasm_module_inst_t instance, uint32_t index, wembed_frame_t* frame);

/*
 * The same in two steps, for hosts that make many errors of which few are looked at: the offset of
 * a frame is found by translating its function again.
 */
typedef struct wembed_place {
  wasm_module_t module; /* NULL: not known */
  uint32_t function_index;
  bool is_return;
  const void* code; /* this and what follows is for wembed_place_frame */
  const void* place;
} wembed_place_t;

typedef struct wembed_trap {
  uint32_t size;        /* of this structure; set before the call */
  uint32_t kind;        /* wembed_error_kind_t */
  const char* code;     /* as wembed_error_t's; static */
  const char* message;  /* of the instance: until its exception changes */
  uint32_t place_count; /* of the frames, innermost first, that were written */
  uint32_t frame_total; /* as wembed_trap_frame_count tells it */
} wembed_trap_t;

/* What is pending, with `capacity` frames at most (there are 64). False: nothing is pending, or
   trap->size makes no sense. */
bool wembed_get_trap(wasm_module_inst_t instance, wembed_trap_t* trap, wembed_place_t* places,
                     uint32_t capacity);

/* What a place is the frame of, any time until its module is unloaded. Any thread. */
void wembed_place_frame(const wembed_place_t* place, wembed_frame_t* frame);
/* Its function's name alone, which costs little: as wembed_frame_t has it, `*length` bytes without
   a NUL, never NULL; as long as the module. Any thread. */
const char* wembed_place_function(const wembed_place_t* place, uint32_t* length);

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
   functions with something that is not known there (vectors, references, exceptions), and calls
   under a limit of instructions. */
typedef enum wembed_tier {
  WEMBED_TIER_DEFAULT = 0, /* environment variable WEMBED_TIER (off, first_call, sampled, all), if
                              it is set and no_system_memory is not; else off */
  WEMBED_TIER_OFF = 1,
  WEMBED_TIER_FIRST_CALL = 2, /* machine code of each function, made at its first call */
  WEMBED_TIER_SAMPLED = 3,    /* of those that are found running again and again */
  WEMBED_TIER_ALL = 4         /* of all functions, made with an instance of their module: as by
                                 translate_early PLAIN */
} wembed_tier_t;

/* C's functions for guests that have none linked into them (printf, strlen, malloc, exit ... 52 of
   them, see docs/wamr-compat.md, and two for shared heaps). Natives that are registered as "env"
   hide those of their names.
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
} wembed_tier_report_t;

/* False: there is no such runtime, or `report->size` makes no sense. Any thread. */
bool wembed_tier_report(wembed_runtime_t runtime, wembed_tier_report_t* report);

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

/* The essence as one line. Returns the length without the NUL; writes at most `capacity` bytes,
   NUL included. Any thread. */
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

/* ---- Modules ----------------------------------------------------------------------------- */

/* A request to stop what runs under it: see wembed_stop_new. */
typedef struct wembed_stop* wembed_stop_t;

typedef enum wembed_ownership {
  WEMBED_BYTES_COPY = 0,   /* wembed copies; the caller's bytes are free at return */
  WEMBED_BYTES_BORROW = 1, /* the caller keeps them unchanged until wasm_runtime_unload returns.
                              Instances that are left then get a copy, made at that moment */
  WEMBED_BYTES_TAKE = 2    /* `release` is called exactly once, from any thread: when the module is
                              unloaded and its instances are gone, or before a load that fails
                              returns (unless `size` is too small to have it). It may call the
                              library, and may be NULL */
} wembed_ownership_t;

/* Parts of WebAssembly that a load can do without. All are on. */
typedef enum wembed_feature {
  WEMBED_FEATURE_SIMD = 1 << 0,
  WEMBED_FEATURE_MULTI_MEMORY = 1 << 1, /* several memories */
  WEMBED_FEATURE_MEMORY64 = 1 << 2,     /* memories and tables with 64-bit addresses */
  WEMBED_FEATURE_TAIL_CALL = 1 << 3,
  WEMBED_FEATURE_FUNCTION_REFERENCES = 1 << 4, /* typed references to functions, call_ref */
  WEMBED_FEATURE_GC = 1 << 5,                  /* structures, arrays, i31, casts */
  WEMBED_FEATURE_EXCEPTIONS = 1 << 6,          /* try_table, throw, throw_ref, exnref, tags */
  WEMBED_FEATURE_RELAXED_SIMD = 1 << 7,
  WEMBED_FEATURE_THREADS = 1 << 8,           /* shared memories, atomic instructions */
  WEMBED_FEATURE_LEGACY_EXCEPTIONS = 1 << 9, /* try, catch, rethrow, delegate; throw, tags */
  WEMBED_FEATURE_CUSTOM_PAGE_SIZES = 1 << 10,
  WEMBED_FEATURE_WIDE_ARITHMETIC = 1 << 11
} wembed_feature_t;

/*
 * A module's bytes and who owns them. They are never written to, and may be a read-only mapping.
 *
 * Bytes that change or vanish before their time are a mistake of the host's, and stay one of its
 * guest's: changed bytes give an error, a trap "module bytes changed after load" or other valid
 * code. Bytes that are unmapped, or mapped from a file that is cut short, give the error or trap
 * "BytesLost" to whoever needs them next: a load, an instance, the first call of a function,
 * memory.init, table.init. That takes the fault handlers; with signals_off nothing can be noticed.
 */
typedef struct wembed_source {
  uint32_t size; /* of this structure */
  uint32_t ownership;
  const uint8_t* bytes;
  size_t length;
  void (*release)(void* context, const uint8_t* bytes, size_t length); /* take only */
  void* release_context;
  const char* name; /* module name for messages, copied; NULL: "" */
  /* What came later; read as far as `size` says. */
  int64_t deadline_ms;   /* from now; <= 0: none */
  wembed_stop_t stop;    /* or NULL */
  const char* path;      /* or NULL: this file instead, as wembed_load_file; `bytes` is NULL, what
                            says whose they are is not looked at */
  uint64_t features_off; /* of wembed_feature_t: a module that uses one of them is refused, as by a
                            library without it. Other bits mean nothing */
} wembed_source_t;

/*
 * Decodes and validates. Unload with wasm_runtime_unload. NULL on failure, *error filled. `source`
 * is read during the call only.
 *
 * The time is linear in the length: 0.1 to 0.4 s for 100 MB of ordinary code, up to some hundred
 * times as long for code made for that, such as blocks that take and give a thousand values. A
 * load that passes its deadline, or whose `stop` is requested, notices within a millisecond (a
 * copy of the bytes is made before) and ends with the code "Deadline" or "Terminated" and kind
 * WEMBED_ERROR_RESOURCE.
 */
wasm_module_t wembed_load(wembed_runtime_t runtime, const wembed_source_t* source,
                          wembed_error_t* error);

/*
 * Loads a file, mapped read-only: its pages come when they are read and go when memory is short,
 * and belong to all processes that map the file. Do not write to a file in use, replace it by
 * renaming; one that is cut short gives the error or trap "BytesLost". Without fault handlers
 * (signals_off), with no_system_memory, and where it cannot be mapped, the file is read into the
 * runtime's memory.
 *
 * `path` and `name` are copied; a NULL name stands for the path. NULL on failure with *error
 * filled: "File" when the file is missing, no regular file, empty, too large or may not be read.
 */
wasm_module_t wembed_load_file(wembed_runtime_t runtime, const char* path, const char* name,
                               wembed_error_t* error);

typedef enum wembed_extern_kind {
  WEMBED_EXTERN_FUNC = 0,
  WEMBED_EXTERN_TABLE = 1,
  WEMBED_EXTERN_MEMORY = 2,
  WEMBED_EXTERN_GLOBAL = 3,
  WEMBED_EXTERN_TAG = 4
} wembed_extern_kind_t;

/* An import or export of a module, in the order of the file. Names live as long as the module
   and may hold any byte; they are not NUL-terminated. They are copied out of the module's bytes
   when first asked for: false when there is no memory for that, or the bytes are lost. */
typedef struct wembed_extern_type {
  const char* module_name; /* imports only */
  uint32_t module_name_length;
  const char* name;
  uint32_t name_length;
  uint32_t kind; /* wembed_extern_kind_t */
  union {        /* by kind; read with the wasm_*_type_get_* functions */
    wasm_func_type_t func_type;
    wasm_table_type_t table_type;
    wasm_memory_type_t memory_type;
    wasm_global_type_t global_type;
  } u;
} wembed_extern_type_t;

/* How many there are, and number `index` of them into *type. False: there is none of that index, no
   memory for its names, or the module's bytes are lost. Any thread. */
uint32_t wembed_module_import_count(wasm_module_t module);
bool wembed_module_import(wasm_module_t module, uint32_t index, wembed_extern_type_t* type);
uint32_t wembed_module_export_count(wasm_module_t module);
bool wembed_module_export(wasm_module_t module, uint32_t index, wembed_extern_type_t* type);

/* What WAMR's functions do not tell of a type: whether addresses, or numbers of elements, have 64
   bits, and the bytes of a page (65536, or 1). False and 0 for NULL. */
bool wembed_memory_type_is_64(wasm_memory_type_t type);
uint32_t wembed_memory_type_page_size(wasm_memory_type_t type);
bool wembed_table_type_is_64(wasm_table_type_t type);

/* The signature as text, e.g. "(i32, f64) -> (i32)". Returns the length without the NUL; writes
   at most `capacity` bytes, NUL included. Works for any kind of import or export. */
uint32_t wembed_extern_type_text(const wembed_extern_type_t* type, char* text, uint32_t capacity);

/* Whether the module's bytes are known to be lost: whatever needs them fails with "BytesLost". */
bool wembed_module_bytes_lost(wasm_module_t module);

/* Custom sections in the order of the file; false beyond the last, and when they are lost. The name
   lives as long as the module; `*bytes` points into the module's bytes: of a file that may be cut
   short take a copy. */
bool wembed_module_custom_section(wasm_module_t module, uint32_t index, const char** name,
                                  uint32_t* name_length, const uint8_t** bytes, uint32_t* length);

/* Copies the content of a custom section. False: there is none of that index, `capacity` is less
   than its length, or the module's bytes are lost. */
bool wembed_module_copy_section(wasm_module_t module, uint32_t index, uint8_t* buffer,
                                uint32_t capacity);

/* ---- Instances --------------------------------------------------------------------------- */

/*
 * A host function. `slots` holds the arguments, one 64-bit slot each (v128: two), and receives
 * the results in the same way: i32 and f32 in the low half, floats by their bits, funcref as
 * wasm_function_inst_t, externref as wembed_externref makes it. It has room for whichever of
 * arguments and results are more. Return false to stop the guest, after having set a text with
 * wasm_runtime_set_exception ("host function failed" if none is set).
 */
typedef bool (*wembed_callback_t)(wasm_exec_env_t exec_env, void* data, uint64_t* slots);

typedef enum wembed_import_source {
  WEMBED_IMPORT_DEFAULT = 0,  /* the runtime's natives; see `strict` for what is not there */
  WEMBED_IMPORT_CALLBACK = 1, /* a host function: callback, data */
  WEMBED_IMPORT_EXPORT = 2,   /* export number export_index of `instance` */
  WEMBED_IMPORT_VALUE = 3,    /* an immutable global of that value: value */
  WEMBED_IMPORT_FRESH = 4,    /* a new memory, table, global or tag of the type asked for */
  WEMBED_IMPORT_FUNCTION = 5, /* any function of any instance: function */
  WEMBED_IMPORT_DEFERRED = 6, /* a host function that wembed_call_start leaves to its caller, see
                                 there: data; callback is for all other calls, NULL: they trap */
  WEMBED_IMPORT_TAG = 7       /* a tag: data is the wembed_tag_t */
} wembed_import_source_t;

/* What satisfies one import. */
typedef struct wembed_import {
  uint32_t source; /* wembed_import_source_t */
  uint32_t export_index;
  wembed_callback_t callback;
  void* data; /* kept by pointer until the instance is gone */
  wasm_module_inst_t instance;
  wasm_function_inst_t function;
  uint64_t value[2]; /* in slots, as for callbacks */
} wembed_import_t;

/* A request to stop that can be made from any thread, before or while something runs under it. */

wembed_stop_t wembed_stop_new(wembed_runtime_t runtime); /* NULL: no memory */
void wembed_stop_request(
    wembed_stop_t stop);                     /* whatever runs under it traps "terminated by user" */
void wembed_stop_clear(wembed_stop_t stop);  /* may be used again */
void wembed_stop_delete(wembed_stop_t stop); /* what runs under it goes on without */

typedef struct wembed_instantiate_options {
  uint32_t size;
  uint32_t stack_size;            /* bytes of wasm stack per exec_env; 0: the default */
  uint32_t heap_size;             /* bytes of host-managed heap in linear memory; 0: none */
  uint32_t max_memory_pages;      /* of the first memory, heap included; one that begins with more
                                     is an error, MemoryOverLimit. 0: the module's maximum, and
                                     the heap's pages above it */
  uint32_t backend;               /* wembed_backend_t; automatic: the runtime's */
  bool strict;                    /* as the specification has it: every missing or mismatched
                                     import is an error, at once, and of start functions only
                                     the start section's runs (WAMR's constructors do not) */
  const wembed_import_t* imports; /* one for each import, in the order of the file; or NULL */
  uint32_t import_count;
  int64_t deadline_ms; /* for start functions, and for code made ahead; <= 0: none */
  int64_t fuel;        /* instructions for start functions; <= 0: unlimited */
  wembed_stop_t stop;  /* or NULL */
  void* custom_data;   /* as wasm_runtime_set_custom_data, set before start runs */
  void* memory_buffer; /* WEMBED_BACKEND_BUFFER: memory of the caller's, aligned to 8,
                          used for nothing else while the instance is there; the first
                          memory grows inside of it and is never freed */
  uint64_t memory_buffer_bytes;
  const wembed_memory_functions_t* memory_functions; /* WEMBED_BACKEND_FUNCTIONS: of the first
                                                        memory; copied. NULL: the runtime's */
  wasm_module_inst_t* failed;  /* or NULL. Takes the instance whose start functions failed, to be
                                  ended by the caller: for hosts whose functions have given
                                  addresses of its memory away by then. NULL goes there else */
  bool memory_buffer_reserved; /* memory_buffer is address space, in whole pages of the system, of
                                  which the memory's first size may be accessed: the rest becomes so
                                  as the memory grows, on the thread that grows it */
  struct wembed_wasi* wasi; /* what it is given by WASI (wembed_wasi.h), of the same runtime; kept.
                               Its `_initialize` runs then, before anything else can be called.
                               NULL: nothing */
  uint64_t gc_heap_size; /* bytes for structures and arrays (wembed_gc.h) that it brings to the heap
                            of all instances it is linked with; 0: what the runtime was made with */
} wembed_instantiate_options_t;

/* NULL on failure with *error filled; then nothing is left of it, but for what `failed` takes. End
   the instance with wasm_runtime_deinstantiate. `options` may be NULL. */
wasm_module_inst_t wembed_instantiate(wasm_module_t module,
                                      const wembed_instantiate_options_t* options,
                                      wembed_error_t* error);

/* Told that nobody can get at an ended instance any more, before its storage goes. It may not use
   the runtime. */
typedef void (*wembed_gone_t)(void* context, wasm_module_inst_t instance);

/*
 * Ends an instance as wasm_runtime_deinstantiate does, for a host that keeps something for it. As
 * long as others can get at what it has, by an import or by a function in a table or a global,
 * that goes on working, its host functions included (which fail after a deinstantiate). `gone`, or
 * NULL, is called once nobody can: before this returns, or while another instance is ended, on that
 * thread. False: a call is running on it, or it was ended before; nothing was done.
 *
 * When an instance is ended, its group is looked through as soon as what was ended since the last
 * time makes up for the work, and never while a call runs or waits in the group. A function that
 * the host has got from a table, a global or a call is valid as long as an instance that is not
 * ended can get at it, or has it numbered.
 */
bool wembed_instance_retire(wasm_module_inst_t instance, wembed_gone_t gone, void* context);

typedef struct wembed_reset_options {
  uint32_t size;
  bool skip_start;     /* run no start functions */
  int64_t deadline_ms; /* for start functions; <= 0: none */
  int64_t fuel;        /* instructions for start functions; <= 0: unlimited */
  wembed_stop_t stop;  /* or NULL */
} wembed_reset_options_t;

/*
 * Puts an instance back to the state it had when it was made, for the next user of it, and faster
 * than making a new one. What it made itself begins anew: memories (size and contents), tables,
 * globals, dropped segments, the host-managed heap (what was allocated in it is gone) and the
 * exception, which is cleared together with a request to terminate. Then its start functions run,
 * the same as when it was made. What it imports belongs to others and is left alone: active
 * segments are not copied into an imported memory or table again. What instances share with it
 * changes for them as well.
 *
 * Handles stay: the instance, its functions, memories and exec_envs, the epoch word (which changes:
 * pointers, views and slices are stale), custom data and contexts. Numbers of functions of other
 * instances (as wasm_runtime_call_wasm shows funcrefs) do not. `options` may be NULL.
 *
 * False, with *error filled:
 * - WEMBED_ERROR_USAGE: a call is running on the instance, or it is closed. Nothing has changed. A
 *   call of another thread counts when it runs in an instance that was linked with this one.
 * - WEMBED_ERROR_TRAP: a start function trapped, ran out of its limits or was stopped. All else is
 *   done; the exception is pending.
 * - WEMBED_ERROR_RESOURCE: no memory. The instance is of no use, its calls fail with an exception
 *   that cannot be cleared, until a reset succeeds; deinstantiate works as ever.
 * Same rules of threads as wasm_runtime_deinstantiate: nobody else uses the instance meanwhile.
 */
bool wembed_instance_reset(wasm_module_inst_t instance, const wembed_reset_options_t* options,
                           wembed_error_t* error);

/* The export of that index as an object; NULL or false when it is of another kind. The objects
   live as long as the instance. */
wasm_function_inst_t wembed_instance_function(wasm_module_inst_t instance, uint32_t export_index);
wasm_memory_inst_t wembed_instance_memory(wasm_module_inst_t instance, uint32_t export_index);

/* The same number for the same memory, table, global or tag, whoever exports it and under whatever
   name, as long as it lives; later it may be another one's. 0: there is no such export, or it is a
   function. */
uint64_t wembed_instance_identity(wasm_module_inst_t instance, uint32_t export_index);

/* The live cell of an exported global: one slot, two for v128. A mutable global of a number or
   vector may be written through it; one of a reference type only by wembed_global_set, and an
   immutable one not at all. */
typedef struct wembed_global {
  uint8_t kind; /* wasm_valkind_t */
  bool is_mutable;
  uint64_t* slots;
} wembed_global_t;
/* False, with nothing written: the export of that index is no global. */
bool wembed_instance_global(wasm_module_inst_t instance, uint32_t export_index,
                            wembed_global_t* global);

/* Gives an exported global a value: one slot, two for v128. What a function reference points to
   stays as long as the instance can get at it. False, with nothing changed: not a global, not
   mutable, no value of its type, a function of another runtime, or no memory. Same rules of threads
   as for running the instance's code. */
bool wembed_global_set(wasm_module_inst_t instance, uint32_t export_index, const uint64_t* slots);

/* An exported table, elements as slots. False: not a table, out of bounds, or another type. */
bool wembed_table_size(wasm_module_inst_t instance, uint32_t export_index, uint64_t* size);
bool wembed_table_get(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t* slot);
bool wembed_table_set(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t slot);
/* `old` (or NULL) receives the size before. False, with nothing changed: not a table, no value of
   its type, above its maximum, or no memory. */
bool wembed_table_grow(wasm_module_inst_t instance, uint32_t export_index, uint64_t delta,
                       uint64_t slot, uint64_t* old);

/* The instance that made the memory: others may import it. */
wasm_module_inst_t wembed_memory_instance(wasm_memory_inst_t memory);

/*
 * A host function that is made for an instance when it is there already: a reference, for tables
 * and globals and to be passed to the guest. What its callback is called with has the same
 * instance as one that the instance imports. It stays until the instance is gone, or until
 * wembed_functions_sweep finds that nothing refers to it.
 */
typedef struct wembed_host_function {
  uint32_t size;
  uint32_t param_count; /* 1000 at most, as for results */
  uint32_t result_count;
  bool is_deferred; /* see WEMBED_IMPORT_DEFERRED: callback may be NULL then */
  const wasm_valkind_t* params;
  const wasm_valkind_t* results;
  wembed_callback_t callback;
  void* data;
} wembed_host_function_t;

/* NULL: the structure is not usable, or there is no memory. Same rules of threads as for running
   the instance's code. */
wasm_function_inst_t wembed_function_new(wasm_module_inst_t instance,
                                         const wembed_host_function_t* what);

/*
 * Frees those of the instance's that no table and no global refers to, in it and all that it is
 * linked with. First `keep` (or NULL: nothing) is asked for each: true leaves it, for what the host
 * refers to itself; after false its data is used no more. The result is how many places were
 * looked at; -1: something runs on one of these instances, and nothing was freed.
 */
int64_t wembed_functions_sweep(wasm_module_inst_t instance,
                               bool (*keep)(void* context, wasm_function_inst_t function,
                                            void* data),
                               void* context);

/* The function's index in its module and the module it belongs to; UINT32_MAX for one of
   wembed_function_new. */
uint32_t wembed_function_index(wasm_function_inst_t function);
wasm_module_inst_t wembed_function_instance(wasm_function_inst_t function);
/* Its type, to be read with wasm_func_type_get_*. */
wasm_func_type_t wembed_function_type(wasm_function_inst_t function);

/*
 * Collects what nothing in the instance, and in all that it is linked with, refers to any more:
 * objects of guests, and objects of the host that have a number (wasm_externref_obj2ref), which are
 * deleted as by wasm_externref_objdel unless they are retained. `referred`, if not NULL, is told
 * every externref that something refers to, as wembed_externref makes it, some more than once; it
 * must not call anything of this library. What the host alone has is not referred to: arguments of
 * a call count from the moment when the guest runs.
 *
 * From any thread, also in a host function. Other threads that run these guests are stopped
 * meanwhile. False: they cannot be, because one makes or resets an instance of them or the system
 * does not order threads, and nothing was collected. The time is in proportion to tables, frames
 * and what lives.
 */
bool wembed_collect(wasm_module_inst_t instance,
                    void (*referred)(void* context, uint64_t externref), void* context);

/* An externref slot for a host pointer and back. (void *)-1 is null in WAMR's convention; a null
   reference comes back as NULL. wembed_slot_is_null tells whether a slot is null or an object. */
static inline uint64_t wembed_externref(void* object) { return (uint64_t)(uintptr_t)object + 1u; }
static inline void* wembed_externref_object(uint64_t slot) {
  return slot == 0 ? NULL : (void*)(uintptr_t)(slot - 1u);
}
static inline bool wembed_slot_is_null(uint64_t slot) { return slot == 0; }

/* ---- Exceptions -------------------------------------------------------------------------- */

/*
 * A guest's exception that nobody in the guest catches ends the call like a trap: the call fails,
 * the instance's text is "Exception: uncaught wasm exception", and the exception is pending, until
 * the text is cleared or another takes its place. A native function that has called the guest may
 * clear it and go on. If it returns, or its callback returns false, the exception goes on from
 * there through the frames of the guest that called the function, where it may be caught.
 *
 * Traps are no exceptions: no guest catches them.
 */

/* What exceptions are told apart by. Instances share it by exports and imports; a host may make
   its own and give it to imports (WEMBED_IMPORT_TAG). */
typedef struct wembed_tag* wembed_tag_t;
/* A tag and the values thrown with it. */
typedef struct wembed_exception* wembed_exception_t;

/* The kind of a value of type exnref: a wembed_exception_t, or NULL. */
#define WEMBED_EXNREF ((wasm_valkind_t)0x69)

/* A tag whose exceptions have values of these kinds, at most 1000; of the runtime, or of the
   default one (NULL). NULL: no memory, no such kind, or no runtime. The caller has one reference.
 */
wembed_tag_t wembed_tag_new(wembed_runtime_t runtime, const wasm_valkind_t* kinds, uint32_t count);
/* The exported tag of that index among the module's exports, with a reference for the caller; NULL:
   there is none. */
wembed_tag_t wembed_instance_tag(wasm_module_inst_t instance, uint32_t export_index);
/* One reference more, or one less. A tag goes with the last: instances and exceptions have their
   own. Any thread. NULL is ignored. */
void wembed_tag_retain(wembed_tag_t tag);
void wembed_tag_release(wembed_tag_t tag);
/* The parameters of this type are the values; there are no results. Good as long as the tag. */
wasm_func_type_t wembed_tag_type(wembed_tag_t tag);

/*
 * For a native function, or a callback, that runs on `exec_env`: the exception with this tag and
 * these values, in slots as for callbacks, is pending on the instance that called it. It is thrown
 * when the function returns (a callback: false or true). A pending exception gives way to it.
 * False: no function of the host's runs there, the tag is of another runtime, a reference among the
 * values is not of its type, or there is no memory (which is pending then, if the rest was right).
 */
bool wembed_throw(wasm_exec_env_t exec_env, wembed_tag_t tag, const uint64_t* slots);
/* The same with an exception that is there already. */
bool wembed_throw_again(wasm_exec_env_t exec_env, wembed_exception_t exception);

/* An exception that nobody has thrown, with a reference for the caller: for wembed_throw_again in a
   function of that instance's. NULL: the tag is of another runtime, a reference among the values is
   not of its type, or there is no memory. */
wembed_exception_t wembed_exception_new(wasm_module_inst_t instance, wembed_tag_t tag,
                                        const uint64_t* slots);

/* The instance's pending exception, with a reference for the caller; NULL: none is pending, or what
   is pending is none of wasm. It stays pending: wasm_runtime_clear_exception. */
wembed_exception_t wembed_get_exception(wasm_module_inst_t instance);
/* As for tags. What the values of an exception refer to is not collected while the host has a
   reference to it. */
void wembed_exception_retain(wembed_exception_t exception);
void wembed_exception_release(wembed_exception_t exception);
/* Its tag, without a reference: good as long as the exception. */
wembed_tag_t wembed_exception_tag(wembed_exception_t exception);
/* Its values, in slots as for callbacks. Returns how many slots there are, writes at most
   `capacity`. */
uint32_t wembed_exception_values(wembed_exception_t exception, uint64_t* slots, uint32_t capacity);
/* Name and values for people, e.g. "__cpp_exception(i32 66520)". The name is that of the tag in the
   module of `instance`, or of one that it is linked with: an export, the name section, an import.
   Returns the length without the NUL; writes at most `capacity` bytes, NUL included. */
uint32_t wembed_exception_text(wasm_module_inst_t instance, wembed_exception_t exception,
                               char* text, uint32_t capacity);

/* Whether code of the module catches exceptions. */
bool wembed_module_catches(wasm_module_t module);

/* ---- How much memory a module takes ------------------------------------------------------ */

/*
 * What is to be measured. The order of work is: the runtime, `prepare`, the load; then for each
 * instance in turn its making, the singleton exec_env where one is needed, and its exec_envs; at
 * last, unless config.translate_early did so before, every function in the order of its index.
 */
typedef struct wembed_requirements_options {
  uint32_t size;
  const wembed_config_t* config; /* its allocator and log are not used; NULL: no_system_memory and
                                    functions translated early */
  const wembed_instantiate_options_t* instantiate; /* of every instance; storage of the caller's is
                                                      left alone. NULL: the defaults */
  uint32_t ownership;  /* wembed_ownership_t; a copy of the bytes is counted */
  uint32_t instances;  /* that are there at a time; 0: one */
  uint32_t exec_envs;  /* made for each, of instantiate.stack_size (0: 16 KiB); 0: one, or none with
                          `singleton` */
  bool metered;        /* calls under fuel are made: counts their code too, or theirs alone when
                          config.translate_early is METERED only */
  bool singleton;      /* each instance gets its own exec_env as well, as for start functions: hosts
                          that call wasm_runtime_module_malloc where the module exports malloc,
                          wasm_runtime_get_exec_env_singleton or wasm_application_execute_main */
  bool reflection;     /* wasm_runtime_get_import_type and _get_export_type are used */
  bool supply_imports; /* without instantiate.imports: functions that do nothing, and fresh
                          memories, tables and globals, stand for what is imported */
  const char* name;    /* of the module, as at the load; NULL: "" */
  /* What the host does to the runtime before the load: registers natives. Called several times.
     False: give up. Or NULL. */
  bool (*prepare)(void* context, wembed_runtime_t runtime);
  void* prepare_context;
} wembed_requirements_options_t;

/* Bytes of a pool, the allocator's headers included, where nothing else is said. */
typedef struct wembed_requirements {
  uint32_t size;        /* of this structure; set before the call */
  uint64_t block_bytes; /* the smallest block for Alloc_With_Pool, aligned to 16, in which all of
                           that work succeeds */
  uint64_t allocator_bytes; /* of the block: the pool's own bookkeeping */
  uint64_t runtime_bytes;   /* the runtime, and what `prepare` made */
  uint64_t module_bytes;    /* the module without code, with its bytes when copied */
  uint64_t code_bytes;      /* all functions translated */
  uint64_t instance_bytes;  /* each instance: memories, tables, globals, singleton exec_env */
  uint64_t memory_bytes;   /* of that: linear memories at the start, the host-managed heap included,
                              as far as they are in the block */
  uint64_t exec_env_bytes; /* each exec_env with its wasm stack */
  uint64_t transient_bytes;   /* what the work needs on top of the sum, for a while or as gaps */
  uint64_t trap_bytes;        /* not in block_bytes: what must be free when a trap happens, for the
                                 byte offsets of its frames; without it they are not known */
  uint64_t growth_page_bytes; /* not in block_bytes: each page that the first memory grows by. Where
                                 it cannot grow in its place, it needs its new size in one piece
                                 besides the old one. 0: it cannot grow, or not in the block */
  uint64_t object_bytes; /* not in block_bytes: the most that structures and arrays of one instance
                            may take, its gc_heap_size. 0: the module has no types of such */
} wembed_requirements_t;

/*
 * Measures by doing the work in scratch memory of the system, a few times; only start functions do
 * not run, so no guest code does. For the time of development, or before no_system_memory begins;
 * linear memories are really made. The same inputs give the same figures on every machine with this
 * build of the library. What the host and its functions allocate besides (wasm_runtime_malloc,
 * stops, natives registered later) is not known here, and neither is what exceptions take that the
 * guest throws, for as long as something refers to them. `options` may be NULL.
 *
 * With functions translated early the block is enough whatever is called later, and in any order.
 * Without, it is exact for first calls in the order of the functions' indices; another order may
 * leave other gaps.
 *
 * False, and *error filled, when the work itself fails: the module is not valid, an import is
 * missing and `strict` asked for, an active segment traps, 4 GiB are not enough. Imports from
 * instances (WEMBED_IMPORT_EXPORT, _FUNCTION) cannot be measured.
 */
bool wembed_module_requirements(const uint8_t* bytes, size_t length,
                                const wembed_requirements_options_t* options,
                                wembed_requirements_t* result, wembed_error_t* error);

/* ---- Calls ------------------------------------------------------------------------------- */

typedef struct wembed_call_options {
  uint32_t size;
  int64_t deadline_ms; /* from now; <= 0: none. Stops with "deadline exceeded" */
  int64_t fuel;       /* instructions; < 0: the exec_env's limit. 0: none are left. Memory and table
                         operations on a range take one more for each 64 bytes of it (an element
                         counts as 8), memory.grow and table.grow for what they add */
  wembed_stop_t stop; /* or NULL */
  bool is_apart;      /* of wembed_call_start: see there */
} wembed_call_options_t;

/*
 * Calls a function with slots as for callbacks: arguments in, results out, room for whichever are
 * more (NULL: there are neither). False when an exception is pending or the call ended in one: see
 * wembed_get_error. An exception that is pending from before is left alone; clear it with
 * wasm_runtime_clear_exception. `options` may be NULL. Same rules of threads as
 * wasm_runtime_call_wasm.
 */
bool wembed_call(wasm_exec_env_t exec_env, wasm_function_inst_t function, uint64_t* slots,
                 const wembed_call_options_t* options);

/* ---- Calls that wait for the host -------------------------------------------------------- */

typedef enum wembed_call_state {
  WEMBED_CALL_FAILED = 0,  /* it ended in an exception, or was not begun: as false of wembed_call */
  WEMBED_CALL_DONE = 1,    /* the results are in `slots` */
  WEMBED_CALL_WAITING = 2, /* for a host function: `host_call` says which */
  WEMBED_CALL_REFUSED = 3  /* nothing was done, and no exception set */
} wembed_call_state_t;

/* A deferred host function (WEMBED_IMPORT_DEFERRED) that the guest has called. */
typedef struct wembed_host_call {
  uint32_t size;                 /* of this structure; set before the call */
  wasm_function_inst_t function; /* the import */
  void* data;                    /* what it was bound with */
  uint64_t* slots;               /* as for callbacks; until the call is gone on with */
} wembed_host_call_t;

/*
 * As wembed_call, but comes back when the guest calls a deferred host function, with nothing left
 * on the native stack. Do what the function does, leave its results at host_call->slots, and go on
 * with wembed_call_resume; and so on until the state is DONE or FAILED.
 *
 * Until then all is as in a host function: nested calls, also with this function, may be made on
 * the same exec_env and on others, memory may be looked at, wembed_host_context and
 * wembed_host_must_stop answer. Limits stay in force (a deadline counts the time of waiting) and
 * hold for nested calls; what stops the guest meanwhile, also an exception that is set, ends it
 * when it is gone on with. The instance counts as running: it cannot be reset or ended.
 *
 * What waits belongs to the thread and is gone on with in the reverse order: REFUSED is what
 * another thread gets, and whoever would leave out a call that began later. With options->is_apart
 * the call is a coroutine: while it waits the thread is not inside of it, others on other exec_envs
 * can be gone on with in any order, by any thread, one at a time; it is not nested in whatever the
 * thread is inside of, and has its own limits alone. REFUSED: something that is not apart runs on
 * the exec_env. A call that is not to go on is ended by wembed_call_resume with `succeeded` false.
 *
 * In all other calls (wembed_call, start functions, allocators of the guest's) deferred host
 * functions call their callback. A native host function that returns while a call waits that it
 * started on its own exec_env ends that as failed.
 *
 * `slots` as for wembed_call, in both functions; `options` may be NULL. A waiting call takes some
 * 200 bytes of the wasm stack.
 */
wembed_call_state_t wembed_call_start(wasm_exec_env_t exec_env, wasm_function_inst_t function,
                                      uint64_t* slots, const wembed_call_options_t* options,
                                      wembed_host_call_t* host_call);

/*
 * Goes on with the call that waits on `exec_env`, the one begun last when there are several. False
 * as `succeeded` stops the guest, as false of a callback. REFUSED: none waits there, or see above.
 */
wembed_call_state_t wembed_call_resume(wasm_exec_env_t exec_env, bool succeeded, uint64_t* slots,
                                       wembed_host_call_t* host_call);

/* ---- Host functions: data and memory together -------------------------------------------- */

/*
 * For the host function that runs on `exec_env`: its own data and the guest's memory, in one call
 * and without a copy. `*data` is what the function was bound with (`data` of a callback,
 * `attachment` of a native); where that is NULL, the custom data of the importing instance.
 * `*memory` is that instance's first memory; NULL: it has none. Either pointer may be NULL. Other
 * than wasm_runtime_get_function_attachment of WAMR it says the same after nested calls.
 *
 * False, and nothing is written: no host function runs on `exec_env`, or its instance was closed
 * by itself. On the thread of the call only, while the host function has not returned.
 */
bool wembed_host_context(wasm_exec_env_t exec_env, void** data, wasm_memory_inst_t* memory);

/*
 * For host functions that wait or work for long: whether the call they serve has to end, because of
 * its deadline, a stop request or wasm_runtime_terminate. If so the exception is set: return (a
 * callback: false) at once. On the thread of the call only; outside of a host function false.
 */
bool wembed_host_must_stop(wasm_exec_env_t exec_env);

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

/* A host function sleeps; what stops guest code stops this. TIMED_OUT, STOPPED or IMPOSSIBLE. */
wembed_wait_t wembed_sleep(wasm_exec_env_t exec_env, int64_t timeout_ns);

/* Which backend really holds it: never automatic. */
wembed_backend_t wembed_memory_backend(wasm_memory_inst_t memory);

/* ---- Seeing what is there ---------------------------------------------------------------- */

/*
 * For people and their tools, not for programs to depend on: what lies where in a memory, and how
 * large things are. These functions take time in proportion to what they describe. While anything
 * of the instance, or of an instance it is linked to, runs they are an error ("InvalidState");
 * other threads must not start anything, allocate or end the instance meanwhile. A small build
 * (WEMBED_SMALL) has none of them.
 */

typedef enum wembed_region_kind {
  /* Depth 0: one after the other without a gap, from 0 to the most the memory may have. */
  WEMBED_REGION_UNKNOWN = 0,    /* the guest's; more is not known */
  WEMBED_REGION_STATIC = 1,     /* static data, with initial contents or not */
  WEMBED_REGION_STACK = 2,      /* the program's stack in memory: grows down */
  WEMBED_REGION_GUEST_HEAP = 3, /* for the guest's own allocator */
  WEMBED_REGION_HOST_HEAP = 4,  /* of wasm_runtime_module_malloc: heap_size bytes */
  WEMBED_REGION_GROWN = 5,      /* pages that were added since */
  WEMBED_REGION_REACH = 6,      /* not there: what the memory may still grow by */
  /* Depth 1: parts of the region of depth 0 before them. */
  WEMBED_REGION_DATA = 7,        /* a data segment, or what of it the region has */
  WEMBED_REGION_STACK_FREE = 8,  /* below the stack pointer */
  WEMBED_REGION_STACK_USED = 9,  /* above it */
  WEMBED_REGION_ALLOCATION = 10, /* a live block of the host-managed heap: the size asked for,
                                    rounded up */
  WEMBED_REGION_FREE = 11        /* a gap between such blocks */
} wembed_region_kind_t;

#define WEMBED_NOT_KNOWN UINT64_MAX

/*
 * A region of a memory. Static data, the stack and the guest's heap are what the program says of
 * itself: by globals (exported, or in the name section) called __data_end, __heap_base,
 * __stack_low, __stack_high and __stack_pointer, as C compilers and AssemblyScript name them;
 * else by WAMR's rule for the stack pointer. Where its own data segments contradict, it is not
 * believed.
 */
typedef struct wembed_region {
  uint64_t offset;
  uint64_t bytes;
  uint64_t resident; /* bytes of it that were written to and have storage of their own;
                        WEMBED_NOT_KNOWN: the system does not tell, or depth is not 0 */
  uint32_t kind;     /* wembed_region_kind_t */
  uint32_t depth;    /* 0 or 1 */
  uint32_t index;    /* number of a data segment; else UINT32_MAX */
  char name[64];     /* of a data segment in the name section, cut to fit; else "" */
  char how[64];      /* how it is known, e.g. "__heap_base (exported)"; "": a matter of course */
} wembed_region_t;

/*
 * Describes memory number `memory` of the instance, imported ones first. Returns how many regions
 * there are and writes the first `capacity` of them, in order of offset. 0 with *error filled when
 * it cannot be done; *error is cleared otherwise. Needs a little of the runtime's allocator.
 */
uint32_t wembed_instance_regions(wasm_module_inst_t instance, uint32_t memory,
                                 wembed_region_t* regions, uint32_t capacity,
                                 wembed_error_t* error);

/* An instance in numbers; those of memories are of the one asked for. */
typedef struct wembed_inspection {
  uint32_t size;     /* of this structure; set before the call */
  uint32_t memories; /* how many there are; the fields up to heap_bookkeeping are 0 without */
  bool imported;
  bool is_64;
  bool guarded;        /* accesses go unchecked, faults become traps */
  uint32_t backend;    /* wembed_backend_t, never automatic */
  uint32_t slot;       /* of the pool; UINT32_MAX: none */
  uint32_t slots;      /* that the runtime's pool has; 0: there is no pool */
  uint64_t slot_bytes; /* of the largest memory of the pool */
  uint64_t page_bytes;
  uint64_t pages;
  uint64_t pages_declared; /* by the module, at least */
  uint64_t pages_maximum;
  uint64_t resident;      /* bytes that were written to, or WEMBED_NOT_KNOWN */
  uint64_t stack_pointer; /* of the stack in memory, or WEMBED_NOT_KNOWN */
  uint64_t heap_capacity; /* host-managed heap; 0: none */
  uint64_t heap_used;
  uint64_t heap_peak;
  uint64_t heap_largest; /* that can be had now */
  uint64_t heap_blocks;
  uint64_t heap_bookkeeping; /* bytes, outside of the memory */

  uint32_t functions; /* imported ones included */
  uint32_t functions_imported;
  uint32_t translated; /* of the defined ones; by any instance of the module */
  uint32_t tables;
  uint32_t globals;
  uint32_t data_segments;
  uint32_t wasm_stacks; /* exec_envs made for the instance */
  uint64_t wasm_stack_bytes;
  uint64_t wasm_stack_used;
  uint64_t module_bytes;         /* the binary */
  uint64_t module_bookkeeping;   /* bytes beside it, without translated code */
  uint64_t instance_bookkeeping; /* bytes beside memories and wasm stacks */
} wembed_inspection_t;

/* False with *error filled: it cannot be done. */
bool wembed_instance_inspect(wasm_module_inst_t instance, uint32_t memory,
                             wembed_inspection_t* inspection, wembed_error_t* error);

/* Both as text, lines of at most 80 characters. Returns the length without the NUL, 0 with *error
   filled when it cannot be done; writes at most `capacity` bytes, NUL included. */
uint32_t wembed_inspect_text(wasm_module_inst_t instance, char* text, uint32_t capacity,
                             wembed_error_t* error);

/* How many structs, or arrays, of one type there are. */
typedef struct wembed_object_count {
  uint32_t type; /* index in the instance's module; UINT32_MAX: of all types it does not have */
  bool is_array;
  uint64_t objects;
  uint64_t bytes; /* of all of them, without what rounding to 16 bytes adds */
} wembed_object_count_t;

/* The collected heap of an instance, which is that of all instances it is linked with. */
typedef struct wembed_object_heap {
  uint32_t size;        /* of this structure; set before the call */
  uint32_t collections; /* so far */
  uint64_t limit;       /* bytes it may take */
  uint64_t taken;       /* bytes it has from the runtime's allocator; 0: no object was made yet */
  uint64_t objects;
  uint64_t bytes; /* of them */
} wembed_object_heap_t;

/*
 * Collects, and counts what is left. Returns how many types there are objects of and writes the
 * first `capacity` of them, in order of their index. 0 without *error filled: there are none. 0
 * with *error filled: something runs in the group, there is no memory, or `heap->size` makes no
 * sense. `heap` and `counts` may be NULL.
 */
uint32_t wembed_instance_objects(wasm_module_inst_t instance, wembed_object_heap_t* heap,
                                 wembed_object_count_t* counts, uint32_t capacity,
                                 wembed_error_t* error);

typedef struct wembed_global_info {
  uint32_t index;
  uint8_t kind; /* wasm_valkind_t */
  bool is_mutable;
  bool is_imported;
  uint64_t slots[2]; /* the value now */
  char name[64];     /* in the name section, else as exported; "": none */
} wembed_global_info_t;

typedef struct wembed_table_info {
  uint32_t index;
  uint8_t kind; /* wasm_valkind_t of its elements */
  bool is_imported;
  uint64_t elements;
  uint64_t minimum;
  uint64_t maximum;
  char name[64];
} wembed_table_info_t;

/* All globals and tables, in order of index. Results as for wembed_instance_regions. */
uint32_t wembed_instance_globals(wasm_module_inst_t instance, wembed_global_info_t* globals,
                                 uint32_t capacity, wembed_error_t* error);
uint32_t wembed_instance_tables(wasm_module_inst_t instance, wembed_table_info_t* tables,
                                uint32_t capacity, wembed_error_t* error);

/* A section of a module's binary. */
typedef struct wembed_section {
  uint32_t id;     /* 0: custom */
  uint64_t offset; /* of its first byte, the id, in the binary */
  uint64_t bytes;  /* all of it */
  char name[64];   /* "code"; of a custom section its name */
} wembed_section_t;

/* All sections in the order of the file. Returns how many there are, 0 too when the bytes are no
   longer there; writes the first `capacity`. Any thread. */
uint32_t wembed_module_sections(wasm_module_t module, wembed_section_t* sections,
                                uint32_t capacity);

/* ---- About this library ------------------------------------------------------------------ */

/* "0.1.0"; static, as long as the library. Any thread, as the other. */
const char* wembed_version(void);
/* How the interpreter was built: "tail" or "loop"; static, as long as the library. */
const char* wembed_interpreter_dispatch(void);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_H */
