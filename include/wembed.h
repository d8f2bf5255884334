/*
 * wembed.h: what wembed adds to the WAMR-compatible API of wasm_export.h.
 *
 * Handles are those of wasm_export.h wherever the noun is the same; both APIs mix freely.
 * Structures that may grow start with `size`: set it to sizeof the structure, zero the rest.
 * Unless said otherwise a function may be called from any thread that uses its handles alone.
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
  bool signals_off;                /* install no fault handler; every access is checked */
  uint32_t backend;                /* wembed_backend_t: the default of its instances; buffer is
                                      for single instances only */
  mem_alloc_type_t mem_alloc_type; /* as in RuntimeInitArgs */
  MemAllocOption mem_alloc_option;
  wembed_log_callback_t log; /* NULL: standard output, as WAMR */
  void* log_context;
  uint32_t memory_strategy;    /* wembed_memory_strategy_t */
  uint32_t pool_slots;         /* memories in use at a time; 0: as many as fit well */
  uint64_t pool_slot_bytes;    /* of the largest memory in the pool; 0: 4 GiB, small pool 16 MiB */
  uint64_t pool_keep_resident; /* bytes of storage a free slot keeps to be quick; 0: chosen */
  bool pool_strict;            /* a memory that finds no slot is an error, not made on demand */
  const wembed_memory_functions_t* memory_functions; /* WEMBED_BACKEND_FUNCTIONS: make every memory
                                                        of its instances; copied. Or NULL */
} wembed_config_t;

/* NULL on failure, with *error filled (error may be NULL). `config` may be NULL: all defaults. */
wembed_runtime_t wembed_runtime_new(const wembed_config_t* config, wembed_error_t* error);

/* Its modules must be unloaded and instances gone. NULL does nothing. */
void wembed_runtime_delete(wembed_runtime_t runtime);

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
  uint64_t peak;           /* and at most so far */
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
 * `release` is called exactly once for what `create` returned.
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

/* wasm_runtime_register_natives(_raw) and unregister for a runtime; same rules of ownership. */
bool wembed_register_natives(wembed_runtime_t runtime, const char* module_name,
                             NativeSymbol* symbols, uint32_t count, bool raw);
bool wembed_unregister_natives(wembed_runtime_t runtime, const char* module_name,
                               NativeSymbol* symbols);

/* ---- Modules ----------------------------------------------------------------------------- */

typedef enum wembed_ownership {
  WEMBED_BYTES_COPY = 0,   /* wembed copies; the caller's bytes are free at return */
  WEMBED_BYTES_BORROW = 1, /* the caller keeps them unchanged until wasm_runtime_unload returns.
                              Instances that are left then get a copy, made at that moment */
  WEMBED_BYTES_TAKE = 2    /* `release` is called exactly once, from any thread: when the module is
                              unloaded and its instances are gone, or before a load that fails
                              returns */
} wembed_ownership_t;

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
} wembed_source_t;

/* Decodes and validates. Unload with wasm_runtime_unload. NULL on failure, *error filled. */
wasm_module_t wembed_load(wembed_runtime_t runtime, const wembed_source_t* source,
                          wembed_error_t* error);

typedef enum wembed_extern_kind {
  WEMBED_EXTERN_FUNC = 0,
  WEMBED_EXTERN_TABLE = 1,
  WEMBED_EXTERN_MEMORY = 2,
  WEMBED_EXTERN_GLOBAL = 3,
  WEMBED_EXTERN_TAG = 4
} wembed_extern_kind_t;

/* An import or export of a module, in the order of the file. Names live as long as the module
   and may hold any byte; they are not NUL-terminated. */
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

uint32_t wembed_module_import_count(wasm_module_t module);
bool wembed_module_import(wasm_module_t module, uint32_t index, wembed_extern_type_t* type);
uint32_t wembed_module_export_count(wasm_module_t module);
/*
 * Loads a file, mapped read-only: its pages come when they are read and go when memory is short,
 * and belong to all processes that map the file. Do not write to a file in use, replace it by
 * renaming; one that is cut short gives the error or trap "BytesLost". Without fault handlers
 * (signals_off), and where it cannot be mapped, the file is read into the runtime's memory.
 *
 * `path` and `name` are copied; a NULL name stands for the path. NULL on failure with *error filled:
 * "File" when the file is missing, no regular file, empty, too large or may not be read.
 */
wasm_module_t wembed_load_file(wembed_runtime_t runtime, const char* path, const char* name,
                               wembed_error_t* error);

bool wembed_module_export(wasm_module_t module, uint32_t index, wembed_extern_type_t* type);

/* The signature as text, e.g. "(i32, f64) -> (i32)". Returns the length without the NUL; writes
   at most `capacity` bytes, NUL included. Works for any kind of import or export. */
uint32_t wembed_extern_type_text(const wembed_extern_type_t* type, char* text, uint32_t capacity);

/* Custom sections in the order of the file; false beyond the last. */
bool wembed_module_custom_section(wasm_module_t module, uint32_t index, const char** name,
                                  uint32_t* name_length, const uint8_t** bytes, uint32_t* length);

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
  WEMBED_IMPORT_FRESH = 4,    /* a new memory, table or global of the type asked for */
  WEMBED_IMPORT_FUNCTION = 5  /* any function of any instance: function */
} wembed_import_source_t;

/* What satisfies one import. */
typedef struct wembed_import {
  uint32_t source; /* wembed_import_source_t */
  uint32_t export_index;
  wembed_callback_t callback;
  void* data; /* kept by pointer until the instance is gone */
  wasm_module_inst_t instance;
  wasm_function_inst_t function;
/* Copies the content of a custom section. False: there is none of that index, `capacity` is less
   than its length, or the module's bytes are lost. */
bool wembed_module_copy_section(wasm_module_t module, uint32_t index, uint8_t* buffer,
                                uint32_t capacity);

  uint64_t value[2]; /* in slots, as for callbacks */
} wembed_import_t;

/* A request to stop that can be made from any thread, before or while something runs under it. */
typedef struct wembed_stop* wembed_stop_t;

wembed_stop_t wembed_stop_new(wembed_runtime_t runtime); /* NULL: no memory */
void wembed_stop_request(
    wembed_stop_t stop);                     /* whatever runs under it traps "terminated by user" */
void wembed_stop_clear(wembed_stop_t stop);  /* may be used again */
void wembed_stop_delete(wembed_stop_t stop); /* nothing may run under it any more */

typedef struct wembed_instantiate_options {
  uint32_t size;
  uint32_t stack_size;            /* bytes of wasm stack per exec_env; 0: the default */
  uint32_t heap_size;             /* bytes of host-managed heap in linear memory; 0: none */
  uint32_t max_memory_pages;      /* 0: the module's maximum */
  uint32_t backend;               /* wembed_backend_t; automatic: the runtime's */
  bool strict;                    /* as the specification has it: every missing or mismatched
                                     import is an error, at once, and of start functions only
                                     the start section's runs (WAMR's constructors do not) */
  const wembed_import_t* imports; /* one for each import, in the order of the file; or NULL */
  uint32_t import_count;
  int64_t deadline_ms; /* for start functions; <= 0: none */
  int64_t fuel;        /* instructions for start functions; <= 0: unlimited */
  wembed_stop_t stop;  /* or NULL */
  void* custom_data;   /* as wasm_runtime_set_custom_data, set before start runs */
  void* memory_buffer; /* WEMBED_BACKEND_BUFFER: memory of the caller's, aligned to 8,
                          used for nothing else while the instance is there; the first
                          memory grows inside of it and is never freed */
  uint64_t memory_buffer_bytes;
  const wembed_memory_functions_t* memory_functions; /* WEMBED_BACKEND_FUNCTIONS: of the first
                                                        memory; copied. NULL: the runtime's */
} wembed_instantiate_options_t;

/* NULL on failure with *error filled; then nothing is left of it. End the instance with
   wasm_runtime_deinstantiate. `options` may be NULL. */
wasm_module_inst_t wembed_instantiate(wasm_module_t module,
                                      const wembed_instantiate_options_t* options,
                                      wembed_error_t* error);

/* The export of that index as an object; NULL or false when it is of another kind. The objects
   live as long as the instance. */
wasm_function_inst_t wembed_instance_function(wasm_module_inst_t instance, uint32_t export_index);
wasm_memory_inst_t wembed_instance_memory(wasm_module_inst_t instance, uint32_t export_index);

/* The live cell of an exported global: one slot, two for v128. Writing an immutable global's
   cell is not allowed. */
typedef struct wembed_global {
  uint8_t kind; /* wasm_valkind_t */
  bool is_mutable;
  uint64_t* slots;
} wembed_global_t;
bool wembed_instance_global(wasm_module_inst_t instance, uint32_t export_index,
                            wembed_global_t* global);

/* An exported table, elements as slots. False: not a table, out of bounds, or another type. */
bool wembed_table_size(wasm_module_inst_t instance, uint32_t export_index, uint64_t* size);
bool wembed_table_get(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t* slot);
bool wembed_table_set(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t slot);

/* The function's index in its module and the module it belongs to. */
uint32_t wembed_function_index(wasm_function_inst_t function);
wasm_module_inst_t wembed_function_instance(wasm_function_inst_t function);
/* Its type, to be read with wasm_func_type_get_*. */
wasm_func_type_t wembed_function_type(wasm_function_inst_t function);

/* An externref slot for a host pointer and back. (void *)-1 is null in WAMR's convention; a null
   reference comes back as NULL. wembed_slot_is_null tells null from an object. */
static inline uint64_t wembed_externref(void* object) { return (uint64_t)(uintptr_t)object + 1u; }
static inline void* wembed_externref_object(uint64_t slot) {
  return slot == 0 ? NULL : (void*)(uintptr_t)(slot - 1u);
}
static inline bool wembed_slot_is_null(uint64_t slot) { return slot == 0; }

/* ---- Calls ------------------------------------------------------------------------------- */

typedef struct wembed_call_options {
  uint32_t size;
  int64_t deadline_ms; /* from now; <= 0: none. Stops with "deadline exceeded" */
  int64_t fuel;        /* instructions; < 0: the exec_env's limit. 0: none are left */
  wembed_stop_t stop;  /* or NULL */
} wembed_call_options_t;

/*
 * Calls a function with slots as for callbacks: arguments in, results out, room for whichever are
 * more. False when an exception is pending or the call ended in one: see wembed_get_error. An
 * exception that is pending from before is left alone; clear it with
 * wasm_runtime_clear_exception. `options` may be NULL. Same rules of threads as
 * wasm_runtime_call_wasm.
 */
bool wembed_call(wasm_exec_env_t exec_env, wasm_function_inst_t function, uint64_t* slots,
                 const wembed_call_options_t* options);

/* ---- Memories ---------------------------------------------------------------------------- */

/* Bytes that may be accessed now. */
uint64_t wembed_memory_size(wasm_memory_inst_t memory);

/*
 * A word that changes whenever the memory's base or size does. A pointer or view derived while it
 * had another value is stale. The word lives as long as the instance that owns the memory.
 */
const volatile uint32_t* wembed_memory_epoch(wasm_memory_inst_t memory);

/* True for a 64-bit index type. */
bool wembed_memory_is_64(wasm_memory_inst_t memory);

/* Which backend really holds it: never automatic. */
wembed_backend_t wembed_memory_backend(wasm_memory_inst_t memory);

/* ---- About this library ------------------------------------------------------------------ */

/* "0.1.0" */
const char* wembed_version(void);
/* How the interpreter was built: "tail" or "loop". */
const char* wembed_interpreter_dispatch(void);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_H */
