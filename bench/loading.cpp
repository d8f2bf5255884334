#include "loading.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#define malloc_usable_size malloc_size
#else
#include <malloc.h>
#endif

#include "residence.h"
#include "timing.h"
#include "wembed.h"

namespace bench {

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kPage = 65536;

// ---- an allocator that counts

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

void ignore(void*, uint32_t, const char*) {}

wembed_config_t counting() {
  wembed_config_t config = {};
  config.size = sizeof config;
  config.mem_alloc_type = Alloc_With_Allocator;
  config.mem_alloc_option.allocator.malloc_func = reinterpret_cast<void*>(count_malloc);
  config.mem_alloc_option.allocator.realloc_func = reinterpret_cast<void*>(count_realloc);
  config.mem_alloc_option.allocator.free_func = reinterpret_cast<void*>(count_free);
  config.log = ignore;
  return config;
}

// ---- modules

bool read_file(const std::string& path, Bytes& bytes) {
  std::ifstream file(path, std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(file), {});
  return !bytes.empty();
}

void free_bytes(void*, const uint8_t* bytes, size_t) { std::free(const_cast<uint8_t*>(bytes)); }

// The bytes that are taken are the caller's until then: the allocator does not count them.
wasm_module_t load(wembed_runtime_t runtime, const std::string& ownership, const std::string& path,
                   const Bytes& bytes, double& time, wembed_error_t& error) {
  wembed_source_t source = {};
  source.size = sizeof source;
  source.bytes = bytes.data();
  source.length = bytes.size();
  source.ownership = ownership == "copy" ? WEMBED_BYTES_COPY : WEMBED_BYTES_BORROW;
  if (ownership == "take") {
    uint8_t* own = static_cast<uint8_t*>(std::malloc(bytes.size()));
    if (own == nullptr) return nullptr;
    std::copy(bytes.begin(), bytes.end(), own);
    source.bytes = own;
    source.ownership = WEMBED_BYTES_TAKE;
    source.release = free_bytes;
  }
  wasm_module_t module = nullptr;
  time = time_of([&] {
    module = ownership == "map" ? wembed_load_file(runtime, path.c_str(), nullptr, &error)
                                : wembed_load(runtime, &source, &error);
    return true;
  });
  return module;
}

}  // namespace

Loading load_module(const std::string& ownership, const std::string& path) {
  static std::string last;
  static Bytes bytes;
  Loading result;
  if (path != last && !read_file(path, bytes)) {
    result.error = "cannot read " + path;
    return result;
  }
  last = path;
  wembed_error_t error = {};
  wembed_config_t config = counting();
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  size_t before = g_peak = g_live;
  wasm_module_t module =
      runtime ? load(runtime, ownership, path, bytes, result.time, error) : nullptr;
  result.stays = g_live - before;
  result.most = g_peak - before;
  if (!module) result.error = error.message;
  if (module) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  return result;
}

Living live_instances(const std::string& place, uint64_t count, const std::string& path) {
  Living result;
  Bytes bytes;
  if (!read_file(path, bytes)) {
    result.error = "cannot read " + path;
    return result;
  }
  size_t before = g_live;
  wembed_error_t error = {};
  wembed_config_t config = counting();
  if (place == "small-pool") {
    config.memory_strategy = WEMBED_MEMORY_SMALL_POOL;
    config.pool_slots = static_cast<uint32_t>(count);
    config.pool_slot_bytes = kPage;
  }
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  if (place == "small-pool") options.backend = WEMBED_BACKEND_POOL;
  if (place == "heap") options.backend = WEMBED_BACKEND_HEAP;
  wembed_runtime_t runtime = wembed_runtime_new(&config, &error);
  double unused = 0;
  wasm_module_t module = runtime ? load(runtime, "borrow", path, bytes, unused, error) : nullptr;
  std::vector<wasm_module_inst_t> instances;
  instances.reserve(module ? count : 0);
  uint64_t resident = resident_bytes();
  double start = now();
  while (module && instances.size() < count) {
    wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
    if (!instance) break;
    instances.push_back(instance);
  }
  uint64_t made = instances.size();
  if (made > 0) {
    result.each = (now() - start) / static_cast<double>(made);
    uint64_t memory = place == "heap" ? kPage * made : 0;
    result.bookkeeping = (g_live - before - memory) / made;
    uint64_t after = resident_bytes();
    result.resident = after > resident ? (after - resident) / made : 0;
  }
  result.count = made;
  if (!module) result.error = error.message;
  for (wasm_module_inst_t instance : instances) wasm_runtime_deinstantiate(instance);
  if (module) wasm_runtime_unload(module);
  wembed_runtime_delete(runtime);
  return result;
}

}  // namespace bench
