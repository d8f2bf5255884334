/*
 * wembed.h: what wembed adds to the WAMR-compatible API of wasm_export.h.
 *
 * Handles are those of wasm_export.h wherever the noun is the same; both APIs mix freely.
 * Structures that may grow start with `size`: set it to sizeof the structure, zero the rest. What
 * a newer header has and this library does not know has to be zero, or it is an error.
 * Unless said otherwise a function may be called from any thread that uses its handles alone.
 * Runtimes and modules may be used by several threads at a time, until they are given up.
 * What a function gives out belongs to the handle it came from, and lives as long, unless it says
 * who ends it. All of it, and of the headers beside this one, is since 0.1.0 where nothing else is
 * said.
 *
 * It has a header for each noun:
 *   wembed_error.h           errors in full, frames of traps
 *   wembed_runtime.h         runtimes, requests to stop
 *   wembed_module.h          modules: whose bytes, loading, sections
 *   wembed_instance.h        making and resetting instances, imports
 *   wembed_export.h          globals, tables and memories of instances
 *   wembed_reference.h       functions and objects that are referred to
 *   wembed_exception.h       exceptions and tags
 *   wembed_call.h            calls with limits, and those that wait
 *   wembed_memory.h          memories: size, slices, waiting, origin
 *   wembed_requirements.h    how much memory a module takes
 *   wembed_inspect.h         what lies where, for people and tools
 */
#ifndef WEMBED_H
#define WEMBED_H

#include "wembed_call.h"
#include "wembed_error.h"
#include "wembed_exception.h"
#include "wembed_export.h"
#include "wembed_inspect.h"
#include "wembed_instance.h"
#include "wembed_memory.h"
#include "wembed_module.h"
#include "wembed_reference.h"
#include "wembed_requirements.h"
#include "wembed_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- About this library ------------------------------------------------------------------ */

/* "0.1.0"; static, as long as the library. Any thread, as the others. */
const char* wembed_version(void);
/* Of wembed_feature_t: the parts of WebAssembly that this build has. */
uint64_t wembed_features(void);
/* How the interpreter was built: "tail" or "loop"; static, as long as the library. */
const char* wembed_interpreter_dispatch(void);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_H */
