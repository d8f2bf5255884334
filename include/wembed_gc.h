/*
 * wembed_gc.h: structures, arrays and i31 of guests (WebAssembly's garbage collection), seen and
 * made by the host.
 *
 * A reference is a slot of 64 bits, as wembed_call takes and gives it; null is 0. One to a
 * structure or an array is the address of an object, which stays where it is, in the heap of all
 * instances that can reach each other. It is good until guest code runs the next time, or
 * wembed_collect; the result of a call until the next call on its exec_env, or wembed_collect on
 * the thread that made it, whatever other threads do: whoever wants it longer holds it, and
 * releases it as often. What is held when the
 * last instance of the group ends is gone with it. A slot that is of no such object is refused by
 * every function here, and by everything that passes values to guests; nothing of the host's has to
 * be trusted.
 *
 * Functions that have an instance take any of those that can reach the object, and may be called
 * by any thread that could run it.
 */
#ifndef WEMBED_GC_H
#define WEMBED_GC_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kind of values that refer to objects, i31 or null: anyref, eqref, (ref $t) of a structure or
   an array, and so on. In WAMR's cells such a value takes two, its slot. */
#define WEMBED_ANYREF ((wasm_valkind_t)0x6e)

/* ---- References -------------------------------------------------------------------------- */

/* ref.i31: the lower 31 bits of the value; and whether a slot has one. */
static inline uint64_t wembed_i31(int32_t value) {
  return (uint64_t)((uint32_t)value & 0x7fffffffu) << 1 | 1u;
}
static inline bool wembed_is_i31(uint64_t slot) { return (slot >> 57) == 0 && (slot & 1u) != 0; }
/* Of a slot that has one: the value, with its sign. */
static inline int32_t wembed_i31_value(uint64_t slot) {
  return (int32_t)((uint32_t)slot >> 1 | ((uint32_t)slot & 0x80000000u));
}

/* any.convert_extern and extern.convert_any: the reference in a slot as one of the other kind. */
static inline uint64_t wembed_convert_reference(uint64_t slot) {
  return slot == 0 ? 0 : slot ^ ((uint64_t)1 << 63);
}
/* Whether a slot of an anyref has an externref that was converted. */
static inline bool wembed_is_converted_externref(uint64_t slot) { return (slot >> 57) != 0; }

/* ---- Types ------------------------------------------------------------------------------- */

/* The type of a structure or an array: one for all equal ones of a runtime. It lives as long as the
   module or the object that it was taken from. */
typedef struct wembed_object_type* wembed_object_type_t;

/* Number `index` of the module's types; NULL: it has none, or that is a function's. */
wembed_object_type_t wembed_module_object_type(wasm_module_t module, uint32_t index);
/* The object's; NULL: the slot has none. */
wembed_object_type_t wembed_object_type(wasm_module_inst_t instance, uint64_t slot);

/* Whether it is an array's; else it is a struct's. */
bool wembed_object_type_is_array(wembed_object_type_t type);
/* Of a structure; 1 for an array, whose elements are all alike. */
uint32_t wembed_object_type_field_count(wembed_object_type_t type);
/* Whether it is `super`, or below it. */
bool wembed_object_type_matches(wembed_object_type_t type, wembed_object_type_t super);

typedef struct wembed_field {
  wasm_valkind_t kind; /* of the values that are read and written; of packed integers WASM_I32 */
  uint8_t packed_bits; /* 8, 16; 0: not packed */
  bool is_mutable;
} wembed_field_t;

/* Field number `index`, from 0. False: there is none of that number. */
bool wembed_object_type_field(wembed_object_type_t type, uint32_t index, wembed_field_t* field);

/* ---- Objects ----------------------------------------------------------------------------- */

/* Holds the object once more. False: the slot has none, or there is no memory. */
bool wembed_object_hold(wasm_module_inst_t instance, uint64_t slot);
/* Once less, by a slot that has it. False: it was not held. */
bool wembed_object_release(wasm_module_inst_t instance, uint64_t slot);

/* From now on objects of each instance may be given to the other: both, and all that either is
   linked with, have one heap and end as linked instances do. Objects stay where they are. False:
   they are of different runtimes, or there is no memory. */
bool wembed_object_share(wasm_module_inst_t instance, wasm_module_inst_t other);

/* How many elements an array has; 0 if the slot has none. */
uint32_t wembed_array_length(wasm_module_inst_t instance, uint64_t slot);

/*
 * Field or element number `index`, whose value is a slot, or two for a v128. A packed integer comes
 * without its sign. False: the slot has no object, or that has not so many.
 */
bool wembed_object_get(wasm_module_inst_t instance, uint64_t slot, uint32_t index, uint64_t* value);
/* Sets field or element number `index` of the object in that slot. False for one that is immutable
   too, and for a value that is not of the field's type. */
bool wembed_object_set(wasm_module_inst_t instance, uint64_t slot, uint32_t index,
                       const uint64_t* value);

/*
 * A new structure with a value for each field (`slots`, one after another, two for a v128), or with
 * their defaults if that is NULL. It is held for the caller. 0: a value is not of its field's
 * type or has no default, or the heap is full, which nothing is collected for: see wembed_collect.
 */
uint64_t wembed_struct_new(wasm_module_inst_t instance, wembed_object_type_t type,
                           const uint64_t* slots);
/* A new array of `length` elements, which have all that value, or their default if it is NULL. As
   above. */
uint64_t wembed_array_new(wasm_module_inst_t instance, wembed_object_type_t type, uint32_t length,
                          const uint64_t* value);

#ifdef __cplusplus
}
#endif

#endif
