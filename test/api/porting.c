/* What hosts of WAMR take from its library beside the embedding API: bh_*.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bh_atomic.h"
#include "bh_common.h"
#include "bh_getopt.h"
#include "bh_platform.h"
#include "bh_queue.h"
#include "bh_read_file.h"
#include "capture.h"
#include "mem_alloc.h"
#include "platform_common.h"
#include "platform_internal.h"
#include "wembed.h"

_Static_assert(sizeof(korp_tid) == sizeof(pthread_t), "");
_Static_assert(sizeof(korp_mutex) == sizeof(pthread_mutex_t), "");
_Static_assert(sizeof(korp_cond) == sizeof(pthread_cond_t), "");
_Static_assert(sizeof(korp_rwlock) == sizeof(pthread_rwlock_t), "");
_Static_assert(sizeof(korp_sem) == sizeof(sem_t), "");
_Static_assert(sizeof(uint8) == 1 && sizeof(uint16) == 2 && sizeof(uint32) == 4, "");
_Static_assert(sizeof(uint64) == 8 && sizeof(float32) == 4 && sizeof(float64) == 8, "");

TEST(copies_into_buffers_of_a_known_size) {
  char buffer[8] = "abcdefg", other[4] = "xyz";
  CHECK_EQ(b_memcpy_s(buffer, sizeof buffer, other, 3), 0);
  CHECK_TEXT(buffer, "xyzdefg");
  CHECK_EQ(b_memcpy_s(NULL, 0, other, 0), 0);
  CHECK_EQ(b_memcpy_s(NULL, 0, other, 1), -1);
  CHECK_EQ(b_memcpy_wa(buffer, 4, other, 4), 0);
  CHECK_EQ(b_memcpy_s(buffer, 2, other, 3), -1); /* cleared as far as it may be */
  CHECK(buffer[0] == 0 && buffer[1] == 0 && buffer[2] == 'z');
  CHECK_EQ(b_memcpy_s(buffer, 2, NULL, 1), -1);
  memcpy(buffer, "abcdefg", 8);
  CHECK_EQ(b_memmove_s(buffer + 1, 7, buffer, 6), 0);
  CHECK_TEXT(buffer, "aabcdef");
  CHECK_EQ(b_memmove_s(buffer, 2, other, 3), -1);
  CHECK_EQ(b_strcpy_s(buffer, 4, "abc"), 0);
  CHECK_EQ(b_strcpy_s(buffer, 4, "long"), -1);
  CHECK_TEXT(buffer, "abc");
  CHECK_EQ(b_strcat_s(buffer, 6, "de"), 0);
  CHECK_EQ(b_strcat_s(buffer, 6, "f"), -1);
  CHECK_TEXT(buffer, "abcde");
  CHECK(b_strcpy_s(NULL, 4, "a") == -1 && b_strcat_s(buffer, 8, NULL) == -1);
  bh_strcpy_s(buffer, sizeof buffer, "good");
  char* copies[] = {bh_strdup(buffer), wa_strdup("")};
  CHECK_TEXT(copies[0], "good");
  CHECK_TEXT(copies[1], "");
  wasm_runtime_free(copies[0]);
  wasm_runtime_free(copies[1]);
  CHECK(bh_strdup(NULL) == NULL);
}

TEST(words_that_threads_share) {
  bh_atomic_32_t word = 6;
  CHECK(BH_ATOMIC_32_IS_ATOMIC);
  CHECK_EQ(BH_ATOMIC_32_FETCH_OR(word, 8), 6);
  CHECK_EQ(BH_ATOMIC_32_FETCH_AND(word, 12), 14);
  CHECK_EQ(BH_ATOMIC_32_FETCH_ADD(word, 3), 12);
  CHECK_EQ(BH_ATOMIC_32_FETCH_SUB(word, 5), 15);
  CHECK_EQ(BH_ATOMIC_32_LOAD(word), 10);
  BH_ATOMIC_32_STORE(word, 1);
  CHECK_EQ(word, 1);
}

TEST(allocators_in_blocks_of_the_host) {
  static char store[1001];
  mem_allocator_t pool = mem_allocator_create(store + 1, 1000); /* wherever it lies */
  uint8_t* first = mem_allocator_malloc(pool, 256);
  if (!CHECK(first != NULL)) return;
  memset(first, 7, 256);
  uint8_t* moved = mem_allocator_realloc(pool, first, 272);
  CHECK(moved && (uintptr_t)moved % 16 == 0 && moved[0] == 7 && moved[255] == 7);
  memset(moved, 8, 272);
  mem_alloc_info_t info;
  CHECK(mem_allocator_get_alloc_info(pool, &info));
  CHECK(info.total_size < 1000 && info.total_free_size <= info.total_size - 272);
  CHECK(info.highmark_size >= 272);
  for (int i = 0; i < 3; ++i) {
    uint8_t* second = mem_allocator_malloc(pool, 256);
    CHECK(second >= (uint8_t*)store && second + 256 <= (uint8_t*)store + sizeof store);
    mem_allocator_free(pool, second);
  }
  /* What does not fit changes nothing, and what is no block is left alone. */
  CHECK(!mem_allocator_malloc(pool, 1000) && !mem_allocator_realloc(pool, moved, 1000));
  CHECK(moved[0] == 8 && moved[271] == 8);
  mem_allocator_free(pool, NULL);
  mem_allocator_free(pool, moved + 16);
  mem_allocator_free(pool, moved);
  mem_allocator_free(pool, moved);
  CHECK(!mem_allocator_is_heap_corrupted(pool));
  static char elsewhere[2000];
  CHECK_EQ(mem_allocator_migrate(pool, elsewhere, sizeof elsewhere), -1);
  CHECK(mem_allocator_get_alloc_info(pool, &info) && info.total_free_size == info.total_size);
  CHECK_EQ(mem_allocator_destroy(pool), 0);

  char record[256];
  uint32 least = mem_allocator_get_heap_struct_size();
  CHECK(least <= sizeof record);
  CHECK(!mem_allocator_create_with_struct_and_pool(record, least - 1, store, sizeof store));
  pool = mem_allocator_create_with_struct_and_pool(record, least, store, sizeof store);
  CHECK(mem_allocator_malloc(pool, 300) != NULL);
  mem_allocator_destroy(pool);
  CHECK(!mem_allocator_create(store, 255) && !mem_allocator_create(NULL, 1000));
  CHECK(!mem_allocator_malloc(NULL, 1) && !mem_allocator_realloc(NULL, NULL, 1));
  CHECK(!mem_allocator_get_alloc_info(pool, NULL) && !mem_allocator_get_alloc_info(NULL, &info));
  mem_allocator_free(NULL, record);
  CHECK_EQ(mem_allocator_destroy(NULL), 0);
}

/* Hosts are compiled for what is there. */
TEST(what_is_built_in) {
  CHECK(WASM_ENABLE_MULTI_MODULE && WASM_ENABLE_LIBC_WASI && WASM_ENABLE_THREAD_MGR);
#if WASM_ENABLE_AOT != 0 || WASM_ENABLE_JIT != 0 || WASM_ENABLE_FAST_JIT != 0
  CHECK(false);
#endif
  CHECK(APP_THREAD_STACK_SIZE_DEFAULT >= APP_THREAD_STACK_SIZE_MIN);
}

TEST(printing) {
  capture_begin();
  CHECK_EQ(os_printf("%s %d\n", "text", 7), 7);
  static char text[4000];
  memset(text, 'x', sizeof text - 1);
  CHECK_EQ(os_printf("%s", text), sizeof text - 1);
  const char* printed = capture_end();
  CHECK(strncmp(printed, "text 7\n", 7) == 0 && strcmp(printed + 7, text) == 0);
}

static char said[256];
static void say(void* context, const char* text, size_t bytes) {
  (void)context;
  strncat(said, text, bytes);
}
static void log_line(void* context, uint32_t level, const char* text) {
  (void)context;
  char line[128];
  snprintf(line, sizeof line, "%u:%s|", level, text);
  strncat(said, line, sizeof said - strlen(said) - 1);
}

TEST(printing_and_logs_to_the_host) {
  wasm_runtime_destroy();
  wembed_config_t config = {.size = sizeof config, .print = say, .log = log_line};
  RuntimeInitArgs args = host_init_args();
  CHECK(wembed_set_default_config(&config, NULL) && wasm_runtime_full_init(&args));
  os_printf("<%d>", 5);
  LOG_WARNING("careful %d", 1);
  CHECK_TEXT(said, "<5>2:careful 1|");
  wembed_set_default_config(NULL, NULL);
  wasm_runtime_destroy();
  capture_begin(); /* no runtime is up */
  os_printf("alone\n");
  CHECK_TEXT(capture_end(), "alone\n");
  CHECK(wasm_runtime_full_init(&args));
}

TEST(logs) {
  capture_begin();
  LOG_ERROR("one %s", "error");
  LOG_VERBOSE("not shown");
  bh_log(BH_LOG_LEVEL_WARNING, "file.c", 12, "at %d", 3);
  bh_log_set_verbose_level(BH_LOG_LEVEL_VERBOSE);
  LOG_VERBOSE("shown");
  bh_log_proc_mem("function", 9);
  bh_log_set_verbose_level(BH_LOG_LEVEL_FATAL);
  LOG_WARNING("hidden");
  bh_log_proc_mem("function", 10);
  LOG_FATAL("end");
  bh_log_set_verbose_level(BH_LOG_LEVEL_WARNING);
  const char* text = capture_end();
  CHECK(logged(text, "one error\n") && logged(text, "file.c, line 12, at 3\n"));
  CHECK(logged(text, "shown\n") && strstr(text, "not shown") == NULL);
  CHECK(strstr(text, "hidden") == NULL && logged(text, "logs, line "));
  CHECK(strstr(text, "[MEM] function(...) L9\n===== memory usage =====\nVm") != NULL);
  CHECK(strstr(text, "VmRSS:") != NULL && strstr(text, "L10") == NULL);
  static char longer[3000];
  memset(longer, 'y', sizeof longer - 1);
  capture_begin();
  bh_log(BH_LOG_LEVEL_ERROR, "f", 1, "%s", longer);
  text = capture_end();
  CHECK(logged(text, "f, line 1, y") && strstr(text, longer) != NULL);
}

TEST(clocks_and_memory) {
  uint64 begin = os_time_get_boot_us(), cpu = os_time_thread_cputime_us();
  CHECK_EQ(os_usleep(2000), BHT_OK);
  CHECK(os_time_get_boot_us() - begin >= 2000);
  volatile unsigned work = 0;
  while (os_time_thread_cputime_us() == cpu) work = work + 1;
  CHECK(os_time_thread_cputime_us() > cpu);
  char* block = os_malloc(10);
  CHECK(block != NULL);
  strcpy(block, "kept");
  block = os_realloc(block, 100000);
  CHECK_TEXT(block, "kept");
  os_free(block);
}

static void* returns_argument(void* argument) {
  char here;
  uint8* low = os_thread_get_stack_boundary();
  CHECK(low != NULL && (uint8*)&here > low && (size_t)((uint8*)&here - low) < (1 << 20));
  return argument;
}
/* Of a stack that is larger the upper 8 MB, as in WAMR. */
static void* looks_far_down(void* argument) {
  char here;
  uint8* low = os_thread_get_stack_boundary();
  CHECK(low != NULL && (uint8*)&here > low && (size_t)((uint8*)&here - low) <= (8 << 20));
  low[-1] = 1;
  return argument;
}
static void* leaves(void* argument) {
  os_thread_exit(argument);
  return NULL;
}
static void* tells(void* argument) {
  *(korp_tid*)argument = os_self_thread();
  return NULL;
}

TEST(mappings) {
  const int both = MMAP_PROT_READ | MMAP_PROT_WRITE;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t* bytes = os_mmap(NULL, 2 * page + 1, both, MMAP_MAP_NONE, os_get_invalid_handle());
  if (!CHECK(bytes != NULL && (uintptr_t)bytes % page == 0)) return;
  CHECK(bytes[0] == 0 && bytes[3 * page - 1] == 0);
  bytes[3 * page - 1] = 9;
  CHECK_EQ(os_mprotect(bytes, page, MMAP_PROT_READ), 0);
  CHECK_EQ(os_mprotect(bytes, page, both), 0);
  bytes[0] = 1;
  CHECK_EQ(os_mprotect(bytes, 0, both), 0);
  CHECK_EQ(os_mprotect(bytes + 1, page, both), -1);
  CHECK(os_mmap(bytes, page, both, MMAP_MAP_FIXED, os_get_invalid_handle()) == bytes);
  CHECK(bytes[0] == 0 && bytes[3 * page - 1] == 9);
  os_munmap(bytes, 2 * page + 1);
  CHECK(msync(bytes + 2 * page, page, MS_ASYNC) == -1 && errno == ENOMEM);

  CHECK(os_mmap(NULL, 0, both, MMAP_MAP_NONE, os_get_invalid_handle()) == NULL);
  CHECK(os_mmap(NULL, SIZE_MAX, both, MMAP_MAP_NONE, os_get_invalid_handle()) == NULL);
  CHECK(os_mmap(NULL, SIZE_MAX / 2, both, MMAP_MAP_NONE, os_get_invalid_handle()) == NULL);
  os_munmap(NULL, page);
#ifdef __x86_64__
  void* low = os_mmap(NULL, page, both, MMAP_MAP_32BIT, os_get_invalid_handle());
  CHECK(low != NULL && (uintptr_t)low < (uintptr_t)1 << 31);
  os_munmap(low, page);
#endif

  char path[] = "/tmp/wembed-map-XXXXXX";
  os_file_handle file = mkstemp(path);
  CHECK(write(file, "content", 7) == 7);
  char* content = os_mmap(NULL, 7, both, MMAP_MAP_NONE, file);
  if (CHECK(content != NULL && memcmp(content, "content", 8) == 0)) content[0] = 'C';
  char first = 0;
  CHECK(pread(file, &first, 1, 0) == 1 && first == 'c'); /* the file stays as it is */
  os_munmap(content, 7);
  close(file);
  unlink(path);
}

TEST(threads) {
  korp_tid thread, seen;
  void* result = NULL;
  CHECK_EQ(os_thread_create(&thread, returns_argument, &seen, 32768), BHT_OK);
  CHECK(os_thread_join(thread, &result) == 0 && result == &seen);
  CHECK_EQ(os_thread_create(&thread, returns_argument, NULL, 1), BHT_OK); /* the least there is */
  CHECK_EQ(os_thread_join(thread, NULL), 0);
  CHECK_EQ(os_thread_create(&thread, looks_far_down, NULL, 64 * BH_MB), BHT_OK);
  CHECK_EQ(os_thread_join(thread, NULL), 0);
  CHECK_EQ(os_thread_create_with_prio(&thread, leaves, &thread, 65536, 99), BHT_OK);
  CHECK(os_thread_join(thread, &result) == 0 && result == &thread);
  CHECK_EQ(os_thread_create(&thread, tells, &seen, 65536), BHT_OK);
  CHECK_EQ(os_thread_join(thread, NULL), 0);
  CHECK(seen == thread && os_self_thread() != thread);
  CHECK_EQ(os_thread_create(&thread, leaves, NULL, 65536), BHT_OK);
  CHECK_EQ(os_thread_detach(thread), 0);
  CHECK_EQ(os_thread_create(NULL, leaves, NULL, 65536), BHT_ERROR);
  CHECK_EQ(os_thread_create(&thread, NULL, NULL, 65536), BHT_ERROR);
}

typedef struct Shared {
  korp_mutex mutex;
  korp_cond changed;
  korp_rwlock lock;
  int value, ready;
} Shared;

static void* counts(void* argument) {
  Shared* shared = argument;
  for (int i = 0; i < 10000; ++i) {
    os_mutex_lock(&shared->mutex);
    shared->value++;
    os_mutex_unlock(&shared->mutex);
  }
  os_mutex_lock(&shared->mutex);
  shared->ready++;
  os_cond_broadcast(&shared->changed);
  os_mutex_unlock(&shared->mutex);
  return NULL;
}

TEST(locks) {
  Shared shared = {.value = 0};
  CHECK_EQ(os_mutex_init(&shared.mutex), BHT_OK);
  CHECK_EQ(os_cond_init(&shared.changed), BHT_OK);
  korp_tid threads[2];
  for (int i = 0; i < 2; ++i)
    CHECK_EQ(os_thread_create(&threads[i], counts, &shared, 65536), BHT_OK);
  os_mutex_lock(&shared.mutex);
  while (shared.ready < 2) CHECK_EQ(os_cond_wait(&shared.changed, &shared.mutex), BHT_OK);
  CHECK_EQ(shared.value, 20000);
  uint64 begin = os_time_get_boot_us();
  CHECK_EQ(os_cond_reltimedwait(&shared.changed, &shared.mutex, 3000), ETIMEDOUT);
  CHECK(os_time_get_boot_us() - begin >= 2000);
  os_mutex_unlock(&shared.mutex);
  for (int i = 0; i < 2; ++i) os_thread_join(threads[i], NULL);
  CHECK_EQ(os_cond_signal(&shared.changed), BHT_OK);
  CHECK_EQ(os_cond_destroy(&shared.changed), BHT_OK);
  CHECK_EQ(os_mutex_destroy(&shared.mutex), BHT_OK);

  CHECK_EQ(os_recursive_mutex_init(&shared.mutex), BHT_OK);
  CHECK(os_mutex_lock(&shared.mutex) == BHT_OK && os_mutex_lock(&shared.mutex) == BHT_OK);
  CHECK(os_mutex_unlock(&shared.mutex) == BHT_OK && os_mutex_unlock(&shared.mutex) == BHT_OK);
  CHECK_EQ(os_mutex_destroy(&shared.mutex), BHT_OK);

  CHECK_EQ(os_rwlock_init(&shared.lock), BHT_OK);
  CHECK(os_rwlock_rdlock(&shared.lock) == BHT_OK && os_rwlock_rdlock(&shared.lock) == BHT_OK);
  CHECK(os_rwlock_unlock(&shared.lock) == BHT_OK && os_rwlock_unlock(&shared.lock) == BHT_OK);
  CHECK(os_rwlock_wrlock(&shared.lock) == BHT_OK && os_rwlock_unlock(&shared.lock) == BHT_OK);
  CHECK_EQ(os_rwlock_destroy(&shared.lock), BHT_OK);
}

TEST(semaphores) {
  char name[64];
  snprintf(name, sizeof name, "/wembed-test-%d", (int)getpid());
  korp_sem* sem = os_sem_open(name, O_CREAT | O_EXCL, 0600, 2);
  if (!CHECK(sem != NULL)) return;
  int value = -1;
  CHECK(os_sem_getvalue(sem, &value) == BHT_OK && value == 2);
  CHECK(os_sem_wait(sem) == BHT_OK && os_sem_trywait(sem) == BHT_OK);
  CHECK_EQ(os_sem_trywait(sem), BHT_ERROR);
  CHECK(os_sem_post(sem) == BHT_OK && os_sem_trywait(sem) == BHT_OK);
  CHECK(os_sem_open(name, O_CREAT | O_EXCL, 0600, 2) == NULL);
  CHECK(os_sem_close(sem) == BHT_OK && os_sem_unlink(name) == BHT_OK);
  CHECK_EQ(os_sem_unlink(name), BHT_ERROR);
}

static int pipe_ends[2];
static void* reads(void* argument) {
  char byte;
  CHECK_EQ(os_blocking_op_init(), BHT_OK);
  os_mutex_lock(argument), os_mutex_unlock(argument); /* from here on it may be woken */
  os_begin_blocking_op();
  ssize_t count = read(pipe_ends[0], &byte, 1);
  int error = errno;
  os_end_blocking_op();
  return (void*)(intptr_t)(count < 0 ? error : 0);
}

TEST(blocking_calls_are_woken) {
  korp_mutex mutex;
  korp_tid thread;
  void* result = NULL;
  CHECK(pipe(pipe_ends) == 0 && os_mutex_init(&mutex) == BHT_OK);
  os_mutex_lock(&mutex);
  CHECK_EQ(os_blocking_op_init(), BHT_OK); /* the handler is there before anything is sent */
  CHECK_EQ(os_thread_create(&thread, reads, &mutex, 65536), BHT_OK);
  os_mutex_unlock(&mutex);
  os_usleep(20000);
  /* Sent before the call or in it: the signal waits until it is let in. */
  CHECK_EQ(os_wakeup_blocking_op(thread), BHT_OK);
  os_usleep(20000);
  close(pipe_ends[1]);
  CHECK_EQ(os_thread_join(thread, &result), 0);
  CHECK((intptr_t)result == EINTR || (intptr_t)result == 0);
  close(pipe_ends[0]);
  os_mutex_destroy(&mutex);
  os_begin_blocking_op(); /* as it was */
}

static unsigned cleaned, handled;
static void cleans(void* body) {
  (void)body;
  ++cleaned;
}
static void handles(void* message, void* argument) {
  bh_queue* queue = argument;
  handled += (unsigned)bh_message_type(message);
  if (bh_message_payload(message) != NULL && bh_message_payload_len(message) > 0) {
    CHECK_TEXT(bh_message_payload(message), "body");
  }
  if (bh_message_type(message) == 100) bh_queue_exit_loop_run(queue);
}
static void* posts(void* argument) {
  bh_queue* queue = argument;
  for (unsigned short i = 1; i <= 20; ++i) {
    char* body = wasm_runtime_malloc(5);
    memcpy(body, "body", 5);
    CHECK(bh_post_msg(queue, i, body, 5));
    if (i % 7 == 0) os_usleep(1000);
  }
  CHECK(bh_post_msg2(queue, bh_new_msg(100, NULL, 0, (void*)cleans)));
  return NULL;
}

TEST(queues) {
  bh_queue* queue = bh_queue_create();
  korp_tid thread;
  CHECK_EQ(bh_queue_get_message_count(NULL), 0);
  CHECK(bh_get_msg(queue, 0) == NULL && bh_get_msg(queue, 1000) == NULL);
  for (unsigned short i = 0; i < 50; ++i)
    CHECK(bh_post_msg(queue, i, (void*)5, 0)); /* no pointer */
  CHECK_EQ(bh_queue_get_message_count(queue), 50);
  CHECK(!bh_post_msg(queue, 51, wasm_runtime_malloc(8), 8)); /* full: freed */
  CHECK(!bh_post_msg2(queue, bh_new_msg(1, NULL, 0, (void*)cleans)));
  CHECK_EQ(cleaned, 1);
  for (unsigned short i = 0; i < 50; ++i) {
    bh_message_t message = bh_get_msg(queue, BHT_WAIT_FOREVER);
    CHECK_EQ(bh_message_type(message), i);
    bh_free_msg(message);
  }
  CHECK_EQ(os_thread_create(&thread, posts, queue, 65536), BHT_OK);
  bh_queue_enter_loop_run(queue, handles, queue);
  os_thread_join(thread, NULL);
  CHECK_EQ(handled, 210 + 100);
  CHECK_EQ(cleaned, 2);
  CHECK(bh_get_msg(queue, BHT_WAIT_FOREVER) == NULL); /* the loop is over */
  CHECK(bh_post_msg2(queue, bh_new_msg(1, NULL, 0, (void*)cleans)));
  bh_queue_destroy(queue);
  CHECK_EQ(cleaned, 3);
  bh_queue_destroy(NULL);
}

TEST(files) {
  char path[] = "/tmp/wembed-file-XXXXXX";
  int file = mkstemp(path);
  uint32 size = 77;
  char* bytes = bh_read_file_to_buffer(path, &size);
  CHECK(bytes != NULL && size == 0);
  wasm_runtime_free(bytes);
  CHECK_EQ(write(file, "content", 7), 7);
  close(file);
  bytes = bh_read_file_to_buffer(path, &size);
  CHECK(bytes != NULL && size == 7 && memcmp(bytes, "content", 7) == 0);
  BH_FREE(bytes);
  unlink(path);
  capture_begin();
  CHECK(bh_read_file_to_buffer(path, &size) == NULL);
  CHECK(bh_read_file_to_buffer(NULL, &size) == NULL && bh_read_file_to_buffer(path, NULL) == NULL);
  CHECK(bh_read_file_to_buffer("/tmp", &size) == NULL);
  CHECK_PREFIX(capture_end(), "Read file to buffer failed: open file /tmp/wembed-file-");
}

TEST(options) {
  char* arguments[] = {"program", "-a", "-b", "value", "rest", NULL};
  int seen = 0, option;
  optind = 1;
  while ((option = getopt(5, arguments, "ab:")) != -1) {
    seen += option == 'a' ? 1 : option == 'b' && strcmp(optarg, "value") == 0 ? 10 : 100;
  }
  CHECK(seen == 11 && optind == 4);
}

int main(void) {
  RUN(copies_into_buffers_of_a_known_size);
  RUN(words_that_threads_share);
  RUN(allocators_in_blocks_of_the_host);
  RUN(what_is_built_in);
  RUN(printing);
  RUN(printing_and_logs_to_the_host);
  RUN(logs);
  RUN(clocks_and_memory);
  RUN(mappings);
  RUN(threads);
  RUN(locks);
  RUN(semaphores);
  RUN(blocking_calls_are_woken);
  RUN(queues);
  RUN(files);
  RUN(options);
  return host_result();
}
