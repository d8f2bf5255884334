/*
 * The embedding API compatible with WAMR 2.4.5: names, argument types, struct layouts and values
 * are fixed by that ABI. What wembed adds to it is in wembed.h.
 *
 * One file because hosts include it under this name; sections follow the life of a module:
 * runtime, loading, instantiation, calls, memory, natives.
 *
 * Conventions used throughout
 * - A function named below without a "may be NULL" takes no NULL for that parameter.
 * - error_buf: where the text of a failure goes, NUL-terminated and cut to error_buf_size bytes.
 *   May be NULL; left alone on success.
 * - "Exception" is the per-instance text set by traps, by hosts and by failing checks, see
 *   wasm_runtime_get_exception(). It stays until cleared.
 * - "App offset" is a byte offset into an instance's first linear memory, "native address" the
 *   host pointer to the same byte. A native address is valid until that memory grows or goes.
 * - Every function may be called from any thread, but an instance and everything made from it
 *   (exec_envs, memories, functions) by one thread at a time, wasm_runtime_terminate() excepted.
 *   A module may be shared by threads once it is loaded.
 */
#ifndef _WASM_EXPORT_H
#define _WASM_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib_export.h"

#ifndef WASM_RUNTIME_API_EXTERN
#if defined(_MSC_BUILD)
#if defined(COMPILING_WASM_RUNTIME_API)
#define WASM_RUNTIME_API_EXTERN __declspec(dllexport)
#else
#define WASM_RUNTIME_API_EXTERN __declspec(dllimport)
#endif
#elif defined(__GNUC__) || defined(__clang__)
#define WASM_RUNTIME_API_EXTERN __attribute__((visibility("default")))
#else
#define WASM_RUNTIME_API_EXTERN
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Handles --------------------------------------------------------------------------------
 * Opaque pointers; hosts store and pass them. Each comment says who ends its life.
 */

/* A loaded module: wasm_runtime_load*() to wasm_runtime_unload(). */
#ifndef WASM_MODULE_T_DEFINED
#define WASM_MODULE_T_DEFINED
struct WASMModuleCommon;
typedef struct WASMModuleCommon* wasm_module_t;
#endif

/* An instance of a module: wasm_runtime_instantiate*() to wasm_runtime_deinstantiate(). */
struct WASMModuleInstanceCommon;
typedef struct WASMModuleInstanceCommon* wasm_module_inst_t;

/* A function of an instance: owned by the instance, same pointer for every look-up. */
typedef void WASMFunctionInstanceCommon;
typedef WASMFunctionInstanceCommon* wasm_function_inst_t;

/* A linear memory of an instance: owned by the instance. */
struct WASMMemoryInstance;
typedef struct WASMMemoryInstance* wasm_memory_inst_t;

/* The stack a chain of calls runs on: wasm_runtime_create_exec_env() to _destroy_exec_env(). */
struct WASMExecEnv;
typedef struct WASMExecEnv* wasm_exec_env_t;

/* Types met in reflection: owned by the module. */
struct WASMFuncType;
typedef struct WASMFuncType* wasm_func_type_t;
struct WASMTableType;
typedef struct WASMTableType* wasm_table_type_t;
struct WASMGlobalType;
typedef struct WASMGlobalType* wasm_global_type_t;
#ifndef WASM_MEMORY_T_DEFINED
#define WASM_MEMORY_T_DEFINED
struct WASMMemory;
typedef struct WASMMemory WASMMemoryType;
#endif
typedef WASMMemoryType* wasm_memory_type_t;

/* ---- Values --------------------------------------------------------------------------------- */

#ifndef WASM_VALKIND_T_DEFINED
#define WASM_VALKIND_T_DEFINED
/* One byte, holding a value of wasm_valkind_enum (or 255 where a function says "none"). */
typedef uint8_t wasm_valkind_t;
enum wasm_valkind_enum {
  WASM_I32 = 0,
  WASM_I64 = 1,
  WASM_F32 = 2,
  WASM_F64 = 3,
  WASM_V128 = 4,
  WASM_EXTERNREF = 128,
  WASM_FUNCREF = 129,
};
#endif

#ifndef WASM_VAL_T_DEFINED
#define WASM_VAL_T_DEFINED
struct wasm_ref_t;

/* A value with its kind, for wasm_runtime_call_wasm_a() and _v(). */
typedef struct wasm_val_t {
  wasm_valkind_t kind;
  uint8_t _paddings[7];
  union {
    int32_t i32; /* also a funcref: its function index, -1 for null */
    int64_t i64;
    float f32;
    double f64;
    uintptr_t foreign; /* externref: the host's pointer */
    struct wasm_ref_t* ref;
  } of;
} wasm_val_t;
#endif

/* ---- Runtime: start, end, allocation, log --------------------------------------------------- */

#ifndef MEM_ALLOC_OPTION_DEFINED
#define MEM_ALLOC_OPTION_DEFINED
/* Where the runtime's own memory comes from. */
typedef enum {
  Alloc_With_Pool = 0,             /* a block the host supplies */
  Alloc_With_Allocator = 1,        /* three functions of the host */
  Alloc_With_System_Allocator = 2, /* malloc, realloc, free */
} mem_alloc_type_t;

/* What an allocation is for. Part of the ABI; callbacks of this build do not receive it. */
typedef enum {
  Alloc_For_Runtime = 0,
  Alloc_For_LinearMemory = 1,
} mem_alloc_usage_t;

typedef union MemAllocOption {
  struct {
    void* heap_buf;     /* borrowed until the runtime is destroyed; at least 256 bytes */
    uint32_t heap_size; /* bytes */
  } pool;
  struct {
    void* malloc_func;  /* void *fn(unsigned int size) */
    void* realloc_func; /* void *fn(void *ptr, unsigned int size); may be NULL */
    void* free_func;    /* void fn(void *ptr) */
    void* user_data;    /* present in the layout, not passed to the functions */
  } allocator;
} MemAllocOption;
#endif

/* State of the pool, in bytes. */
typedef struct mem_alloc_info_t {
  uint32_t total_size;      /* what the pool can hold */
  uint32_t total_free_size; /* what is free now */
  uint32_t highmark_size;   /* most that was ever in use */
} mem_alloc_info_t;

/* How wasm code is executed. 0, which has no name, means: as the runtime does by itself. */
typedef enum RunningMode {
  Mode_Interp = 1,         /* interpreted, and never compiled */
  Mode_Fast_JIT = 2,       /* machine code from a function's first call on */
  Mode_LLVM_JIT = 3,       /* so far the same */
  Mode_Multi_Tier_JIT = 4, /* interpreted until a function is found running often */
} RunningMode;

/* Least important message that is still printed. */
typedef enum {
  WASM_LOG_LEVEL_FATAL = 0,
  WASM_LOG_LEVEL_ERROR = 1,
  WASM_LOG_LEVEL_WARNING = 2,
  WASM_LOG_LEVEL_DEBUG = 3,
  WASM_LOG_LEVEL_VERBOSE = 4,
} log_level_t;

/* Settings of wasm_runtime_full_init(). Zero the whole struct, then set what matters. */
typedef struct RuntimeInitArgs {
  mem_alloc_type_t mem_alloc_type;
  MemAllocOption mem_alloc_option; /* unused with the system allocator */

  /* One table of natives registered right away, as by wasm_runtime_register_natives(). */
  const char* native_module_name;
  NativeSymbol* native_symbols;
  uint32_t n_native_symbols;

  uint32_t max_thread_num; /* threads per group of instances; 0 keeps the default */

  char ip_addr[128]; /* debugger address: accepted, unused */
  int unused;
  int instance_port;

  uint32_t fast_jit_code_cache_size; /* bytes; accepted, unused */
  uint32_t gc_heap_size;             /* bytes; accepted, unused */
  RunningMode running_mode;          /* default of later instances; 0: see RunningMode */
  uint32_t llvm_jit_opt_level;       /* accepted, unused */
  uint32_t llvm_jit_size_level;      /* accepted, unused */
  uint32_t segue_flags;              /* accepted, unused */
  bool enable_linux_perf;            /* accepted with a warning */
} RuntimeInitArgs;

/*
 * Starts the process-wide runtime with the system allocator. Counted: a runtime that is already
 * up stays as it is, and each success needs one wasm_runtime_destroy(). Also readies the calling
 * thread. Returns false when out of memory.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_init(void);

/*
 * As wasm_runtime_init(), with settings. When the runtime is already up, init_args is ignored.
 * False, with nothing left behind, for: an unknown mem_alloc_type, a pool below 256 bytes, an
 * allocator without malloc_func or free_func, a running mode this build lacks, no memory.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_full_init(RuntimeInitArgs* init_args);

/*
 * Undoes one init; the last one forgets all native registrations and returns the memory. Every
 * instance, module and exec_env should be gone by then: what is left keeps the runtime's memory,
 * which the host must not take away (a pool's block, an allocator), until it goes itself.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_destroy(void);

/* Sets the log threshold of the process (default: warnings). It outlives wasm_runtime_destroy(). */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_log_level(log_level_t level);

/* Stores the version of WAMR whose API this is: 2, 4, 5. Each pointer may be NULL. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_get_version(uint32_t* major, uint32_t* minor,
                                                      uint32_t* patch);

/*
 * Allocates size bytes from the runtime's allocator, not zeroed, aligned for any scalar; size 0
 * gives a one-byte block and a warning. NULL when exhausted or before init. Release it with
 * wasm_runtime_free() before the last wasm_runtime_destroy().
 */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_malloc(unsigned int size);

/*
 * Allocates at a multiple of `alignment`, a power of two from 8 to 4096, of which `size` is a
 * multiple too (0 stands for one). Pool mode only, else NULL and a warning, as for arguments that
 * are not so. Release it with wasm_runtime_free(); wasm_runtime_realloc() does not keep the
 * alignment.
 */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_aligned_alloc(unsigned int size, unsigned int alignment);

/*
 * Resizes a block from wasm_runtime_malloc(); ptr NULL allocates. On failure (also: an allocator
 * without realloc_func) returns NULL and the old block stays valid.
 */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_realloc(void* ptr, unsigned int size);

/* Returns a block to the runtime's allocator. NULL is let pass with a warning. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_free(void* ptr);

/* Fills *mem_alloc_info and returns true in pool mode; otherwise false, nothing written. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_get_mem_alloc_info(mem_alloc_info_t* mem_alloc_info);

/*
 * Whether instances can run in this mode here. True for 0 and Mode_Interp; for the others where
 * there is machine code, and the process-wide runtime, if it is up, may have it: it was not
 * forbidden by wembed_config_t, and with Mode_Multi_Tier_JIT functions are sampled (not with
 * WEMBED_TIER=first_call or all, nor in a runtime started with Mode_Fast_JIT or Mode_LLVM_JIT).
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_running_mode_supported(RunningMode running_mode);

/* Chooses the mode of instances made from now on; false if it is not supported, or before init. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_set_default_running_mode(RunningMode running_mode);

/*
 * Chooses the mode of one instance, whatever mode others of its module are in; false, and no
 * change, if it is not supported or there is no memory. It holds from the next calls of the
 * instance's functions on: calls that run, and what they call within the module, go on as they are.
 * No other thread may call the instance meanwhile.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_set_running_mode(wasm_module_inst_t module_inst,
                                                           RunningMode running_mode);

/*
 * The mode the instance runs in: the one that was chosen, else what the runtime does by itself.
 * Functions with something that machine code is not made of are interpreted in every mode. 0 for
 * NULL.
 */
WASM_RUNTIME_API_EXTERN RunningMode wasm_runtime_get_running_mode(wasm_module_inst_t module_inst);

/* ---- Packages: what a buffer contains ------------------------------------------------------- */

typedef enum {
  Wasm_Module_Bytecode = 0,
  Wasm_Module_AoT = 1,
  Package_Type_Unknown = 0xFFFF,
} package_type_t;

/* Kind of file by its first four bytes; unknown for NULL, short or other input. */
WASM_RUNTIME_API_EXTERN package_type_t get_package_type(const uint8_t* buf, uint32_t size);

/* The same as get_package_type(). */
WASM_RUNTIME_API_EXTERN package_type_t wasm_runtime_get_file_package_type(const uint8_t* buf,
                                                                          uint32_t size);

/* Kind of a loaded module: always bytecode; unknown for NULL. */
WASM_RUNTIME_API_EXTERN package_type_t
wasm_runtime_get_module_package_type(const wasm_module_t module);

/* Version number in the file's header (bytes 4 to 7); 0 if it is shorter. buf may be NULL. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_runtime_get_file_package_version(const uint8_t* buf,
                                                                       uint32_t size);

/* Version of the format a module was loaded from: 1; 0 for NULL. */
WASM_RUNTIME_API_EXTERN uint32_t
wasm_runtime_get_module_package_version(const wasm_module_t module);

/* Newest version of a format known to WAMR 2.4.5: bytecode 1, AOT 5, else 0. */
WASM_RUNTIME_API_EXTERN uint32_t
wasm_runtime_get_current_package_version(package_type_t package_type);

/* ---- Loading -------------------------------------------------------------------------------- */

#ifndef LOAD_ARGS_OPTION_DEFINED
#define LOAD_ARGS_OPTION_DEFINED
/* Options of wasm_runtime_load_ex(); zero what is not needed. */
typedef struct LoadArgs {
  char* name;                /* first module name, copied; NULL or "" for none */
  bool clone_wasm_binary;    /* no effect in this API */
  bool wasm_binary_freeable; /* the module copies what it needs: buf may go after the call */
  bool no_resolve;           /* leave function imports to wasm_runtime_resolve_symbols() */
} LoadArgs;
#endif

/* One section of a module, given apart; a list of them is one module. */
typedef struct wasm_section_t {
  struct wasm_section_t* next;
  int section_type;           /* section id of the binary format */
  uint8_t* section_body;      /* after id and length */
  uint32_t section_body_size; /* bytes */
} wasm_section_t, aot_section_t, *wasm_section_list_t, *aot_section_list_t;

/*
 * Decodes and validates a module and links its function imports to registered natives; one that
 * is not found is no error here. buf is never written to and stays the host's: keep it, unchanged,
 * until wasm_runtime_unload(). Returns NULL with `WASM module load failed: ...` in error_buf.
 */
WASM_RUNTIME_API_EXTERN wasm_module_t wasm_runtime_load(uint8_t* buf, uint32_t size,
                                                        char* error_buf, uint32_t error_buf_size);

/*
 * wasm_runtime_load() with options. args NULL is an error. With wasm_binary_freeable the host may
 * free buf as soon as the call returns.
 */
WASM_RUNTIME_API_EXTERN wasm_module_t wasm_runtime_load_ex(uint8_t* buf, uint32_t size,
                                                           const LoadArgs* args, char* error_buf,
                                                           uint32_t error_buf_size);

/*
 * Loads a module given as a list of sections in file order. Nodes and bodies are copied: both may
 * go after the call. is_aot true is refused.
 */
WASM_RUNTIME_API_EXTERN wasm_module_t wasm_runtime_load_from_sections(
    wasm_section_list_t section_list, bool is_aot, char* error_buf, uint32_t error_buf_size);

/*
 * Looks up natives for function imports that have none yet; may be repeated after registering
 * more. True when none is left without. Affects instances made later.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_resolve_symbols(wasm_module_t module);

/*
 * Releases a module. Instances may be left: what they need of buf is copied before this returns.
 * The host may then reuse buf. Unloading a second time does nothing while there are instances.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_unload(wasm_module_t module);

/*
 * Gives the module a name (copied; "" is fine). False with a text in error_buf if the name is not
 * UTF-8 or memory is short; false for a NULL module or name.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_set_module_name(wasm_module_t module, const char* name,
                                                          char* error_buf, uint32_t error_buf_size);

/* The module's name, "" if it has none or module is NULL; valid until renamed or unloaded. */
WASM_RUNTIME_API_EXTERN const char* wasm_runtime_get_module_name(wasm_module_t module);

/* Whether the buffer given to load may be freed now: it was loaded as freeable or by sections. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_underlying_binary_freeable(const wasm_module_t module);

/*
 * Content of the custom section with that name (the last one, if several): points into the module,
 * length through len, which may be NULL. NULL, len untouched, when there is none.
 */
WASM_RUNTIME_API_EXTERN const uint8_t* wasm_runtime_get_custom_section(
    const wasm_module_t module_comm, const char* name, uint32_t* len);

/* ---- Reflection on a module ----------------------------------------------------------------- */

typedef enum {
  WASM_IMPORT_EXPORT_KIND_FUNC = 0,
  WASM_IMPORT_EXPORT_KIND_TABLE = 1,
  WASM_IMPORT_EXPORT_KIND_MEMORY = 2,
  WASM_IMPORT_EXPORT_KIND_GLOBAL = 3,
} wasm_import_export_kind_t;

/* One import. Names and types belong to the module. */
typedef struct wasm_import_t {
  const char* module_name;
  const char* name;
  wasm_import_export_kind_t kind; /* selects the member of u */
  bool linked;                    /* the runtime knows a native function or global for it */
  union {
    wasm_func_type_t func_type;
    wasm_table_type_t table_type;
    wasm_global_type_t global_type;
    wasm_memory_type_t memory_type;
  } u;
} wasm_import_t;

/* One export. Name and type belong to the module. */
typedef struct wasm_export_t {
  const char* name;
  wasm_import_export_kind_t kind; /* selects the member of u; 4, unnamed, for a tag */
  union {
    wasm_func_type_t func_type;
    wasm_table_type_t table_type;
    wasm_global_type_t global_type;
    wasm_memory_type_t memory_type;
  } u;
} wasm_export_t;

/* Number of imports; -1 for a NULL module. */
WASM_RUNTIME_API_EXTERN int32_t wasm_runtime_get_import_count(const wasm_module_t module);

/*
 * Describes import number import_index into *import_type. The order is: functions, tables,
 * memories, globals, each kind as in the file. An index out of range zeroes the struct.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_get_import_type(const wasm_module_t module,
                                                          int32_t import_index,
                                                          wasm_import_t* import_type);

/* Number of exports; -1 for a NULL module. */
WASM_RUNTIME_API_EXTERN int32_t wasm_runtime_get_export_count(const wasm_module_t module);

/* Describes export number export_index, in file order. An index out of range zeroes the struct. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_get_export_type(const wasm_module_t module,
                                                          int32_t export_index,
                                                          wasm_export_t* export_type);

/* Number of parameters. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_func_type_get_param_count(const wasm_func_type_t func_type);

/* Kind of one parameter; 255 for an index out of range. */
WASM_RUNTIME_API_EXTERN wasm_valkind_t
wasm_func_type_get_param_valkind(const wasm_func_type_t func_type, uint32_t param_index);

/* Number of results. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_func_type_get_result_count(const wasm_func_type_t func_type);

/* Kind of one result; 255 for an index out of range. */
WASM_RUNTIME_API_EXTERN wasm_valkind_t
wasm_func_type_get_result_valkind(const wasm_func_type_t func_type, uint32_t result_index);

/* Kind of value a global holds. */
WASM_RUNTIME_API_EXTERN wasm_valkind_t
wasm_global_type_get_valkind(const wasm_global_type_t global_type);

/* Whether the guest may change the global. */
WASM_RUNTIME_API_EXTERN bool wasm_global_type_get_mutable(const wasm_global_type_t global_type);

/* Whether the memory is declared shared. */
WASM_RUNTIME_API_EXTERN bool wasm_memory_type_get_shared(const wasm_memory_type_t memory_type);

/* Declared initial size in pages of 65536 bytes. */
WASM_RUNTIME_API_EXTERN uint32_t
wasm_memory_type_get_init_page_count(const wasm_memory_type_t memory_type);

/* Declared maximum in pages; 65536 when none is declared. */
WASM_RUNTIME_API_EXTERN uint32_t
wasm_memory_type_get_max_page_count(const wasm_memory_type_t memory_type);

/* Kind of the table's elements. */
WASM_RUNTIME_API_EXTERN wasm_valkind_t
wasm_table_type_get_elem_kind(const wasm_table_type_t table_type);

/* Whether the table is declared shared. */
WASM_RUNTIME_API_EXTERN bool wasm_table_type_get_shared(const wasm_table_type_t table_type);

/* Declared initial number of elements. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_table_type_get_init_size(const wasm_table_type_t table_type);

/* Declared maximum number of elements; without one, the runtime's limit. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_table_type_get_max_size(const wasm_table_type_t table_type);

/* ---- Modules that import from each other -----------------------------------------------------
 * When a module is loaded, what no native serves is linked to exports of the modules that are
 * registered under the name it imports from; one that is not registered is asked of the reader and
 * registered. What cannot be linked is logged: a function traps when it is called, anything else
 * makes instantiation fail. Each instance gets instances of the modules it is linked to, directly
 * or not, made with the same sizes; all that import from a module share one. They end with it, and
 * nobody else can end them. The names "env", "wasi_unstable", "wasi_snapshot_preview1" and "" are
 * the runtime's own.
 */

/*
 * Stores the bytes of the module of that name and true; module_type is that of the module which
 * imports from it. May be called several times for a name that it refuses.
 */
typedef bool (*module_reader)(package_type_t module_type, const char* module_name,
                              uint8_t** p_buffer, uint32_t* p_size);

/* Takes a reader's bytes back: when they are no module, else when the runtime ends. */
typedef void (*module_destroyer)(uint8_t* buffer, uint32_t size);

/* For the process, also for later runtimes. Either may be NULL. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_module_reader(const module_reader reader,
                                                            const module_destroyer destroyer);

/*
 * Lets others import from the module by that name, which is copied. The module stays until the
 * runtime ends, also when it is unloaded. False with a text in error_buf, which has to be there:
 * it has another name, or the name is the runtime's own. The same name again is true.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_register_module(const char* module_name,
                                                          wasm_module_t module, char* error_buf,
                                                          uint32_t error_buf_size);

/* The module registered first under that name; NULL: none. */
WASM_RUNTIME_API_EXTERN wasm_module_t wasm_runtime_find_module_registered(const char* module_name);

/* ---- Instantiation -------------------------------------------------------------------------- */

#ifndef INSTANTIATION_ARGS_OPTION_DEFINED
#define INSTANTIATION_ARGS_OPTION_DEFINED
/* Settings of wasm_runtime_instantiate_ex(). */
typedef struct InstantiationArgs {
  uint32_t default_stack_size;     /* bytes of wasm stack where the runtime makes the exec_env */
  uint32_t host_managed_heap_size; /* bytes for wasm_runtime_module_malloc(); 0 for none */
  uint32_t max_memory_pages;       /* lowers the first memory's maximum; 0 keeps it */
} InstantiationArgs;
#endif

/* The same settings as an object, so that more can follow. */
struct InstantiationArgs2;

/*
 * Makes an instance: links imports, initialises memories, tables and globals, then runs the start
 * function and the exports __post_instantiate and __wasm_call_ctors where they are ()->().
 * default_stack_size: wasm stack in bytes for such calls and for the singleton exec_env, 0 for the
 * default. host_managed_heap_size: bytes to add to the first memory for
 * wasm_runtime_module_malloc(), at least 256 or 0; ignored if the module exports an allocator.
 * A function import nobody provides traps when called; other missing imports are errors. Returns
 * NULL with `WASM module instantiate failed: ...` in error_buf. The calling thread needs a thread
 * environment.
 */
WASM_RUNTIME_API_EXTERN wasm_module_inst_t wasm_runtime_instantiate(const wasm_module_t module,
                                                                    uint32_t default_stack_size,
                                                                    uint32_t host_managed_heap_size,
                                                                    char* error_buf,
                                                                    uint32_t error_buf_size);

/* wasm_runtime_instantiate() with its settings in a struct, read during the call only. */
WASM_RUNTIME_API_EXTERN wasm_module_inst_t
wasm_runtime_instantiate_ex(const wasm_module_t module, const InstantiationArgs* args,
                            char* error_buf, uint32_t error_buf_size);

/* Makes a settings object, all zero, in *p. False when out of memory. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_instantiation_args_create(struct InstantiationArgs2** p);

/* Releases a settings object; instances made with it are not affected. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_destroy(struct InstantiationArgs2* p);

/* Sets InstantiationArgs.default_stack_size in the object. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_default_stack_size(
    struct InstantiationArgs2* p, uint32_t v);

/* Sets InstantiationArgs.host_managed_heap_size in the object. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_host_managed_heap_size(
    struct InstantiationArgs2* p, uint32_t v);

/* Sets InstantiationArgs.max_memory_pages in the object. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_max_memory_pages(
    struct InstantiationArgs2* p, uint32_t v);

/* The instance's custom data, which is there before its start functions run. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_custom_data(
    struct InstantiationArgs2* p, void* custom_data);

/* wasm_runtime_instantiate() with a settings object, read during the call only. */
WASM_RUNTIME_API_EXTERN wasm_module_inst_t
wasm_runtime_instantiate_ex2(const wasm_module_t module, const struct InstantiationArgs2* args,
                             char* error_buf, uint32_t error_buf_size);

/*
 * Ends an instance. Runs the destructors of context keys. Every handle and pointer obtained from
 * the instance is invalid afterwards, but exec_envs the host made for it: these still have to be
 * destroyed, or get another instance by wasm_runtime_set_module_inst(). Refused, with a line in the
 * log, while a call is running on it; nothing happens when it is being ended already.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_deinstantiate(wasm_module_inst_t module_inst);

/* The module an instance was made from. */
WASM_RUNTIME_API_EXTERN wasm_module_t wasm_runtime_get_module(wasm_module_inst_t module_inst);

/* One pointer of the host's per instance, NULL at first; never read or freed by the runtime. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_custom_data(wasm_module_inst_t module_inst,
                                                          void* custom_data);

/* What wasm_runtime_set_custom_data() stored, or NULL. */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_get_custom_data(wasm_module_inst_t module_inst);

/* ---- Exports of an instance ----------------------------------------------------------------- */

/* A global as the host sees it. */
typedef struct wasm_global_inst_t {
  wasm_valkind_t kind;
  bool is_mutable;
  void* global_data; /* the live cell, as many bytes as the kind has, perhaps unaligned */
} wasm_global_inst_t;

/* A table at the moment of asking: ask again after it may have grown. */
typedef struct wasm_table_inst_t {
  wasm_valkind_t elem_kind;
  uint32_t cur_size; /* elements */
  uint32_t max_size; /* elements */
  void* elems;       /* the runtime's own representation: pass it on, do not read it */
} wasm_table_inst_t;

/* The exported function of that name, NULL if there is none. "$MODULE$FUNCTION" is one of another
   module, by the name that it was read or registered by, of which the instance has a part. */
WASM_RUNTIME_API_EXTERN wasm_function_inst_t
wasm_runtime_lookup_function(const wasm_module_inst_t module_inst, const char* name);

/* Fills *global_inst for the exported global of that name; false, nothing written, if none. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_get_export_global_inst(
    const wasm_module_inst_t module_inst, const char* name, wasm_global_inst_t* global_inst);

/* Fills *table_inst for the exported table of that name; false, nothing written, if none. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_get_export_table_inst(
    const wasm_module_inst_t module_inst, const char* name, wasm_table_inst_t* table_inst);

/* The function in element idx of a function table; NULL for a null element or idx >= cur_size. */
WASM_RUNTIME_API_EXTERN wasm_function_inst_t wasm_table_get_func_inst(
    const wasm_module_inst_t module_inst, const wasm_table_inst_t* table_inst, uint32_t idx);

/* Number of parameters of a function. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_func_get_param_count(const wasm_function_inst_t func_inst,
                                                           const wasm_module_inst_t module_inst);

/* Number of results of a function. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_func_get_result_count(const wasm_function_inst_t func_inst,
                                                            const wasm_module_inst_t module_inst);

/* Writes the kinds of all parameters; the array must hold wasm_func_get_param_count() entries. */
WASM_RUNTIME_API_EXTERN void wasm_func_get_param_types(const wasm_function_inst_t func_inst,
                                                       const wasm_module_inst_t module_inst,
                                                       wasm_valkind_t* param_types);

/* Writes the kinds of all results; the array must hold wasm_func_get_result_count() entries. */
WASM_RUNTIME_API_EXTERN void wasm_func_get_result_types(const wasm_function_inst_t func_inst,
                                                        const wasm_module_inst_t module_inst,
                                                        wasm_valkind_t* result_types);

/* ---- Threads and execution environments ----------------------------------------------------- */

/*
 * Readies the calling thread for running wasm: once per thread that is to do so, except the one
 * that initialised the runtime. May be repeated. False when out of resources.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_init_thread_env(void);

/* Undoes wasm_runtime_init_thread_env() for the calling thread, before it ends. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_destroy_thread_env(void);

/* Whether wasm can be run by the calling thread. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_thread_env_inited(void);

/*
 * Makes a stack for calls into an instance: stack_size bytes for wasm frames (not the native
 * stack, not the guest's own stack in linear memory). To be released by
 * wasm_runtime_destroy_exec_env(). Threads may take turns on one but not use it at the same time.
 * NULL when out of memory.
 */
WASM_RUNTIME_API_EXTERN wasm_exec_env_t wasm_runtime_create_exec_env(wasm_module_inst_t module_inst,
                                                                     uint32_t stack_size);

/* Releases an exec_env of wasm_runtime_create_exec_env(). Ignored while a call is running on it,
   and for an instance's own one. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_destroy_exec_env(wasm_exec_env_t exec_env);

/*
 * The instance's own exec_env, made at first use with its default stack size; the same one every
 * time, released with the instance and never by the host. NULL when out of memory.
 */
WASM_RUNTIME_API_EXTERN wasm_exec_env_t
wasm_runtime_get_exec_env_singleton(wasm_module_inst_t module_inst);

/* The instance that calls on this exec_env belong to; in a native: the calling instance. */
WASM_RUNTIME_API_EXTERN wasm_module_inst_t wasm_runtime_get_module_inst(wasm_exec_env_t exec_env);

/*
 * Makes the exec_env belong to another instance, so that its functions can be called there. The
 * host sets it back; exceptions go to the instance that is set. In the middle of a call on the
 * exec_env, and for an instance's own one, the two instances count as linked from then on: the
 * memory of either stays until both have ended. An instance of another runtime is refused with a
 * line in the log.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_module_inst(wasm_exec_env_t exec_env,
                                                          const wasm_module_inst_t module_inst);

/* One pointer of the host's per exec_env, NULL at first. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_user_data(wasm_exec_env_t exec_env, void* user_data);

/* What wasm_runtime_set_user_data() stored, or NULL. */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_get_user_data(wasm_exec_env_t exec_env);

/*
 * In a native: the attachment it was registered with. NULL outside natives, and in a native that
 * has since called wasm which called another native.
 */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_get_function_attachment(wasm_exec_env_t exec_env);

/*
 * Lowest native stack address that calls on this exec_env may use, instead of the thread's own
 * limit; NULL returns to that. For hosts that run wasm on stacks they switch themselves: without
 * it calls there nest four deep, and deeper only within 4 KiB. The stack's very bottom may be
 * given: room for wembed's own frames and a signal (about 10 KiB) is kept free above it; what the
 * host's natives need is the host's to add. Takes effect at the next call.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_native_stack_boundary(wasm_exec_env_t exec_env,
                                                                    uint8_t* native_stack_boundary);

/*
 * In a native: whether the native stack has room for more work. If not, sets the exception
 * `native stack overflow` and returns false; the native should then return.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_detect_native_stack_overflow(wasm_exec_env_t exec_env);

/* The same for required_size bytes. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_detect_native_stack_overflow_size(
    wasm_exec_env_t exec_env, uint32_t required_size);

/*
 * Limits the wasm instructions of each outermost call on this exec_env; when used up, the call
 * traps with `instruction limit exceeded`. Negative, the default: no limit. Counted per
 * straight-line piece of code, so that a call may stop a little before the exact number.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_instruction_count_limit(wasm_exec_env_t exec_env,
                                                                      int instruction_count);

/*
 * Announces that the calling native is about to block. False if the guest is to stop already: do
 * not block then and do not call the end function. Not nestable.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_begin_blocking_op(wasm_exec_env_t exec_env);

/* Ends what wasm_runtime_begin_blocking_op() began; keeps errno. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_end_blocking_op(wasm_exec_env_t exec_env);

/* ---- Calls ---------------------------------------------------------------------------------- */

/*
 * Calls a function of exec_env's instance. argv holds the arguments in 32-bit cells: one for i32,
 * f32 and funcref (function index, 0xFFFFFFFF for null), two for i64, f64 (low half first) and
 * externref (the host's pointer), four for v128. Results replace them from argv[0] on, packed the
 * same way, so argv needs room for the larger of both. argc is not checked: the function's type
 * says how many cells are read. exec_env NULL gives false. Returns false when an exception is set,
 * also one that was set before: then nothing is run.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_wasm(wasm_exec_env_t exec_env,
                                                    wasm_function_inst_t function, uint32_t argc,
                                                    uint32_t argv[]);

/*
 * The same with typed values. num_args and num_results have to be the function's own counts, else
 * false without an exception. args[i].kind has to be the parameter's kind. Results get their kind
 * set (a funcref arrives as WASM_I32: the function index). No v128.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_wasm_a(wasm_exec_env_t exec_env,
                                                      wasm_function_inst_t function,
                                                      uint32_t num_results, wasm_val_t results[],
                                                      uint32_t num_args, wasm_val_t* args);

/*
 * The same with the arguments as C varargs: uint32_t for i32 and funcref, uint64_t for i64, double
 * for f32 and f64, uintptr_t for externref.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_wasm_v(wasm_exec_env_t exec_env,
                                                      wasm_function_inst_t function,
                                                      uint32_t num_results, wasm_val_t results[],
                                                      uint32_t num_args, ...);

/*
 * Calls the function in element element_index of the instance's first table, cells as for
 * wasm_runtime_call_wasm(). Sets an exception and returns false if the index is out of range, the
 * element is null, or argc is smaller than the parameters need.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_indirect(wasm_exec_env_t exec_env,
                                                        uint32_t element_index, uint32_t argc,
                                                        uint32_t argv[]);

/*
 * Runs a program on the singleton exec_env: the export `main`, `__main_argc_argv` or `_main`, of
 * type () or (i32 i32) with no or one i32 result. For the second form the argv strings are copied
 * into the instance's heap for the duration of the call. The result, if any, overwrites the first
 * four bytes of argv[0]'s pointer when argc > 0. Returns false when an exception is set.
 */
WASM_RUNTIME_API_EXTERN bool wasm_application_execute_main(wasm_module_inst_t module_inst,
                                                           int32_t argc, char* argv[]);

/*
 * Calls an export with its arguments as text (one string per parameter, C number syntax) on the
 * singleton exec_env and prints the results to stdout as value:type, separated by commas. Clears
 * a pending exception first. Returns false, with an exception, for an unknown name, a wrong count,
 * text that is no number, or a trap.
 */
WASM_RUNTIME_API_EXTERN bool wasm_application_execute_func(wasm_module_inst_t module_inst,
                                                           const char* name, int32_t argc,
                                                           char* argv[]);

/* ---- Objects of the host as externrefs ------------------------------------------------------ */

/*
 * Gives an object of the host a number: the one that it has in that instance, or a new one. Numbers
 * begin at 1, are the process's, and are not used again. (void*)-1 is null and has the number
 * 0xFFFFFFFF. False: no memory. Guests are given the pointer itself, see wasm_runtime_call_wasm().
 *
 * An object ends, and has no number any more, by wasm_externref_objdel(), with its instance, or
 * when wembed_collect() finds that no guest refers to it.
 */
WASM_RUNTIME_API_EXTERN bool wasm_externref_obj2ref(wasm_module_inst_t module_inst,
                                                    void* extern_obj, uint32_t* p_externref_idx);

/* Ends the object; its clean-up function is called. False: it has no number in that instance. */
WASM_RUNTIME_API_EXTERN bool wasm_externref_objdel(wasm_module_inst_t module_inst,
                                                   void* extern_obj);

/* What is called with the object once it has ended; NULL: nothing. False: it has no number in that
   instance. */
WASM_RUNTIME_API_EXTERN bool wasm_externref_set_cleanup(wasm_module_inst_t module_inst,
                                                        void* extern_obj,
                                                        void (*extern_obj_cleanup)(void*));

/* The object of that number; NULL for 0xFFFFFFFF. False: there is none, *p_extern_obj stays. */
WASM_RUNTIME_API_EXTERN bool wasm_externref_ref2obj(uint32_t externref_idx, void** p_extern_obj);

/* The object stays until it is deleted or its instance ends. False: no object has that number. */
WASM_RUNTIME_API_EXTERN bool wasm_externref_retain(uint32_t externref_idx);

/* ---- Exceptions ----------------------------------------------------------------------------- */

/*
 * The pending exception, beginning with `Exception: `, or NULL. Belongs to the instance and is
 * valid until the exception is set or cleared again.
 */
WASM_RUNTIME_API_EXTERN const char* wasm_runtime_get_exception(wasm_module_inst_t module_inst);

/*
 * Sets the exception to `Exception: ` and the text (copied, 127 characters in all); NULL clears
 * it. Set by a native, it traps the guest when the native returns.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_exception(wasm_module_inst_t module_inst,
                                                        const char* exception);

/* Removes the pending exception; needed before the next call after a trap. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_clear_exception(wasm_module_inst_t module_inst);

/*
 * Sets the exception `terminated by user` and makes running calls of the instance trap with it
 * soon. May be called from any thread while the instance exists. The instance is usable again
 * after wasm_runtime_clear_exception().
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_terminate(wasm_module_inst_t module_inst);

/* ---- Guest memory: allocation, addresses ---------------------------------------------------- */

/*
 * Allocates size bytes inside the first memory for host and guest to share: from the module's own
 * exported allocator if it has a complete one, else from the heap asked for at instantiation.
 * Returns the app offset, and the native address through p_native_addr, which may be NULL. On
 * failure returns 0 and stores NULL. No memory, or a trap in the module's allocator, leaves an
 * exception; a full heap does not. May run wasm and may grow the memory, which moves views.
 */
WASM_RUNTIME_API_EXTERN uint64_t wasm_runtime_module_malloc(wasm_module_inst_t module_inst,
                                                            uint64_t size, void** p_native_addr);

/* Releases a block by app offset. 0 and offsets that are no block are ignored. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_module_free(wasm_module_inst_t module_inst, uint64_t ptr);

/*
 * wasm_runtime_module_malloc() and a copy of size bytes from src (count a string's NUL yourself).
 * 0 on failure.
 */
WASM_RUNTIME_API_EXTERN uint64_t wasm_runtime_module_dup_data(wasm_module_inst_t module_inst,
                                                              const char* src, uint64_t size);

/*
 * Whether size bytes from app_offset lie inside the memory. If not, or if there is no memory, sets
 * `out of bounds memory access` and returns false. 0 bytes at the very end are inside.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_validate_app_addr(wasm_module_inst_t module_inst,
                                                            uint64_t app_offset, uint64_t size);

/* The same for a string: the offset and a NUL after it lie inside the memory. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_validate_app_str_addr(wasm_module_inst_t module_inst,
                                                                uint64_t app_str_offset);

/* The same for size bytes from a native address. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_validate_native_addr(wasm_module_inst_t module_inst,
                                                               void* native_ptr, uint64_t size);

/* Native address of an app offset; NULL if it is outside. Sets no exception. */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_addr_app_to_native(wasm_module_inst_t module_inst,
                                                              uint64_t app_offset);

/* App offset of a native address; 0, also the first byte's offset, if it is outside. */
WASM_RUNTIME_API_EXTERN uint64_t wasm_runtime_addr_native_to_app(wasm_module_inst_t module_inst,
                                                                 void* native_ptr);

/*
 * Bounds, as offsets [start, end), of the memory that contains app_offset; either pointer may be
 * NULL. False, nothing written, if none does.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_get_app_addr_range(wasm_module_inst_t module_inst,
                                                             uint64_t app_offset,
                                                             uint64_t* p_app_start_offset,
                                                             uint64_t* p_app_end_offset);

/* The same bounds as native addresses, for the memory that contains native_ptr. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_get_native_addr_range(wasm_module_inst_t module_inst,
                                                                uint8_t* native_ptr,
                                                                uint8_t** p_native_start_addr,
                                                                uint8_t** p_native_end_addr);

/* ---- Memories ------------------------------------------------------------------------------- */

/* Why growing a memory failed. */
typedef enum {
  INTERNAL_ERROR = 0,   /* no room for it */
  MAX_SIZE_REACHED = 1, /* beyond the maximum */
} enlarge_memory_error_reason_t;

/*
 * Told of every failing memory.grow and wasm_runtime_enlarge_memory(). current_memory_size is in
 * bytes; exec_env is the one that ran last on the instance and may be NULL. It may call the guest.
 */
typedef void (*enlarge_memory_error_callback_t)(uint32_t inc_page_count,
                                                uint64_t current_memory_size, uint32_t memory_index,
                                                enlarge_memory_error_reason_t failure_reason,
                                                wasm_module_inst_t instance,
                                                wasm_exec_env_t exec_env, void* user_data);

/* The first memory, whatever name is given; NULL if the instance has none. */
WASM_RUNTIME_API_EXTERN wasm_memory_inst_t
wasm_runtime_lookup_memory(const wasm_module_inst_t module_inst, const char* name);

/* The first memory; NULL if the instance has none. */
WASM_RUNTIME_API_EXTERN wasm_memory_inst_t
wasm_runtime_get_default_memory(const wasm_module_inst_t module_inst);

/* The memory with that index, imported ones first; NULL if out of range. */
WASM_RUNTIME_API_EXTERN wasm_memory_inst_t
wasm_runtime_get_memory(const wasm_module_inst_t module_inst, uint32_t index);

/* Current size in pages. */
WASM_RUNTIME_API_EXTERN uint64_t
wasm_memory_get_cur_page_count(const wasm_memory_inst_t memory_inst);

/* Size in pages that growing cannot exceed. */
WASM_RUNTIME_API_EXTERN uint64_t
wasm_memory_get_max_page_count(const wasm_memory_inst_t memory_inst);

/* Bytes per page; a memory's size in bytes is this times its pages. */
WASM_RUNTIME_API_EXTERN uint64_t
wasm_memory_get_bytes_per_page(const wasm_memory_inst_t memory_inst);

/* Whether the memory is shared between threads. */
WASM_RUNTIME_API_EXTERN bool wasm_memory_get_shared(const wasm_memory_inst_t memory_inst);

/* Native address of the first byte, valid until the memory grows. */
WASM_RUNTIME_API_EXTERN void* wasm_memory_get_base_address(const wasm_memory_inst_t memory_inst);

/* Adds pages to a memory; true for 0. False beyond the maximum or without room; no callback. */
WASM_RUNTIME_API_EXTERN bool wasm_memory_enlarge(wasm_memory_inst_t memory_inst,
                                                 uint64_t inc_page_count);

/* Adds pages to the first memory. False as of wasm_memory_enlarge(), and the callback set below is
   told; no exception is set. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_enlarge_memory(wasm_module_inst_t module_inst,
                                                         uint64_t inc_page_count);

/* Sets the process's one callback for failing growth, NULL for none; user_data is handed to it. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_enlarge_mem_error_callback(
    const enlarge_memory_error_callback_t callback, void* user_data);

/* ---- Natives -------------------------------------------------------------------------------- */

/*
 * Offers host functions to modules loaded (or resolved) from now on, as imports from module_name.
 * Both module_name and the array are kept by pointer until unregistered or the runtime is
 * destroyed; the array is sorted in place by name. A later registration hides an earlier one of
 * the same name. False when out of memory or not initialised. A native may not throw a C++
 * exception or leave by longjmp: neither passes through the library.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_register_natives(const char* module_name,
                                                           NativeSymbol* native_symbols,
                                                           uint32_t n_native_symbols);

/*
 * The same for functions of the form void fn(wasm_exec_env_t, uint64_t *args): one slot per
 * argument, the result goes to args[0]. See the native_raw_ macros.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_register_natives_raw(const char* module_name,
                                                               NativeSymbol* native_symbols,
                                                               uint32_t n_native_symbols);

/*
 * Withdraws the newest registration of this array under this name; false if there is none.
 * Modules that are linked to it already stay so.
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_unregister_natives(const char* module_name,
                                                             NativeSymbol* native_symbols);

/* Whether a native of that name is registered; its type is not looked at. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_import_func_linked(const char* module_name,
                                                                const char* func_name);

/* Whether the runtime itself provides that global. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_import_global_linked(const char* module_name,
                                                                  const char* global_name);

/*
 * For natives with the plain prototype: short forms that use a variable `module_inst` in scope,
 * as set by  wasm_module_inst_t module_inst = get_module_inst(exec_env);
 */
#define get_module_inst(exec_env) wasm_runtime_get_module_inst(exec_env)
#define validate_app_addr(offset, size) wasm_runtime_validate_app_addr(module_inst, offset, size)
#define validate_app_str_addr(offset) wasm_runtime_validate_app_str_addr(module_inst, offset)
#define addr_app_to_native(offset) wasm_runtime_addr_app_to_native(module_inst, offset)
#define addr_native_to_app(ptr) wasm_runtime_addr_native_to_app(module_inst, ptr)
#define module_malloc(size, p_native_addr) \
  wasm_runtime_module_malloc(module_inst, size, p_native_addr)
#define module_free(offset) wasm_runtime_module_free(module_inst, offset)

/*
 * For raw natives: name the result's type first (while args still points at the first slot), then
 * take the arguments in order, then store the result.
 */
/* clang-format off */
#define native_raw_return_type(type, args) type *raw_ret = (type *)(args)
#define native_raw_get_arg(type, name, args) type name = *((type *)(args++))
#define native_raw_set_return(val) *raw_ret = (val)
/* clang-format on */

/* ---- Spawned exec_envs and threads -----------------------------------------------------------
 * A spawned exec_env has an instance of its own, of the same module and with the same shared
 * memories; other memories, tables and globals are new ones. Its start function runs, exported
 * constructors do not. Custom data and contexts are copied; setting custom data, spreading a
 * context, setting and clearing an exception concern the root and all that was spawned from it.
 * The program has to export __data_end and __heap_base, as linkers do when asked: the stack it has
 * in memory is divided among the root and as many as may be spawned.
 */

/* How many may be spawned from a root at a time, for roots that first spawn afterwards; 4 without,
   0 changes nothing. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_max_thread_num(uint32_t num);

/*
 * Spawns for another thread, which is the host's. NULL: as many are there as may be, there is no
 * stack to divide (both are logged), an exception is pending, or there is no memory.
 */
WASM_RUNTIME_API_EXTERN wasm_exec_env_t wasm_runtime_spawn_exec_env(wasm_exec_env_t exec_env);

/* Ends it and its instance. Nothing runs on it. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_destroy_spawned_exec_env(wasm_exec_env_t exec_env);

/* A thread's number. */
typedef uintptr_t wasm_thread_t;

/* What runs on the thread: functions have to be looked up in its exec_env's instance. */
typedef void* (*wasm_thread_callback_t)(wasm_exec_env_t, void*);

/*
 * Starts a thread, with 256 KiB of native stack, on a spawned exec_env, which ends with the
 * callback. 0, or -1 when there is no such exec_env or no thread. It has to be joined; instances
 * wait for those that were not when they end.
 */
WASM_RUNTIME_API_EXTERN int32_t wasm_runtime_spawn_thread(wasm_exec_env_t exec_env,
                                                          wasm_thread_t* tid,
                                                          wasm_thread_callback_t callback,
                                                          void* arg);

/*
 * Waits for a thread's end; *retval, which may be NULL, gets what the callback returned. 0, or -1:
 * there is no such thread, it is the caller's own, somebody joins it already, or the caller is a
 * native whose guest has to stop (the thread can still be joined then).
 */
WASM_RUNTIME_API_EXTERN int32_t wasm_runtime_join_thread(wasm_thread_t tid, void** retval);

/* ---- WASI: settings -------------------------------------------------------------------------
 * Lists and texts are the host's and have to stay until the last instance is made with them. A
 * function that is given a module concerns the instances made from it afterwards; one that is given
 * InstantiationArgs2 those made with that. A host uses either for an instance, not both.
 * Descriptors below 0 stand for the process's own.
 */

/*
 * Directories that the guest finds under the same name, and mapped ones ("guest::host"); its
 * environment ("NAME=value") and arguments, the first of which is the program's name.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_wasi_args_ex(
    wasm_module_t module, const char* dir_list[], uint32_t dir_count, const char* map_dir_list[],
    uint32_t map_dir_count, const char* env[], uint32_t env_count, char* argv[], int argc,
    int64_t stdinfd, int64_t stdoutfd, int64_t stderrfd);

/* The same with the process's own standard streams. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_wasi_args(wasm_module_t module,
                                                        const char* dir_list[], uint32_t dir_count,
                                                        const char* map_dir_list[],
                                                        uint32_t map_dir_count, const char* env[],
                                                        uint32_t env_count, char* argv[], int argc);

/* Addresses ("address/mask") that the guest may connect and bind to; none without. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_wasi_addr_pool(wasm_module_t module,
                                                             const char* addr_pool[],
                                                             uint32_t addr_pool_size);

/* Names that it may look up; "*suffix" stands for all that end so. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_wasi_ns_lookup_pool(wasm_module_t module,
                                                                  const char* ns_lookup_pool[],
                                                                  uint32_t ns_lookup_pool_size);

/* The same for one instance. `p` may be NULL. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_arg(
    struct InstantiationArgs2* p, char* argv[], int argc);
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_env(
    struct InstantiationArgs2* p, const char* env[], uint32_t env_count);
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_dir(
    struct InstantiationArgs2* p, const char* dir_list[], uint32_t dir_count,
    const char* map_dir_list[], uint32_t map_dir_count);
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_stdio(
    struct InstantiationArgs2* p, int64_t stdinfd, int64_t stdoutfd, int64_t stderrfd);
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_addr_pool(
    struct InstantiationArgs2* p, const char* addr_pool[], uint32_t addr_pool_size);
WASM_RUNTIME_API_EXTERN void wasm_runtime_instantiation_args_set_wasi_ns_lookup_pool(
    struct InstantiationArgs2* p, const char* ns_lookup_pool[], uint32_t ns_lookup_pool_size);

/* Whether the module imports functions of WASI. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_wasi_mode(wasm_module_inst_t module_inst);

/* The exported function "_start" without parameters and results, in any module; NULL: there is
   none, or it has another type, which is logged. */
WASM_RUNTIME_API_EXTERN wasm_function_inst_t
wasm_runtime_lookup_wasi_start_function(wasm_module_inst_t module_inst);

/* What the guest gave to proc_exit; 0 when it did not call that. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_runtime_get_wasi_exit_code(wasm_module_inst_t module_inst);

/* ---- Call stacks and figures ----------------------------------------------------------------
 * The stack of the last trap of the exec_env's instance stays until the next one, whether or not
 * the exception is cleared. As text it is an empty line, one line for each frame, the innermost
 * first ("#00: 0x0103 - name", the byte offset in the module), and another empty line; 64 frames
 * at the most.
 */

/* Bytes of the text with its NUL; 0 when no trap is known. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_runtime_get_call_stack_buf_size(wasm_exec_env_t exec_env);

/* Writes the text, cut to len bytes with its NUL; returns how many bytes were written. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_runtime_dump_call_stack_to_buf(wasm_exec_env_t exec_env,
                                                                     char* buf, uint32_t len);

/* Prints it, where guests print. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_dump_call_stack(wasm_exec_env_t exec_env);

/* A frame of a running call. */
typedef struct wasm_frame_t {
  void* instance;         /* the wasm_module_inst_t */
  uint32_t module_offset; /* 0 */
  uint32_t func_index;    /* imports are counted */
  uint32_t func_offset;   /* 0, and the rest is NULL */
  const char* func_name_wp;
  uint32_t* sp;
  uint8_t* frame_ref;
  uint32_t* lp;
} WASMCApiFrame;

/*
 * From a native: the frames of what runs on the exec_env, that native first, without the skip_n
 * innermost. At most `length` are copied; returns how many. Nothing is written to error_buf.
 */
WASM_RUNTIME_API_EXTERN uint32_t wasm_copy_callstack(const wasm_exec_env_t exec_env,
                                                     WASMCApiFrame* buffer, const uint32_t length,
                                                     const uint32_t skip_n, char* error_buf,
                                                     uint32_t error_buf_size);

/* Prints what module, instance and exec_env take, where guests print. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_dump_mem_consumption(wasm_exec_env_t exec_env);

/*
 * How often functions of the instance were called, and how long they ran, when the runtime was
 * asked to measure: by wembed_config_t.profile (wembed.h), or WEMBED_PROFILE=1 in the environment.
 * Else the first prints a heading, the others return -1. Calls that still run do not count yet. Any
 * thread.
 *
 * The first prints, where guests print, a line for each function that was called: milliseconds with
 * all that it called, calls, and milliseconds of that in functions that it called itself. The
 * second is the milliseconds in functions themselves, of all together; the third of the first
 * function of that name, in the name section or else of its import or export, -1 when there is
 * none. wasm_application_execute_main and _func print the first themselves in the end.
 */
WASM_RUNTIME_API_EXTERN void wasm_runtime_dump_perf_profiling(wasm_module_inst_t module_inst);
WASM_RUNTIME_API_EXTERN double wasm_runtime_sum_wasm_exec_time(wasm_module_inst_t module_inst);
WASM_RUNTIME_API_EXTERN double wasm_runtime_get_wasm_func_exec_time(wasm_module_inst_t inst,
                                                                    const char* func_name);

/* ---- Parts of WAMR that are not here --------------------------------------------------------
 * There is no AOT code (false), no debug server (0: no port), no profile for a compiler (0 bytes),
 * and bounds are always checked (true).
 */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_xip_file(const uint8_t* buf, uint32_t size);
WASM_RUNTIME_API_EXTERN uint32_t
wasm_runtime_start_debug_instance_with_port(wasm_exec_env_t exec_env, int32_t port);
WASM_RUNTIME_API_EXTERN uint32_t wasm_runtime_start_debug_instance(wasm_exec_env_t exec_env);
WASM_RUNTIME_API_EXTERN uint32_t
wasm_runtime_get_pgo_prof_data_size(wasm_module_inst_t module_inst);
WASM_RUNTIME_API_EXTERN uint32_t
wasm_runtime_dump_pgo_prof_data_to_buf(wasm_module_inst_t module_inst, char* buf, uint32_t len);
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_bounds_checks(wasm_module_inst_t module_inst,
                                                            bool enable);
WASM_RUNTIME_API_EXTERN bool wasm_runtime_is_bounds_checks_enabled(wasm_module_inst_t module_inst);

/* ---- Shared heaps -----------------------------------------------------------------------------
 * A shared heap lies at the end of what the addresses of an instance reach: one of 4096 bytes at
 * 0xfffff000 to 0xffffffff, for a memory with 64-bit addresses at the end of these. Instances that
 * it is attached to read and write the same bytes there, by every instruction; validation and
 * translation of addresses, and pointers of natives, reach it too. An access lies in memory, or in
 * one heap, as a whole.
 *
 * Heaps are the process-wide runtime's and live until that is destroyed. Works on every kind of
 * memory. While one is attached, the instance's functions run in a form that checks each access:
 * slower, and those that are running at the time go on without it, so attach between calls. Nobody
 * else may run the instance while one is attached or detached. An instance that ends, or is reset,
 * is detached.
 */
struct WASMSharedHeap;
typedef struct WASMSharedHeap* wasm_shared_heap_t;

typedef struct SharedHeapInitArgs {
  uint32_t size;            /* bytes, rounded up to pages of the system; at most 1 GiB */
  void* pre_allocated_addr; /* NULL, or that many bytes of the host's, whole pages: they stay its
                               own, outlive the runtime, and nothing is allocated from them */
} SharedHeapInitArgs;

/* NULL: the size is 0 or too large, pre-allocated bytes are not whole pages, or there is no memory.
   Zero filled, unless pre-allocated. Any thread. */
WASM_RUNTIME_API_EXTERN wasm_shared_heap_t
wasm_runtime_create_shared_heap(SharedHeapInitArgs* init_args);
/* Puts head, which is in no chain, directly below body, the head of its chain; attaching head then
   attaches all of it. The result is head. NULL: one of them is attached or in a chain already, both
   have a heap that can be allocated from, or together they are larger than 4 GiB. Any thread. */
WASM_RUNTIME_API_EXTERN wasm_shared_heap_t wasm_runtime_chain_shared_heaps(wasm_shared_heap_t head,
                                                                           wasm_shared_heap_t body);
/* Takes head off its chain; the result is the rest. entire_chain: takes the chain apart; the result
   is its last heap. NULL: no chain begins there, or it is attached. Any thread. */
WASM_RUNTIME_API_EXTERN wasm_shared_heap_t
wasm_runtime_unchain_shared_heaps(wasm_shared_heap_t head, bool entire_chain);
/* All heaps of the chain are zero again, and nothing is allocated. False: one is attached. Any
   thread. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_reset_shared_heap_chain(wasm_shared_heap_t shared_heap);
/* For the instance and those of its cluster. False, and a line in the log: the module has no
   memory, that reaches into the heap, or one is attached already. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_attach_shared_heap(wasm_module_inst_t module_inst,
                                                             wasm_shared_heap_t shared_heap);
/* Nothing when none is attached. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_detach_shared_heap(wasm_module_inst_t module_inst);
/* A block of the attached chain; *p_native_addr, which may be NULL, gets its native address. 0:
   nothing is attached, the chain has the host's bytes alone, or it is full. Any thread. */
WASM_RUNTIME_API_EXTERN uint64_t wasm_runtime_shared_heap_malloc(wasm_module_inst_t module_inst,
                                                                 uint64_t size,
                                                                 void** p_native_addr);
/* By any instance it is attached to. What is no block is left alone, with a line in the log. Any
   thread. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_shared_heap_free(wasm_module_inst_t module_inst,
                                                           uint64_t ptr);

/* ---- Context keys --------------------------------------------------------------------------- */

/*
 * Makes a key under which every instance has one pointer for a host library. Create it before the
 * instances. dtor, which may be NULL, is called for each instance that ends, also with ctx NULL
 * where nothing was set. NULL when all keys are taken (there are 8, one kept by the runtime).
 */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_create_context_key(void (*dtor)(wasm_module_inst_t inst,
                                                                           void* ctx));

/* Gives a key back, after the instances that used it; calls no dtor. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_destroy_context_key(void* key);

/* Stores the key's pointer for one instance. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_context(wasm_module_inst_t inst, void* key,
                                                      void* ctx);

/* Stores the key's pointer for the instance and those of the threads it spawned. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_set_context_spread(wasm_module_inst_t inst, void* key,
                                                             void* ctx);

/* The key's pointer for this instance, NULL if none was set. */
WASM_RUNTIME_API_EXTERN void* wasm_runtime_get_context(wasm_module_inst_t inst, void* key);

#ifdef __cplusplus
}
#endif

#endif /* _WASM_EXPORT_H */
