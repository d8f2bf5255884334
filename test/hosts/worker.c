/* A worker with a queue, whose messages are calls of the guest. */
#include "bh_queue.h"
#include "program.h"

static Program program;
static bh_queue* queue;

static void handles(void* given, void* total) {
  bh_message_t message = given;
  uint32_t cells[2];
  if (bh_message_type(message) == 0) {
    bh_queue_exit_loop_run(queue);
    return;
  }
  memcpy(cells, bh_message_payload(message), sizeof cells);
  if (call(&program, "add", 2, cells)) *(uint32_t*)total += cells[0];
}

static void* works(void* total) {
  wasm_runtime_init_thread_env();
  bh_queue_enter_loop_run(queue, handles, total);
  wasm_runtime_destroy_thread_env();
  return NULL;
}

int main(void) {
  start_runtime(NULL, 0);
  program = start_program("spawned", 0);
  queue = bh_queue_create();
  uint32_t total = 0;
  korp_tid thread;
  if (os_thread_create(&thread, works, &total, 65536) != BHT_OK) quit("no thread");
  for (uint32_t i = 1; i <= 40; ++i) {
    uint32_t* cells = wasm_runtime_malloc(8);
    cells[0] = i, cells[1] = 100;
    if (!bh_post_msg(queue, 1, cells, 8)) printf("full\n");
    if (i % 10 == 0) os_usleep(5000);
  }
  bh_post_msg(queue, 0, NULL, 0);
  os_thread_join(thread, NULL);
  os_printf("total %u\n", total);
  bh_queue_destroy(queue);
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
