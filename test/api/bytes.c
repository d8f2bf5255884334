/* A module's bytes: files, bytes that vanish, WAMR's contract, release functions. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "failing.h"

#define PAD 65536 /* no less than a page anywhere */

/* A custom section without use, so that all that counts lies in other pages than the header (or,
   behind, the header and all that counts in other pages than the section). */
static Bytes padded(const char* name, bool in_front) {
  Bytes plain = host_read(name);
  uint8_t head[] = {0, 0x84, 0x80, 0x04, 3, 'p', 'a', 'd'}; /* PAD + 4 bytes follow */
  Bytes bytes = {NULL, plain.size + PAD + sizeof head};
  bytes.data = malloc(bytes.size);
  uint32_t at = in_front ? 8 : plain.size;
  memcpy(bytes.data, plain.data, at);
  memcpy(bytes.data + at, head, sizeof head);
  memset(bytes.data + at + sizeof head, 'p', PAD);
  memcpy(bytes.data + at + sizeof head + PAD, plain.data + at, plain.size - at);
  free(plain.data);
  return bytes;
}

static char path[64];

static void write_file(Bytes bytes) {
  snprintf(path, sizeof path, "/tmp/wembed-bytes-%d", (int)getpid());
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
  fclose(file);
}

static Loaded load_padded(const char* name, bool in_front) {
  Loaded loaded = {NULL, NULL, NULL};
  Bytes bytes = padded(name, in_front);
  write_file(bytes);
  wembed_error_t error;
  loaded.module = wembed_load_file(NULL, path, NULL, &error);
  CHECK(loaded.module != NULL);
  free(bytes.data);
  return loaded;
}

static void close_file(Loaded* loaded) {
  close_all(loaded);
  unlink(path);
}

static void cut(long size) { CHECK(truncate(path, size) == 0); }

/* ---- Files */

TEST(files_are_loaded) {
  Bytes bytes = host_read("bytes");
  write_file(bytes);
  wembed_error_t error;
  char copy[sizeof path];
  memcpy(copy, path, sizeof path);
  Loaded loaded = {wembed_load_file(NULL, copy, NULL, &error), NULL, NULL};
  memset(copy, 'x', sizeof copy - 1);
  if (CHECK(loaded.module != NULL)) {
    CHECK_TEXT(wasm_runtime_get_module_name(loaded.module), path);
    CHECK(!wasm_runtime_is_underlying_binary_freeable(loaded.module));
    open_instance(&loaded);
    uint32_t sum = 0;
    CHECK_TEXT(call3(loaded.env, function_of(loaded.instance, "add"), 3, 4, 0, &sum), "");
    CHECK_EQ(sum, 7);
    /* Removed files live on as long as they are mapped. */
    unlink(path);
    CHECK_TEXT(call3(loaded.env, function_of(loaded.instance, "sub"), 9, 4, 0, &sum), "");
    CHECK_EQ(sum, 5);
  }
  close_file(&loaded);
  write_file(bytes);
  loaded = (Loaded){wembed_load_file(NULL, path, "short", &error), NULL, NULL};
  CHECK_TEXT(wasm_runtime_get_module_name(loaded.module), "short");
  close_file(&loaded);
  free(bytes.data);
}

static void refuse(const char* file, const char* reason) {
  wembed_error_t error;
  char text[600];
  CHECK(wembed_load_file(NULL, file, NULL, &error) == NULL);
  snprintf(text, sizeof text, "cannot load '%s': %s", file, reason);
  CHECK_TEXT(error.message, text);
  CHECK_TEXT(error.code, "File");
  CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
  CHECK(wembed_load_file(NULL, file, NULL, NULL) == NULL);
}

TEST(files_that_cannot_be_loaded) {
  refuse("/nowhere/at/all.wasm", "No such file or directory");
  refuse("/tmp", "Is a directory");
  refuse("/dev/null", "not a regular file");
  write_file((Bytes){(uint8_t*)"", 0});
  refuse(path, "the file is empty");
  CHECK(chmod(path, 0) == 0);
  bool is_root = geteuid() == 0;
  CHECK(!is_root || seteuid(65534) == 0); /* who may read everything finds no error */
  refuse(path, "Permission denied");
  CHECK(!is_root || seteuid(0) == 0);
  CHECK(chmod(path, 0600) == 0);
  cut(1L << 31);
  refuse(path, "File too large");
  unlink(path);
  CHECK(mkfifo(path, 0600) == 0); /* nobody writes to it, and nobody waits */
  refuse(path, "not a regular file");
  unlink(path);
  write_file((Bytes){(uint8_t*)"no module", 9});
  wembed_error_t error;
  CHECK(wembed_load_file(NULL, path, NULL, &error) == NULL);
  CHECK_TEXT(error.code, "MagicNotDetected");
  CHECK_TEXT(error.module_name, path);
  unlink(path);
  CHECK(wembed_load_file(NULL, NULL, NULL, &error) == NULL);
  CHECK_EQ(error.kind, WEMBED_ERROR_USAGE);
}

TEST(files_are_read_where_faults_are_not_caught) {
  wembed_config_t config = {
      .size = sizeof config, .signals_off = true, .mem_alloc_type = Alloc_With_System_Allocator};
  wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
  Bytes bytes = padded("bytes", true);
  write_file(bytes);
  Loaded loaded = {wembed_load_file(runtime, path, NULL, NULL), NULL, NULL};
  if (CHECK(loaded.module != NULL)) {
    cut(0); /* a mapping would be gone now */
    open_instance(&loaded);
    uint32_t sum = 0;
    CHECK_TEXT(call3(loaded.env, function_of(loaded.instance, "add"), 3, 4, 0, &sum), "");
    CHECK_EQ(sum, 7);
  }
  close_file(&loaded);
  free(bytes.data);
  wembed_runtime_delete(runtime);
}

/* ---- Bytes that vanish */

TEST(a_file_cut_short_before_the_first_call) {
  Loaded loaded = load_padded("bytes", true);
  open_instance(&loaded);
  wasm_function_inst_t add = function_of(loaded.instance, "add");
  wasm_function_inst_t sub = function_of(loaded.instance, "sub");
  uint32_t result = 0;
  CHECK_TEXT(call3(loaded.env, add, 3, 4, 0, &result), "");
  cut(0);
  CHECK(!wembed_module_bytes_lost(loaded.module)); /* nobody has noticed yet */
  CHECK_TEXT(call3(loaded.env, sub, 3, 4, 0, NULL), "BytesLost");
  CHECK(wembed_module_bytes_lost(loaded.module) && !wembed_module_bytes_lost(NULL));
  CHECK_TEXT(call3(loaded.env, sub, 3, 4, 0, NULL), "BytesLost");
  /* What was translated before goes on. */
  CHECK_TEXT(call3(loaded.env, add, 30, 4, 0, &result), "");
  CHECK_EQ(result, 34);
  /* Lost is lost, although there is a file again. */
  cut(PAD * 4);
  CHECK_TEXT(call3(loaded.env, sub, 3, 4, 0, NULL), "BytesLost");
  wembed_error_t error;
  CHECK(wembed_instantiate(loaded.module, NULL, &error) == NULL);
  CHECK_TEXT(error.code, "BytesLost");
  CHECK(wasm_runtime_lookup_function(loaded.instance, "add") == NULL);
  close_file(&loaded);
}

TEST(a_file_cut_short_before_it_is_instantiated) {
  Loaded loaded = load_padded("bytes", true);
  cut(100);
  wembed_error_t error;
  CHECK(wembed_instantiate(loaded.module, NULL, &error) == NULL);
  CHECK_TEXT(error.code, "BytesLost");
  CHECK_EQ(error.kind, WEMBED_ERROR_RESOURCE);
  CHECK(wasm_runtime_instantiate(loaded.module, 0, 0, host_error, sizeof host_error) == NULL);
  CHECK_TEXT(host_error, "WASM module instantiate failed: the bytes of the module are gone");
  close_file(&loaded);
}

TEST(a_file_cut_short_before_segments_are_used) {
  Loaded loaded = load_padded("bytes", true);
  open_instance(&loaded);
  wasm_function_inst_t init = function_of(loaded.instance, "memory_init");
  wasm_function_inst_t fill = function_of(loaded.instance, "table_init");
  CHECK_TEXT(call3(loaded.env, init, 100, 0, 0, NULL), "");
  CHECK_TEXT(call3(loaded.env, fill, 0, 0, 0, NULL), "");
  cut(0);
  CHECK_TEXT(call3(loaded.env, init, 200, 0, 0, NULL), "BytesLost");
  CHECK_TEXT(call3(loaded.env, fill, 1, 0, 0, NULL), "BytesLost");
  /* The range is still checked first. */
  CHECK_TEXT(call3(loaded.env, init, 65535, 0, 0, NULL), "MemoryOutOfBounds");
  close_file(&loaded);
}

TEST(a_file_cut_short_before_names_are_read) {
  Loaded loaded = load_padded("bytes", true);
  open_instance(&loaded);
  wasm_function_inst_t fail = function_of(loaded.instance, "fail");
  wembed_extern_type_t type;
  CHECK(wembed_module_export(loaded.module, 0, &type));
  uint64_t slots[1] = {0};
  CHECK(!wembed_call(loaded.env, fail, slots, NULL));
  cut(0);
  wembed_error_t error;
  wembed_frame_t frame;
  CHECK(wembed_get_error(loaded.instance, &error));
  CHECK_TEXT(error.code, "Unreachable");
  CHECK_TEXT(error.function_name, "");
  CHECK_EQ(wembed_trap_frame_count(loaded.instance, NULL), 2);
  CHECK(wembed_trap_frame(loaded.instance, 1, &frame) && frame.function_name_length == 0);
  /* Copies that the host was given stay. */
  CHECK(wembed_module_export(loaded.module, 0, &type) && strcmp(type.name, "memory") == 0);
  const char* name;
  uint32_t length;
  CHECK(!wembed_module_custom_section(loaded.module, 0, &name, &length, NULL, NULL));
  CHECK(wasm_runtime_get_custom_section(loaded.module, "pad", NULL) == NULL);
  static uint8_t copy[PAD];
  CHECK(!wembed_module_copy_section(loaded.module, 0, copy, sizeof copy));
  close_file(&loaded);
}

TEST(what_is_still_there_works) {
  Loaded loaded = load_padded("bytes", false);
  cut(4096); /* all but the padding */
  open_instance(&loaded);
  uint32_t result = 0;
  CHECK_TEXT(call3(loaded.env, function_of(loaded.instance, "add"), 3, 4, 0, &result), "");
  CHECK_EQ(result, 7);
  static uint8_t copy[PAD];
  uint32_t sections = 0;
  while (wembed_module_custom_section(loaded.module, sections, NULL, NULL, NULL, NULL)) ++sections;
  CHECK(sections >= 2);
  CHECK(!wembed_module_copy_section(loaded.module, sections - 1, copy, 10));
  CHECK(!wembed_module_copy_section(loaded.module, sections - 1, copy, sizeof copy));
  CHECK(!wembed_module_copy_section(loaded.module, 0, copy, sizeof copy)); /* lost, all of it */
  close_file(&loaded);
}

TEST(borrowed_bytes_unmapped_by_mistake) {
  Bytes bytes = padded("bytes", true);
  size_t mapped = (bytes.size + 65535) / 65536 * 65536;
  uint8_t* place = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(place, bytes.data, bytes.size);
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_BORROW,
                            .bytes = place,
                            .length = bytes.size};
  wembed_error_t error;
  Loaded loaded = {wembed_load(NULL, &source, &error), NULL, NULL};
  if (CHECK(loaded.module != NULL)) {
    open_instance(&loaded);
    wasm_function_inst_t sub = function_of(loaded.instance, "sub");
    munmap(place, mapped);
    CHECK_TEXT(call3(loaded.env, sub, 3, 4, 0, NULL), "BytesLost");
    CHECK(wembed_instantiate(loaded.module, NULL, &error) == NULL);
    CHECK_TEXT(error.code, "BytesLost");
  }
  close_file(&loaded);
  munmap(place, mapped); /* the zeros that took their place */
  /* And before they are loaded. */
  for (uint32_t kind = WEMBED_BYTES_COPY; kind <= WEMBED_BYTES_TAKE; ++kind) {
    source.ownership = kind;
    CHECK(wembed_load(NULL, &source, &error) == NULL);
    CHECK_TEXT(error.code, "BytesLost");
    munmap(place, mapped);
  }
  wasm_section_t section = {NULL, 1, place, 100};
  CHECK(wasm_runtime_load_from_sections(&section, false, host_error, sizeof host_error) == NULL);
  CHECK_TEXT(host_error, "WASM module load failed: the bytes of the module are gone");
  munmap(place, mapped);
  free(bytes.data);
}

TEST(a_mapping_of_the_hosts_cut_short) {
  Bytes bytes = padded("bytes", true);
  write_file(bytes);
  int file = open(path, O_RDONLY);
  uint8_t* place = mmap(NULL, bytes.size, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  char text[128];
  wasm_module_t module = wasm_runtime_load(place, bytes.size, text, sizeof text);
  CHECK(module != NULL);
  wasm_runtime_unload(module);
  cut(8);
  CHECK(wasm_runtime_load(place, bytes.size, text, sizeof text) == NULL);
  CHECK_TEXT(text, "WASM module load failed: the bytes of the module are gone");
  munmap(place, bytes.size);
  unlink(path);
  free(bytes.data);
}

/* ---- WAMR's contract */

static Bytes shared;
static void* loads_and_runs(void* result) {
  for (int i = 0; i < 100; ++i) {
    LoadArgs args = {.name = (char*)"shared", .wasm_binary_freeable = i % 3 == 2};
    Loaded loaded = {wasm_runtime_load_ex(shared.data, shared.size, &args, NULL, 0), NULL, NULL};
    if (loaded.module == NULL) return NULL;
    open_instance(&loaded);
    uint32_t sum = 0;
    call3(loaded.env, function_of(loaded.instance, "add"), 3, 4, 0, &sum);
    *(uint32_t*)result += sum == 7;
    close_all(&loaded);
  }
  return NULL;
}

TEST(one_buffer_loaded_by_several_threads) {
  pthread_t threads[4];
  uint32_t good[4] = {0};
  shared = host_read("bytes");
  Bytes before = host_read("bytes");
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, loads_and_runs, &good[i]);
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
    CHECK_EQ(good[i], 100);
  }
  CHECK(memcmp(shared.data, before.data, before.size) == 0);
  free(before.data);
  free(shared.data);
}

TEST(read_only_bytes_loaded_twice) {
  Bytes bytes = host_read("bytes");
  uint8_t* place = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(place, bytes.data, bytes.size);
  mprotect(place, 65536, PROT_READ);
  wasm_module_t modules[4];
  for (int i = 0; i < 4; ++i) {
    LoadArgs args = {.name = (char*)"twice", .wasm_binary_freeable = i >= 2, .no_resolve = i == 3};
    modules[i] = wasm_runtime_load_ex(place, bytes.size, &args, host_error, sizeof host_error);
    CHECK(modules[i] != NULL);
    CHECK(wasm_runtime_is_underlying_binary_freeable(modules[i]) == (i >= 2));
  }
  CHECK(memcmp(place, bytes.data, bytes.size) == 0);
  for (int i = 0; i < 2; ++i) wasm_runtime_unload(modules[i]);
  munmap(place, 65536); /* those that were told so have what they need */
  for (int i = 2; i < 4; ++i) {
    Loaded loaded = {modules[i], NULL, NULL};
    open_instance(&loaded);
    uint32_t result = 0;
    CHECK_TEXT(call3(loaded.env, function_of(loaded.instance, "add"), 3, 4, 0, &result), "");
    CHECK_EQ(result, 7);
    close_file(&loaded);
  }
  free(bytes.data);
}

/* ---- Release functions */

static void count_release(void* context, const uint8_t* bytes, size_t length) {
  (void)bytes;
  (void)length;
  ++*(unsigned*)context;
}

TEST(release_is_called_exactly_once) {
  Bytes bytes = host_read("bytes");
  unsigned failures = 0;
  for (int kind = 0; kind < 3; ++kind) {
    for (long n = 0;; ++n) {
      wembed_config_t config = {
          .size = sizeof config, .signals_off = kind == 2, .mem_alloc_type = Alloc_With_Allocator};
      config.mem_alloc_option.allocator.malloc_func = (void*)failing_malloc;
      config.mem_alloc_option.allocator.realloc_func = (void*)failing_realloc;
      config.mem_alloc_option.allocator.free_func = (void*)host_free;
      int blocks = host_blocks;
      allocations_left = 1000000;
      wembed_runtime_t runtime = wembed_runtime_new(&config, NULL);
      unsigned released = 0;
      wembed_source_t source = {.size = sizeof source,
                                .ownership = kind == 0 ? WEMBED_BYTES_TAKE : WEMBED_BYTES_COPY,
                                .bytes = bytes.data,
                                .length = bytes.size,
                                .release = count_release,
                                .release_context = &released,
                                .name = "n"};
      allocations_left = n;
      wembed_error_t error;
      wasm_module_t module = NULL;
      if (kind == 2) {
        write_file(bytes);
        module = wembed_load_file(runtime, path, NULL, &error);
      } else {
        module = wembed_load(runtime, &source, &error);
      }
      bool unused = allocations_left > 0;
      allocations_left = 1000000;
      if (module == NULL) {
        ++failures;
        CHECK_TEXT(error.code, "OutOfMemory");
        CHECK_EQ(released, kind == 0);
      } else {
        CHECK_EQ(released, 0);
        wasm_runtime_unload(module);
        CHECK_EQ(released, kind == 0);
      }
      wembed_runtime_delete(runtime);
      CHECK_EQ(host_blocks, blocks);
      if (unused) break;
    }
  }
  CHECK(failures > 30);
  unlink(path);
  /* Sources that make no sense are released too, if they can be understood. */
  unsigned released = 0;
  wembed_source_t source = {.size = sizeof source,
                            .ownership = WEMBED_BYTES_TAKE,
                            .bytes = bytes.data,
                            .length = 5,
                            .release = count_release,
                            .release_context = &released};
  CHECK(wembed_load(NULL, &source, NULL) == NULL);
  CHECK_EQ(released, 1);
  free(bytes.data);
}

int main(void) {
  RUN(files_are_loaded);
  RUN(files_that_cannot_be_loaded);
  RUN(files_are_read_where_faults_are_not_caught);
  RUN(a_file_cut_short_before_the_first_call);
  RUN(a_file_cut_short_before_it_is_instantiated);
  RUN(a_file_cut_short_before_segments_are_used);
  RUN(a_file_cut_short_before_names_are_read);
  RUN(what_is_still_there_works);
  RUN(borrowed_bytes_unmapped_by_mistake);
  RUN(a_mapping_of_the_hosts_cut_short);
  RUN(read_only_bytes_loaded_twice);
  RUN(one_buffer_loaded_by_several_threads);
  RUN(release_is_called_exactly_once);
  return host_result();
}
