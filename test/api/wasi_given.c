/* wembed_wasi.h: what an instance is given, and nothing else. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "wembed_wasi.h"

typedef struct Guest {
  Host host;
  wasm_module_inst_t instance;
  wasm_exec_env_t env;
} Guest;

#define BUFFER 0x4000u
#define RESULT 0x10u

static Host load(const char* name) {
  Host host = {host_read(name), NULL, NULL, NULL};
  host.module = wasm_runtime_load(host.bytes.data, host.bytes.size, host_error, sizeof host_error);
  CHECK(host.module != NULL);
  return host;
}

static bool open_guest(Guest* guest, const char* name, const wembed_wasi_options_t* options) {
  wembed_error_t error;
  guest->host = load(name);
  guest->instance = NULL;
  guest->env = NULL;
  if (!guest->host.module) return false;
  wembed_wasi_t wasi = wembed_wasi_new(NULL, options, &error);
  if (wasi == NULL) fprintf(stderr, "%s\n", error.message);
  wembed_instantiate_options_t settings;
  memset(&settings, 0, sizeof settings);
  settings.size = sizeof settings;
  settings.strict = true;
  settings.wasi = wasi;
  guest->instance = wembed_instantiate(guest->host.module, &settings, &error);
  if (guest->instance == NULL) fprintf(stderr, "%s\n", error.message);
  wembed_wasi_delete(wasi);
  if (guest->instance != NULL) guest->env = wasm_runtime_create_exec_env(guest->instance, 16384);
  return CHECK(guest->env != NULL);
}

static void close_guest(Guest* guest) {
  if (guest->env) wasm_runtime_destroy_exec_env(guest->env);
  if (guest->instance) wasm_runtime_deinstantiate(guest->instance);
  host_close(&guest->host);
}

static uint8_t* at(Guest* guest, uint32_t offset) {
  return wasm_runtime_addr_app_to_native(guest->instance, offset);
}
static uint32_t word(Guest* guest, uint32_t offset) {
  uint32_t value;
  memcpy(&value, at(guest, offset), sizeof value);
  return value;
}

/* -1: a trap. */
static int call(Guest* guest, const char* name, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  uint64_t slots[4] = {a, b, c, d};
  wasm_function_inst_t function = wasm_runtime_lookup_function(guest->instance, name);
  wasm_runtime_clear_exception(guest->instance);
  return wembed_call(guest->env, function, slots, NULL) ? (int)(uint32_t)slots[0] : -1;
}

static int transfer(Guest* guest, const char* name, uint32_t fd, uint32_t size) {
  uint32_t vector[2] = {BUFFER, size};
  memcpy(at(guest, 0x20), vector, sizeof vector);
  return call(guest, name, fd, 0x20, 1, RESULT);
}
static int write_text(Guest* guest, uint32_t fd, const char* text) {
  memcpy(at(guest, BUFFER), text, strlen(text));
  return transfer(guest, "fd_write", fd, (uint32_t)strlen(text));
}
/* What was read; "error N". */
static const char* read_text(Guest* guest, uint32_t fd, uint32_t room) {
  static char text[256];
  int error = transfer(guest, "fd_read", fd, room);
  if (error != 0) {
    snprintf(text, sizeof text, "error %d", error);
  } else {
    snprintf(text, sizeof text, "%.*s", (int)word(guest, RESULT), (const char*)at(guest, BUFFER));
  }
  return text;
}

static wembed_wasi_options_t new_options(void) {
  wembed_wasi_options_t options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  return options;
}

TEST(nothing_is_there_that_was_not_given) {
  Guest guest;
  wembed_error_t error;
  if (!open_guest(&guest, "wasi_calls", NULL)) return close_guest(&guest);
  CHECK_EQ(call(&guest, "args_sizes_get", 0x100, 0x104, 0, 0), 0);
  CHECK_EQ(word(&guest, 0x100), 0);
  CHECK_EQ(call(&guest, "environ_sizes_get", 0x100, 0x104, 0, 0), 0);
  CHECK_EQ(word(&guest, 0x100), 0);
  CHECK_EQ(call(&guest, "fd_prestat_get", 3, 0x100, 0, 0), 8);
  CHECK_TEXT(read_text(&guest, 0, 100), "");
  CHECK_EQ(write_text(&guest, 1, "gone"), 0);
  CHECK_EQ(word(&guest, RESULT), 4);
  CHECK_EQ(write_text(&guest, 2, "gone"), 0);
  /* Without settings the functions are missing. */
  wembed_instantiate_options_t settings;
  memset(&settings, 0, sizeof settings);
  settings.size = sizeof settings;
  settings.strict = true;
  CHECK(wembed_instantiate(guest.host.module, &settings, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_LINK);
  close_guest(&guest);
}

TEST(texts_come_as_they_are) {
  static const char* const args[] = {"program", "", "x y"};
  static const char* const env[] = {"A=1", "EMPTY=", "B=x=y"};
  wembed_wasi_options_t options = new_options();
  options.args = args;
  options.arg_count = 3;
  options.env = env;
  options.env_count = 3;
  Guest guest;
  if (!open_guest(&guest, "wasi_calls", &options)) return close_guest(&guest);
  CHECK_EQ(call(&guest, "args_sizes_get", 0x100, 0x104, 0, 0), 0);
  CHECK_EQ(word(&guest, 0x100), 3);
  CHECK_EQ(word(&guest, 0x104), 13);
  CHECK_EQ(call(&guest, "args_get", 0x100, 0x200, 0, 0), 0);
  CHECK_TEXT((const char*)at(&guest, word(&guest, 0x108)), "x y");
  CHECK_EQ(call(&guest, "environ_get", 0x100, 0x200, 0, 0), 0);
  CHECK_TEXT((const char*)at(&guest, word(&guest, 0x104)), "EMPTY=");
  CHECK_TEXT((const char*)at(&guest, word(&guest, 0x108)), "B=x=y");
  close_guest(&guest);
}

/* Each instance reads from the first byte on; what all print is in one place. */
TEST(bytes_in_and_out) {
  wembed_wasi_options_t options = new_options();
  Guest guest;
  char text[32];
  wembed_wasi_file_t input = wembed_wasi_input(NULL, "hello", 5, NULL);
  wembed_wasi_file_t output = wembed_wasi_output(NULL, 10, NULL);
  options.stdio[0] = input;
  options.stdio[1] = options.stdio[2] = output;
  for (int round = 0; round < 2; ++round) {
    if (!open_guest(&guest, "wasi_calls", &options)) break;
    CHECK_TEXT(read_text(&guest, 0, 3), "hel");
    CHECK_TEXT(read_text(&guest, 0, 100), "lo");
    CHECK_TEXT(read_text(&guest, 0, 100), "");
    CHECK(wembed_instance_reset(guest.instance, NULL, NULL));
    CHECK_TEXT(read_text(&guest, 0, 100), "hello");
    CHECK_EQ(write_text(&guest, 0, "x"), 76);
    CHECK_EQ(transfer(&guest, "fd_read", 1, 10), 76);
    CHECK_EQ(write_text(&guest, 1, "abc"), 0);
    CHECK_EQ(write_text(&guest, 2, "defghijklmn"), 0);
    CHECK_EQ(word(&guest, RESULT), 7); /* there is room for ten */
    CHECK_EQ(write_text(&guest, 1, "x"), 51);
    CHECK_EQ(wembed_wasi_output_size(output), 10);
    CHECK_EQ(wembed_wasi_output_take(output, text, 4), 4);
    CHECK_EQ(wembed_wasi_output_take(output, text + 4, 28), 6);
    CHECK(memcmp(text, "abcdefghij", 10) == 0);
    CHECK_EQ(wembed_wasi_output_take(output, text, 28), 0);
    close_guest(&guest);
  }
  CHECK_EQ(wembed_wasi_output_size(input), 0);
  CHECK_EQ(wembed_wasi_output_size(NULL), 0);
  wembed_wasi_file_delete(input);
  wembed_wasi_file_delete(output);
  wembed_wasi_file_delete(NULL);
}

typedef struct Stream {
  wembed_wasi_file_t file;
  pthread_mutex_t mutex;
  char bytes[64];
  size_t length;
  int reads, gone;
  uint32_t answer; /* of a read, if not 0 */
  wasm_module_inst_t instance;
} Stream;

static uint32_t stream_read(void* context, wasm_exec_env_t env, void* bytes, size_t room,
                            size_t* done) {
  Stream* stream = context;
  pthread_mutex_lock(&stream->mutex);
  uint32_t answer = stream->answer;
  ++stream->reads;
  if (answer == 0 && stream->length == 0) answer = 6;
  if (answer == WEMBED_WASI_FAILED && stream->instance != NULL) {
    CHECK(wasm_runtime_get_module_inst(env) == stream->instance);
    wasm_runtime_set_exception(stream->instance, "the host says why");
  }
  if (answer == 0) {
    *done = stream->length < room ? stream->length : room;
    memcpy(bytes, stream->bytes, *done);
    stream->length -= *done;
    memmove(stream->bytes, stream->bytes + *done, stream->length);
  }
  pthread_mutex_unlock(&stream->mutex);
  return answer;
}
static uint32_t stream_write(void* context, wasm_exec_env_t env, const void* bytes, size_t length,
                             size_t* done) {
  Stream* stream = context;
  (void)env;
  *done = length > 3 ? 3 : length; /* in pieces */
  pthread_mutex_lock(&stream->mutex);
  memcpy(stream->bytes + stream->length, bytes, *done);
  stream->length += *done;
  pthread_mutex_unlock(&stream->mutex);
  return 0;
}
static uint64_t stream_ready(void* context, wasm_exec_env_t env, bool writing) {
  (void)env;
  Stream* stream = context;
  pthread_mutex_lock(&stream->mutex);
  uint64_t bytes = writing ? 1 : stream->length == 0 ? WEMBED_WASI_NOT_READY : stream->length;
  pthread_mutex_unlock(&stream->mutex);
  return bytes;
}
static void stream_gone(void* context) { ++((Stream*)context)->gone; }

static void* feed(void* context) {
  Stream* stream = context;
  struct timespec time = {0, 30 * 1000000};
  nanosleep(&time, NULL);
  pthread_mutex_lock(&stream->mutex);
  memcpy(stream->bytes, "late", 4);
  stream->length = 4;
  pthread_mutex_unlock(&stream->mutex);
  wembed_wasi_stream_wake(stream->file);
  return NULL;
}

/* Two subscriptions: reading descriptor 0, and a monotonic clock. */
static void subscribe(Guest* guest, uint64_t timeout_ns) {
  memset(at(guest, 0x100), 0, 96);
  at(guest, 0x100)[0] = 1;
  at(guest, 0x100)[8] = 1;
  at(guest, 0x130)[0] = 2;
  at(guest, 0x130)[16] = 1;
  memcpy(at(guest, 0x130 + 24), &timeout_ns, 8);
}

TEST(functions_of_the_host) {
  static Stream stream;
  memset(&stream, 0, sizeof stream);
  pthread_mutex_init(&stream.mutex, NULL);
  wembed_wasi_stream_functions_t functions;
  memset(&functions, 0, sizeof functions);
  functions.size = sizeof functions;
  functions.terminal = true;
  functions.context = &stream;
  functions.read = stream_read;
  functions.write = stream_write;
  functions.ready = stream_ready;
  functions.gone = stream_gone;
  stream.file = wembed_wasi_stream(NULL, &functions, NULL);
  wembed_wasi_options_t options = new_options();
  options.stdio[0] = options.stdio[1] = stream.file;
  Guest guest;
  if (open_guest(&guest, "wasi_calls", &options)) {
    stream.instance = guest.instance;
    CHECK_EQ(call(&guest, "fd_fdstat_get", 0, 0x200, 0, 0), 0);
    CHECK_EQ(at(&guest, 0x200)[0], 2); /* a terminal: neither seek nor tell */
    CHECK_EQ(at(&guest, 0x208)[0] & 0x24, 0);
    CHECK_EQ(write_text(&guest, 1, "in pieces"), 0);
    CHECK_EQ(word(&guest, RESULT), 9);
    CHECK_TEXT(read_text(&guest, 0, 100), "in pieces");
    /* Nothing there: it waits until the stream is woken, or is told at once. */
    pthread_t thread;
    pthread_create(&thread, NULL, feed, &stream);
    CHECK_TEXT(read_text(&guest, 0, 100), "late");
    pthread_join(thread, NULL);
    CHECK_EQ(call(&guest, "fd_fdstat_set_flags", 0, 4, 0, 0), 0);
    CHECK_TEXT(read_text(&guest, 0, 100), "error 6");
    CHECK_EQ(call(&guest, "fd_fdstat_set_flags", 0, 0, 0, 0), 0);
    /* For a time or for the stream, whichever comes first. */
    subscribe(&guest, 5000000);
    CHECK_EQ(call(&guest, "poll_oneoff", 0x100, 0x200, 2, RESULT), 0);
    CHECK_EQ(word(&guest, RESULT), 1);
    CHECK_EQ(at(&guest, 0x200)[0], 2);
    pthread_create(&thread, NULL, feed, &stream);
    subscribe(&guest, 60000000000ull);
    CHECK_EQ(call(&guest, "poll_oneoff", 0x100, 0x200, 2, RESULT), 0);
    pthread_join(thread, NULL);
    CHECK_EQ(word(&guest, RESULT), 1);
    CHECK_EQ(at(&guest, 0x200)[0], 1);
    CHECK_EQ(word(&guest, 0x210), 4); /* so many bytes */
    /* What it answers, and failures. */
    stream.answer = 29;
    CHECK_TEXT(read_text(&guest, 0, 100), "error 29");
    stream.answer = WEMBED_WASI_FAILED;
    CHECK_TEXT(read_text(&guest, 0, 100), "error -1");
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: the host says why");
    stream.instance = NULL;
    CHECK_TEXT(read_text(&guest, 0, 100), "error -1");
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: a file of the host failed");
    /* A guest that waits is stopped as one that runs. */
    stream.answer = 0;
    stream.length = 0;
    wembed_call_options_t bounds;
    memset(&bounds, 0, sizeof bounds);
    bounds.size = sizeof bounds;
    bounds.deadline_ms = 30;
    bounds.fuel = -1;
    uint64_t slots[4] = {0, 0x20, 1, RESULT};
    wasm_runtime_clear_exception(guest.instance);
    CHECK(!wembed_call(guest.env, wasm_runtime_lookup_function(guest.instance, "fd_read"), slots,
                       &bounds));
    CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: deadline exceeded");
  }
  wembed_wasi_file_delete(stream.file);
  CHECK_EQ(stream.gone, 0); /* the instance still has it */
  close_guest(&guest);
  CHECK_EQ(stream.gone, 1);
}

static wasm_module_inst_t clock_fails; /* with an exception */

static bool my_clock(void* context, wasm_exec_env_t env, uint32_t clock, uint64_t* ns) {
  (void)env;
  if (clock_fails != NULL) wasm_runtime_set_exception(clock_fails, "no time");
  *ns = ++*(uint64_t*)context + clock * 1000;
  return clock == 0;
}
static bool my_random(void* context, wasm_exec_env_t env, void* bytes, size_t length) {
  (void)context, (void)env;
  memset(bytes, 7, length);
  return true;
}

static void clocks_gone(void* context) { *(uint64_t*)context = 0; }

TEST(clocks_and_randomness_of_the_host) {
  uint64_t time = 41;
  wembed_wasi_options_t options = new_options();
  options.clock = my_clock;
  options.random = my_random;
  options.gone = clocks_gone;
  options.context = &time;
  Guest guest;
  if (!open_guest(&guest, "wasi_calls", &options)) return close_guest(&guest);
  CHECK_EQ(call(&guest, "clock_time_get", 0, 0, RESULT, 0), 0);
  CHECK_EQ(word(&guest, RESULT), 42);
  CHECK_EQ(call(&guest, "clock_time_get", 1, 0, RESULT, 0), 58);
  CHECK_EQ(call(&guest, "clock_time_get", 2, 0, RESULT, 0), 0); /* the system's */
  clock_fails = guest.instance;
  CHECK_EQ(call(&guest, "clock_time_get", 1, 0, RESULT, 0), -1);
  CHECK_TEXT(wasm_runtime_get_exception(guest.instance), "Exception: no time");
  clock_fails = NULL;
  CHECK_TEXT(wembed_wasi_error_name(44), "NOENT");
  CHECK_TEXT(wembed_wasi_error_name(77), "");
  CHECK_EQ(call(&guest, "random_get", BUFFER, 1000, 0, 0), 0);
  CHECK(at(&guest, BUFFER)[0] == 7 && at(&guest, BUFFER)[999] == 7);
  close_guest(&guest);
  CHECK_EQ(time, 0);
}

TEST(ends_are_told) {
  Guest guest;
  uint32_t code = 99;
  if (!open_guest(&guest, "wasi_names", NULL)) return close_guest(&guest);
  CHECK(!wembed_wasi_exited(guest.instance, &code));
  CHECK_EQ(call(&guest, "_start", 0, 0, 0, 0), -1);
  wembed_error_t error;
  CHECK(wembed_get_error(guest.instance, &error));
  CHECK_TEXT(error.code, "ProcessExit");
  CHECK(wembed_wasi_exited(guest.instance, &code));
  CHECK_EQ(code, 42);
  CHECK(wembed_instance_reset(guest.instance, NULL, NULL));
  CHECK(!wembed_wasi_exited(guest.instance, &code));
  CHECK(!wembed_wasi_exited(NULL, NULL));
  close_guest(&guest);
  if (open_guest(&guest, "wasi_reactor", NULL)) {
    CHECK_EQ(call(&guest, "count", 0, 0, 0, 0), 1);
    CHECK(wembed_instance_reset(guest.instance, NULL, NULL));
    CHECK_EQ(call(&guest, "count", 0, 0, 0, 0), 1);
  }
  close_guest(&guest);
}

TEST(directories_of_the_host) {
  char path[] = "/tmp/wembed-given-XXXXXX";
  CHECK(mkdtemp(path) != NULL);
  wembed_error_t error;
  wembed_wasi_file_t directory = wembed_wasi_host_directory(NULL, path, &error);
  CHECK(wembed_wasi_host_directory(NULL, "/nowhere/x", &error) == NULL);
  CHECK_TEXT(error.code, "File");
  CHECK_TEXT(error.message,
             "the directory \"/nowhere/x\" cannot be opened: No such file or directory");
  wembed_wasi_preopen_t preopens[] = {{"/", directory, false}, {"/again", directory, true}};
  wembed_wasi_options_t options = new_options();
  options.preopens = preopens;
  options.preopen_count = 2;
  Guest guest;
  if (open_guest(&guest, "wasi_calls", &options)) {
    CHECK_EQ(call(&guest, "fd_prestat_get", 4, 0x100, 0, 0), 0);
    CHECK_EQ(word(&guest, 0x104), 6);
    memcpy(at(&guest, 0x100), "d", 1);
    CHECK_EQ(call(&guest, "path_create_directory", 4, 0x100, 1, 0), 69);
    CHECK_EQ(call(&guest, "path_create_directory", 3, 0x100, 1, 0), 0);
    wembed_wasi_file_t mine = wembed_wasi_preopened(guest.instance, "/");
    CHECK_EQ(wembed_wasi_remove(mine, "d"), 0);
    wembed_wasi_file_delete(mine);
  }
  close_guest(&guest);
  wembed_wasi_file_delete(directory);
  CHECK(rmdir(path) == 0);
}

static void expect_usage(const wembed_wasi_options_t* options, const char* message) {
  wembed_error_t error;
  CHECK(wembed_wasi_new(NULL, options, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
  CHECK_TEXT(error.message, message);
}

TEST(what_makes_no_sense_is_told) {
  static const char* const texts[] = {"x", NULL};
  wembed_error_t error;
  wembed_wasi_options_t options = new_options();
  options.arg_count = 1;
  expect_usage(&options, "args is NULL");
  options.args = texts;
  options.arg_count = 2;
  expect_usage(&options, "args[1] is NULL");
  options = new_options();
  options.env = texts;
  options.env_count = 1;
  expect_usage(&options, "env[0] is not of the form NAME=value");
  wembed_wasi_file_t input = wembed_wasi_input(NULL, "", 0, NULL);
  wembed_wasi_preopen_t preopen = {"/", input, false};
  options = new_options();
  options.preopens = &preopen;
  options.preopen_count = 1;
  expect_usage(&options, "preopens[0], \"/\", is no directory");
  wembed_wasi_file_delete(input);
  options = new_options();
  options.size = 4;
  CHECK(wembed_wasi_new(NULL, &options, &error) == NULL);
  CHECK(wembed_wasi_descriptor(NULL, 9999, true, &error) == NULL);
  CHECK_TEXT(error.message, "the descriptor 9999 is not open");
  CHECK(wembed_wasi_input(NULL, NULL, 4, &error) == NULL);
  CHECK(wembed_wasi_stream(NULL, NULL, &error) == NULL);
  CHECK(wembed_wasi_host_directory(NULL, NULL, &error) == NULL);
  wembed_wasi_delete(NULL);
}

/* One template for all. */
TEST(many_instances_share_what_they_are_given) {
  enum { COUNT = 4000 };
  static wasm_module_inst_t instances[COUNT];
  Host host = load("wasi_names");
  if (!host.module) return host_close(&host);
  wembed_wasi_memory_options_t memory;
  memset(&memory, 0, sizeof memory);
  memory.size = sizeof memory;
  wembed_wasi_file_t directory = wembed_wasi_memory_directory(NULL, &memory, NULL);
  wembed_wasi_preopen_t preopen = {"/", directory, false};
  wembed_wasi_options_t options = new_options();
  options.preopens = &preopen;
  options.preopen_count = 1;
  wembed_wasi_t wasi = wembed_wasi_new(NULL, &options, NULL);
  wembed_wasi_file_delete(directory);
  wembed_instantiate_options_t settings;
  memset(&settings, 0, sizeof settings);
  settings.size = sizeof settings;
  settings.backend = WEMBED_BACKEND_HEAP;
  settings.wasi = wasi;
  int before = host_blocks, made = 0;
  while (made < COUNT && (instances[made] = wembed_instantiate(host.module, &settings, NULL)))
    ++made;
  CHECK_EQ(made, COUNT);
  /* Nothing is made for one that has not called WASI yet but its state. */
  CHECK(host_blocks - before <= COUNT * 8);
  wembed_wasi_delete(wasi);
  while (made > 0) wasm_runtime_deinstantiate(instances[--made]);
  host_close(&host);
}

int main(void) {
  RUN(nothing_is_there_that_was_not_given);
  RUN(texts_come_as_they_are);
  RUN(bytes_in_and_out);
  RUN(functions_of_the_host);
  RUN(clocks_and_randomness_of_the_host);
  RUN(ends_are_told);
  RUN(directories_of_the_host);
  RUN(what_makes_no_sense_is_told);
  RUN(many_instances_share_what_they_are_given);
  return host_result();
}
