/*
 * wembed_error.h: what went wrong, as data: errors, and the frames of traps.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_ERROR_H
#define WEMBED_ERROR_H

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

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_ERROR_H */
