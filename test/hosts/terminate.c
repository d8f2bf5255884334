/* A guest that never ends, stopped from another thread, again and again. */
#include "program.h"

static void* stops(void* instance) {
  os_usleep(20000);
  wasm_runtime_terminate(instance);
  return NULL;
}

int main(void) {
  start_runtime(NULL, 0);
  Program program = start_program("spawned", 0);
  for (int i = 0; i < 3; ++i) {
    korp_tid thread;
    uint32_t cells[2] = {20, 22};
    os_thread_create(&thread, stops, program.instance, 65536);
    call(&program, "loop", 0, NULL);
    os_thread_join(thread, NULL);
    wasm_runtime_clear_exception(program.instance);
    if (call(&program, "add", 2, cells)) printf("afterwards: %u\n", cells[0]);
  }
  end_program(&program);
  wasm_runtime_destroy();
  return 0;
}
