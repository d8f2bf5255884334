/* Guests with structs and arrays, by a host that makes none itself: what their heap has. */
#include "host.h"
#include "wembed.h"

static void look(wasm_exec_env_t env) { (void)env; }
static NativeSymbol natives[] = {{"look", (void*)look, "()", NULL}};

static bool call(const Host* host, const char* name, uint32_t argument) {
  uint64_t slots[1] = {argument};
  return CHECK(wembed_call(host->env, host_function(host, name), slots, NULL));
}

TEST(objects_are_counted_by_type) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host host = host_open("objects", 0);
  wembed_error_t error;
  wembed_object_heap_t heap = {0};
  heap.size = sizeof heap;
  CHECK_EQ(wembed_instance_objects(host.instance, &heap, NULL, 0, &error), 0);
  CHECK_TEXT(error.code, "");
  CHECK_EQ(heap.taken, 0);
  CHECK_EQ(heap.limit, 128 * 1024);
  CHECK(call(&host, "keep", 10) && call(&host, "churn", 1000));
  wembed_object_count_t counts[4];
  CHECK_EQ(wembed_instance_objects(host.instance, &heap, counts, 4, &error), 2);
  CHECK_EQ(counts[0].objects, 5);
  CHECK_EQ(counts[1].objects, 5);
  CHECK(counts[0].type < counts[1].type && !counts[0].is_array && !counts[1].is_array);
  CHECK(counts[1].bytes > counts[0].bytes);
  CHECK_EQ(heap.objects, 10);
  CHECK_EQ(heap.bytes, counts[0].bytes + counts[1].bytes);
  CHECK(heap.taken > heap.bytes && heap.taken <= heap.limit && heap.collections >= 1);
  CHECK(call(&host, "keep_refs", 100));
  CHECK_EQ(wembed_instance_objects(host.instance, NULL, counts, 4, NULL), 3);
  CHECK(counts[2].is_array);
  CHECK_EQ(counts[2].objects, 1);
  CHECK_EQ(counts[2].bytes, 16 + 800);
  host_close(&host);
}

TEST(what_cannot_be_counted) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  Host host = host_open("objects", 0);
  wembed_error_t error;
  wembed_object_heap_t heap = {0};
  CHECK_EQ(wembed_instance_objects(host.instance, &heap, NULL, 0, &error), 0);
  CHECK(error.code[0] != 0);
  CHECK_EQ(wembed_instance_objects(NULL, NULL, NULL, 0, &error), 0);
  CHECK(error.code[0] != 0);
  host_close(&host);
}

int main(void) {
  RUN(objects_are_counted_by_type);
  RUN(what_cannot_be_counted);
  return host_result();
}
