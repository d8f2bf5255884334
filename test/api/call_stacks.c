/* Call stacks as text and as frames, figures, and what other builds of WAMR have. */
#include "capture.h"

static int act; /* what `stop` does: 0 sets an exception, 1 copies frames, 2 calls the guest */
static WASMCApiFrame frames[8];
static uint32_t copied, skipped, wanted = 8;

static void stop(wasm_exec_env_t env, uint32_t argument) {
  wasm_module_inst_t instance = get_module_inst(env);
  (void)argument;
  if (act == 0) wasm_runtime_set_exception(instance, "stopped");
  if (act == 1) copied = wasm_copy_callstack(env, frames, wanted, skipped, NULL, 0);
  if (act == 2) {
    act = 1;
    uint32_t cells[1] = {2};
    CHECK(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(instance, "top"), 1, cells));
  }
}

static NativeSymbol natives[] = {EXPORT_WASM_API_WITH_SIG(stop, "(i)")};

static Host open_stacks(void) {
  CHECK(wasm_runtime_register_natives("env", natives, 1));
  return host_open("stacks", 0);
}

/* The text without the offsets' digits. */
static const char* shape(char* text) {
  for (char* at = text; *at != 0; ++at) {
    if (strncmp(at, "0x", 2) != 0) continue;
    char* end = at + 2;
    while ((*end >= '0' && *end <= '9') || (*end >= 'a' && *end <= 'f')) ++end;
    CHECK(end - at >= 6);
    memmove(at + 1, end, strlen(end) + 1);
  }
  return text;
}

TEST(text_of_a_trap) {
  Host host = open_stacks();
  if (!host.env) return host_close(&host);
  char text[1024];
  CHECK_EQ(wasm_runtime_get_call_stack_buf_size(host.env), 0);
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text), 0);
  CHECK_TEXT(host_trap(&host, "top", 0), "Exception: unreachable");
  uint32_t size = wasm_runtime_get_call_stack_buf_size(host.env);
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text), size);
  CHECK_EQ(strlen(text) + 1, size);
  capture_begin();
  wasm_runtime_dump_call_stack(host.env);
  CHECK_TEXT(capture_end(), text);
  memset(text, 'z', sizeof text);
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, text, 10), 10);
  CHECK(strlen(text) == 9 && text[10] == 'z' && strncmp(text, "\n#00: 0x", 8) == 0);
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, text, size), size);
  CHECK_TEXT(shape(text), "\n#00: 0 - $f1\n#01: 0 - $f2\n#02: 0 - top\n\n");
  act = 0;
  CHECK_TEXT(host_trap(&host, "top", 1), "Exception: stopped");
  wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text);
  CHECK_PREFIX(text, "\n#00: 0x0000 - stop\n#01: 0x");
  CHECK_TEXT(shape(text), "\n#00: 0 - stop\n#01: 0 - $f1\n#02: 0 - $f2\n#03: 0 - top\n\n");
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, NULL, 10), 0);
  CHECK_EQ(wasm_runtime_dump_call_stack_to_buf(host.env, text, 0), 0);
  CHECK_EQ(wasm_runtime_get_call_stack_buf_size(NULL), 0);
  wasm_runtime_dump_call_stack(NULL);
  host_close(&host);
}

TEST(long_names_and_deep_stacks) {
  Host host = open_stacks();
  if (!host.env) return host_close(&host);
  static char text[8192];
  wasm_export_t longest;
  wasm_runtime_get_export_type(host.module, 3, &longest);
  CHECK(!host_call(&host, longest.name, 0, NULL));
  wasm_runtime_clear_exception(host.instance);
  wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text);
  CHECK(strlen(text) == 1 + 255 + 1 && strstr(text, "...\n\n") != NULL);
  act = 0;
  CHECK_TEXT(host_trap(&host, "deep", 200), "Exception: stopped");
  wasm_runtime_dump_call_stack_to_buf(host.env, text, sizeof text);
  CHECK(strstr(text, "\n#63: 0x") != NULL && strstr(text, "#64:") == NULL);
  host_close(&host);
}

TEST(frames_of_a_running_call) {
  Host host = open_stacks();
  if (!host.env) return host_close(&host);
  act = 1;
  CHECK(host_trap(&host, "top", 1) == NULL);
  CHECK_EQ(copied, 4);
  for (uint32_t i = 0; i < copied; ++i) {
    CHECK(frames[i].func_index == i && frames[i].instance == host.instance);
    CHECK(frames[i].module_offset == 0 && frames[i].lp == NULL);
  }
  skipped = 1, wanted = 1;
  CHECK(host_trap(&host, "top", 1) == NULL);
  CHECK(copied == 1 && frames[0].func_index == 1);
  skipped = 9, wanted = 8;
  CHECK(host_trap(&host, "top", 1) == NULL);
  CHECK_EQ(copied, 0);
  skipped = 0;
  act = 2; /* a call in a call */
  CHECK(host_trap(&host, "top", 1) == NULL);
  static const uint32_t both[] = {0, 1, 2, 3, 0, 1, 2, 3};
  CHECK_EQ(copied, 8);
  for (uint32_t i = 0; i < 8; ++i) CHECK_EQ(frames[i].func_index, both[i]);
  CHECK_EQ(wasm_copy_callstack(host.env, frames, 8, 0, NULL, 0), 0); /* nothing runs */
  CHECK_EQ(wasm_copy_callstack(NULL, frames, 8, 0, NULL, 0), 0);
  CHECK_EQ(wasm_copy_callstack(host.env, NULL, 8, 0, NULL, 0), 0);
  host_close(&host);
}

/* The number behind a label of the report. */
static long figure(const char* text, const char* label) {
  const char* at = strstr(text, label);
  if (!CHECK(at != NULL)) {
    fprintf(stderr, "no %s\n", label);
    return -1;
  }
  return strtol(at + strlen(label), NULL, 10);
}

TEST(memory_figures) {
  Host host = host_open("memory", 65536);
  if (!host.env) return host_close(&host);
  uint64_t offset = wasm_runtime_module_malloc(host.instance, 1000, NULL);
  capture_begin();
  wasm_runtime_dump_mem_consumption(host.env);
  const char* text = capture_end();
  CHECK_PREFIX(text,
               "\nMemory consumption summary (bytes):\nWASM module memory consumption, total");
  long module = figure(text, "WASM module memory consumption, total size: ");
  long instance = figure(text, "WASM module inst memory consumption, total size: ");
  long env = figure(text, "Exec env memory consumption, total size: ");
  CHECK_EQ(figure(text, "exec env: "), module + instance + env);
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(host.instance);
  CHECK_EQ(figure(strstr(text, "module inst struct"), "memories size: "),
           wasm_memory_get_cur_page_count(memory) * 65536);
  CHECK_EQ(figure(text, "app heap size: "), 65536);
  CHECK(figure(text, "Total app heap used: ") >= 1000);
  CHECK(figure(text, "    stack size: ") >= 65536);
  CHECK(strstr(text, "Native stack left: ") != NULL);
  wasm_runtime_module_free(host.instance, offset);
  wasm_runtime_dump_mem_consumption(NULL);
  host_close(&host);
}

TEST(what_other_builds_have) {
  Host host = open_stacks();
  if (!host.env) return host_close(&host);
  static const uint8_t aot[] = {0, 'a', 'o', 't', 5, 0, 0, 0};
  CHECK(!wasm_runtime_is_xip_file(aot, sizeof aot));
  CHECK_EQ(wasm_runtime_start_debug_instance(host.env), 0);
  CHECK_EQ(wasm_runtime_start_debug_instance_with_port(host.env, 1234), 0);
  char buffer[8];
  CHECK_EQ(wasm_runtime_get_pgo_prof_data_size(host.instance), 0);
  CHECK_EQ(wasm_runtime_dump_pgo_prof_data_to_buf(host.instance, buffer, 8), 0);
  wasm_runtime_set_bounds_checks(host.instance, false);
  CHECK(wasm_runtime_is_bounds_checks_enabled(host.instance));
  CHECK(!wasm_runtime_validate_app_addr(host.instance, 65536, 1));
  wasm_runtime_clear_exception(host.instance);
  extern uint32_t aot_get_plt_table_size(void);
  CHECK_EQ(aot_get_plt_table_size(), 0);
  capture_begin();
  wasm_runtime_dump_perf_profiling(host.instance);
  CHECK_TEXT(capture_end(), "Performance profiler data:\n");
  CHECK(wasm_runtime_sum_wasm_exec_time(host.instance) == -1.0);
  CHECK(wasm_runtime_get_wasm_func_exec_time(host.instance, "top") == -1.0);
  host_close(&host);
}

static _Alignas(16) char pool[8 << 20];

TEST(aligned_blocks) {
  capture_begin();
  CHECK(wasm_runtime_aligned_alloc(64, 64) == NULL); /* there is no pool */
  CHECK(strstr(capture_end(), "wasm_runtime_aligned_alloc failed") != NULL);
  wasm_runtime_destroy();
  RuntimeInitArgs args;
  memset(&args, 0, sizeof args);
  args.mem_alloc_type = Alloc_With_Pool;
  args.mem_alloc_option.pool.heap_buf = pool;
  args.mem_alloc_option.pool.heap_size = sizeof pool;
  if (!CHECK(wasm_runtime_full_init(&args))) return;
  mem_alloc_info_t before, after;
  wasm_runtime_get_mem_alloc_info(&before);
  void* blocks[64];
  for (int round = 0; round < 3; ++round) {
    int count = 0;
    for (unsigned alignment = 8; alignment <= 4096; alignment *= 2) {
      for (unsigned times = 1; times <= 4; ++times) {
        char* block = wasm_runtime_aligned_alloc(alignment * times, alignment);
        CHECK(block != NULL && (uintptr_t)block % alignment == 0);
        memset(block, 0xff, alignment * times);
        blocks[count++] = block;
      }
    }
    for (int i = 0; i < count; ++i) wasm_runtime_free(blocks[(i * 7 + round) % count]);
  }
  void* least = wasm_runtime_aligned_alloc(0, 256);
  CHECK(least != NULL && (uintptr_t)least % 256 == 0);
  wasm_runtime_free(least);
  wasm_runtime_get_mem_alloc_info(&after);
  CHECK_EQ(after.total_free_size, before.total_free_size);
  capture_begin();
  CHECK(wasm_runtime_aligned_alloc(64, 0) == NULL && wasm_runtime_aligned_alloc(64, 48) == NULL);
  CHECK(wasm_runtime_aligned_alloc(64, 4) == NULL && wasm_runtime_aligned_alloc(100, 64) == NULL);
  CHECK(wasm_runtime_aligned_alloc(8192, 8192) == NULL);
  CHECK(wasm_runtime_aligned_alloc(16 << 20, 64) == NULL); /* more than there is */
  capture_end();
  wasm_runtime_destroy();
  args = host_init_args();
  CHECK(wasm_runtime_full_init(&args));
}

int main(void) {
  RUN(text_of_a_trap);
  RUN(long_names_and_deep_stacks);
  RUN(frames_of_a_running_call);
  RUN(memory_figures);
  RUN(what_other_builds_have);
  RUN(aligned_blocks);
  return host_result();
}
