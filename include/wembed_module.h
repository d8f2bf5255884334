/*
 * wembed_module.h: modules: whose their bytes are, limits of loading, sections.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_MODULE_H
#define WEMBED_MODULE_H

#include "wembed_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Modules ----------------------------------------------------------------------------- */

typedef enum wembed_ownership {
  WEMBED_BYTES_COPY = 0,   /* wembed copies; the caller's bytes are free at return */
  WEMBED_BYTES_BORROW = 1, /* the caller keeps them unchanged until wasm_runtime_unload returns.
                              Instances that are left then get a copy, made at that moment */
  WEMBED_BYTES_TAKE = 2    /* `release` is called exactly once, from any thread: when the module is
                              unloaded and its instances are gone, or before a load that fails
                              returns (unless `size` is too small to have it). It may call the
                              library, and may be NULL */
} wembed_ownership_t;

/* Parts of WebAssembly that a load can do without, and a build of the library. All are on. */
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

/* Custom section number `index`, in the order of the file; false beyond the last, and when they are
   lost. The name, of *name_length bytes without a NUL, lives as long as the module; `*bytes` points
   to the *length bytes of content among the module's: of a file that may be cut short take a copy.
 */
bool wembed_module_custom_section(wasm_module_t module, uint32_t index, const char** name,
                                  uint32_t* name_length, const uint8_t** bytes, uint32_t* length);

/* Copies the content of a custom section to `buffer`. False: there is none of that index,
   `capacity` is less than its length, or the module's bytes are lost. */
bool wembed_module_copy_section(wasm_module_t module, uint32_t index, uint8_t* buffer,
                                uint32_t capacity);

/* ---- Which build it is ------------------------------------------------------------------- */

#define WEMBED_SHA256_SIZE 65 /* 64 digits and the NUL */

/* The SHA-256 of the module's bytes, in lower-case hexadecimal digits: which build this is. It is
   computed when first asked for, some hundred million bytes a second, and kept. False, and "": the
   bytes are lost, or there was no memory. Any thread. */
bool wembed_module_sha256(wasm_module_t module, char text[WEMBED_SHA256_SIZE]);

/* An exported function that callers were compiled for. */
typedef struct wembed_expected_function {
  const char* name;
  const char* type; /* as wembed_extern_type_text has it */
} wembed_expected_function_t;

/*
 * Whether the module is the one that callers were compiled for, as the headers of `wembed types`
 * ask: a build with that SHA-256, as wembed_module_sha256 has it, that exports those functions with
 * those types. A NULL `sha256` takes any build that does. False, with *error (or NULL) filled: code
 * "TypesDoNotFit", kind WEMBED_ERROR_LINK, when it is another one; the message has both hashes, and
 * the functions that differ, as far as there is room. Any thread.
 */
bool wembed_module_fits(wasm_module_t module, const char* sha256,
                        const wembed_expected_function_t* functions, uint32_t count,
                        wembed_error_t* error);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_MODULE_H */
