/*
 * wembed_inspect.h: what lies where in an instance, for people and their tools.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_INSPECT_H
#define WEMBED_INSPECT_H

#include "wembed_exception.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_INSPECT_H */
