// The native side of the benchmarks: measures what the lines on standard input name and answers
// each with one line, "ok" and numbers or "error" and a text. run.ts drives it, interleaved with
// the same work in V8.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#define malloc_usable_size malloc_size
#else
#include <malloc.h>
#endif

#include "embed.h"
#include "wembed.h"

namespace {

// Processor time of this thread, in nanoseconds: other programs on the machine do not count.
double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

struct Module {
  std::vector<uint8_t> bytes;
  wasm_module_t module = nullptr;
  wasm_module_inst_t instance = nullptr;

  Module() = default;
  Module(const Module&) = delete;
  ~Module() {
    if (instance) wasm_runtime_deinstantiate(instance);
    if (module) wasm_runtime_unload(module);
  }
};

bool read_file(const std::string& path, std::vector<uint8_t>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) return false;
  std::fseek(file, 0, SEEK_END);
  bytes.resize(static_cast<size_t>(std::ftell(file)));
  std::rewind(file);
  size_t read = std::fread(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
  return read == bytes.size();
}

std::string one_line(const char* text) {
  std::string line = std::string("error ") + text;
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

wasm_module_t load(wembed_runtime_t runtime, const std::vector<uint8_t>& bytes,
                   wembed_error_t* error) {
  wembed_source_t source = {};
  source.size = sizeof source;
  source.ownership = WEMBED_BYTES_BORROW;
  source.bytes = bytes.data();
  source.length = bytes.size();
  return wembed_load(runtime, &source, error);
}

// ---- kernels

Module* g_kernel = nullptr;
wasm_function_inst_t g_run = nullptr;

wembed_backend_t backend_of(const std::string& name) {
  if (name == "mapped") return WEMBED_BACKEND_MAPPED;
  return name == "heap" ? WEMBED_BACKEND_HEAP : WEMBED_BACKEND_AUTOMATIC;
}

// kernel BACKEND PATH
std::string prepare_kernel(std::istringstream& words) {
  std::string backend, path;
  words >> backend >> std::ws;
  std::getline(words, path);
  delete g_kernel;
  g_kernel = new Module();
  if (!read_file(path, g_kernel->bytes)) return "error cannot read " + path;
  wembed_error_t error = {};
  g_kernel->module = load(nullptr, g_kernel->bytes, &error);
  if (!g_kernel->module) return one_line(error.message);
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.stack_size = 256 * 1024;
  options.backend = backend_of(backend);
  g_kernel->instance = wembed_instantiate(g_kernel->module, &options, &error);
  if (!g_kernel->instance) return one_line(error.message);
  g_run = wasm_runtime_lookup_function(g_kernel->instance, "run");
  return g_run ? "ok" : "error the kernel does not export run";
}

// run N: answers the checksum and nanoseconds
std::string run_kernel(std::istringstream& words) {
  uint32_t n = 0;
  words >> n;
  if (!g_run) return "error no kernel";
  wasm_exec_env_t exec_env = wasm_runtime_get_exec_env_singleton(g_kernel->instance);
  uint64_t slots[1] = {n};
  double start = now();
  bool right = wembed_call(exec_env, g_run, slots, nullptr);
  double time = now() - start;
  if (!right) return one_line(wasm_runtime_get_exception(g_kernel->instance));
  char text[96];
  std::snprintf(text, sizeof text, "ok %" PRId32 " %.0f", static_cast<int32_t>(slots[0]), time);
  return text;
}

// ---- embedding operations

// Nanoseconds for one of n, or a negative number.
double time_of(bool (*run)(uint32_t), uint32_t n) {
  double start = now();
  if (!run(n)) return -1;
  return (now() - start) / n;
}

// measure MILLISECONDS NAME: answers the nanoseconds of one operation. The number of repetitions
// grows until the given time is reached.
std::string measure(std::istringstream& words) {
  double least = 0;
  std::string name;
  words >> least >> name;
  for (uint32_t i = 0; i < operation_count; i++) {
    const operation_t& operation = operations[i];
    if (name != operation.name) continue;
    for (uint32_t n = 1;;) {
      double each = time_of(operation.run, n);
      if (each < 0) return "error " + name + " failed";
      if (each * n < least * 1e6 && n < 1u << 30) {
        n *= 2;
        continue;
      }
      if (operation.less) each -= time_of(operation.less, n);
      char text[64];
      std::snprintf(text, sizeof text, "ok %.4f", each);
      return text;
    }
  }
  return "error there is no operation " + name;
}

// operations MODULES: makes them ready and answers their names
std::string list_operations(std::istringstream& words) {
  std::string folder;
  words >> std::ws;
  std::getline(words, folder);
  static bool ready = operations_begin(folder.c_str());
  if (!ready) return "error the operations' modules cannot be used";
  std::string line = "ok";
  for (uint32_t i = 0; i < operation_count; i++) line += std::string(" ") + operations[i].name;
  return line;
}

// ---- loading and live instances

size_t g_live = 0;
size_t g_peak = 0;

void* count_malloc(unsigned int size) {
  void* block = std::malloc(size);
  g_live += block ? malloc_usable_size(block) : 0;
  if (g_live > g_peak) g_peak = g_live;
  return block;
}

void count_free(void* block) {
  g_live -= block ? malloc_usable_size(block) : 0;
  std::free(block);
}

void* count_realloc(void* block, unsigned int size) {
  size_t before = block ? malloc_usable_size(block) : 0;
  void* moved = std::realloc(block, size);
  if (moved) g_live += malloc_usable_size(moved) - before;
  if (g_live > g_peak) g_peak = g_live;
  return moved;
}

wembed_runtime_t counting_runtime() {
  wembed_config_t config = {};
  config.size = sizeof config;
  config.mem_alloc_type = Alloc_With_Allocator;
  config.mem_alloc_option.allocator.malloc_func = reinterpret_cast<void*>(count_malloc);
  config.mem_alloc_option.allocator.realloc_func = reinterpret_cast<void*>(count_realloc);
  config.mem_alloc_option.allocator.free_func = reinterpret_cast<void*>(count_free);
  wembed_error_t error = {};
  return wembed_runtime_new(&config, &error);
}

// load PATH: answers nanoseconds, bytes that stay allocated, the most that were allocated
std::string load_module(std::istringstream& words) {
  std::string path;
  words >> std::ws;
  std::getline(words, path);
  static std::string last;
  static std::vector<uint8_t> bytes;
  if (path != last && !read_file(path, bytes)) return "error cannot read " + path;
  last = path;
  wembed_runtime_t runtime = counting_runtime();
  if (!runtime) return "error no runtime";
  size_t before = g_peak = g_live;
  wembed_error_t error = {};
  double start = now();
  wasm_module_t module = load(runtime, bytes, &error);
  double time = now() - start;
  size_t stays = g_live - before;
  size_t most = g_peak - before;
  if (module) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  if (!module) return one_line(error.message);
  char text[96];
  std::snprintf(text, sizeof text, "ok %.0f %zu %zu", time, stays, most);
  return text;
}

// instances COUNT BACKEND PATH: answers how many there were at the same time, nanoseconds for each
std::string live_instances(std::istringstream& words) {
  size_t count = 0;
  std::string backend, path;
  words >> count >> backend >> std::ws;
  std::getline(words, path);
  Module module;
  if (!read_file(path, module.bytes)) return "error cannot read " + path;
  wembed_error_t error = {};
  module.module = load(nullptr, module.bytes, &error);
  if (!module.module) return one_line(error.message);
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.backend = backend_of(backend);
  std::vector<wasm_module_inst_t> instances;
  double start = now();
  while (instances.size() < count) {
    wasm_module_inst_t instance = wembed_instantiate(module.module, &options, &error);
    if (!instance) break;
    instances.push_back(instance);
  }
  double each = (now() - start) / static_cast<double>(instances.size() + 1);
  for (wasm_module_inst_t instance : instances) wasm_runtime_deinstantiate(instance);
  char text[96];
  std::snprintf(text, sizeof text, "ok %zu %.0f", instances.size(), each);
  return text;
}

std::string perform(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "kernel") return prepare_kernel(words);
  if (verb == "run") return run_kernel(words);
  if (verb == "operations") return list_operations(words);
  if (verb == "measure") return measure(words);
  if (verb == "load") return load_module(words);
  if (verb == "instances") return live_instances(words);
  if (verb == "about") {
    return std::string("ok ") + wembed_version() + " " + wembed_interpreter_dispatch();
  }
  return "error unknown verb " + verb;
}

}  // namespace

int main() {
  if (!wasm_runtime_init()) return 1;
  wasm_runtime_set_log_level(WASM_LOG_LEVEL_ERROR);
  char line[4096];
  while (std::fgets(line, sizeof line, stdin)) {
    line[std::strcspn(line, "\n")] = '\0';
    std::printf("%s\n", perform(line).c_str());
    std::fflush(stdout);
  }
  delete g_kernel;
  operations_end();
  wasm_runtime_destroy();
  return 0;
}
