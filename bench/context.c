#include "context.h"

#include <string.h>

#include "guest.h"
#include "wembed.h"

// The host's data.
typedef struct tally {
  uint64_t calls;
  uint32_t total;
  uint8_t buffer[4096];
} tally_t;

static tally_t tally;
static guest_t guest;
static wasm_function_inst_t none, direct, copied;

// Guest data need not be aligned. Not inlined, so that both ways run the same code.
__attribute__((noinline)) static uint32_t sum_of(const uint8_t* from, size_t length) {
  uint64_t sum = 0;
  for (size_t i = 0; i < length; i += 8) {
    uint64_t word;
    memcpy(&word, from + i, sizeof word);
    sum += word;
  }
  return (uint32_t)sum;
}

static int32_t host_direct(wasm_exec_env_t env, uint32_t at, uint32_t length) {
  void* data;
  wasm_memory_inst_t memory;
  wembed_slice_t slice;
  if (!wembed_host_context(env, &data, &memory)) return 0;
  if (!wembed_memory_slice(memory, at, length, &slice)) return 0;
  tally_t* own = data;
  own->calls++;
  own->total += sum_of(wembed_slice_data(memory, &slice), length);
  return (int32_t)own->total;
}

static int32_t host_copied(wasm_exec_env_t env, uint32_t at, uint32_t length) {
  tally_t* own = wasm_runtime_get_function_attachment(env);
  wasm_module_inst_t caller = wasm_runtime_get_module_inst(env);
  if (length > sizeof own->buffer || !wasm_runtime_validate_app_addr(caller, at, length)) return 0;
  memcpy(own->buffer, wasm_runtime_addr_app_to_native(caller, at), length);
  own->calls++;
  own->total += sum_of(own->buffer, length);
  return (int32_t)own->total;
}

static NativeSymbol natives[] = {
    {"direct", (void*)host_direct, "(ii)i", &tally},
    {"copied", (void*)host_copied, "(ii)i", &tally},
};

bool context_begin(const char* modules) {
  if (!wasm_runtime_register_natives("context", natives, 2)) return false;
  if (!guest_open(&guest, modules, "context", 0)) return false;
  none = wasm_runtime_lookup_function(guest.instance, "none");
  direct = wasm_runtime_lookup_function(guest.instance, "direct");
  copied = wasm_runtime_lookup_function(guest.instance, "copied");
  return none && direct && copied;
}

void context_end(void) { guest_close(&guest); }

static bool loop_of(wasm_function_inst_t function, uint32_t n) {
  uint32_t cells[1] = {n};
  return n == 0 || wasm_runtime_call_wasm(guest.exec_env, function, 1, cells);
}

bool context_direct(uint32_t n) { return loop_of(direct, n); }
bool context_copied(uint32_t n) { return loop_of(copied, n); }
bool context_none(uint32_t n) { return loop_of(none, n); }
