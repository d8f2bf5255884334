/* Threads, locks, conditions, semaphores and keys of guests that have them by WAMR's names. */
#include <pthread.h>
#include <time.h>

#include "capture.h"
#include "failing.h"
#include "wembed.h"

enum { MUTEX = 16, CONDITION = 20, SEMAPHORE = 24, KEY = 28, SUM = 36, COME = 40, DESTROYED = 44 };
enum { NAME = 256, OUTSIDE = 2 * 65536 - 3 };
enum { NOTHING, ADDS, LOOPS, LOCKS, WAITS, TAKES, TRAPS, EXITS, JOINS, DESTROYS, SELF, WRONG };
enum { KEEPS = WRONG + 1, STARTS };
enum { CREATE = 0100, TIMED_OUT = 110, DEADLOCK = 35 };

static Host guest;
static uint32_t* words; /* the guest's memory */

static uint32_t word(uint32_t at) { return __atomic_load_n(&words[at / 4], __ATOMIC_ACQUIRE); }

/* The result of a call that has to succeed; functions take as many of these as they like. */
static uint32_t ask(const char* name, uint32_t a, uint32_t b) {
  return host_i32(&guest, name, a, b);
}

/* With a mutex, a condition, a semaphore of `count` and a key whose values are destroyed. */
static bool open_guest_with(uint32_t heap, uint32_t count) {
  guest = host_open("pthreads", heap);
  if (guest.env == NULL) {
    host_close(&guest);
    return false;
  }
  words = wasm_runtime_addr_app_to_native(guest.instance, 0);
  CHECK_EQ(ask("pthread_mutex_init", MUTEX, 0), 0);
  CHECK_EQ(ask("pthread_cond_init", CONDITION, 0), 0);
  CHECK_EQ(ask("pthread_key_create", KEY, DESTROYS), 0);
  strcpy((char*)words + NAME, "a semaphore");
  uint32_t cells[4] = {NAME, CREATE, 0, count};
  CHECK(host_call(&guest, "sem_open", 4, cells));
  words[SEMAPHORE / 4] = cells[0];
  return true;
}

static bool open_guest(uint32_t count) { return open_guest_with(0, count); }

static uint32_t create(uint32_t element, uint32_t argument) {
  return ask("create", element, argument);
}

/* As soon as one that nobody joins has ended. */
static uint32_t created(uint32_t element, uint32_t argument) {
  uint32_t thread;
  capture_begin();
  do thread = create(element, argument);
  while ((int32_t)thread <= 0);
  capture_end();
  return thread;
}

static void until_come(uint32_t count) {
  while (word(COME) < count) sched_yield();
}

TEST(threads_share_and_return) {
  if (!open_guest(0)) return;
  uint32_t threads[4];
  for (uint32_t i = 0; i < 4; ++i) threads[i] = create(ADDS, 500 + i);
  CHECK_EQ(ask("pthread_self", 0, 0), 0);
  for (uint32_t i = 0; i < 4; ++i) CHECK_EQ(ask("join", threads[i], 0), (500 + i) * 2);
  CHECK_EQ(word(SUM), 2006);
  const uint32_t own = create(SELF, 0);
  CHECK(own > threads[3]);
  CHECK_EQ(ask("join", own, 0), own);
  CHECK_EQ(ask("join", create(STARTS, 77), 0), 77);
  /* More in the end than there may be at a time. */
  for (uint32_t i = 0; i < 20; ++i) CHECK_EQ(ask("join", create(NOTHING, i), 0), i);
  host_close(&guest);
}

TEST(there_may_be_so_many) {
  if (!open_guest(0)) return;
  for (int i = 0; i < 4; ++i) CHECK((int32_t)create(LOOPS, 0) > 0);
  capture_begin();
  CHECK_EQ((int32_t)create(NOTHING, 0), -1);
  const char* said = capture_end();
  CHECK(logged(said, "thread manager error: failed to allocate aux stack space for new thread"));
  host_close(&guest); /* they end with it */
}

TEST(conditions) {
  if (!open_guest(0)) return;
  uint32_t threads[3];
  for (uint32_t i = 0; i < 3; ++i) threads[i] = create(WAITS, 0);
  until_come(3);
  /* One that has come waits, since it had the mutex until then. */
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_cond_destroy", CONDITION, 0), -1);
  CHECK_EQ(ask("pthread_cond_signal", CONDITION, 0), 0);
  CHECK_EQ(word(COME), 3); /* it waits for the mutex now */
  CHECK_EQ(ask("pthread_mutex_unlock", MUTEX, 0), 0);
  until_come(4);
  CHECK_EQ(ask("pthread_cond_broadcast", CONDITION, 0), 0);
  for (uint32_t i = 0; i < 3; ++i) CHECK_EQ(ask("join", threads[i], 0), 4);
  CHECK_EQ(word(COME), 6);
  /* Nobody signals. */
  uint32_t cells[4] = {CONDITION, MUTEX, 1000, 0};
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0);
  CHECK(host_call(&guest, "pthread_cond_timedwait", 4, cells) && cells[0] == TIMED_OUT);
  CHECK_EQ((int32_t)ask("pthread_mutex_destroy", MUTEX, 0), -1); /* it has it again */
  CHECK_EQ(ask("pthread_mutex_unlock", MUTEX, 0), 0);
  CHECK_EQ(ask("pthread_cond_signal", CONDITION, 0), 0);
  CHECK_EQ(ask("pthread_cond_destroy", CONDITION, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_cond_signal", CONDITION, 0), -1);
  CHECK_EQ((int32_t)ask("pthread_cond_wait", CONDITION, MUTEX), -1);
  CHECK_EQ(ask("pthread_mutex_destroy", MUTEX, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_mutex_lock", MUTEX, 0), -1);
  host_close(&guest);
}

TEST(semaphores) {
  if (!open_guest(2)) return;
  const uint32_t semaphore = word(SEMAPHORE);
  CHECK_EQ(ask("sem_wait", semaphore, 0), 0);
  CHECK_EQ(ask("sem_trywait", semaphore, 0), 0);
  CHECK_EQ((int32_t)ask("sem_trywait", semaphore, 0), -1);
  uint32_t threads[2] = {create(TAKES, 0), create(TAKES, 0)};
  until_come(2);
  CHECK_EQ(ask("sem_post", semaphore, 0), 0);
  until_come(3);
  CHECK_EQ(ask("sem_post", semaphore, 0), 0);
  for (uint32_t i = 0; i < 2; ++i) CHECK_EQ(ask("join", threads[i], 0), 5);
  CHECK_EQ(ask("sem_post", semaphore, 0), 0);
  CHECK_EQ(ask("sem_getvalue", semaphore, SUM), 0);
  CHECK_EQ(word(SUM), 1);
  CHECK_EQ((int32_t)ask("sem_getvalue", semaphore, OUTSIDE), -1);
  /* By its name it is the same, whether or not it is to be made. */
  uint32_t cells[4] = {NAME, 0, 0, 9};
  CHECK(host_call(&guest, "sem_open", 4, cells) && cells[0] == semaphore);
  CHECK_EQ(ask("sem_close", semaphore, 0), 0);
  CHECK_EQ((int32_t)ask("sem_post", semaphore, 0), -1);
  CHECK_EQ((int32_t)ask("sem_close", semaphore, 0), -1);
  cells[0] = NAME;
  CHECK(host_call(&guest, "sem_open", 4, cells) && cells[0] == semaphore);
  CHECK_EQ(ask("sem_unlink", NAME, 0), 0);
  CHECK_EQ((int32_t)ask("sem_unlink", NAME, 0), -1);
  CHECK_EQ((int32_t)ask("sem_post", semaphore, 0), -1);
  cells[0] = NAME, cells[1] = 0;
  CHECK(host_call(&guest, "sem_open", 4, cells) && (int32_t)cells[0] == -1);
  /* Names are of one to 251 characters, and there are 256. */
  memset((char*)words + NAME, 'x', 252);
  uint32_t none[4] = {NAME, CREATE, 0, 0};
  CHECK(host_call(&guest, "sem_open", 4, none) && (int32_t)none[0] == -1);
  words[NAME / 4] = 0;
  CHECK_EQ((int32_t)ask("sem_unlink", NAME, 0), -1);
  for (int i = 0; i < 257; ++i) {
    uint32_t each[4] = {NAME, CREATE, 0, 0};
    snprintf((char*)words + NAME, 16, "%d", i);
    CHECK(host_call(&guest, "sem_open", 4, each) && ((int32_t)each[0] == -1) == (i == 256));
  }
  host_close(&guest);
}

TEST(keys) {
  if (!open_guest(0)) return;
  const uint32_t key = word(KEY);
  CHECK_EQ(ask("pthread_getspecific", key, 0), 0);
  CHECK_EQ(ask("pthread_setspecific", key, 40), 0);
  /* Each thread has its own value, which is destroyed when the thread returns or leaves. */
  CHECK_EQ(ask("join", create(KEEPS, 500), 0), 500);
  CHECK_EQ(word(DESTROYED), 500);
  CHECK_EQ(ask("join", create(EXITS, 12), 0), 12);
  CHECK_EQ(word(DESTROYED), 507);
  CHECK_EQ(ask("pthread_getspecific", key, 0), 40);
  CHECK_TEXT(host_trap(&guest, "pthread_exit", 3), NULL); /* the first thread goes on */
  /* A key that comes in the place of another has no values. */
  CHECK_EQ(ask("pthread_key_delete", key, 0), 0);
  CHECK_EQ(ask("pthread_getspecific", key, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_setspecific", key, 1), -1);
  CHECK_EQ((int32_t)ask("pthread_key_delete", key, 0), -1);
  for (uint32_t i = 0; i < 32; ++i) CHECK_EQ(ask("pthread_key_create", KEY, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_key_create", KEY, 0), -1);
  CHECK_EQ(ask("pthread_getspecific", key, 0), 0);
  CHECK_EQ((int32_t)ask("pthread_setspecific", 32, 1), -1);
  CHECK_EQ((int32_t)ask("pthread_key_delete", 0xffffffff, 0), -1);
  CHECK_EQ(ask("pthread_getspecific", 32, 0), 0);
  host_close(&guest);
}

TEST(joined_detached_cancelled) {
  if (!open_guest(0)) return;
  /* No thread, or none any more: it is over. */
  CHECK_EQ(ask("join", 12345, 0), (uint32_t)-7);
  CHECK_EQ(ask("pthread_detach", 12345, 0), 0);
  CHECK_EQ(ask("pthread_cancel", 12345, 0), 0);
  uint32_t thread = create(NOTHING, 6);
  CHECK_EQ((int32_t)ask("pthread_join", thread, OUTSIDE), -1);
  CHECK_EQ(ask("pthread_join", thread, 0), 0); /* nobody wants its result */
  CHECK_EQ(ask("join", thread, 0), (uint32_t)-7);
  CHECK_EQ(ask("join", word(MUTEX), 0), (uint32_t)-7); /* a number of something else */
  thread = create(JOINS, 0);
  CHECK_EQ(ask("join", thread, 0), 8);
  /* Two wait for one that is cancelled in a loop. */
  thread = create(LOOPS, 0);
  const uint32_t other = create(JOINS, thread);
  until_come(3);
  CHECK_EQ(ask("pthread_cancel", thread, 0), 0);
  CHECK_EQ(ask("join", other, 0), 8);
  CHECK_EQ(ask("join", thread, 0), (uint32_t)-7); /* `other` has joined it, with -1 */
  /* Each kind of wait ends by it, and nobody else does. */
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0);
  thread = create(LOCKS, 0);
  until_come(4);
  ask("pthread_cancel", thread, 0);
  CHECK_EQ(ask("join", thread, 0), (uint32_t)-1);
  CHECK_EQ(ask("pthread_mutex_unlock", MUTEX, 0), 0);
  thread = create(WAITS, 0);
  until_come(5);
  ask("pthread_cancel", thread, 0);
  CHECK_EQ(ask("join", thread, 0), (uint32_t)-1);
  thread = create(TAKES, 0);
  until_come(6);
  ask("pthread_cancel", thread, 0);
  CHECK_EQ(ask("join", thread, 0), (uint32_t)-1);
  thread = create(LOOPS, 0);
  const uint32_t waiting = create(JOINS, thread);
  until_come(8);
  ask("pthread_cancel", waiting, 0);
  CHECK_EQ(ask("join", waiting, 0), (uint32_t)-1);
  /* One that nobody joins goes by itself. */
  CHECK_EQ(ask("pthread_detach", thread, 0), 0);
  ask("pthread_cancel", thread, 0);
  for (uint32_t i = 0; i < 20; ++i) CHECK_EQ(ask("pthread_detach", created(NOTHING, 0), 0), 0);
  CHECK_EQ(ask("join", created(NOTHING, 4), 0), 4);
  CHECK(wasm_runtime_get_exception(guest.instance) == NULL);
  host_close(&guest);
}

/* What a program ends in whose thread begins at `element` while another one loops. The thread may
   be the quicker one, then the call ends that creates it. */
static const char* ended_by(uint32_t element) {
  const uint32_t looping = create(LOOPS, 0);
  until_come(1);
  uint32_t cells[2] = {element, 0};
  if (!host_call(&guest, "create", 2, cells)) return host_ended(&guest);
  return host_trap(&guest, "join", looping);
}

TEST(one_that_traps_ends_all) {
  static const uint32_t kFunctions[] = {TRAPS, WRONG, 99};
  static const char* const kTexts[] = {"Exception: unreachable",
                                       "Exception: indirect call type mismatch",
                                       "Exception: undefined element"};
  for (int i = 0; i < 3; ++i) {
    if (!open_guest(0)) return;
    CHECK_TEXT(ended_by(kFunctions[i]), kTexts[i]);
    host_close(&guest);
  }
}

static void* terminates(void* data) {
  (void)data;
  const struct timespec moment = {0, 2000000};
  nanosleep(&moment, NULL);
  wasm_runtime_terminate(guest.instance);
  return NULL;
}

static void check_stops(const char* name, uint32_t a, uint32_t b) {
  uint32_t cells[4] = {a, b, 0xffffffff, 0xffffffff};
  pthread_t thread;
  pthread_create(&thread, NULL, terminates, NULL);
  CHECK(!host_call(&guest, name, 4, cells));
  CHECK_TEXT(host_ended(&guest), "Exception: terminated by user");
  pthread_join(thread, NULL);
  wasm_runtime_clear_exception(guest.instance);
  uint64_t slots[3] = {a, b, UINT64_MAX};
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 2, .fuel = -1};
  CHECK(!wembed_call(guest.env, host_function(&guest, name), slots, &options));
  CHECK_TEXT(host_ended(&guest), "Exception: deadline exceeded");
}

TEST(what_waits_can_be_stopped) {
  if (!open_guest(0)) return;
  check_stops("sem_wait", word(SEMAPHORE), 0);
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0);
  check_stops("pthread_mutex_lock", MUTEX, 0);
  check_stops("pthread_cond_wait", CONDITION, MUTEX);
  check_stops("pthread_cond_timedwait", CONDITION, MUTEX);
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0); /* which has given the mutex up */
  CHECK_EQ(ask("pthread_mutex_unlock", MUTEX, 0), 0);
  CHECK_EQ(ask("pthread_cond_destroy", CONDITION, 0), 0); /* nobody is left there */
  host_close(&guest);
  if (!open_guest(0)) return;
  const uint32_t looping = create(LOOPS, 0);
  wembed_call_options_t options = {.size = sizeof options, .deadline_ms = 2, .fuel = -1};
  uint64_t slots[2] = {looping, 0};
  CHECK(!wembed_call(guest.env, host_function(&guest, "pthread_join"), slots, &options));
  CHECK_TEXT(host_ended(&guest), "Exception: deadline exceeded");
  host_close(&guest);
}

/* With threads in each kind of wait. */
TEST(all_end_with_the_first) {
  if (!open_guest(0)) return;
  CHECK_EQ(ask("pthread_mutex_lock", MUTEX, 0), 0);
  create(LOCKS, 0);
  create(TAKES, 0);
  create(JOINS, create(LOOPS, 0));
  until_come(4);
  host_close(&guest);
}

TEST(addresses) {
  if (!open_guest(0)) return;
  static const char* const kFirst[] = {
      "pthread_create",     "pthread_mutex_init",     "pthread_mutex_lock",
      "pthread_cond_init",  "pthread_mutex_unlock",   "pthread_mutex_destroy",
      "pthread_cond_wait",  "pthread_cond_timedwait", "pthread_cond_signal",
      "pthread_key_create", "pthread_cond_broadcast", "pthread_cond_destroy",
      "sem_unlink",         "posix_memalign"};
  for (size_t i = 0; i < sizeof kFirst / sizeof *kFirst; ++i) {
    uint32_t cells[4] = {OUTSIDE, 0, 0, 0};
    memset((char*)words + OUTSIDE, 'x', 3); /* no string ends there */
    CHECK(!host_call(&guest, kFirst[i], 4, cells));
    CHECK_TEXT(host_ended(&guest), "Exception: out of bounds memory access");
  }
  static const char* const kSecond[] = {"pthread_create", "pthread_mutex_init", "pthread_cond_init",
                                        "pthread_cond_wait", "pthread_cond_timedwait"};
  for (size_t i = 0; i < sizeof kSecond / sizeof *kSecond; ++i) {
    uint32_t cells[4] = {CONDITION, 2 * 65536, 0, 0};
    CHECK(!host_call(&guest, kSecond[i], 4, cells));
    CHECK_TEXT(host_ended(&guest), "Exception: out of bounds memory access");
  }
  uint32_t cells[4] = {0xffffffff, CREATE, 0, 0};
  CHECK(!host_call(&guest, "sem_open", 4, cells));
  CHECK_TEXT(host_ended(&guest), "Exception: out of bounds memory access");
  host_close(&guest);
}

TEST(memory_of_the_guest) {
  if (!open_guest_with(16384, 0)) return;
  uint32_t cells[3] = {SUM, 8, 100};
  CHECK(host_call(&guest, "posix_memalign", 3, cells) && cells[0] == 0);
  CHECK(wasm_runtime_validate_app_addr(guest.instance, word(SUM), 100) && word(SUM) % 8 == 0);
  cells[0] = SUM, cells[2] = 1 << 20;
  CHECK(host_call(&guest, "posix_memalign", 3, cells) && (int32_t)cells[0] == -1);
  CHECK_EQ(word(SUM), 0);
  host_close(&guest);
}

/* What a guest makes is memory of the host's. */
TEST(objects_are_not_without_end) {
  if (!open_guest(0)) return;
  uint32_t made = 0;
  while (made < 70000 && ask("pthread_mutex_init", MUTEX, 0) == 0) ++made;
  CHECK_EQ(made, 65536 - 3);
  CHECK_EQ(ask("pthread_mutex_destroy", MUTEX, 0), 0);
  CHECK_EQ(ask("pthread_cond_init", CONDITION, 0), 0);
  CHECK_EQ((int32_t)create(NOTHING, 0), -1);
  host_close(&guest);
}

TEST(own_memories) {
  Host host = host_open("pthreads_own_memory", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "use", 0, 0), 0);
  capture_begin();
  CHECK_EQ((int32_t)host_i32(&host, "create", 0, 0), -1);
  CHECK(logged(capture_end(), "pthread_create: the module's memory is not shared"));
  host_close(&host);
}

/* The next holder of an instance finds nothing of the one before. */
TEST(after_a_reset) {
  if (!open_guest(3)) return;
  CHECK_EQ(ask("pthread_setspecific", word(KEY), 5), 0);
  const uint32_t mutex = word(MUTEX), semaphore = word(SEMAPHORE), key = word(KEY);
  wembed_error_t error;
  CHECK(wembed_instance_reset(guest.instance, NULL, &error));
  CHECK_EQ((int32_t)ask("sem_post", semaphore, 0), -1);
  CHECK_EQ((int32_t)ask("pthread_setspecific", key, 5), -1);
  words[MUTEX / 4] = mutex;
  CHECK_EQ((int32_t)ask("pthread_mutex_lock", MUTEX, 0), -1);
  CHECK_EQ(ask("pthread_key_create", KEY, 0), 0);
  CHECK_EQ(ask("pthread_getspecific", word(KEY), 0), 0);
  /* A thread that nobody waits for is on its way out meanwhile. */
  for (int i = 0; i < 20; ++i) {
    CHECK_EQ(ask("pthread_detach", created(NOTHING, 0), 0), 0);
    while (!wembed_instance_reset(guest.instance, NULL, &error)) sched_yield();
  }
  host_close(&guest);
}

/* Each allocation of these fails in turn: an answer, and all is as before. */
TEST(without_memory) {
  RuntimeInitArgs args = host_init_args();
  wasm_runtime_destroy();
  args.mem_alloc_option.allocator.malloc_func = (void*)failing_malloc;
  args.mem_alloc_option.allocator.realloc_func = (void*)failing_realloc;
  CHECK(wasm_runtime_full_init(&args));
  static const char* const kNames[] = {"pthread_mutex_init", "pthread_cond_init",   "sem_open",
                                       "pthread_key_create", "pthread_setspecific", "create"};
  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) {
    uint32_t failed = 0;
    for (bool is_good = false; !is_good && failed < 1000;) {
      guest = host_open("pthreads", 0);
      if (!CHECK(guest.env != NULL)) return;
      words = wasm_runtime_addr_app_to_native(guest.instance, 0);
      strcpy((char*)words + NAME, "name");
      uint32_t cells[4] = {SUM, 0, 0, 0};
      if (i == 2) cells[0] = NAME, cells[1] = CREATE;
      if (i == 4) cells[0] = 0, CHECK_EQ(ask("pthread_key_create", KEY, 0), 0);
      if (i == 5) cells[0] = NOTHING;
      wasm_function_inst_t function = host_function(&guest, kNames[i]);
      capture_begin();
      __atomic_store_n(&allocations_left, failed, __ATOMIC_RELAXED);
      bool has_run = wasm_runtime_call_wasm(guest.env, function, 4, cells);
      const bool has_thread = i == 5 && has_run && (int32_t)cells[0] > 0;
      /* The thread itself may find no memory, too. */
      if (has_thread) has_run = host_call(&guest, "join", 1, cells);
      __atomic_store_n(&allocations_left, -1, __ATOMIC_RELAXED);
      capture_end();
      const char* exception = wasm_runtime_get_exception(guest.instance);
      if (!has_run) CHECK_TEXT(exception, "Exception: allocate memory failed");
      is_good = has_run && (int32_t)cells[0] != -1;
      failed += is_good ? 0 : 1;
      host_close(&guest);
    }
    CHECK(failed > 0 && failed < 1000);
  }
}

int main(void) {
  RUN(threads_share_and_return);
  RUN(there_may_be_so_many);
  RUN(conditions);
  RUN(semaphores);
  RUN(keys);
  RUN(joined_detached_cancelled);
  RUN(one_that_traps_ends_all);
  RUN(what_waits_can_be_stopped);
  RUN(all_end_with_the_first);
  RUN(addresses);
  RUN(memory_of_the_guest);
  RUN(objects_are_not_without_end);
  RUN(own_memories);
  RUN(after_a_reset);
  RUN(without_memory);
  return host_result();
}
