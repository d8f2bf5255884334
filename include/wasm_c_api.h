/*
 * wasm_c_api.h: the standard C API for embedding WebAssembly in the form WAMR 2.4 gives it, with
 * WAMR's additions. It stands beside wasm_export.h: both work on the same process-wide runtime.
 *
 * Ownership. `own` marks what changes hands: an argument that is taken, a result that the caller
 * has to delete. What is returned without it belongs to the object it came from. Every `own`
 * handle is deleted once, by the wasm_*_delete of its type, before its engine is; handles may
 * outlive their store, after which they are good for nothing but that. NULL can be deleted. A
 * vector that is taken is left as it is, and shows what the taker has; it is not to be deleted.
 *
 * Vectors have five members here. `size` is how many elements there is room for, `num_elems` how
 * many there are: whoever fills `data` by hand sets it. Names and messages that the library makes
 * end with a NUL, which `size` counts.
 *
 * Threads. The engine and shared modules belong to all threads. A store, and every object made for
 * it, is used by one thread at a time; but any thread may obtain a module from a store, instantiate
 * it in its own, and delete it.
 *
 * Functions without a comment are those of the standard, which says what they do.
 */
#ifndef WASM_C_API_H
#define WASM_C_API_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* wasm_val_t, wasm_valkind_t, wasm_module_t, MemAllocOption, LoadArgs, InstantiationArgs. */
#include "wasm_export.h"

#ifndef WASM_API_EXTERN
#define WASM_API_EXTERN WASM_RUNTIME_API_EXTERN
#endif

#ifndef WASM_API_DEPRECATED
#if defined(_MSC_VER)
#define WASM_API_DEPRECATED __declspec(deprecated)
#else
#define WASM_API_DEPRECATED __attribute__((deprecated))
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define own

/* ---- Bytes, names and other vectors --------------------------------------------------------- */

/* Bytes are of either sign; a name is a vector of bytes in UTF-8, and copied where it is taken. */

typedef char byte_t;
typedef float float32_t;
typedef double float64_t;
typedef byte_t wasm_byte_t;

#define WASM_DECLARE_OWN(name)                    \
  typedef struct wasm_##name##_t wasm_##name##_t; \
  WASM_API_EXTERN void wasm_##name##_delete(own wasm_##name##_t*);

/*
 * A vector type and its functions. `new` copies `size` elements of an array (elements that are
 * pointers are taken over), `new_uninitialized` makes room for them, `copy` copies elements deeply,
 * `delete` deletes the elements too and empties the vector. Out of memory: the vector is empty.
 */
#define WASM_DECLARE_VEC(name, ptr_or_none)                                                       \
  typedef struct wasm_##name##_vec_t {                                                            \
    size_t size;                                                                                  \
    wasm_##name##_t ptr_or_none* data;                                                            \
    size_t num_elems;                                                                             \
    size_t size_of_elem;                                                                          \
    void* lock;                                                                                   \
  } wasm_##name##_vec_t;                                                                          \
  WASM_API_EXTERN void wasm_##name##_vec_new_empty(own wasm_##name##_vec_t* out);                 \
  WASM_API_EXTERN void wasm_##name##_vec_new_uninitialized(own wasm_##name##_vec_t* out, size_t); \
  WASM_API_EXTERN void wasm_##name##_vec_new(own wasm_##name##_vec_t* out, size_t,                \
                                             own wasm_##name##_t ptr_or_none const[]);            \
  WASM_API_EXTERN void wasm_##name##_vec_copy(own wasm_##name##_vec_t* out,                       \
                                              const wasm_##name##_vec_t*);                        \
  WASM_API_EXTERN void wasm_##name##_vec_delete(own wasm_##name##_vec_t*);

WASM_DECLARE_VEC(byte, )

typedef wasm_byte_vec_t wasm_name_t;
#define wasm_name wasm_byte_vec
#define wasm_name_new wasm_byte_vec_new
#define wasm_name_new_empty wasm_byte_vec_new_empty
#define wasm_name_new_new_uninitialized wasm_byte_vec_new_uninitialized
#define wasm_name_copy wasm_byte_vec_copy
#define wasm_name_delete wasm_byte_vec_delete

static inline void wasm_name_new_from_string(own wasm_name_t* out, const char* s) {
  wasm_name_new(out, strlen(s), s);
}
static inline void wasm_name_new_from_string_nt(own wasm_name_t* out, const char* s) {
  wasm_name_new(out, strlen(s) + 1, s);
}

/* ---- Engine and stores ---------------------------------------------------------------------- */

/* What everything is made in. Engines and stores are deleted by their makers, stores first. */

/* How the engine gets its memory. A plain structure; the engine does not keep it. */
typedef struct wasm_config_t {
  mem_alloc_type_t mem_alloc_type;
  MemAllocOption mem_alloc_option;
  uint32_t segue_flags;   /* of WAMR's compiled code: no effect */
  bool enable_linux_perf; /* of WAMR's compiled code: no effect */
} wasm_config_t;

WASM_API_EXTERN void wasm_config_delete(own wasm_config_t*);
/* The system's allocator; NULL: no memory. The other functions return the configuration, or NULL
   when there is none. */
WASM_API_EXTERN own wasm_config_t* wasm_config_new(void);
WASM_API_EXTERN wasm_config_t* wasm_config_set_mem_alloc_opt(wasm_config_t*, mem_alloc_type_t,
                                                             MemAllocOption*);
WASM_API_EXTERN wasm_config_t* wasm_config_set_linux_perf_opt(wasm_config_t*, bool);
WASM_API_EXTERN wasm_config_t* wasm_config_set_segue_flags(wasm_config_t* config,
                                                           uint32_t segue_flags);

/*
 * There is one engine a process. Making it again gives the same one, whatever is configured, and
 * the last deletion ends it, with the stores that are left. It holds the process-wide runtime as
 * wasm_runtime_full_init does. NULL: the runtime cannot be started, which is logged.
 */
WASM_DECLARE_OWN(engine)
WASM_API_EXTERN own wasm_engine_t* wasm_engine_new(void);
WASM_API_EXTERN own wasm_engine_t* wasm_engine_new_with_config(wasm_config_t*);
WASM_API_DEPRECATED WASM_API_EXTERN own wasm_engine_t* wasm_engine_new_with_args(
    mem_alloc_type_t type, const MemAllocOption* opts);

/* What is made in a store ends with it: instances, modules, host functions and their data. NULL:
   not the engine, or no memory. */
WASM_DECLARE_OWN(store)
WASM_API_EXTERN own wasm_store_t* wasm_store_new(wasm_engine_t*);

/* ---- Types ---------------------------------------------------------------------------------- */

/*
 * Types are values: whoever has one may delete it, whatever was made from it. `new` takes what is
 * `own` among its arguments and gives NULL without memory; what tells a part of a type gives it
 * without a copy, as long as the type is there.
 */

typedef uint8_t wasm_mutability_t;
enum wasm_mutability_enum {
  WASM_CONST,
  WASM_VAR,
};

typedef struct wasm_limits_t {
  uint32_t min;
  uint32_t max;
} wasm_limits_t;
static const uint32_t wasm_limits_max_default = 0xffffffff;

#define WASM_DECLARE_TYPE(name) \
  WASM_DECLARE_OWN(name)        \
  WASM_DECLARE_VEC(name, *)     \
  WASM_API_EXTERN own wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t*);

/* NULL: no such kind. */
WASM_DECLARE_TYPE(valtype)
WASM_API_EXTERN own wasm_valtype_t* wasm_valtype_new(wasm_valkind_t);
WASM_API_EXTERN wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t*);

static inline bool wasm_valkind_is_num(wasm_valkind_t k) { return k < WASM_EXTERNREF; }
static inline bool wasm_valkind_is_ref(wasm_valkind_t k) { return k >= WASM_EXTERNREF; }
static inline bool wasm_valtype_is_num(const wasm_valtype_t* t) {
  return wasm_valkind_is_num(wasm_valtype_kind(t));
}
static inline bool wasm_valtype_is_ref(const wasm_valtype_t* t) {
  return wasm_valkind_is_ref(wasm_valtype_kind(t));
}

/* Takes the elements of both vectors; NULL, with both left alone: no memory. */
WASM_DECLARE_TYPE(functype)
WASM_API_EXTERN own wasm_functype_t* wasm_functype_new(own wasm_valtype_vec_t* params,
                                                       own wasm_valtype_vec_t* results);
WASM_API_EXTERN const wasm_valtype_vec_t* wasm_functype_params(const wasm_functype_t*);
WASM_API_EXTERN const wasm_valtype_vec_t* wasm_functype_results(const wasm_functype_t*);

WASM_DECLARE_TYPE(globaltype)
WASM_API_EXTERN own wasm_globaltype_t* wasm_globaltype_new(own wasm_valtype_t*, wasm_mutability_t);
WASM_API_EXTERN const wasm_valtype_t* wasm_globaltype_content(const wasm_globaltype_t*);
WASM_API_EXTERN wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t*);

WASM_DECLARE_TYPE(tabletype)
WASM_API_EXTERN own wasm_tabletype_t* wasm_tabletype_new(own wasm_valtype_t*, const wasm_limits_t*);
WASM_API_EXTERN const wasm_valtype_t* wasm_tabletype_element(const wasm_tabletype_t*);
WASM_API_EXTERN const wasm_limits_t* wasm_tabletype_limits(const wasm_tabletype_t*);

/* Limits in pages. */
WASM_DECLARE_TYPE(memorytype)
WASM_API_EXTERN own wasm_memorytype_t* wasm_memorytype_new(const wasm_limits_t*);
WASM_API_EXTERN const wasm_limits_t* wasm_memorytype_limits(const wasm_memorytype_t*);

typedef uint8_t wasm_externkind_t;
enum wasm_externkind_enum {
  WASM_EXTERN_FUNC,
  WASM_EXTERN_GLOBAL,
  WASM_EXTERN_TABLE,
  WASM_EXTERN_MEMORY,
};

WASM_DECLARE_TYPE(externtype)
WASM_API_EXTERN wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t*);

/* The same object seen as another type; the second direction gives NULL for one of another kind. */
#define WASM_DECLARE_EXTERNTYPE(name)                                               \
  WASM_API_EXTERN wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t*); \
  WASM_API_EXTERN wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t*);   \
  WASM_API_EXTERN const wasm_externtype_t* wasm_##name##_as_externtype_const(       \
      const wasm_##name##_t*);                                                      \
  WASM_API_EXTERN const wasm_##name##_t* wasm_externtype_as_##name##_const(         \
      const wasm_externtype_t*);
WASM_DECLARE_EXTERNTYPE(functype)
WASM_DECLARE_EXTERNTYPE(globaltype)
WASM_DECLARE_EXTERNTYPE(tabletype)
WASM_DECLARE_EXTERNTYPE(memorytype)

/* Take names and type. */
WASM_DECLARE_TYPE(importtype)
WASM_API_EXTERN own wasm_importtype_t* wasm_importtype_new(own wasm_name_t* module,
                                                           own wasm_name_t* name,
                                                           own wasm_externtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_importtype_module(const wasm_importtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_importtype_name(const wasm_importtype_t*);
WASM_API_EXTERN const wasm_externtype_t* wasm_importtype_type(const wasm_importtype_t*);
/* Whether a native function or global is registered under its name. */
WASM_API_EXTERN bool wasm_importtype_is_linked(const wasm_importtype_t*);

WASM_DECLARE_TYPE(exporttype)
WASM_API_EXTERN own wasm_exporttype_t* wasm_exporttype_new(own wasm_name_t*,
                                                           own wasm_externtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_exporttype_name(const wasm_exporttype_t*);
WASM_API_EXTERN const wasm_externtype_t* wasm_exporttype_type(const wasm_exporttype_t*);

/* ---- Values and references ------------------------------------------------------------------ */

/* Values are plain structures; what they refer to belongs to them where `own` says so. */

/*
 * of.ref of a WASM_FUNCREF is a reference (wasm_func_as_ref), which belongs to the value. Of a
 * WASM_EXTERNREF it is any pointer of the host's, which the guest gives back as it was; NULL is
 * the null reference. `delete` deletes what belongs to the value, not the place it stands in;
 * `copy` copies it.
 */
WASM_API_EXTERN void wasm_val_delete(own wasm_val_t* v);
WASM_API_EXTERN void wasm_val_copy(own wasm_val_t* out, const wasm_val_t*);
WASM_DECLARE_VEC(val, )

/*
 * Every reference can carry a pointer of the host's; it belongs to that handle alone, and the
 * finalizer is called when the handle is deleted, or given another. Copies are new handles of the
 * same object, which `same` tells.
 */
#define WASM_DECLARE_REF_BASE(name)                                                        \
  WASM_DECLARE_OWN(name)                                                                   \
  WASM_API_EXTERN own wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t*);         \
  WASM_API_EXTERN bool wasm_##name##_same(const wasm_##name##_t*, const wasm_##name##_t*); \
  WASM_API_EXTERN void* wasm_##name##_get_host_info(const wasm_##name##_t*);               \
  WASM_API_EXTERN void wasm_##name##_set_host_info(wasm_##name##_t*, void*);               \
  WASM_API_EXTERN void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t*, void*, \
                                                                  void (*)(void*));

/*
 * A type that can be seen as a reference. Without _const the result is a handle of its own that
 * the caller deletes (wasm_table_set takes it); with it, the same object. NULL: of another kind,
 * or no memory.
 */
#define WASM_DECLARE_REF(name)                                                          \
  WASM_DECLARE_REF_BASE(name)                                                           \
  WASM_API_EXTERN own wasm_ref_t* wasm_##name##_as_ref(wasm_##name##_t*);               \
  WASM_API_EXTERN own wasm_##name##_t* wasm_ref_as_##name(wasm_ref_t*);                 \
  WASM_API_EXTERN const wasm_ref_t* wasm_##name##_as_ref_const(const wasm_##name##_t*); \
  WASM_API_EXTERN const wasm_##name##_t* wasm_ref_as_##name##_const(const wasm_ref_t*);

/* A reference whose objects several stores may have. */
#define WASM_DECLARE_SHARABLE_REF(name)                                                    \
  WASM_DECLARE_REF(name)                                                                   \
  WASM_DECLARE_OWN(shared_##name)                                                          \
  WASM_API_EXTERN own wasm_shared_##name##_t* wasm_##name##_share(const wasm_##name##_t*); \
  WASM_API_EXTERN own wasm_##name##_t* wasm_##name##_obtain(wasm_store_t*,                 \
                                                            const wasm_shared_##name##_t*);

WASM_DECLARE_REF_BASE(ref)

/* ---- Traps ---------------------------------------------------------------------------------- */

/* Why a call ended. Deleted by whoever got it; its frames are copies. */

typedef wasm_name_t wasm_message_t; /* NUL-terminated */

/* A frame of the wasm call stack at a trap. */
WASM_DECLARE_OWN(frame)
WASM_DECLARE_VEC(frame, *)
WASM_API_EXTERN own wasm_frame_t* wasm_frame_copy(const wasm_frame_t*);
struct wasm_instance_t;
/* The instance that was running; lives as long as the frame. */
WASM_API_EXTERN struct wasm_instance_t* wasm_frame_instance(const wasm_frame_t*);
WASM_API_EXTERN uint32_t wasm_frame_func_index(const wasm_frame_t*);
/* Bytes from the function's body, and from the module's beginning; 0: not known. */
WASM_API_EXTERN size_t wasm_frame_func_offset(const wasm_frame_t*);
WASM_API_EXTERN size_t wasm_frame_module_offset(const wasm_frame_t*);

WASM_DECLARE_REF(trap)
/* What a host function returns to stop the guest. The message is copied, or NULL. */
WASM_API_EXTERN own wasm_trap_t* wasm_trap_new(wasm_store_t* store, const wasm_message_t*);
WASM_API_EXTERN void wasm_trap_message(const wasm_trap_t*, own wasm_message_t* out);
/* The innermost frame, NULL: not known; all, innermost first, 64 at most. */
WASM_API_EXTERN own wasm_frame_t* wasm_trap_origin(const wasm_trap_t*);
WASM_API_EXTERN void wasm_trap_trace(const wasm_trap_t*, own wasm_frame_vec_t* out);

/* ---- Foreign objects ------------------------------------------------------------------------ */

/* Something of the host's as a reference: an identity and its host info. */
WASM_DECLARE_REF(foreign)
WASM_API_EXTERN own wasm_foreign_t* wasm_foreign_new(wasm_store_t*);

/* ---- Modules -------------------------------------------------------------------------------- */

/* Where nothing else is said NULL, or false, is a failure: its reason is logged. */

/* wasm_module_t is a pointer in WAMR's flavour: handles are pointers to it. */
typedef wasm_module_t wasm_shared_module_t;

/* Copies the bytes. NULL: they are no valid module, which is logged, or no memory. */
WASM_API_EXTERN own wasm_module_t* wasm_module_new(wasm_store_t*, const wasm_byte_vec_t* binary);
/* Without args->clone_wasm_binary the bytes stay the caller's, unchanged, until the module is
   gone: unless args->wasm_binary_freeable is set, and they are copied after all. */
WASM_API_EXTERN own wasm_module_t* wasm_module_new_ex(wasm_store_t*, wasm_byte_vec_t* binary,
                                                      LoadArgs* args);
/* Its instances stay. */
WASM_API_EXTERN void wasm_module_delete(own wasm_module_t*);
WASM_API_EXTERN bool wasm_module_validate(wasm_store_t*, const wasm_byte_vec_t* binary);
/* Functions first, then globals, memories and tables; exports in the order of the file. Tags are
   left out: this API has no kind for them. */
WASM_API_EXTERN void wasm_module_imports(const wasm_module_t*, own wasm_importtype_vec_t* out);
WASM_API_EXTERN void wasm_module_exports(const wasm_module_t*, own wasm_exporttype_vec_t* out);
/* The module's bytes, as there is no compiled code; what deserialize gets is validated like any. */
WASM_API_EXTERN void wasm_module_serialize(wasm_module_t*, own wasm_byte_vec_t* out);
WASM_API_EXTERN own wasm_module_t* wasm_module_deserialize(wasm_store_t*, const wasm_byte_vec_t*);
/* For another store, of another thread. */
WASM_API_EXTERN own wasm_shared_module_t* wasm_module_share(wasm_module_t*);
WASM_API_EXTERN own wasm_module_t* wasm_module_obtain(wasm_store_t*, wasm_shared_module_t*);
WASM_API_EXTERN void wasm_shared_module_delete(own wasm_shared_module_t*);
/* As wasm_runtime_set_module_name and _get_module_name. */
WASM_API_EXTERN bool wasm_module_set_name(wasm_module_t*, const char* name);
WASM_API_EXTERN const char* wasm_module_get_name(wasm_module_t*);
/* Whether the bytes given to wasm_module_new_ex are needed no longer. */
WASM_API_EXTERN bool wasm_module_is_underlying_binary_freeable(const wasm_module_t* module);

/* ---- Functions ------------------------------------------------------------------------------ */

/* What tells something of a function gives a new type, which the caller deletes, or a number. */

WASM_DECLARE_REF(func)

/*
 * A host function. `args` has num_elems elements, `results` room for `size`; both are the
 * library's, for the time of the call. References among the arguments are borrowed, those among
 * the results are taken. A trap that is returned is taken too, its message becomes the exception.
 */
typedef own wasm_trap_t* (*wasm_func_callback_t)(const wasm_val_vec_t* args,
                                                 own wasm_val_vec_t* results);
typedef own wasm_trap_t* (*wasm_func_callback_with_env_t)(void* env, const wasm_val_vec_t* args,
                                                          wasm_val_vec_t* results);

/* The type is copied. NULL: no type, no callback, no memory, or v128 in the type, for which
   wasm_val_t has no room. */
WASM_API_EXTERN own wasm_func_t* wasm_func_new(wasm_store_t*, const wasm_functype_t*,
                                               wasm_func_callback_t);
/* `finalizer` is called with `env` once no handle and no instance can get at the function. */
WASM_API_EXTERN own wasm_func_t* wasm_func_new_with_env(wasm_store_t*, const wasm_functype_t* type,
                                                        wasm_func_callback_with_env_t, void* env,
                                                        void (*finalizer)(void*));
WASM_API_EXTERN own wasm_functype_t* wasm_func_type(const wasm_func_t*);
WASM_API_EXTERN size_t wasm_func_param_arity(const wasm_func_t*);
WASM_API_EXTERN size_t wasm_func_result_arity(const wasm_func_t*);

/*
 * Calls a function, of the guest or of the host. `args` may be NULL when there are no parameters,
 * `results` when there are no results, or they are of no interest. Both need as much `size` as
 * there are values. NULL: it returned, and `results` is filled; else what stopped it, with
 * `results` left alone.
 */
WASM_API_EXTERN own wasm_trap_t* wasm_func_call(const wasm_func_t*, const wasm_val_vec_t* args,
                                                wasm_val_vec_t* results);

/* ---- Globals, tables, memories -------------------------------------------------------------- */

/*
 * Of instances, or made by the host for a store. `new` gives NULL without a type or memory; `type`
 * gives a new type, which the caller deletes. `set` and `grow` give false, and change nothing, out
 * of bounds, above the maximum, for a value of another type or without memory. Sizes are elements
 * and pages of 64 KiB; wasm_memory_data_size is in bytes.
 */

/* NULL: no type, no value, no memory, or the value is not of the type. */
WASM_DECLARE_REF(global)
WASM_API_EXTERN own wasm_global_t* wasm_global_new(wasm_store_t*, const wasm_globaltype_t*,
                                                   const wasm_val_t*);
WASM_API_EXTERN own wasm_globaltype_t* wasm_global_type(const wasm_global_t*);
WASM_API_EXTERN void wasm_global_get(const wasm_global_t*, own wasm_val_t* out);
/* Does nothing to a constant, and with a value of another kind. */
WASM_API_EXTERN void wasm_global_set(wasm_global_t*, const wasm_val_t*);

typedef uint32_t wasm_table_size_t;

/* `init` fills it, NULL: null. References are taken where a call succeeds. In tables of
   WASM_EXTERNREF pointers of the host's stand for references, as in values. */
WASM_DECLARE_REF(table)
WASM_API_EXTERN own wasm_table_t* wasm_table_new(wasm_store_t*, const wasm_tabletype_t*,
                                                 wasm_ref_t* init);
WASM_API_EXTERN own wasm_tabletype_t* wasm_table_type(const wasm_table_t*);
/* NULL: null, or out of bounds. */
WASM_API_EXTERN own wasm_ref_t* wasm_table_get(const wasm_table_t*, wasm_table_size_t index);
WASM_API_EXTERN bool wasm_table_set(wasm_table_t*, wasm_table_size_t index, own wasm_ref_t*);
WASM_API_EXTERN wasm_table_size_t wasm_table_size(const wasm_table_t*);
WASM_API_EXTERN bool wasm_table_grow(wasm_table_t*, wasm_table_size_t delta, own wasm_ref_t* init);

typedef uint32_t wasm_memory_pages_t;
static const size_t MEMORY_PAGE_SIZE = 0x10000;

WASM_DECLARE_REF(memory)
WASM_API_EXTERN own wasm_memory_t* wasm_memory_new(wasm_store_t*, const wasm_memorytype_t*);
WASM_API_EXTERN own wasm_memorytype_t* wasm_memory_type(const wasm_memory_t*);
/* Valid until the memory grows, by whomever. */
WASM_API_EXTERN byte_t* wasm_memory_data(wasm_memory_t*);
WASM_API_EXTERN size_t wasm_memory_data_size(const wasm_memory_t*);
WASM_API_EXTERN wasm_memory_pages_t wasm_memory_size(const wasm_memory_t*);
WASM_API_EXTERN bool wasm_memory_grow(wasm_memory_t*, wasm_memory_pages_t delta);

/* ---- Externals ------------------------------------------------------------------------------ */

/* What can be imported and exported, whichever it is. */

WASM_DECLARE_REF(extern)
WASM_DECLARE_VEC(extern, *)
WASM_API_EXTERN wasm_externkind_t wasm_extern_kind(const wasm_extern_t*);
WASM_API_EXTERN own wasm_externtype_t* wasm_extern_type(const wasm_extern_t*);
/* Stands for an import that registered natives are to satisfy: a function or a global. NULL, and
   logged: another kind. */
WASM_API_EXTERN own wasm_extern_t* wasm_extern_new_empty(wasm_store_t*, wasm_externkind_t);

/* The same object; the second direction gives NULL for one of another kind. */
#define WASM_DECLARE_EXTERN(name)                                                             \
  WASM_API_EXTERN wasm_extern_t* wasm_##name##_as_extern(wasm_##name##_t*);                   \
  WASM_API_EXTERN wasm_##name##_t* wasm_extern_as_##name(wasm_extern_t*);                     \
  WASM_API_EXTERN const wasm_extern_t* wasm_##name##_as_extern_const(const wasm_##name##_t*); \
  WASM_API_EXTERN const wasm_##name##_t* wasm_extern_as_##name##_const(const wasm_extern_t*);
WASM_DECLARE_EXTERN(func)
WASM_DECLARE_EXTERN(global)
WASM_DECLARE_EXTERN(table)
WASM_DECLARE_EXTERN(memory)

/* ---- Instances ------------------------------------------------------------------------------ */

/*
 * The i-th function of `imports` satisfies the i-th function import of the module, and likewise
 * globals, memories and tables; names are not looked at. NULL, or missing ones: registered natives.
 * A module's start functions run, and may call what is imported. NULL: failed, with a trap that
 * says why in *trap, unless `trap` is NULL. Stack and heap are 32 KiB each; the others take bytes.
 */
WASM_DECLARE_REF(instance)
WASM_API_EXTERN own wasm_instance_t* wasm_instance_new(wasm_store_t*, const wasm_module_t*,
                                                       const wasm_extern_vec_t* imports,
                                                       own wasm_trap_t** trap);
WASM_API_EXTERN own wasm_instance_t* wasm_instance_new_with_args(
    wasm_store_t*, const wasm_module_t*, const wasm_extern_vec_t* imports, own wasm_trap_t** trap,
    const uint32_t stack_size, const uint32_t heap_size);
WASM_API_EXTERN own wasm_instance_t* wasm_instance_new_with_args_ex(
    wasm_store_t*, const wasm_module_t*, const wasm_extern_vec_t* imports, own wasm_trap_t** trap,
    const InstantiationArgs* inst_args);
/* In the order of the file; each element is a handle of its own. Tags are left out. */
WASM_API_EXTERN void wasm_instance_exports(const wasm_instance_t*, own wasm_extern_vec_t* out);
/* Milliseconds, of WAMR's profiling builds; -1 here. */
WASM_API_EXTERN double wasm_instance_sum_wasm_exec_time(const wasm_instance_t*);
WASM_API_EXTERN double wasm_instance_get_wasm_func_exec_time(const wasm_instance_t*, const char*);

/* ---- Conveniences --------------------------------------------------------------------------- */

/* Initialisers and short forms; they take and give what the functions they call do. */

#define WASM_EMPTY_VEC \
  { 0, NULL, 0, 0, NULL }
#define WASM_ARRAY_VEC(array)                                                                    \
  {                                                                                              \
    sizeof(array) / sizeof(*(array)), array, sizeof(array) / sizeof(*(array)), sizeof(*(array)), \
        NULL                                                                                     \
  }

#define WASM_I32_VAL(i)                                   \
  {                                                       \
    .kind = WASM_I32, ._paddings = {0}, .of = {.i32 = i } \
  }
#define WASM_I64_VAL(i)                                   \
  {                                                       \
    .kind = WASM_I64, ._paddings = {0}, .of = {.i64 = i } \
  }
#define WASM_F32_VAL(z)                                   \
  {                                                       \
    .kind = WASM_F32, ._paddings = {0}, .of = {.f32 = z } \
  }
#define WASM_F64_VAL(z)                                   \
  {                                                       \
    .kind = WASM_F64, ._paddings = {0}, .of = {.f64 = z } \
  }
#define WASM_REF_VAL(r)                                         \
  {                                                             \
    .kind = WASM_EXTERNREF, ._paddings = {0}, .of = {.ref = r } \
  }
#define WASM_INIT_VAL                                              \
  {                                                                \
    .kind = WASM_EXTERNREF, ._paddings = {0}, .of = {.ref = NULL } \
  }

#define KILOBYTE(n) ((n)*1024)

static inline own wasm_valtype_t* wasm_valtype_new_i32(void) { return wasm_valtype_new(WASM_I32); }
static inline own wasm_valtype_t* wasm_valtype_new_i64(void) { return wasm_valtype_new(WASM_I64); }
static inline own wasm_valtype_t* wasm_valtype_new_f32(void) { return wasm_valtype_new(WASM_F32); }
static inline own wasm_valtype_t* wasm_valtype_new_f64(void) { return wasm_valtype_new(WASM_F64); }
static inline own wasm_valtype_t* wasm_valtype_new_v128(void) {
  return wasm_valtype_new(WASM_V128);
}
static inline own wasm_valtype_t* wasm_valtype_new_anyref(void) {
  return wasm_valtype_new(WASM_EXTERNREF);
}
static inline own wasm_valtype_t* wasm_valtype_new_funcref(void) {
  return wasm_valtype_new(WASM_FUNCREF);
}

/* wasm_functype_new_P_R: a function type of P parameters and R results, which are taken. */
#define WASM_FUNCTYPE_OF(params_, results_, ...)                                       \
  wasm_valtype_t* types[] = {__VA_ARGS__};                                             \
  wasm_valtype_vec_t params, results;                                                  \
  wasm_valtype_vec_new(&params, params_, types);                                       \
  wasm_valtype_vec_new(&results, results_, types + ((results_) == 0 ? 0 : (params_))); \
  return wasm_functype_new(&params, &results)
static inline own wasm_functype_t* wasm_functype_new_0_0(void) { WASM_FUNCTYPE_OF(0, 0, NULL); }
static inline own wasm_functype_t* wasm_functype_new_0_1(own wasm_valtype_t* r) {
  WASM_FUNCTYPE_OF(0, 1, r);
}
static inline own wasm_functype_t* wasm_functype_new_0_2(own wasm_valtype_t* r1,
                                                         own wasm_valtype_t* r2) {
  WASM_FUNCTYPE_OF(0, 2, r1, r2);
}
static inline own wasm_functype_t* wasm_functype_new_1_0(own wasm_valtype_t* p) {
  WASM_FUNCTYPE_OF(1, 0, p);
}
static inline own wasm_functype_t* wasm_functype_new_1_1(own wasm_valtype_t* p,
                                                         own wasm_valtype_t* r) {
  WASM_FUNCTYPE_OF(1, 1, p, r);
}
static inline own wasm_functype_t* wasm_functype_new_1_2(own wasm_valtype_t* p,
                                                         own wasm_valtype_t* r1,
                                                         own wasm_valtype_t* r2) {
  WASM_FUNCTYPE_OF(1, 2, p, r1, r2);
}
static inline own wasm_functype_t* wasm_functype_new_2_0(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2) {
  WASM_FUNCTYPE_OF(2, 0, p1, p2);
}
static inline own wasm_functype_t* wasm_functype_new_2_1(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2,
                                                         own wasm_valtype_t* r) {
  WASM_FUNCTYPE_OF(2, 1, p1, p2, r);
}
static inline own wasm_functype_t* wasm_functype_new_2_2(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2,
                                                         own wasm_valtype_t* r1,
                                                         own wasm_valtype_t* r2) {
  WASM_FUNCTYPE_OF(2, 2, p1, p2, r1, r2);
}
static inline own wasm_functype_t* wasm_functype_new_3_0(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2,
                                                         own wasm_valtype_t* p3) {
  WASM_FUNCTYPE_OF(3, 0, p1, p2, p3);
}
static inline own wasm_functype_t* wasm_functype_new_3_1(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2,
                                                         own wasm_valtype_t* p3,
                                                         own wasm_valtype_t* r) {
  WASM_FUNCTYPE_OF(3, 1, p1, p2, p3, r);
}
static inline own wasm_functype_t* wasm_functype_new_3_2(own wasm_valtype_t* p1,
                                                         own wasm_valtype_t* p2,
                                                         own wasm_valtype_t* p3,
                                                         own wasm_valtype_t* r1,
                                                         own wasm_valtype_t* r2) {
  WASM_FUNCTYPE_OF(3, 2, p1, p2, p3, r1, r2);
}
#undef WASM_FUNCTYPE_OF

/* A host pointer as an integer value and back. */
static inline void wasm_val_init_ptr(own wasm_val_t* out, void* p) {
#if UINTPTR_MAX == UINT32_MAX
  out->kind = WASM_I32;
  out->of.i32 = (int32_t)(intptr_t)p;
#else
  out->kind = WASM_I64;
  out->of.i64 = (int64_t)(intptr_t)p;
#endif
}
static inline void* wasm_val_ptr(const wasm_val_t* val) {
#if UINTPTR_MAX == UINT32_MAX
  return (void*)(intptr_t)val->of.i32;
#else
  return (void*)(intptr_t)val->of.i64;
#endif
}

#undef own

#ifdef __cplusplus
}
#endif

#endif
