/*
 * wembed_instance.h: instances: what they are made with, their end, their reset.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_INSTANCE_H
#define WEMBED_INSTANCE_H

#include "wembed_module.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* Fuel for hosts of wasm_runtime_instantiate_ex2: instructions for the start functions of an
   instance that is made with these arguments; <= 0: unlimited. */
void wembed_instantiation_args_set_fuel(struct InstantiationArgs2* args, int64_t fuel);

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

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_INSTANCE_H */
