/*
 * wembed_wasi_file.h: the files of wembed_wasi.h, which includes this and says who they belong to:
 * of the system, in memory, and of functions of the host's.
 */
#ifndef WEMBED_WASI_FILE_H
#define WEMBED_WASI_FILE_H

#include "wembed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Files of the system, and in memory --------------------------------------------------- */

typedef struct wembed_wasi_file* wembed_wasi_file_t;

/* Gives it up; NULL is allowed. */
void wembed_wasi_file_delete(wembed_wasi_file_t file);

/* A directory of the system's by its path, which is opened here. Guests stay below it, whatever
   links in it say. "File": it cannot be opened. */
wembed_wasi_file_t wembed_wasi_host_directory(wembed_runtime_t runtime, const char* path,
                                              wembed_error_t* error);

/* A descriptor that is open: file, pipe, terminal, socket. `owned`: it is closed together with the
   object, also when this fails. Otherwise it has to stay open as long as the object is there. */
wembed_wasi_file_t wembed_wasi_descriptor(wembed_runtime_t runtime, int descriptor, bool owned,
                                          wembed_error_t* error);

typedef struct wembed_wasi_memory_options {
  uint32_t size;
  bool shared;         /* all instances see the same files; otherwise each begins with a copy, and
                          begins again with one when it is reset */
  uint64_t most_bytes; /* of all files together, names included (512 bytes each); what is more is
                          an error of the guest's (51). 0: 256 MiB */
} wembed_wasi_memory_options_t;

/* An empty directory in memory, to be filled by wembed_wasi_put and the functions beside it. Copies
   for instances are made as they are needed: files share their bytes until somebody writes.
   `options` may be NULL. */
wembed_wasi_file_t wembed_wasi_memory_directory(wembed_runtime_t runtime,
                                                const wembed_wasi_memory_options_t* options,
                                                wembed_error_t* error);

/* A stream that has `length` bytes, which are copied, for each instance from the first on. */
wembed_wasi_file_t wembed_wasi_input(wembed_runtime_t runtime, const void* bytes, size_t length,
                                     wembed_error_t* error);

/* A stream that keeps what guests write until it is taken. Beyond `most_bytes` (0: no limit) is an
   error of theirs (51). */
wembed_wasi_file_t wembed_wasi_output(wembed_runtime_t runtime, uint64_t most_bytes,
                                      wembed_error_t* error);
size_t wembed_wasi_output_size(wembed_wasi_file_t output); /* 0 for other files */
/* Takes up to `room` bytes from the front; how many. */
size_t wembed_wasi_output_take(wembed_wasi_file_t output, void* bytes, size_t room);

/* ---- Streams of functions ---------------------------------------------------------------- */

/* What a function of a stream answers to stop the guest: it has set an exception of the instance,
   or "a file of the host failed" is set. */
#define WEMBED_WASI_FAILED UINT32_MAX
/* That nothing can be done now, see `ready`. */
#define WEMBED_WASI_NOT_READY UINT64_MAX

typedef struct wembed_wasi_stream_functions {
  uint32_t size;
  bool terminal; /* guests see a terminal, and as a rule print line by line */
  void* context;
  /* Puts up to `room` bytes (64 KiB at most) and says how many; none is the end. Or NULL: nothing
     can be read. The results of this and of `write` are error numbers. 6: not now; the guest waits
     until wembed_wasi_stream_wake, if it has not asked for an answer at once. */
  uint32_t (*read)(void* context, wasm_exec_env_t exec_env, void* bytes, size_t room, size_t* done);
  /* Takes up to `length` bytes (64 KiB at most), at least one. Or NULL: nothing can be written. */
  uint32_t (*write)(void* context, wasm_exec_env_t exec_env, const void* bytes, size_t length,
                    size_t* done);
  /* For guests that wait for several things: how many bytes could be read or written without
     waiting, or WEMBED_WASI_NOT_READY. Nothing to read is the end. Or NULL: always ready. */
  uint64_t (*ready)(void* context, wasm_exec_env_t exec_env, bool writing);
  /* When the object ends, on any thread. Or NULL. */
  void (*gone)(void* context);
} wembed_wasi_stream_functions_t;

/* A stream of functions, called on the thread that runs the guest, of each instance that has it.
   They may run code of other instances' or of the guest's own. What runs long asks
   wembed_host_must_stop; what waits answers 6, or calls wembed_sleep. When this fails, `gone` is
   not called. */
wembed_wasi_file_t wembed_wasi_stream(wembed_runtime_t runtime,
                                      const wembed_wasi_stream_functions_t* functions,
                                      wembed_error_t* error);
/* Guests that wait for the stream look again. Any thread. */
void wembed_wasi_stream_wake(wembed_wasi_file_t stream);

/* ---- Directories of functions ------------------------------------------------------------ */

typedef enum wembed_wasi_kind {
  WEMBED_WASI_UNKNOWN = 0,
  WEMBED_WASI_BLOCK_DEVICE = 1,
  WEMBED_WASI_CHARACTER_DEVICE = 2,
  WEMBED_WASI_DIRECTORY = 3,
  WEMBED_WASI_FILE = 4,
  WEMBED_WASI_DATAGRAM_SOCKET = 5,
  WEMBED_WASI_STREAM_SOCKET = 6,
  WEMBED_WASI_LINK = 7
} wembed_wasi_kind_t;

typedef struct wembed_wasi_status {
  uint32_t kind; /* wembed_wasi_kind_t */
  uint64_t bytes;
  uint64_t modified_ns; /* since 1970 */
} wembed_wasi_status_t;

/* A directory of which functions of the host's say what is in it, by paths below it: "" is the
   directory itself, "a/b" what they have said is in it. Guests cannot ask for anything else, and
   what the functions say is checked. They are asked again each time, by the thread that runs the
   guest (`exec_env`; NULL when the host itself looks into the directory), and may be asked by
   several at a time. They answer with error numbers, or WEMBED_WASI_FAILED. What they do must not
   make the guest's memory move: that ends its call (memories that are mapped never do). */

typedef struct wembed_wasi_entry {
  uint32_t kind; /* wembed_wasi_kind_t: FILE, DIRECTORY or LINK; others guests cannot open */
  char name[256];
} wembed_wasi_entry_t;

typedef struct wembed_wasi_directory_functions {
  uint32_t size;
  void* context;
  /* What is there: its kind and size, and when it was changed. 44: nothing. */
  uint32_t (*status)(void* context, wasm_exec_env_t exec_env, const char* path,
                     wembed_wasi_status_t* status);
  /* The entry of a directory with that number, from 0 on; 44: there are no more. "." and ".." are
     none of them. Or NULL: directories cannot be listed (58). */
  uint32_t (*entry)(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t index,
                    wembed_wasi_entry_t* entry);
  /* Up to `room` bytes (64 KiB at most) from `offset` on, and how many; none is the end. Or NULL
     (58). */
  uint32_t (*read)(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t offset,
                   void* bytes, size_t room, size_t* done);
  /* Takes up to `length` bytes (64 KiB at most), at least one. This and the others that change
     something may be NULL: nothing can be changed so (69). */
  uint32_t (*write)(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t offset,
                    const void* bytes, size_t length, size_t* done);
  uint32_t (*resize)(void* context, wasm_exec_env_t exec_env, const char* path, uint64_t bytes);
  /* An empty file, a directory, or a link that says `text`; nothing was there a moment ago. */
  uint32_t (*make)(void* context, wasm_exec_env_t exec_env, const char* path, uint32_t kind,
                   const char* text);
  /* A file or link, or a directory, which is refused while something is in it (55). */
  uint32_t (*remove)(void* context, wasm_exec_env_t exec_env, const char* path, bool directory);
  /* In place of what is there, if something is. */
  uint32_t (*rename)(void* context, wasm_exec_env_t exec_env, const char* from, const char* to);
  /* What a link says, up to `room` bytes of it. Or NULL: there are no links. */
  uint32_t (*read_link)(void* context, wasm_exec_env_t exec_env, const char* path, char* text,
                        size_t room, size_t* length);
  /* When it was changed, in nanoseconds since 1970. Or NULL (58). */
  uint32_t (*set_modified)(void* context, wasm_exec_env_t exec_env, const char* path,
                           uint64_t modified_ns);
  /* When the object ends, on any thread. Or NULL. */
  void (*gone)(void* context);
} wembed_wasi_directory_functions_t;

/* All instances see the same. Hard links are refused (58). When this fails, `gone` is not called.
 */
wembed_wasi_file_t wembed_wasi_directory(wembed_runtime_t runtime,
                                         const wembed_wasi_directory_functions_t* functions,
                                         wembed_error_t* error);

#ifdef __cplusplus
}
#endif

#endif /* WEMBED_WASI_FILE_H */
