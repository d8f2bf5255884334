/* How deep natives and guests get into each other until the native stack ends: the host looks at
 * its boundary, and the runtime at its own. */
#include "program.h"

enum { kHostRoom = 16 << 10, kStep = 512, kMost = 96 << 10 };

static unsigned depth, unfinished;

/* Takes the stack up to `room` above its boundary, then calls the guest. */
static int32_t consume(wasm_exec_env_t env, int32_t callee, int32_t value, int32_t room) {
  uint8_t* here = __builtin_frame_address(0);
  uint8_t* boundary = os_thread_get_stack_boundary();
  if (here < boundary + kHostRoom) {
    wasm_runtime_set_exception(wasm_runtime_get_module_inst(env), "the host has no room");
    return 0;
  }
  int32_t result = 0;
  unfinished++;
  if (here - boundary > room) {
    result = consume(env, callee, value, room);
  } else {
    uint32_t cells[1] = {(uint32_t)value};
    depth++;
    if (wasm_runtime_call_indirect(env, (uint32_t)callee, 1, cells)) result = (int32_t)cells[0];
    depth--;
  }
  unfinished--;
  return result;
}
static NativeSymbol symbols[] = {EXPORT_WASM_API_WITH_SIG(consume, "(iii)i")};

static void* run(void* unused) {
  Program program = start_program("hosts_native_stack", 0);
  char last[64] = "";
  if (!wasm_runtime_init_thread_env()) quit("no thread environment");
  /* The page under the boundary is the system's to give. */
  ((volatile uint8_t*)os_thread_get_stack_boundary())[-1] = 1;
  for (uint32_t room = 0; room < kMost; room += kStep) {
    uint32_t cells[2] = {room, 30};
    wasm_function_inst_t test = wasm_runtime_lookup_function(program.instance, "test");
    bool good = wasm_runtime_call_wasm(program.env, test, 2, cells);
    const char* text = good ? "it fits" : wasm_runtime_get_exception(program.instance);
    if (good && cells[0] != 42) quit("a wrong result");
    if (strcmp(text, last) != 0) printf("%s\n", text);
    snprintf(last, sizeof last, "%s", text);
    wasm_runtime_clear_exception(program.instance);
  }
  printf("left behind: %u, %u\n", depth, unfinished);
  wasm_runtime_destroy_thread_env();
  end_program(&program);
  return unused;
}

int main(void) {
  korp_tid thread;
  start_runtime(symbols, 1);
  if (os_thread_create(&thread, run, NULL, 256 << 10) != BHT_OK) quit("no thread");
  os_thread_join(thread, NULL);
  wasm_runtime_destroy();
  return 0;
}
