/*
 * wembed_wasi.h: what a guest made for WASI preview 1 is given by its host.
 *
 * Files are made first, settings from them, and instances with the settings
 * (wembed_instantiate_options_t.wasi), as many as there shall be. What is not given is not there:
 * without settings a module that imports WASI is not instantiated, with empty ones it has no
 * argument, no variable and no directory, nothing to read, and what it prints is gone.
 *
 * Files and settings are counted objects of one runtime: whoever made one deletes it, and it stays
 * as long as settings or instances have it. Delete them before the runtime. They may be used by
 * several threads at a time. Functions with an `error` (which may be NULL) return NULL when they
 * fail. Results of type uint32_t called "error number" are those of WASI: 0, or 44 for what is
 * not there, and so on.
 *
 * A library built without WASI (-DWEMBED_WASI=OFF) has none of these functions.
 */
#ifndef WEMBED_WASI_H
#define WEMBED_WASI_H

#include "wembed.h"
#include "wembed_wasi_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Settings ------------------------------------------------------------------------------ */

typedef struct wembed_wasi_preopen {
  const char* name; /* as the guest calls it: "/data", "." */
  wembed_wasi_file_t directory;
  bool read_only; /* nothing in it can be changed (69) */
} wembed_wasi_preopen_t;

typedef struct wembed_wasi_options {
  uint32_t size;
  const char* const* args; /* the first is the program's name, as a rule */
  uint32_t arg_count;
  const char* const* env; /* "NAME=value" */
  uint32_t env_count;
  const wembed_wasi_preopen_t* preopens; /* descriptors from 3 on, in this order */
  uint32_t preopen_count;
  wembed_wasi_file_t stdio[3]; /* descriptors 0 to 2. NULL: nothing is read, and what is written
                                  is gone */
  /* Instead of the system's clocks 0 (real time) and 1 (monotonic), in nanoseconds, and its
     randomness; on the thread that runs the guest. False: an error of the guest's (58, 29), or the
     end of its call where an exception of the instance is set. NULL: the system's. Guests sleep by
     the system's clock all the same. Files in memory that a guest changes have clock 0's times. */
  bool (*clock)(void* context, wasm_exec_env_t exec_env, uint32_t clock, uint64_t* ns);
  bool (*random)(void* context, wasm_exec_env_t exec_env, void* bytes, size_t length);
  void (*gone)(void* context); /* when the settings end, on any thread; not when they cannot be
                                  made. Or NULL */
  void* context;               /* of these */
  uint32_t max_descriptors;    /* that an instance has open at a time (33 beyond). 0: 1024 */
  uint64_t max_written;        /* bytes that an instance writes into files, what a file grows by
                                  included; beyond is an error of the guest's (19). A reset begins
                                  anew. 0: no limit */
  /* What sockets may be bound to, connected to and sent to: "10.0.0.0/8", "::1/128", an address
     and how many of its first bits count. Those of version 4 count however a guest writes them, and
     the unspecified address is the machine's own where it is spoken to. Beyond is an error of the
     guest's (2). */
  const char* const* addresses;
  uint32_t address_count;
  /* What may be looked up: "example.org", "*.example.org", "*". Beyond is an error (2). Addresses
     that are found have to be among `addresses` as others have. */
  const char* const* names;
  uint32_t name_count;
  /* That the guest may have besides its first thread ("thread-spawn" of "wasi"); its import answers
     -1 beyond. 0: what wasm_runtime_set_max_thread_num says, 4 */
  uint32_t max_threads;
} wembed_wasi_options_t;

/* What stands in `options` is copied, files are kept. */
typedef struct wembed_wasi* wembed_wasi_t;
wembed_wasi_t wembed_wasi_new(wembed_runtime_t runtime, const wembed_wasi_options_t* options,
                              wembed_error_t* error);
void wembed_wasi_delete(wembed_wasi_t wasi); /* NULL is allowed */

/* ---- Instances ----------------------------------------------------------------------------- */

/* Whether the guest has ended itself by proc_exit since it was made or reset, and with which code.
   A call that ends so fails with the trap "ProcessExit", which is no fault of the guest's. */
bool wembed_wasi_exited(wasm_module_inst_t instance, uint32_t* code);

/* Ends the threads that the guest has started and waits until they have ended: its program is over.
   wasm_application_execute_main does so when `_start` has returned, and so does whatever ends the
   instance. Not in a function that one of them calls. */
void wembed_wasi_end_threads(wasm_module_inst_t instance);

/* The directory that the instance was given by that name, as it has it: of files in memory, its own
   copy. NULL: there is none, or no memory. To be deleted. */
wembed_wasi_file_t wembed_wasi_preopened(wasm_module_inst_t instance, const char* name);

/* ---- What is in directories, for the host -------------------------------------------------- */

/* `path` leads from `directory` to something below it, by '/'; links are followed as for guests.
   All results are error numbers. */

uint32_t wembed_wasi_status(wembed_wasi_file_t directory, const char* path, bool follow,
                            wembed_wasi_status_t* status);
/* Up to `room` bytes of a file from `offset` on; how many. None is the end. */
uint32_t wembed_wasi_get(wembed_wasi_file_t directory, const char* path, uint64_t offset,
                         void* bytes, size_t room, size_t* done);
/* Makes a file of these bytes, in place of one that is there. */
uint32_t wembed_wasi_put(wembed_wasi_file_t directory, const char* path, const void* bytes,
                         size_t length);
uint32_t wembed_wasi_make_directory(wembed_wasi_file_t directory, const char* path);
/* `text` is what the link says. */
uint32_t wembed_wasi_make_link(wembed_wasi_file_t directory, const char* path, const char* text);
/* A file, a link, or a directory in which nothing is. */
uint32_t wembed_wasi_remove(wembed_wasi_file_t directory, const char* path);
/* Each name in a directory but "." and ".."; until `tell` returns false. It must not change the
   directory. */
uint32_t wembed_wasi_list(wembed_wasi_file_t directory, const char* path,
                          bool (*tell)(void* context, const char* name, uint32_t kind),
                          void* context);

/* The name of an error number, as in "NOENT"; "" for others. */
const char* wembed_wasi_error_name(uint32_t error);

#ifdef __cplusplus
}
#endif

#endif
