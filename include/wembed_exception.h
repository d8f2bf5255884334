/*
 * wembed_exception.h: exceptions of guests, and tags.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_EXCEPTION_H
#define WEMBED_EXCEPTION_H

#include "wembed_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Exceptions -------------------------------------------------------------------------- */

/*
 * A guest's exception that nobody in the guest catches ends the call like a trap: the call fails,
 * the instance's text is "Exception: uncaught wasm exception", and the exception is pending, until
 * the text is cleared or another takes its place. A native function that has called the guest may
 * clear it and go on. If it returns, or its callback returns false, the exception goes on from
 * there through the frames of the guest that called the function, where it may be caught.
 *
 * Traps are no exceptions: no guest catches them.
 */

/* What exceptions are told apart by. Instances share it by exports and imports; a host may make
   its own and give it to imports (WEMBED_IMPORT_TAG). */
typedef struct wembed_tag* wembed_tag_t;
/* A tag and the values thrown with it. */
typedef struct wembed_exception* wembed_exception_t;

/* The kind of a value of type exnref: a wembed_exception_t, or NULL. */
#define WEMBED_EXNREF ((wasm_valkind_t)0x69)

/* A tag whose exceptions have values of these kinds, `count` of them (1000 at most); of the
   runtime, or of the default one (NULL). NULL: no memory, no such kind, or no runtime. The caller
   has one reference.
 */
wembed_tag_t wembed_tag_new(wembed_runtime_t runtime, const wasm_valkind_t* kinds, uint32_t count);
/* The exported tag of that index among the module's exports, with a reference for the caller; NULL:
   there is none. */
wembed_tag_t wembed_instance_tag(wasm_module_inst_t instance, uint32_t export_index);
/* One reference more, or one less. A tag goes with the last: instances and exceptions have their
   own. Any thread. NULL is ignored. */
void wembed_tag_retain(wembed_tag_t tag);
void wembed_tag_release(wembed_tag_t tag);
/* The parameters of this type are the values; there are no results. Good as long as the tag. */
wasm_func_type_t wembed_tag_type(wembed_tag_t tag);

/*
 * For a native function, or a callback, that runs on `exec_env`: the exception with this tag and
 * these values, in slots as for callbacks, is pending on the instance that called it. It is thrown
 * when the function returns (a callback: false or true). A pending exception gives way to it.
 * False: no function of the host's runs there, the tag is of another runtime, a reference among the
 * values is not of its type, or there is no memory (which is pending then, if the rest was right).
 */
bool wembed_throw(wasm_exec_env_t exec_env, wembed_tag_t tag, const uint64_t* slots);
/* The same with an exception that is there already. */
bool wembed_throw_again(wasm_exec_env_t exec_env, wembed_exception_t exception);

/* An exception that nobody has thrown, with its values in slots as for callbacks and a reference
   for the caller: for wembed_throw_again in a function of that instance's. NULL: the tag is of
   another runtime, a reference among the values is not of its type, or there is no memory. */
wembed_exception_t wembed_exception_new(wasm_module_inst_t instance, wembed_tag_t tag,
                                        const uint64_t* slots);

/* The instance's pending exception, with a reference for the caller; NULL: none is pending, or what
   is pending is none of wasm. It stays pending: wasm_runtime_clear_exception. */
wembed_exception_t wembed_get_exception(wasm_module_inst_t instance);
/* As for tags. What the values of an exception refer to is not collected while the host has a
   reference to it. */
void wembed_exception_retain(wembed_exception_t exception);
void wembed_exception_release(wembed_exception_t exception);
/* Its tag, without a reference: good as long as the exception. */
wembed_tag_t wembed_exception_tag(wembed_exception_t exception);
/* Its values, in slots as for callbacks. Returns how many slots there are, writes at most
   `capacity`. */
uint32_t wembed_exception_values(wembed_exception_t exception, uint64_t* slots, uint32_t capacity);
/* Name and values for people, e.g. "__cpp_exception(i32 66520)". The name is that of the tag in the
   module of `instance`, or of one that it is linked with: an export, the name section, an import.
   Returns the length without the NUL; writes at most `capacity` bytes, NUL included. */
uint32_t wembed_exception_text(wasm_module_inst_t instance, wembed_exception_t exception,
                               char* text, uint32_t capacity);

/* Whether code of the module catches exceptions. */
bool wembed_module_catches(wasm_module_t module);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_EXCEPTION_H */
