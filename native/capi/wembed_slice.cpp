// wembed.h: ranges of guest memory that know when they have gone stale.
#include <cstring>

#include "capi/handles.h"

using namespace wembed;

namespace {

bool is_inside(uint64_t offset, uint64_t length, uint64_t size) {
  return length <= size && offset <= size - length;
}

// Whether the slice was made in this life of the memory, before or after it grew: epochs count up,
// and those of another memory or life lie elsewhere.
bool is_of_this_life(const Memory& memory, const wembed_slice_t& slice) {
  uint32_t now = memory.epoch.load(std::memory_order_relaxed);
  return slice.epoch - memory.first_epoch <= now - memory.first_epoch;
}

// Where `bytes` bytes from `at` of the slice are; null: not there, or no slice of this memory.
uint8_t* place_of(const Memory* memory, const wembed_slice_t* slice, uint64_t at, uint64_t bytes) {
  if (memory == nullptr || slice == nullptr || !is_of_this_life(*memory, *slice)) return nullptr;
  // A slice is the caller's structure: what it says is checked as if it were new.
  if (!is_inside(slice->offset, slice->length, memory->size)) return nullptr;
  if (!is_inside(at, bytes, slice->length)) return nullptr;
  return memory->base + slice->offset + at;
}

}  // namespace

WEMBED_API bool wembed_memory_slice(wasm_memory_inst_t memory_inst, uint64_t offset,
                                    uint64_t length, wembed_slice_t* slice) {
  if (slice == nullptr) return false;
  const Memory* memory = unwrap(memory_inst);
  if (memory == nullptr || !is_inside(offset, length, memory->size)) {
    *slice = {};
    return false;
  }
  *slice = {offset, length, memory->epoch.load(std::memory_order_relaxed)};
  return true;
}

// The range was checked under this epoch, which changes with the size.
WEMBED_API void* wembed_slice_data(wasm_memory_inst_t memory_inst, const wembed_slice_t* slice) {
  const Memory& memory = *unwrap(memory_inst);
  if (slice->epoch != memory.epoch.load(std::memory_order_relaxed)) [[unlikely]]
    return nullptr;
  return memory.base + slice->offset;
}

WEMBED_API bool wembed_slice_renew(wasm_memory_inst_t memory, wembed_slice_t* slice) {
  wembed_slice_t fresh;
  if (slice == nullptr) return false;
  if (!wembed_memory_slice(memory, slice->offset, slice->length, &fresh)) return false;
  *slice = fresh;
  return true;
}

WEMBED_API bool wembed_slice_read(wasm_memory_inst_t memory, const wembed_slice_t* slice,
                                  uint64_t at, void* to, uint64_t bytes) {
  const uint8_t* from = place_of(unwrap(memory), slice, at, bytes);
  if (from == nullptr) return false;
  if (bytes > 0) std::memmove(to, from, static_cast<size_t>(bytes));
  return true;
}

WEMBED_API bool wembed_slice_write(wasm_memory_inst_t memory, const wembed_slice_t* slice,
                                   uint64_t at, const void* from, uint64_t bytes) {
  uint8_t* to = place_of(unwrap(memory), slice, at, bytes);
  if (to == nullptr) return false;
  if (bytes > 0) std::memmove(to, from, static_cast<size_t>(bytes));
  return true;
}
