/*
 * Native function tables: what a host hands to wasm_runtime_register_natives()
 * and RuntimeInitArgs. Names and layout follow WAMR 2.4.
 */
#ifndef _LIB_EXPORT_H_
#define _LIB_EXPORT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One host function that wasm modules may import.
 *
 * `signature` is "(" parameters ")" result, one letter per value, no blanks:
 *   i i32    I i64    f f32    F f64    r externref, as the host's pointer
 *   * i32 offset of guest data, arrives as a native pointer
 *   ~ byte length of the data the preceding * points to; both are checked together
 *   $ i32 offset of a NUL-terminated guest string, arrives as char *
 * A * without a following ~ is checked for one byte. At most one result letter (i I f F r).
 * An address that fails its check traps the guest; the function is then not called.
 * NULL or "" means: no check against the import's type, all arguments passed as plain numbers.
 */
typedef struct NativeSymbol {
  const char* symbol; /* field name of the import */
  void* func_ptr; /* R fn(wasm_exec_env_t, parameters...), or void fn(wasm_exec_env_t, uint64_t *)
                     when registered raw; NULL is as if the entry were absent */
  const char* signature; /* see above */
  void* attachment;      /* found again by wasm_runtime_get_function_attachment() */
} NativeSymbol;

/* Initialisers for a NativeSymbol. The forms ending in 2 register `symbol` with the C function
   `symbol_wrapper`; the WITH_SIG and WITH_ATT forms add a signature and an attachment. */
/* clang-format off */
#define EXPORT_WASM_API(symbol) \
  { #symbol, (void *)symbol, NULL, NULL }
#define EXPORT_WASM_API2(symbol) \
  { #symbol, (void *)symbol##_wrapper, NULL, NULL }
#define EXPORT_WASM_API_WITH_SIG(symbol, signature) \
  { #symbol, (void *)symbol, signature, NULL }
#define EXPORT_WASM_API_WITH_SIG2(symbol, signature) \
  { #symbol, (void *)symbol##_wrapper, signature, NULL }
#define EXPORT_WASM_API_WITH_ATT(symbol, signature, attachment) \
  { #symbol, (void *)symbol, signature, attachment }
#define EXPORT_WASM_API_WITH_ATT2(symbol, signature, attachment) \
  { #symbol, (void *)symbol##_wrapper, signature, attachment }
/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif /* _LIB_EXPORT_H_ */
