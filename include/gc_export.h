/*
 * gc_export.h: structures, arrays, functions and external references of guests as objects of the
 * host's, by WAMR's names and layouts. For hosts of a WAMR that is built with GC, which link
 * libwembed-gc: there a reference in cells (wasm_runtime_call_wasm), in a wasm_val_t (of.ref) and
 * as an argument or a result of natives is an object pointer of 64 bits, whatever it refers to, has
 * the letter r in signatures, and is null as NULL. In libwembed, which has these functions too,
 * cells are those of a WAMR without GC: functions are indices of one cell, externrefs the host's
 * own pointers; there wembed_gc.h is the interface to objects.
 *
 * Objects are pointers to nothing that the host could read. Structures and arrays stay where they
 * are until nothing refers to them; then they are collected, by guest code that makes objects and
 * by the functions below that may collect. Kept for the host is what a pushed local object
 * reference has, what is pinned, the arguments of a native while it runs, the last object that was
 * made on an exec_env until the next one is, and the results of a call until the next one on its
 * exec_env. References to functions live as long as the instance they are of; i31 are values.
 *
 * As in WAMR, objects and types are trusted: one that is gone, or of another kind than a function
 * asks for, is the host's mistake, but for NULL, which is an object of no kind. Functions with an
 * exec_env belong to the thread that uses it; objects and types may be read by any thread that
 * could run the guest.
 */
#ifndef _GC_EXPORT_H
#define _GC_EXPORT_H

#include "wasm_export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint8_t wasm_value_type_t;

typedef enum wasm_value_type_enum {
  VALUE_TYPE_I32 = 0x7F,
  VALUE_TYPE_I64 = 0x7E,
  VALUE_TYPE_F32 = 0x7D,
  VALUE_TYPE_F64 = 0x7C,
  VALUE_TYPE_V128 = 0x7B,
  VALUE_TYPE_I8 = 0x78, /* packed fields */
  VALUE_TYPE_I16 = 0x77,
  /* Nullable references to abstract types. */
  VALUE_TYPE_NULLFUNCREF = 0x73,
  VALUE_TYPE_NULLEXTERNREF = 0x72,
  VALUE_TYPE_NULLREF = 0x71,
  VALUE_TYPE_FUNCREF = 0x70,
  VALUE_TYPE_EXTERNREF = 0x6F,
  VALUE_TYPE_ANYREF = 0x6E,
  VALUE_TYPE_EQREF = 0x6D,
  VALUE_TYPE_I31REF = 0x6C,
  VALUE_TYPE_STRUCTREF = 0x6B,
  VALUE_TYPE_ARRAYREF = 0x6A,
  /* References to a heap type, see wasm_ref_type_t. */
  VALUE_TYPE_HT_NON_NULLABLE_REF = 0x64,
  VALUE_TYPE_HT_NULLABLE_REF = 0x63,
  /* No guest has these. */
  VALUE_TYPE_STRINGREF = 0x67,
  VALUE_TYPE_STRINGVIEWWTF8 = 0x66,
  VALUE_TYPE_STRINGVIEWWTF16 = 0x62,
  VALUE_TYPE_STRINGVIEWITER = 0x61
} wasm_value_type_enum;

/* The index of a type in its module, or one of the numbers below: those of WAMR 2.4.5. */
typedef int32_t wasm_heap_type_t;

typedef enum wasm_heap_type_enum {
  HEAP_TYPE_FUNC = -0x10,
  HEAP_TYPE_EXTERN = -0x11,
  HEAP_TYPE_ANY = -0x12,
  HEAP_TYPE_EQ = -0x13,
  HEAP_TYPE_I31 = -0x16,
  HEAP_TYPE_NOFUNC = -0x17,
  HEAP_TYPE_NOEXTERN = -0x18,
  HEAP_TYPE_STRUCT = -0x19,
  HEAP_TYPE_ARRAY = -0x1A,
  HEAP_TYPE_NONE = -0x1B
} wasm_heap_type_enum;

struct WASMObject;
typedef struct WASMObject* wasm_obj_t;

#ifndef WASM_VALUE_DEFINED
#define WASM_VALUE_DEFINED

typedef union V128 {
  int8_t i8x16[16];
  int16_t i16x8[8];
  int32_t i32x4[4];
  int64_t i64x2[2];
  float f32x4[4];
  double f64x2[2];
} V128;

/* A field or an element: the member of its type; gc_obj for all references. */
typedef union WASMValue {
  int32_t i32;
  uint32_t u32;
  uint32_t global_index;
  uint32_t ref_index;
  int64_t i64;
  uint64_t u64;
  float f32;
  double f64;
  V128 v128;
  wasm_obj_t gc_obj;
  uint32_t type_index;
  struct {
    uint32_t type_index;
    uint32_t length;
  } array_new_default;
  void* data;
} WASMValue;
#endif /* WASM_VALUE_DEFINED */

typedef union WASMValue wasm_value_t;

typedef struct wasm_ref_type_t {
  wasm_value_type_t value_type;
  /* Of the VALUE_TYPE_HT_ types; else false and 0. */
  bool nullable;
  int32_t heap_type;
} wasm_ref_type_t;

/* On the host's native stack, the newest first. */
typedef struct WASMLocalObjectRef {
  struct WASMLocalObjectRef* prev; /* written by the library */
  wasm_obj_t val;                  /* written by the host: NULL, or an object that is to be kept */
} WASMLocalObjectRef, wasm_local_obj_ref_t;

struct WASMType;
struct WASMFuncType;
struct WASMStructType;
struct WASMArrayType;
typedef struct WASMType* wasm_defined_type_t;
typedef struct WASMStructType* wasm_struct_type_t;
typedef struct WASMArrayType* wasm_array_type_t;

typedef struct WASMExternrefObject* wasm_externref_obj_t;
typedef struct WASMAnyrefObject* wasm_anyref_obj_t;
typedef struct WASMStructObject* wasm_struct_obj_t;
typedef struct WASMArrayObject* wasm_array_obj_t;
typedef struct WASMFuncObject* wasm_func_obj_t;
typedef struct WASMStringrefObject* wasm_stringref_obj_t;
typedef uintptr_t wasm_i31_obj_t;

/* Called once for an object that is about to go, by the thread that collects or ends the last
   instance that could reach it, while all others wait. It may read the object, and calls no guest;
   functions that make objects, pin them or concern finalizers do nothing meanwhile, and answer NULL
   or false. */
typedef void (*wasm_obj_finalizer_t)(const wasm_obj_t obj, void* data);

/* ---- Types ----------------------------------------------------------------------------------
 * Function, structure and array types. Equal types are one, whatever modules have them, so that
 * comparing pointers compares types. A type lives as long as a module or an object that has it.
 */

/* How many types the module has. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_get_defined_type_count(const wasm_module_t module);
/* Number `index` of them; NULL: there is none. */
WASM_RUNTIME_API_EXTERN wasm_defined_type_t wasm_get_defined_type(const wasm_module_t module,
                                                                  uint32_t index);
/* That of a structure, an array or a function; NULL: the object is of another kind. */
WASM_RUNTIME_API_EXTERN wasm_defined_type_t wasm_obj_get_defined_type(const wasm_obj_t obj);
/* Its first index in the module; -1: the module has no such type. */
WASM_RUNTIME_API_EXTERN int32_t wasm_obj_get_defined_type_idx(const wasm_module_t module,
                                                              const wasm_obj_t obj);

/* Whether it is of that kind; false for NULL. */
WASM_RUNTIME_API_EXTERN bool wasm_defined_type_is_func_type(const wasm_defined_type_t def_type);
WASM_RUNTIME_API_EXTERN bool wasm_defined_type_is_struct_type(const wasm_defined_type_t def_type);
WASM_RUNTIME_API_EXTERN bool wasm_defined_type_is_array_type(const wasm_defined_type_t def_type);

/* The type of a parameter, a result, a field or the elements; *p_is_mutable: NULL, or whether it
   can be written. Where it refers to a defined type, heap_type is that type's index in a module
   that has both types. Out of range: all zero. */
WASM_RUNTIME_API_EXTERN wasm_ref_type_t
wasm_func_type_get_param_type(const wasm_func_type_t func_type, uint32_t param_idx);
WASM_RUNTIME_API_EXTERN wasm_ref_type_t
wasm_func_type_get_result_type(const wasm_func_type_t func_type, uint32_t result_idx);
WASM_RUNTIME_API_EXTERN uint32_t
wasm_struct_type_get_field_count(const wasm_struct_type_t struct_type);
WASM_RUNTIME_API_EXTERN wasm_ref_type_t wasm_struct_type_get_field_type(
    const wasm_struct_type_t struct_type, uint32_t field_idx, bool* p_is_mutable);
WASM_RUNTIME_API_EXTERN wasm_ref_type_t
wasm_array_type_get_elem_type(const wasm_array_type_t array_type, bool* p_is_mutable);

/* Whether they are one, or the first is the second or declared below it. `module`: unused. */
WASM_RUNTIME_API_EXTERN bool wasm_defined_type_equal(const wasm_defined_type_t def_type1,
                                                     const wasm_defined_type_t def_type2,
                                                     const wasm_module_t module);
WASM_RUNTIME_API_EXTERN bool wasm_defined_type_is_subtype_of(const wasm_defined_type_t def_type1,
                                                             const wasm_defined_type_t def_type2,
                                                             const wasm_module_t module);

/* Makes *ref_type that of references to a defined type, or to an abstract one (HEAP_TYPE_...). */
WASM_RUNTIME_API_EXTERN void wasm_ref_type_set_type_idx(wasm_ref_type_t* ref_type, bool nullable,
                                                        int32_t type_idx);
WASM_RUNTIME_API_EXTERN void wasm_ref_type_set_heap_type(wasm_ref_type_t* ref_type, bool nullable,
                                                         int32_t heap_type);

/* The same for types of values; both ways to write a nullable abstract type are equal. Indices are
   the module's. False where one is no type. */
WASM_RUNTIME_API_EXTERN bool wasm_ref_type_equal(const wasm_ref_type_t* ref_type1,
                                                 const wasm_ref_type_t* ref_type2,
                                                 const wasm_module_t module);
WASM_RUNTIME_API_EXTERN bool wasm_ref_type_is_subtype_of(const wasm_ref_type_t* ref_type1,
                                                         const wasm_ref_type_t* ref_type2,
                                                         const wasm_module_t module);

/* ---- Structures and arrays -------------------------------------------------------------------
 * New ones have zero or null in all fields, also where a type allows no null: the host writes these
 * before the guest sees the object. NULL: the type is not one of the instance's, or of another
 * kind, or the heap is full; no exception is set. They may collect.
 */

WASM_RUNTIME_API_EXTERN wasm_struct_obj_t wasm_struct_obj_new_with_typeidx(wasm_exec_env_t exec_env,
                                                                           uint32_t type_idx);
WASM_RUNTIME_API_EXTERN wasm_struct_obj_t
wasm_struct_obj_new_with_type(wasm_exec_env_t exec_env, const wasm_struct_type_t type);

/* A field, also an immutable one; the value's member is that of the field's type, i32 for packed
   integers, gc_obj for references. Nothing is done where there is no such field, nor with a
   reference of another hierarchy (any, func, extern) or a null that the field's type has not.
   sign_extend: of packed integers. */
WASM_RUNTIME_API_EXTERN void wasm_struct_obj_set_field(wasm_struct_obj_t obj, uint32_t field_idx,
                                                       const wasm_value_t* value);
WASM_RUNTIME_API_EXTERN void wasm_struct_obj_get_field(const wasm_struct_obj_t obj,
                                                       uint32_t field_idx, bool sign_extend,
                                                       wasm_value_t* value);
WASM_RUNTIME_API_EXTERN uint32_t wasm_struct_obj_get_field_count(const wasm_struct_obj_t obj);

/* init_value: what all elements have; NULL: zero or null. */
WASM_RUNTIME_API_EXTERN wasm_array_obj_t wasm_array_obj_new_with_typeidx(wasm_exec_env_t exec_env,
                                                                         uint32_t type_idx,
                                                                         uint32_t length,
                                                                         wasm_value_t* init_value);
WASM_RUNTIME_API_EXTERN wasm_array_obj_t wasm_array_obj_new_with_type(wasm_exec_env_t exec_env,
                                                                      const wasm_array_type_t type,
                                                                      uint32_t length,
                                                                      wasm_value_t* init_value);

/* As with fields. */
WASM_RUNTIME_API_EXTERN void wasm_array_obj_set_elem(wasm_array_obj_t array_obj, uint32_t elem_idx,
                                                     const wasm_value_t* value);
WASM_RUNTIME_API_EXTERN void wasm_array_obj_get_elem(const wasm_array_obj_t array_obj,
                                                     uint32_t elem_idx, bool sign_extend,
                                                     wasm_value_t* value);
/* Elements may overlap. Nothing is copied where one of the arrays has not so many, or the elements
   of `src_obj` are of a type that those of `dst_obj` may not have. */
WASM_RUNTIME_API_EXTERN void wasm_array_obj_copy(wasm_array_obj_t dst_obj, uint32_t dst_idx,
                                                 const wasm_array_obj_t src_obj, uint32_t src_idx,
                                                 uint32_t len);
WASM_RUNTIME_API_EXTERN uint32_t wasm_array_obj_length(const wasm_array_obj_t array_obj);
/* Where elements of numbers lie, one after another, as long as the array lives; those of references
   are the library's. NULL: there is no such element. */
WASM_RUNTIME_API_EXTERN void* wasm_array_obj_first_elem_addr(const wasm_array_obj_t array_obj);
WASM_RUNTIME_API_EXTERN void* wasm_array_obj_elem_addr(const wasm_array_obj_t array_obj,
                                                       uint32_t elem_idx);

/* ---- Functions -------------------------------------------------------------------------------
 */

/* Function number func_idx_bound of the instance: the same object each time. NULL: there is none,
   or it is not of that type or below it, or there is no memory. */
WASM_RUNTIME_API_EXTERN wasm_func_obj_t wasm_func_obj_new_with_typeidx(wasm_exec_env_t exec_env,
                                                                       uint32_t type_idx,
                                                                       uint32_t func_idx_bound);
WASM_RUNTIME_API_EXTERN wasm_func_obj_t wasm_func_obj_new_with_type(wasm_exec_env_t exec_env,
                                                                    wasm_func_type_t type,
                                                                    uint32_t func_idx_bound);

/* Its number in the instance whose function it is; UINT32_MAX: no module has it. */
WASM_RUNTIME_API_EXTERN uint32_t wasm_func_obj_get_func_idx_bound(const wasm_func_obj_t func_obj);
/* The one it was declared with. */
WASM_RUNTIME_API_EXTERN wasm_func_type_t
wasm_func_obj_get_func_type(const wasm_func_obj_t func_obj);

/* As wasm_runtime_call_wasm(), _a() and _v(). */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_func_ref(wasm_exec_env_t exec_env,
                                                        const wasm_func_obj_t func_obj,
                                                        uint32_t argc, uint32_t argv[]);
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_func_ref_a(wasm_exec_env_t exec_env,
                                                          const wasm_func_obj_t func_obj,
                                                          uint32_t num_results,
                                                          wasm_val_t results[], uint32_t num_args,
                                                          wasm_val_t* args);
WASM_RUNTIME_API_EXTERN bool wasm_runtime_call_func_ref_v(wasm_exec_env_t exec_env,
                                                          const wasm_func_obj_t func_obj,
                                                          uint32_t num_results,
                                                          wasm_val_t results[], uint32_t num_args,
                                                          ...);

/* ---- Values of the host, i31 -------------------------------------------------------------------
 * References to a pointer of the host's, in either hierarchy; those to one pointer are the same
 * object. NULL: the pointer has one of the upper 8 bits of 64 set, which no user's address has.
 * They take no memory, and may collect where many have a finalizer.
 */

WASM_RUNTIME_API_EXTERN wasm_externref_obj_t wasm_externref_obj_new(wasm_exec_env_t exec_env,
                                                                    const void* host_obj);
/* The pointer; of an externref to a guest's object, that object. */
WASM_RUNTIME_API_EXTERN const void* wasm_externref_obj_get_value(
    const wasm_externref_obj_t externref_obj);
WASM_RUNTIME_API_EXTERN wasm_anyref_obj_t wasm_anyref_obj_new(wasm_exec_env_t exec_env,
                                                              const void* host_obj);
WASM_RUNTIME_API_EXTERN const void* wasm_anyref_obj_get_value(const wasm_anyref_obj_t anyref_obj);

/* any.convert_extern and extern.convert_any; NULL for NULL, and for what is not of the hierarchy.
 */
WASM_RUNTIME_API_EXTERN wasm_obj_t
wasm_externref_obj_to_internal_obj(const wasm_externref_obj_t externref_obj);
WASM_RUNTIME_API_EXTERN wasm_externref_obj_t
wasm_internal_obj_to_externref_obj(wasm_exec_env_t exec_env, const wasm_obj_t internal_obj);

/* ref.i31 of the lower 31 bits, and back. */
WASM_RUNTIME_API_EXTERN wasm_i31_obj_t wasm_i31_obj_new(uint32_t i31_value);
WASM_RUNTIME_API_EXTERN uint32_t wasm_i31_obj_get_value(wasm_i31_obj_t i31_obj, bool sign_extend);

/* ---- What an object is -------------------------------------------------------------------------
 * All are false for NULL.
 */

WASM_RUNTIME_API_EXTERN bool wasm_obj_is_struct_obj(const wasm_obj_t obj);
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_array_obj(const wasm_obj_t obj);
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_func_obj(const wasm_obj_t obj);
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_i31_obj(const wasm_obj_t obj);
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_externref_obj(const wasm_obj_t obj);
/* A value of the host's in the any hierarchy. */
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_anyref_obj(const wasm_obj_t obj);
/* Of the any hierarchy: neither a function nor an externref. */
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_internal_obj(const wasm_obj_t obj);
/* A structure, an array or an i31. */
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_eq_obj(const wasm_obj_t obj);

WASM_RUNTIME_API_EXTERN bool wasm_obj_is_instance_of_defined_type(
    const wasm_obj_t obj, const wasm_defined_type_t defined_type, const wasm_module_t module);
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_instance_of_type_idx(const wasm_obj_t obj,
                                                              uint32_t type_idx,
                                                              const wasm_module_t module);
/* Of an abstract type; false for a defined one, whose module is not said. */
WASM_RUNTIME_API_EXTERN bool wasm_obj_is_instance_of_ref_type(const wasm_obj_t obj,
                                                              const wasm_ref_type_t* ref_type);

/* ---- What the host keeps -----------------------------------------------------------------------
 */

/* Sets val to NULL. Until it is popped, *local_obj_ref and what the host writes to val are kept. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_push_local_obj_ref(wasm_exec_env_t exec_env,
                                                             wasm_local_obj_ref_t* local_obj_ref);
/* The one that was pushed last; NULL: there is none. */
WASM_RUNTIME_API_EXTERN wasm_local_obj_ref_t* wasm_runtime_pop_local_obj_ref(
    wasm_exec_env_t exec_env);
/* The last n, or all. */
WASM_RUNTIME_API_EXTERN void wasm_runtime_pop_local_obj_refs(wasm_exec_env_t exec_env, uint32_t n);
/* The host's own that was pushed last; NULL: there is none. */
WASM_RUNTIME_API_EXTERN wasm_local_obj_ref_t* wasm_runtime_get_cur_local_obj_ref(
    wasm_exec_env_t exec_env);

/* Keeps an object until it is unpinned as often. False: no memory, or it is none of the guest's;
   it was not pinned. What never goes is always pinned. WAMR declares these two, and has no such
   functions. */
WASM_RUNTIME_API_EXTERN bool wasm_runtime_pin_object(wasm_exec_env_t exec_env, wasm_obj_t obj);
WASM_RUNTIME_API_EXTERN bool wasm_runtime_unpin_object(wasm_exec_env_t exec_env, wasm_obj_t obj);

/* Has `cb` called with the object and `data` when nothing refers to it any more, at the latest when
   its heap ends; the last one that was set. A reference to a value of the host's counts as one
   object in either hierarchy, and goes when neither the guest nor the host has it. False: no
   memory, or it is one that never goes, see above. */
WASM_RUNTIME_API_EXTERN bool wasm_obj_set_gc_finalizer(wasm_exec_env_t exec_env,
                                                       const wasm_obj_t obj,
                                                       wasm_obj_finalizer_t cb, void* data);
WASM_RUNTIME_API_EXTERN void wasm_obj_unset_gc_finalizer(wasm_exec_env_t exec_env, void* obj);

#ifdef __cplusplus
}
#endif

#endif /* _GC_EXPORT_H */
