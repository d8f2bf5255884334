#include "storage.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace {

// Address space for the most a 32-bit memory can have; pages come when they are touched.
constexpr uint64_t kBlockBytes = uint64_t{1} << 32;

// More than that is refused, as the heap backend does.
constexpr uint64_t kMostBytes = uint64_t{1} << 39;

void* create(void*, uint64_t minimum, uint64_t, void** handle) {
  *handle = nullptr;
  if (minimum > kMostBytes) return nullptr;
  void* base = std::malloc(minimum + 8);
  // What the guest may see has to be cleared by the library.
  if (base != nullptr && minimum < (1u << 24)) std::memset(base, 0xa5, minimum);
  return base;
}

// Moves always: whoever holds on to the old base is found out by a sanitizer.
void* grow(void*, void*, void* base, uint64_t old_bytes, uint64_t bytes) {
  if (bytes > kMostBytes) return nullptr;
  void* moved = std::malloc(bytes + 8);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, base, old_bytes);
  std::free(base);
  return moved;
}

void release(void*, void*, void* base, uint64_t) { std::free(base); }

constexpr wembed_memory_functions_t kFunctions = {sizeof kFunctions, create, grow, release,
                                                  nullptr};

struct Row {
  const char* name;
  wembed_backend_t backend;
  wembed_memory_strategy_t strategy;
};

constexpr Row kRows[] = {
    {"mapped", WEMBED_BACKEND_MAPPED, WEMBED_MEMORY_ON_DEMAND},
    {"heap", WEMBED_BACKEND_HEAP, WEMBED_MEMORY_ON_DEMAND},
    {"pool", WEMBED_BACKEND_POOL, WEMBED_MEMORY_POOL},
    {"small-pool", WEMBED_BACKEND_POOL, WEMBED_MEMORY_SMALL_POOL},
    {"buffer", WEMBED_BACKEND_BUFFER, WEMBED_MEMORY_ON_DEMAND},
    {"functions", WEMBED_BACKEND_FUNCTIONS, WEMBED_MEMORY_ON_DEMAND},
};

}  // namespace

Storage::~Storage() {
  for (void* block : blocks_) munmap(block, kBlockBytes);
}

bool Storage::configure(const std::string& name, wembed_config_t& config) {
  for (const Row& row : kRows) {
    if (name != row.name) continue;
    backend_ = row.backend;
    config.memory_strategy = row.strategy;
    // Memories that find no slot, or need more than one has, are made on demand.
    if (row.backend == WEMBED_BACKEND_POOL) config.pool_slots = 64;
    if (row.strategy == WEMBED_MEMORY_ON_DEMAND && row.backend <= WEMBED_BACKEND_HEAP) {
      config.backend = row.backend;
    }
    return true;
  }
  return false;
}

void Storage::supply(wembed_instantiate_options_t& options) {
  if (backend_ == WEMBED_BACKEND_FUNCTIONS) {
    options.backend = backend_;
    options.memory_functions = &kFunctions;
  } else if (backend_ == WEMBED_BACKEND_BUFFER) {
    void* block = mmap(nullptr, kBlockBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) return;
    blocks_.push_back(block);
    options.backend = backend_;
    options.memory_buffer = block;
    options.memory_buffer_bytes = kBlockBytes;
  }
}

void Storage::look_at(wasm_module_inst_t instance) {
  wasm_memory_inst_t memory = wasm_runtime_get_default_memory(instance);
  if (memory != nullptr && wembed_memory_backend(memory) == backend_) held_++;
}
