/*
 * wembed_call.h: calls with limits, calls that wait for the host, and what a host function is told.
 * A part of wembed.h, whose rules for handles, structures and threads hold here.
 */
#ifndef WEMBED_CALL_H
#define WEMBED_CALL_H

#include "wembed_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Calls ------------------------------------------------------------------------------- */

typedef struct wembed_call_options {
  uint32_t size;
  int64_t deadline_ms; /* from now; <= 0: none. Stops with "deadline exceeded" */
  int64_t fuel;       /* instructions; < 0: the exec_env's limit. 0: none are left. Memory and table
                         operations on a range take one more for each 64 bytes of it (an element
                         counts as 8), memory.grow and table.grow for what they add */
  wembed_stop_t stop; /* or NULL */
  bool is_apart;      /* of wembed_call_start: see there */
} wembed_call_options_t;

/*
 * Calls a function with slots as for callbacks: arguments in, results out, room for whichever are
 * more (NULL: there are neither). False when an exception is pending or the call ended in one: see
 * wembed_get_error. An exception that is pending from before is left alone; clear it with
 * wasm_runtime_clear_exception. `options` may be NULL. Same rules of threads as
 * wasm_runtime_call_wasm.
 */
bool wembed_call(wasm_exec_env_t exec_env, wasm_function_inst_t function, uint64_t* slots,
                 const wembed_call_options_t* options);

/* ---- Calls that wait for the host -------------------------------------------------------- */

typedef enum wembed_call_state {
  WEMBED_CALL_FAILED = 0,  /* it ended in an exception, or was not begun: as false of wembed_call */
  WEMBED_CALL_DONE = 1,    /* the results are in `slots` */
  WEMBED_CALL_WAITING = 2, /* for a host function: `host_call` says which */
  WEMBED_CALL_REFUSED = 3  /* nothing was done, and no exception set */
} wembed_call_state_t;

/* A deferred host function (WEMBED_IMPORT_DEFERRED) that the guest has called. */
typedef struct wembed_host_call {
  uint32_t size;                 /* of this structure; set before the call */
  wasm_function_inst_t function; /* the import */
  void* data;                    /* what it was bound with */
  uint64_t* slots;               /* as for callbacks; until the call is gone on with */
} wembed_host_call_t;

/*
 * As wembed_call, but comes back when the guest calls a deferred host function, with nothing left
 * on the native stack. Do what the function does, leave its results at host_call->slots, and go on
 * with wembed_call_resume; and so on until the state is DONE or FAILED.
 *
 * Until then all is as in a host function: nested calls, also with this function, may be made on
 * the same exec_env and on others, memory may be looked at, wembed_host_context and
 * wembed_host_must_stop answer. Limits stay in force (a deadline counts the time of waiting) and
 * hold for nested calls; what stops the guest meanwhile, also an exception that is set, ends it
 * when it is gone on with. The instance counts as running: it cannot be reset or ended.
 *
 * What waits belongs to the thread and is gone on with in the reverse order: REFUSED is what
 * another thread gets, and whoever would leave out a call that began later. With options->is_apart
 * the call is a coroutine: while it waits the thread is not inside of it, others on other exec_envs
 * can be gone on with in any order, by any thread, one at a time; it is not nested in whatever the
 * thread is inside of, and has its own limits alone. REFUSED: something that is not apart runs on
 * the exec_env. A call that is not to go on is ended by wembed_call_resume with `succeeded` false.
 *
 * In all other calls (wembed_call, start functions, allocators of the guest's) deferred host
 * functions call their callback. A native host function that returns while a call waits that it
 * started on its own exec_env ends that as failed.
 *
 * `slots` as for wembed_call, in both functions; `options` may be NULL. A waiting call takes some
 * 200 bytes of the wasm stack.
 */
wembed_call_state_t wembed_call_start(wasm_exec_env_t exec_env, wasm_function_inst_t function,
                                      uint64_t* slots, const wembed_call_options_t* options,
                                      wembed_host_call_t* host_call);

/*
 * Goes on with the call that waits on `exec_env`, the one begun last when there are several. False
 * as `succeeded` stops the guest, as false of a callback. `slots` as for wembed_call. REFUSED: none
 * waits there, or see above.
 */
wembed_call_state_t wembed_call_resume(wasm_exec_env_t exec_env, bool succeeded, uint64_t* slots,
                                       wembed_host_call_t* host_call);

/* ---- Host functions: data and memory together -------------------------------------------- */

/*
 * For the host function that runs on `exec_env`: its own data and the guest's memory, in one call
 * and without a copy. `*data` is what the function was bound with (`data` of a callback,
 * `attachment` of a native); where that is NULL, the custom data of the importing instance.
 * `*memory` is that instance's first memory; NULL: it has none. Either pointer may be NULL. Other
 * than wasm_runtime_get_function_attachment of WAMR it says the same after nested calls.
 *
 * False, and nothing is written: no host function runs on `exec_env`, or its instance was closed
 * by itself. On the thread of the call only, while the host function has not returned.
 */
bool wembed_host_context(wasm_exec_env_t exec_env, void** data, wasm_memory_inst_t* memory);

/*
 * For host functions that wait or work for long: whether the call they serve has to end, because of
 * its deadline, a stop request or wasm_runtime_terminate. If so the exception is set: return (a
 * callback: false) at once. On the thread of the call only; outside of a host function false.
 */
bool wembed_host_must_stop(wasm_exec_env_t exec_env);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_CALL_H */
