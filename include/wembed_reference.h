/*
 * wembed_reference.h: what references refer to: functions of instances, objects of the host.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_REFERENCE_H
#define WEMBED_REFERENCE_H

#include "wembed_instance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Functions --------------------------------------------------------------------------- */

/*
 * A host function that is made for an instance when it is there already: a reference, for tables
 * and globals and to be passed to the guest. What its callback is called with has the same
 * instance as one that the instance imports. It stays until the instance is gone, or until
 * wembed_functions_sweep finds that nothing refers to it.
 */
typedef struct wembed_host_function {
  uint32_t size;
  uint32_t param_count; /* 1000 at most, as for results */
  uint32_t result_count;
  bool is_deferred; /* see WEMBED_IMPORT_DEFERRED: callback may be NULL then */
  const wasm_valkind_t* params;
  const wasm_valkind_t* results;
  wembed_callback_t callback;
  void* data;
} wembed_host_function_t;

/* NULL: the structure is not usable, or there is no memory. Same rules of threads as for running
   the instance's code. */
wasm_function_inst_t wembed_function_new(wasm_module_inst_t instance,
                                         const wembed_host_function_t* what);

/*
 * Frees those of the instance's that no table and no global refers to, in it and all that it is
 * linked with. First `keep` (or NULL: nothing) is asked for each: true leaves it, for what the host
 * refers to itself; after false its data is used no more. The result is how many places were
 * looked at; -1: something runs on one of these instances, and nothing was freed.
 */
int64_t wembed_functions_sweep(wasm_module_inst_t instance,
                               bool (*keep)(void* context, wasm_function_inst_t function,
                                            void* data),
                               void* context);

/* The function's index in its module and the module it belongs to; UINT32_MAX for one of
   wembed_function_new. */
uint32_t wembed_function_index(wasm_function_inst_t function);
wasm_module_inst_t wembed_function_instance(wasm_function_inst_t function);
/* Its type, to be read with wasm_func_type_get_*. */
wasm_func_type_t wembed_function_type(wasm_function_inst_t function);

/* ---- Garbage, and objects of the host ---------------------------------------------------- */

/*
 * Collects what nothing in the instance, and in all that it is linked with, refers to any more:
 * objects of guests, and objects of the host that have a number (wasm_externref_obj2ref), which are
 * deleted as by wasm_externref_objdel unless they are retained. `referred`, if not NULL, is told
 * every externref that something refers to, as wembed_externref makes it, some more than once; it
 * must not call anything of this library. What the host alone has is not referred to: arguments of
 * a call count from the moment when the guest runs.
 *
 * From any thread, also in a host function. Other threads that run these guests are stopped
 * meanwhile. False: they cannot be, because one makes or resets an instance of them or the system
 * does not order threads, and nothing was collected. The time is in proportion to tables, frames
 * and what lives.
 */
bool wembed_collect(wasm_module_inst_t instance,
                    void (*referred)(void* context, uint64_t externref), void* context);

/* An externref slot for a host pointer and back. (void *)-1 is null in WAMR's convention; a null
   reference comes back as NULL. wembed_slot_is_null tells whether a slot is null or an object. */
static inline uint64_t wembed_externref(void* object) { return (uint64_t)(uintptr_t)object + 1u; }
static inline void* wembed_externref_object(uint64_t slot) {
  return slot == 0 ? NULL : (void*)(uintptr_t)(slot - 1u);
}
static inline bool wembed_slot_is_null(uint64_t slot) { return slot == 0; }

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_REFERENCE_H */
