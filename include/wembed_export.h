/*
 * wembed_export.h: what instances export, as live objects.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_EXPORT_H
#define WEMBED_EXPORT_H

#include "wasm_export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What instances export --------------------------------------------------------------- */

/* The export of that index as an object; NULL or false when it is of another kind. The objects
   live as long as the instance. */
wasm_function_inst_t wembed_instance_function(wasm_module_inst_t instance, uint32_t export_index);
wasm_memory_inst_t wembed_instance_memory(wasm_module_inst_t instance, uint32_t export_index);

/* The same number for the same memory, table, global or tag, whoever exports it and under whatever
   name, as long as it lives; later it may be another one's. 0: there is no such export, or it is a
   function. */
uint64_t wembed_instance_identity(wasm_module_inst_t instance, uint32_t export_index);

/* The live cell of an exported global: one slot, two for v128. A mutable global of a number or
   vector may be written through it; one of a reference type only by wembed_global_set, and an
   immutable one not at all. */
typedef struct wembed_global {
  uint8_t kind; /* wasm_valkind_t */
  bool is_mutable;
  uint64_t* slots;
} wembed_global_t;
/* False, with nothing written: the export of that index is no global. */
bool wembed_instance_global(wasm_module_inst_t instance, uint32_t export_index,
                            wembed_global_t* global);

/* Gives an exported global a value: one slot, two for v128. What a function reference points to
   stays as long as the instance can get at it. False, with nothing changed: not a global, not
   mutable, no value of its type, a function of another runtime, or no memory. Same rules of threads
   as for running the instance's code. */
bool wembed_global_set(wasm_module_inst_t instance, uint32_t export_index, const uint64_t* slots);

/* An exported table: its size in elements, and its elements as slots, by their numbers. False: not
   a table, out of bounds, or another type. */
bool wembed_table_size(wasm_module_inst_t instance, uint32_t export_index, uint64_t* size);
bool wembed_table_get(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t* slot);
bool wembed_table_set(wasm_module_inst_t instance, uint32_t export_index, uint64_t element,
                      uint64_t slot);
/* Adds `delta` elements of that slot to the table with that export's index; `old` (or NULL)
   receives how many there were before. False, with nothing changed: not a table, no value of its
   type, above its maximum, or no memory. */
bool wembed_table_grow(wasm_module_inst_t instance, uint32_t export_index, uint64_t delta,
                       uint64_t slot, uint64_t* old);

/* The instance that made the memory: others may import it. */
wasm_module_inst_t wembed_memory_instance(wasm_memory_inst_t memory);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_EXPORT_H */
