/*
 * wembed_debug.h: what a module's debugging information (DWARF 2 to 5) says of the program it was
 * compiled from: functions with their parameters, types, variables, and the lines of source files
 * that code was made from.
 *
 * The information comes from the module's file, from a file it was put into instead, and from split
 * (.dwo) files or packages of them (.dwp). All of it is untrusted: what makes no sense in it is
 * left out. Costs are in proportion to its length.
 *
 * A library that was built with WEMBED_DWARF=OFF has none of these functions.
 */
#ifndef WEMBED_DEBUG_H
#define WEMBED_DEBUG_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Opening ----------------------------------------------------------------------------- */

typedef struct wembed_debug* wembed_debug_t;

typedef struct wembed_debug_source {
  uint32_t size;            /* of this structure; set before the call */
  wembed_runtime_t runtime; /* whose allocator is used; NULL: the process-wide one */
  const uint8_t* bytes;     /* of a WebAssembly file; they stay the caller's, and have to be there
                               unchanged until wembed_debug_close */
  size_t length;
  int64_t deadline_ms; /* for this call, and each that is given a source; <= 0: none */
  wembed_stop_t stop;  /* or NULL: ends the call when it is requested */
} wembed_debug_source_t;

/*
 * The information in a file, whose functions' addresses are looked at no further yet. A file
 * without any gives an empty one. NULL, with *error (or NULL) filled, when the bytes are no
 * WebAssembly file, for want of memory, or when it was stopped. Any thread.
 */
wembed_debug_t wembed_debug_open(const wembed_debug_source_t* source, wembed_error_t* error);

/*
 * The information of a split file, which the others refer to, or of a package of them, of which
 * what is missing is taken. `source->runtime` is not looked at; the bytes have to stay as those of
 * wembed_debug_open. False, with *error filled: it is no such file; or there was no memory, it
 * costs more than its length allows, or it was stopped, when some of it may be there. Before
 * wembed_debug_read and wembed_debug_places, from one thread.
 */
bool wembed_debug_add_split(wembed_debug_t debug, const wembed_debug_source_t* source,
                            wembed_error_t* error);

/* Before its runtime ends, and not while a module has it (wembed_module_set_debug). NULL: nothing.
 */
void wembed_debug_close(wembed_debug_t debug);

typedef struct wembed_debug_info {
  uint32_t size;        /* of this structure; set before the call */
  uint32_t units;       /* 0: there is no information */
  uint32_t version_min; /* of DWARF, of all units; 0: there is none */
  uint32_t version_max;
  uint32_t missing;        /* split files that were not given: see wembed_debug_missing */
  bool addresses_zeroed;   /* all addresses of code are zero, as wasm-opt leaves them: types are
                              good, places and functions' addresses are not there */
  uint64_t code_start;     /* offset in the file from which addresses count */
  uint64_t code_bytes;     /* of the code section; 0: the file has no code */
  uint64_t problem_offset; /* in .debug_info, of what was left out first; of a package: its slot */
  char problem[64];        /* "": nothing was left out */
  char external[256];      /* file or URL of information that was put elsewhere; "": none was */
  char producer[128];      /* compiler of the first unit; "": not known */
  uint32_t language;       /* DW_LANG number of the first unit */
  uint32_t types, functions, variables; /* 0 before wembed_debug_read */
} wembed_debug_info_t;

/* False: info->size makes no sense. */
bool wembed_debug_describe(wembed_debug_t debug, wembed_debug_info_t* info);

/*
 * Path of a split file that is missing, with its folder, cut to `capacity` bytes with the NUL.
 * Returns its length before that; 0: there is none of that index.
 */
uint32_t wembed_debug_missing(wembed_debug_t debug, uint32_t index, char* path, uint32_t capacity);

/* ---- Types, functions, variables --------------------------------------------------------- */

/*
 * Reads all types, functions and variables; once is enough. False, with *error filled, for want of
 * memory, when there are more than 67 million of something, or when it was stopped (by deadline and
 * stop of `limits`, or NULL: without). From one thread; after it what follows may be called from
 * any, as long as the information is open.
 */
bool wembed_debug_read(wembed_debug_t debug, const wembed_debug_source_t* limits,
                       wembed_error_t* error);

/* In place of a type, scope: none. Of a type it means void. */
#define WEMBED_DEBUG_NONE UINT32_MAX
/* In place of a number of bytes or an address: not known. */
#define WEMBED_DEBUG_UNKNOWN UINT64_MAX

typedef enum wembed_debug_type_kind {
  WEMBED_DEBUG_BASE = 1, /* a number, see encoding */
  WEMBED_DEBUG_STRUCT = 2,
  WEMBED_DEBUG_CLASS = 3,
  WEMBED_DEBUG_UNION = 4,
  WEMBED_DEBUG_ENUM = 5,  /* target: the integer it is kept as, if that is known */
  WEMBED_DEBUG_ARRAY = 6, /* target: elements; members: dimensions, outermost first */
  WEMBED_DEBUG_POINTER = 7,
  WEMBED_DEBUG_REFERENCE = 8,
  WEMBED_DEBUG_RVALUE_REFERENCE = 9,
  WEMBED_DEBUG_FUNCTION_TYPE = 10, /* target: result; members: parameters */
  WEMBED_DEBUG_TYPEDEF = 11,
  WEMBED_DEBUG_CONST = 12,
  WEMBED_DEBUG_VOLATILE = 13,
  WEMBED_DEBUG_RESTRICT = 14,
  WEMBED_DEBUG_ATOMIC = 15,
  WEMBED_DEBUG_MEMBER_POINTER = 16,
  WEMBED_DEBUG_UNSPECIFIED = 17 /* decltype(nullptr) and the like */
} wembed_debug_type_kind_t;

/* DW_ATE of a base type: what its bits mean. Others are not numbers that wasm has. */
typedef enum wembed_debug_encoding {
  WEMBED_DEBUG_BOOLEAN = 2,
  WEMBED_DEBUG_FLOAT = 4,
  WEMBED_DEBUG_SIGNED = 5,
  WEMBED_DEBUG_SIGNED_CHAR = 6,
  WEMBED_DEBUG_UNSIGNED = 7,
  WEMBED_DEBUG_UNSIGNED_CHAR = 8,
  WEMBED_DEBUG_UTF = 16
} wembed_debug_encoding_t;

/* Names are those of the source, NUL-terminated, and live as long as the bytes; "": it has none. */
typedef struct wembed_debug_type {
  uint32_t kind; /* wembed_debug_type_kind_t */
  uint32_t encoding;
  const char* name;
  uint64_t bytes; /* WEMBED_DEBUG_UNKNOWN: not said */
  uint64_t align; /* where the program asks for one; else 0 */
  uint32_t target;
  uint32_t scope;            /* what its name is in, see wembed_debug_scope */
  uint32_t members;          /* see wembed_debug_member */
  uint32_t unit, file, line; /* where it is declared, see wembed_debug_file; line 0: not known */
  bool is_declaration;       /* a struct whose fields are said elsewhere, or nowhere */
  bool is_enum_class;
  bool is_vector;
  bool has_variants; /* parts of which one is there at a time, as in enums of Rust; no members */
} wembed_debug_type_t;

typedef enum wembed_debug_member_kind {
  WEMBED_DEBUG_FIELD = 0,
  WEMBED_DEBUG_BASE_CLASS = 1,
  WEMBED_DEBUG_ENUMERATOR = 2,
  WEMBED_DEBUG_PARAMETER = 3,
  WEMBED_DEBUG_VARIADIC = 4, /* "..." */
  WEMBED_DEBUG_DIMENSION = 5
} wembed_debug_member_kind_t;

typedef struct wembed_debug_member {
  uint32_t kind; /* wembed_debug_member_kind_t */
  uint32_t type;
  const char* name;
  uint64_t offset;     /* bytes from the start; WEMBED_DEBUG_UNKNOWN: of a virtual base */
  int64_t value;       /* of an enumerator; elements of a dimension, -1: not known */
  uint32_t bit_offset; /* of a bit field: 0 to 7, from the byte at `offset` */
  uint32_t bits;       /* of a bit field, else 0 */
  bool is_artificial;  /* made by the compiler, as `this` */
} wembed_debug_member_t;

typedef struct wembed_debug_function {
  const char* name;
  const char* linkage_name; /* mangled; "": as `name` */
  uint64_t address;         /* of its body, from code_start; WEMBED_DEBUG_UNKNOWN: it has none */
  uint32_t result;          /* type */
  uint32_t scope;
  uint32_t parameters; /* see wembed_debug_parameter */
  uint32_t unit, file, line;
  bool is_external;
  bool is_declaration;
  bool is_prototyped;
} wembed_debug_function_t;

typedef struct wembed_debug_variable {
  const char* name;
  const char* linkage_name;
  uint64_t address; /* in memory, or index of a global of the module; WEMBED_DEBUG_UNKNOWN */
  uint32_t type;
  uint32_t scope; /* also of a static variable: the function */
  uint32_t unit, file, line;
  bool is_external;
  bool is_global; /* of the module: `address` is its index */
} wembed_debug_variable_t;

/* By numbers from 0, of a member or parameter that in its type or function. False: there is none of
   that index, or nothing was read. */
bool wembed_debug_type(wembed_debug_t debug, uint32_t index, wembed_debug_type_t* type);
bool wembed_debug_member(wembed_debug_t debug, uint32_t type, uint32_t index,
                         wembed_debug_member_t* member);
bool wembed_debug_function(wembed_debug_t debug, uint32_t index, wembed_debug_function_t* function);
bool wembed_debug_parameter(wembed_debug_t debug, uint32_t function, uint32_t index,
                            wembed_debug_member_t* parameter);
bool wembed_debug_variable(wembed_debug_t debug, uint32_t index, wembed_debug_variable_t* variable);

/*
 * The scope of a name as text: namespaces, classes and functions, as "geometry::shape", cut to
 * `capacity` bytes with the NUL. Returns the length before that; 0: it is in none.
 */
uint32_t wembed_debug_scope(wembed_debug_t debug, uint32_t scope, char* text, uint32_t capacity);

/* Path of a source file by the numbers of a declaration; as wembed_debug_scope. 0: not known. */
uint32_t wembed_debug_file(wembed_debug_t debug, uint32_t unit, uint32_t file, char* path,
                           uint32_t capacity);

/* ---- Lines ------------------------------------------------------------------------------- */

/* A function that code belongs to, and where in its source. Texts are cut to fit. */
typedef struct wembed_debug_place {
  char function[192]; /* with its namespaces; "": not known */
  char file[320];     /* "": not known */
  uint32_t line;      /* from 1; 0: not known */
  uint32_t column;    /* from 1; 0: not known */
  bool is_inlined;    /* into the function of the next place, at the line that says */
  bool is_near;       /* that code has no line of its own: it is that of code before it */
} wembed_debug_place_t;

/*
 * What the code at an address was made from: the innermost function first, then those that it was
 * inlined into. Returns how many places there are, of which `capacity` are written at most; 0:
 * nothing is known, or there was no memory. The first look at a unit reads it. Any thread.
 */
uint32_t wembed_debug_places(wembed_debug_t debug, uint64_t address, wembed_debug_place_t* places,
                             uint32_t capacity);

/*
 * The same of a frame of a trap, by the module's own information or that of
 * wembed_module_set_debug, at most `capacity` of them. Any thread, until the module is unloaded.
 * Nothing is read before somebody asks.
 */
uint32_t wembed_frame_places(const wembed_frame_t* frame, wembed_debug_place_t* places,
                             uint32_t capacity);

/*
 * Information to be used for frames of the module in place of its own, for one that was stripped.
 * It stays the caller's and has to be open until the module is unloaded and its instances are gone.
 * False: the module was looked at before, or has one already, or there was no memory.
 */
bool wembed_module_set_debug(wasm_module_t module, wembed_debug_t debug);

#ifdef __cplusplus
}
#endif

#endif
