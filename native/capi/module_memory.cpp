// wasm_export.h: memory shared with the guest: allocation, validation, translation of addresses.
//
// Everything is about memory 0 and reads its base and size directly: these are the calls a host
// makes most.
#include <cstring>

#include "capi/handles.h"
#include "runtime/guest_allocator.h"
#include "runtime/guest_span.h"
#include "runtime/shared_heap.h"

using namespace wembed;

// A call of these costs hardly more than an empty one: that holds only as long as the path taken
// fits one line of the instruction cache, saves no register and calls nothing but in its last step.
#define WEMBED_ONE_LINE __attribute__((aligned(64)))

namespace {

bool in_range(const Memory* memory, uint64_t offset, uint64_t size) {
  if (memory == nullptr) return false;
  const uint64_t end = memory->size;
  return offset <= end && size <= end - offset;
}

[[gnu::cold, gnu::noinline]] bool out_of_bounds(Instance& instance) {
  instance.set_exception(trap_text(Trap::MemoryOutOfBounds), Trap::MemoryOutOfBounds);
  return false;
}

// The address of a place in a shared heap; 0, where none begins: it is in none.
[[gnu::cold, gnu::noinline]] uint64_t shared_address(const Memory* memory, const void* place) {
  const SharedHeap* heap = memory == nullptr ? nullptr : memory->shared_heap.get();
  uint64_t address = 0;
  if (heap != nullptr)
    static_cast<void>(heap->address_of(place, memory->type.limits.is_64, address));
  return address;
}

// What the memory does not have, a shared heap may.
[[gnu::cold, gnu::noinline]] bool is_outside(Instance& instance, uint64_t offset, uint64_t size) {
  const Memory* memory = instance.memory;
  if (memory != nullptr && shared_bytes(*memory, offset, size) != nullptr) return true;
  return out_of_bounds(instance);
}

[[gnu::cold, gnu::noinline]] bool is_native_outside(Instance& instance, const void* place,
                                                    uint64_t size) {
  uint64_t offset = place == nullptr ? 0 : shared_address(instance.memory, place);
  return offset != 0 ? is_outside(instance, offset, size) : out_of_bounds(instance);
}

// Distance of a native address from the memory's base; huge when it lies before that.
uint64_t distance_of(const Memory& memory, const void* address) {
  return reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(memory.base);
}

}  // namespace

uint64_t wasm_runtime_module_malloc(wasm_module_inst_t module_inst, uint64_t size,
                                    void** p_native_addr) {
  if (p_native_addr != nullptr) *p_native_addr = nullptr;
  if (module_inst == nullptr) return 0;
  Instance& instance = *unwrap(module_inst);
  uint64_t offset = guest_malloc(instance, size);
  if (offset != 0 && p_native_addr != nullptr) *p_native_addr = instance.memory->base + offset;
  return offset;
}

void wasm_runtime_module_free(wasm_module_inst_t module_inst, uint64_t ptr) {
  if (module_inst != nullptr && ptr != 0) guest_free(*unwrap(module_inst), ptr);
}

uint64_t wasm_runtime_module_dup_data(wasm_module_inst_t module_inst, const char* src,
                                      uint64_t size) {
  void* target = nullptr;
  uint64_t offset = wasm_runtime_module_malloc(module_inst, size, &target);
  if (offset != 0 && size > 0) std::memcpy(target, src, size);
  return offset;
}

WEMBED_ONE_LINE bool wasm_runtime_validate_app_addr(wasm_module_inst_t module_inst,
                                                    uint64_t app_offset, uint64_t size) {
  if (module_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  if (in_range(instance.memory, app_offset, size)) [[likely]]
    return true;
  return is_outside(instance, app_offset, size);
}

bool wasm_runtime_validate_app_str_addr(wasm_module_inst_t module_inst, uint64_t app_str_offset) {
  if (module_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  const Memory* memory = instance.memory;
  const GuestSpan text = memory == nullptr ? GuestSpan{} : guest_span(*memory, app_str_offset);
  if (text.size > 0 && std::memchr(text.data, 0, text.size) != nullptr) return true;
  return out_of_bounds(instance);
}

WEMBED_ONE_LINE bool wasm_runtime_validate_native_addr(wasm_module_inst_t module_inst,
                                                       void* native_ptr, uint64_t size) {
  if (module_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  const Memory* memory = instance.memory;
  if (native_ptr != nullptr && memory != nullptr &&
      in_range(memory, distance_of(*memory, native_ptr), size)) [[likely]]
    return true;
  return is_native_outside(instance, native_ptr, size);
}

WEMBED_ONE_LINE void* wasm_runtime_addr_app_to_native(wasm_module_inst_t module_inst,
                                                      uint64_t app_offset) {
  if (module_inst == nullptr) return nullptr;
  const Memory& memory = *unwrap(module_inst)->addressed;
  if (app_offset >= memory.size) [[unlikely]]
    return shared_bytes(memory, app_offset, 1);
  return memory.base + app_offset;
}

WEMBED_ONE_LINE uint64_t wasm_runtime_addr_native_to_app(wasm_module_inst_t module_inst,
                                                         void* native_ptr) {
  if (module_inst == nullptr) return 0;
  const Memory& memory = *unwrap(module_inst)->addressed;
  uint64_t offset = distance_of(memory, native_ptr);
  if (offset < memory.size) [[likely]]
    return offset;
  return shared_address(&memory, native_ptr);
}

bool wasm_runtime_get_app_addr_range(wasm_module_inst_t module_inst, uint64_t app_offset,
                                     uint64_t* p_app_start_offset, uint64_t* p_app_end_offset) {
  if (module_inst == nullptr) return false;
  const Memory& memory = *unwrap(module_inst)->addressed;
  if (app_offset >= memory.size) return false;
  if (p_app_start_offset != nullptr) *p_app_start_offset = 0;
  if (p_app_end_offset != nullptr) *p_app_end_offset = memory.size;
  return true;
}

bool wasm_runtime_get_native_addr_range(wasm_module_inst_t module_inst, uint8_t* native_ptr,
                                        uint8_t** p_native_start_addr,
                                        uint8_t** p_native_end_addr) {
  if (module_inst == nullptr) return false;
  const Memory& memory = *unwrap(module_inst)->addressed;
  if (distance_of(memory, native_ptr) >= memory.size) return false;
  if (p_native_start_addr != nullptr) *p_native_start_addr = memory.base;
  if (p_native_end_addr != nullptr) *p_native_end_addr = memory.base + memory.size;
  return true;
}
