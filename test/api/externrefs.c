/* Objects of the host as externrefs: their numbers, their ends, and what guests refer to. */
#include "host.h"
#include "wembed.h"

static int objects[64];
static int ended[64]; /* how often each was cleaned up */

static void clean_up(void* object) { ended[(int*)object - objects]++; }

static Host* current;
static uint32_t looks;        /* how often the guest had the host look */
static uint32_t seen_last[4]; /* what is left of the objects after each look */
static void* next_object;

static uint32_t left(const Host* host, int count) {
  uint32_t bits = 0;
  for (int i = 0; i < count; ++i) {
    uint32_t index;
    /* Asking must not make a new one. */
    if (!ended[i] && wasm_externref_set_cleanup(host->instance, &objects[i], clean_up)) {
      CHECK(wasm_externref_obj2ref(host->instance, &objects[i], &index));
      bits |= 1u << i;
    }
  }
  return bits;
}

static void look(wasm_exec_env_t env) {
  (void)env;
  CHECK(wembed_collect(current->instance, NULL, NULL));
  if (looks < 4) seen_last[looks] = left(current, 32);
  looks++;
}
static void* fresh(wasm_exec_env_t env) {
  (void)env;
  return next_object;
}
static NativeSymbol natives[] = {{"look", (void*)look, "()", NULL},
                                 {"fresh", (void*)fresh, "()r", NULL}};

static Host open_module(void) {
  memset(ended, 0, sizeof ended);
  looks = 0;
  CHECK(wasm_runtime_register_natives("env", natives, 2));
  return host_open("externrefs", 0);
}

static uint32_t number(const Host* host, int object) {
  uint32_t index = 0;
  CHECK(wasm_externref_obj2ref(host->instance, &objects[object], &index));
  CHECK(wasm_externref_set_cleanup(host->instance, &objects[object], clean_up));
  return index;
}

static void call(const Host* host, const char* name, int32_t first, void* object) {
  uint64_t slots[2];
  uint32_t count = 0;
  if (first >= 0) slots[count++] = (uint64_t)first;
  slots[count] = wembed_externref(object);
  CHECK(wembed_call(host->env, host_function(host, name), slots, NULL));
}

TEST(an_object_has_one_number_in_an_instance) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  uint32_t first = number(&host, 0), second = number(&host, 1), again = number(&host, 0);
  CHECK(first != 0 && first != UINT32_MAX);
  CHECK_EQ(again, first);
  CHECK_EQ(second, first + 1);
  void* object = &host;
  CHECK(wasm_externref_ref2obj(second, &object) && object == &objects[1]);
  CHECK(!wasm_externref_ref2obj(second + 1000, &object) && object == &objects[1]);
  uint32_t null;
  CHECK(wasm_externref_obj2ref(host.instance, (void*)-1, &null));
  CHECK_EQ(null, UINT32_MAX);
  CHECK(wasm_externref_ref2obj(null, &object) && object == NULL);
  CHECK(!wasm_externref_retain(null));
  /* NULL is an object like others. */
  CHECK(wasm_externref_obj2ref(host.instance, NULL, &null));
  CHECK_EQ(null, second + 1);
  CHECK(wasm_externref_objdel(host.instance, &objects[0]));
  CHECK_EQ(ended[0], 1);
  CHECK(!wasm_externref_objdel(host.instance, &objects[0]));
  CHECK(!wasm_externref_set_cleanup(host.instance, &objects[0], clean_up));
  CHECK(!wasm_externref_ref2obj(first, &object));
  CHECK_EQ(number(&host, 0), null + 1);
  CHECK(!wasm_externref_obj2ref(NULL, &objects[0], &null));
  CHECK(!wasm_externref_obj2ref(host.instance, &objects[0], NULL));
  CHECK(!wasm_externref_ref2obj(first, NULL) && !wasm_externref_objdel(NULL, &objects[0]));
  CHECK(!wasm_externref_set_cleanup(NULL, &objects[0], clean_up));
  host_close(&host);
  CHECK_EQ(ended[0], 2);
  CHECK_EQ(ended[1], 1);
  CHECK(!wasm_externref_retain(second));
}

TEST(what_globals_and_tables_have_stays) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  for (int i = 0; i < 5; ++i) number(&host, i);
  call(&host, "keep", -1, &objects[0]);
  call(&host, "put", 3, &objects[1]);
  call(&host, "pass", -1, &objects[2]);
  CHECK(wasm_externref_retain(number(&host, 3)));
  CHECK(wembed_collect(host.instance, NULL, NULL));
  CHECK_EQ(left(&host, 5), 1u | 2u | 8u);
  CHECK_EQ(ended[2] + ended[4], 2);
  call(&host, "put", 3, (void*)-1);
  call(&host, "keep", -1, (void*)-1);
  CHECK(wembed_collect(host.instance, NULL, NULL));
  CHECK_EQ(left(&host, 5), 8u);
  CHECK(wembed_collect(host.instance, NULL, NULL));
  host_close(&host);
  for (int i = 0; i < 5; ++i) CHECK_EQ(ended[i], 1);
}

TEST(what_frames_have_stays) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  current = &host;
  number(&host, 0);
  number(&host, 1);
  call(&host, "hold", -1, &objects[0]);
  CHECK_EQ(looks, 2);
  CHECK_EQ(seen_last[0], 1);
  CHECK_EQ(seen_last[1], 0);
  next_object = &objects[2];
  number(&host, 2);
  uint64_t result[1] = {0};
  CHECK(wembed_call(host.env, host_function(&host, "below"), result, NULL));
  CHECK_EQ(seen_last[2], 4);
  CHECK(wembed_externref_object(result[0]) == &objects[2]);
  host_close(&host);
}

TEST(what_exceptions_have_stays) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  current = &host;
  number(&host, 0);
  call(&host, "hold_thrown", -1, &objects[0]);
  CHECK_EQ(looks, 1);
  CHECK_EQ(seen_last[0], 1);
  host_close(&host);
}

TEST(what_exceptions_of_the_host_have_stays) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  for (int i = 0; i < 3; ++i) number(&host, i);
  const wasm_valkind_t kinds[] = {WASM_EXTERNREF, WEMBED_EXNREF};
  wembed_tag_t plain = wembed_tag_new(NULL, kinds, 1);
  wembed_tag_t nested = wembed_tag_new(NULL, kinds, 2);
  uint64_t slots[2] = {wembed_externref(&objects[0])};
  wembed_exception_t inner = wembed_exception_new(host.instance, plain, slots);
  slots[0] = wembed_externref(&objects[1]);
  slots[1] = (uint64_t)(uintptr_t)inner;
  wembed_exception_t outer = wembed_exception_new(host.instance, nested, slots);
  if (CHECK(inner != NULL && outer != NULL)) {
    wembed_exception_retain(outer);
    CHECK(wembed_collect(host.instance, NULL, NULL));
    CHECK_EQ(left(&host, 3), 3);
    wembed_exception_release(inner); /* the other one has it */
    wembed_exception_release(outer);
    CHECK(wembed_collect(host.instance, NULL, NULL));
    CHECK_EQ(left(&host, 3), 3);
    wembed_exception_release(outer);
    CHECK(wembed_collect(host.instance, NULL, NULL));
    CHECK_EQ(left(&host, 3), 0);
  }
  wembed_tag_release(nested);
  wembed_tag_release(plain);
  host_close(&host);
}

static uint32_t told;
static uint64_t told_last;
static void tell(void* context, uint64_t externref) {
  (void)context;
  told++;
  told_last = externref;
}

TEST(a_collection_tells_what_is_referred_to) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  told = 0;
  CHECK(wembed_collect(host.instance, tell, NULL));
  CHECK_EQ(told, 0);
  call(&host, "keep", -1, &objects[7]); /* without a number */
  CHECK(wembed_collect(host.instance, tell, NULL));
  CHECK_EQ(told, 1);
  CHECK(told_last == wembed_externref(&objects[7]));
  CHECK(!wembed_collect(NULL, tell, NULL));
  host_close(&host);
}

/* Each takes about as long as the one before. */
TEST(a_hundred_thousand_objects) {
  Host host = open_module();
  if (!host.env) return host_close(&host);
  static char many[100000];
  uint32_t index = 0;
  for (int i = 0; i < 100000; ++i) {
    CHECK(wasm_externref_obj2ref(host.instance, &many[i], &index));
  }
  for (int i = 0; i < 100000; i += 2) CHECK(wasm_externref_objdel(host.instance, &many[i]));
  void* object;
  CHECK(wasm_externref_ref2obj(index, &object) && object == &many[99999]);
  call(&host, "keep", -1, &many[1]);
  CHECK(wembed_collect(host.instance, NULL, NULL));
  CHECK(!wasm_externref_ref2obj(index, &object));
  CHECK(!wasm_externref_set_cleanup(host.instance, &many[3], NULL));
  CHECK(wasm_externref_set_cleanup(host.instance, &many[1], NULL));
  host_close(&host);
}

int main(void) {
  RUN(an_object_has_one_number_in_an_instance);
  RUN(what_globals_and_tables_have_stays);
  RUN(what_frames_have_stays);
  RUN(what_exceptions_have_stays);
  RUN(what_exceptions_of_the_host_have_stays);
  RUN(a_collection_tells_what_is_referred_to);
  RUN(a_hundred_thousand_objects);
  return host_result();
}
