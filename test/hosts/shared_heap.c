/* A producer and a consumer on threads of their own, whose instances have a heap in common: what
   goes from one to the other by a queue is addresses. */
#include "bh_queue.h"
#include "program.h"

static uint32_t text(wasm_exec_env_t env, const char* given) {
  return (void)env, (uint32_t)strlen(given);
}
static uint32_t bytes(wasm_exec_env_t env, const uint8_t* given, uint32_t count) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += given[i];
  return (void)env, sum;
}
static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(text, "($)i"),
                                 EXPORT_WASM_API_WITH_SIG(bytes, "(*~)i")};

enum { kMessages = 10, kTag = 1 };

static bh_queue* queue;
static Program producer, consumer;

/* What messages carry is given back by whoever reads them. */
static void stays_in_heap(void* body) { (void)body; }

static void* produces(void* nothing) {
  if (!wasm_runtime_init_thread_env()) quit("no thread");
  for (uint32_t i = 1; i <= kMessages; ++i) {
    void* place = NULL;
    uint32_t size = 64 * i;
    uint64_t block = wasm_runtime_shared_heap_malloc(producer.instance, size, &place);
    if (block == 0) quit("full");
    uint32_t fill[3] = {(uint32_t)block, i, size};
    call(&producer, "fill", 3, fill);
    bh_post_msg2(queue, bh_new_msg(kTag, place, size, (void*)stays_in_heap));
  }
  wasm_runtime_destroy_thread_env();
  return nothing;
}

static void consumes(void) {
  for (int i = 0; i < kMessages; ++i) {
    bh_message_t message = bh_get_msg(queue, BHT_WAIT_FOREVER);
    void* place = bh_message_payload(message);
    uint32_t size = bh_message_payload_len(message);
    uint64_t block = wasm_runtime_addr_native_to_app(consumer.instance, place);
    uint32_t sum[2] = {(uint32_t)block, size};
    call(&consumer, "bytes", 2, sum);
    printf("%u bytes, sum %u\n", size, sum[0]);
    wasm_runtime_shared_heap_free(consumer.instance, block);
    bh_free_msg(message);
  }
}

int main(void) {
  start_runtime(NULL, 0);
  wasm_runtime_register_natives("host", symbols, 2);
  producer = start_program("shared_heap", 0);
  consumer = start_program("shared_heap", 0);
  SharedHeapInitArgs own = {1 << 16, NULL};
  static char given[2 << 16] __attribute__((aligned(1 << 16)));
  SharedHeapInitArgs hosts = {sizeof given, given};
  wasm_shared_heap_t heap = wasm_runtime_create_shared_heap(&own);
  wasm_shared_heap_t chain =
      wasm_runtime_chain_shared_heaps(heap, wasm_runtime_create_shared_heap(&hosts));
  printf("chained: %s\n", chain == heap ? "yes" : "no");
  if (!wasm_runtime_attach_shared_heap(producer.instance, chain) ||
      !wasm_runtime_attach_shared_heap(consumer.instance, chain)) {
    quit("not attached");
  }
  uint32_t store[2] = {0xffffffff, 77};
  call(&producer, "store8", 2, store);
  printf("last byte: %d\n", given[sizeof given - 1]);
  queue = bh_queue_create();
  korp_tid thread;
  os_thread_create(&thread, produces, NULL, 1 << 20);
  consumes();
  os_thread_join(thread, NULL);
  bh_queue_destroy(queue);
  wasm_runtime_detach_shared_heap(consumer.instance);
  uint32_t load[1] = {0xffffffff};
  call(&consumer, "load8", 1, load);
  call(&producer, "load8", 1, load);
  printf("the other one: %u\n", load[0]);
  wasm_runtime_detach_shared_heap(producer.instance);
  wasm_shared_heap_t rest = wasm_runtime_unchain_shared_heaps(chain, false);
  printf("unchained: %s\n", rest != NULL && rest != heap ? "yes" : "no");
  end_program(&consumer);
  end_program(&producer);
  wasm_runtime_destroy();
  return 0;
}
