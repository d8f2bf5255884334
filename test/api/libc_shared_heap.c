/* A guest that allocates in a shared heap by itself. */
#include <unistd.h>

#include "host.h"

static uint32_t nothing(wasm_exec_env_t env, uint32_t value) { return (void)env, value; }
static uint32_t nothing2(wasm_exec_env_t env, uint32_t a, uint32_t b) { return (void)env, a + b; }
static NativeSymbol natives[] = {{"text", nothing, "(i)i", NULL},
                                 {"bytes", nothing2, "(ii)i", NULL}};

TEST(guest_allocates) {
  uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
  CHECK(wasm_runtime_register_natives("host", natives, 2));
  Host host = host_open("shared_heap", 0);
  if (!host.env) return host_close(&host);
  CHECK_EQ(host_i32(&host, "malloc", 16, 0), 0);
  CHECK(host_trap(&host, "free", 16) == NULL);
  SharedHeapInitArgs args = {page, NULL};
  wasm_shared_heap_t heap = wasm_runtime_create_shared_heap(&args);
  CHECK(wasm_runtime_attach_shared_heap(host.instance, heap));
  uint32_t block = host_i32(&host, "malloc", 16, 0);
  CHECK_EQ(block, 0u - page + 8);
  CHECK(wasm_runtime_addr_app_to_native(host.instance, block) != NULL);
  CHECK_EQ(host_i32(&host, "malloc", page, 0), 0);
  CHECK(host_trap(&host, "free", block) == NULL);
  CHECK(host_trap(&host, "free", block) == NULL); /* as free(): left alone */
  CHECK_TEXT(host_trap(&host, "free", 1u << 30), "Exception: out of bounds memory access");
  CHECK_EQ(host_i32(&host, "malloc", 16, 0), block);
  host_close(&host);
}

int main(void) {
  RUN(guest_allocates);
  return host_result();
}
