/*
 * wembed_requirements.h: how much memory a module takes, measured beforehand.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_REQUIREMENTS_H
#define WEMBED_REQUIREMENTS_H

#include "wembed_instance.h"

#ifdef __cplusplus
extern "C" {
#endif

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
 * Measures a module of `length` bytes by doing the work in scratch memory of the system, a few
 * times; only start functions do not run, so no guest code does. For the time of development, or
 * before no_system_memory begins; linear memories are really made. The same inputs give the same
 * figures on every machine with this build of the library. What the host and its functions allocate
 * besides (wasm_runtime_malloc, stops, natives registered later) is not known here, and neither is
 * what exceptions take that the guest throws, for as long as something refers to them. `options`
 * may be NULL.
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

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_REQUIREMENTS_H */
