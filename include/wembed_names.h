/*
 * wembed_names.h: the names that a module's name section has for what is in it.
 *
 * Nothing of them is made or checked when a module is loaded: each function here reads the section
 * when it is asked. One with mistakes gives fewer names and no error. Any thread may call them.
 */
#ifndef WEMBED_NAMES_H
#define WEMBED_NAMES_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has names, by the numbers of the name section and of its extension. */
typedef enum wembed_name_kind {
  WEMBED_NAME_MODULE = 0,
  WEMBED_NAME_FUNCTION = 1,
  WEMBED_NAME_LOCAL = 2, /* a local of a function, parameters first */
  WEMBED_NAME_LABEL = 3, /* a label of a function, in the order of its blocks */
  WEMBED_NAME_TYPE = 4,
  WEMBED_NAME_TABLE = 5,
  WEMBED_NAME_MEMORY = 6,
  WEMBED_NAME_GLOBAL = 7,
  WEMBED_NAME_ELEMENT = 8, /* an element segment */
  WEMBED_NAME_DATA = 9,    /* a data segment */
  WEMBED_NAME_FIELD = 10,  /* a field of a structure type */
  WEMBED_NAME_TAG = 11
} wembed_name_kind_t;

/* A name of a module, and how far a walk through them has come. */
typedef struct wembed_name {
  uint32_t kind;     /* wembed_name_kind_t; of which kind to go through the names, set at first */
  uint32_t index;    /* of what has the name; of a local and a label its function's, of a field its
                        type's; 0 of a module. The module need not have it */
  uint32_t inner;    /* number of a local, a label or a field in that; else 0 */
  uint32_t length;   /* of the name, in bytes */
  uint32_t state[4]; /* the library's; 0 at first */
} wembed_name_t;

/*
 * Goes to the next name of `name->kind`, the first one if all else of *name is 0: they come in
 * ascending order. A walk through all of them takes as long as the section is. Writes at most
 * `capacity` bytes of the name to `text`, NUL included; a name is UTF-8 and may have NULs in it.
 * False: there are no more, or the module's bytes are lost.
 */
bool wembed_module_next_name(wasm_module_t module, wembed_name_t* name, char* text,
                             uint32_t capacity);

/*
 * The name of one item (`kind`, `index` and `inner` as in wembed_name_t), which is looked for from
 * the section's beginning. Returns its length in bytes, 0: it has none, or the bytes are lost;
 * writes at most `capacity` bytes of it to `text`, NUL included.
 */
uint32_t wembed_module_name(wasm_module_t module, uint32_t kind, uint32_t index, uint32_t inner,
                            char* text, uint32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
