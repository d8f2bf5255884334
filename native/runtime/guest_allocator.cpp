// Whose allocator serves the host.
#include "runtime/guest_allocator.h"

#include <cinttypes>

#include "memory/guest_heap.h"
#include "runtime/call.h"
#include "runtime/instance_cold.h"
#include "runtime/memory_lock.h"
#include "runtime/runtime.h"

namespace wembed {

namespace {

// Parameters and result of an allocator's functions, P being the memory's index type.
bool has_type(const TypeDef* type, ValType p, bool second, bool result) {
  if (type->param_count != (second ? 2u : 1u) || type->result_count != (result ? 1u : 0u)) {
    return false;
  }
  if (type->params()[0] != p || (second && type->params()[1] != kI32)) return false;
  return !result || type->results()[0] == p;
}

class Finder {
 public:
  Finder(const Module& module, std::span<const AllocatorName> names)
      : module_(module), names_(names) {
    bool is_64 = !module.memories().empty() && module.memories()[0].limits.is_64;
    pointer_ = is_64 ? kI64 : kI32;
  }

  GuestAllocator find() {
    const ReadScope scope(module_.source());
    if (scope.lost()) return {};
    for (const Export& item : module_.exports()) {
      if (item.kind != ExternKind::Func || item.index < module_.imported_function_count()) continue;
      for (const AllocatorName& known : names_) {
        if (known.name == item.name) take(item, known.role);
      }
    }
    if (found_.allocate != kNoFunction) {
      found_.retain = kNoFunction;
    } else if (found_.retain != kNoFunction) {
      found_.allocate = create_;
    }
    return found_;
  }

 private:
  // The first export that fits is kept.
  void take(const Export& item, AllocatorRole role) {
    uint32_t& place = place_of(role);
    bool creates = role == AllocatorRole::Create;
    bool has_result = role != AllocatorRole::Release;
    if (place != kNoFunction) return;
    if (has_type(module_.function_type(item.index), pointer_, creates, has_result)) {
      place = item.index;
    }
  }
  uint32_t& place_of(AllocatorRole role) {
    switch (role) {
      case AllocatorRole::Allocate: return found_.allocate;
      case AllocatorRole::Create: return create_;
      case AllocatorRole::Retain: return found_.retain;
      case AllocatorRole::Release: break;
    }
    return found_.release;
  }

  const Module& module_;
  std::span<const AllocatorName> names_;
  ValType pointer_;
  GuestAllocator found_;
  uint32_t create_ = kNoFunction;
};

bool is_64(const Instance& instance) { return instance.memory->type.limits.is_64; }

uint64_t exported_malloc(Instance& instance, uint64_t size) {
  const GuestAllocator& allocator = instance.cold->guest_allocator;
  const Function* allocate = instance.function(allocator.allocate);
  if (allocate == nullptr) return 0;
  Slot args[2] = {size, 0};
  Slot result = 0;
  bool creates = allocator.retain != kNoFunction;
  if (call_internal(instance, *allocate, args, creates ? 2 : 1, &result) != Trap::None) return 0;
  if (!is_64(instance)) result = static_cast<uint32_t>(result);
  if (result == 0 || !creates) return result;
  const Function* retain = instance.function(allocator.retain);
  args[0] = result;
  if (retain == nullptr || call_internal(instance, *retain, args, 1, &result) != Trap::None) {
    return 0;
  }
  return is_64(instance) ? result : static_cast<uint32_t>(result);
}

// Apart, so that a memory of one thread's pays nothing for the lock.
__attribute__((noinline)) uint64_t allocate_among_threads(Memory& memory, uint64_t size) {
  const MemoryLock lock(memory);
  return memory.heap->allocate(size);
}
__attribute__((noinline)) void release_among_threads(Memory& memory, uint64_t offset) {
  const MemoryLock lock(memory);
  memory.heap->release(offset);
}

}  // namespace

GuestAllocator find_guest_allocator(const Module& module, std::span<const AllocatorName> names) {
  return Finder(module, names).find();
}

uint64_t guest_malloc(Instance& instance, uint64_t size) {
  Memory* memory = instance.memory;
  if (memory == nullptr) {
    instance.set_exception("uninitialized memory");
    return 0;
  }
  if (size > UINT32_MAX) return 0;
  uint64_t offset = 0;
  if (memory->heap != nullptr) {
    offset =
        memory->is_shared() ? allocate_among_threads(*memory, size) : memory->heap->allocate(size);
  } else if (instance.cold->guest_allocator.usable()) {
    offset = exported_malloc(instance, size);
    if (offset == 0 && instance.has_exception()) return 0;
    // What the guest made up is worth nothing unless it lies in memory.
    if (offset > memory->size || size > memory->size - offset) offset = 0;
  }
  if (offset == 0) {
    log_message(instance.runtime->log(), LogLevel::Warning,
                "warning: allocate %" PRIu64 " bytes memory failed", size);
  }
  return offset;
}

void guest_free(Instance& instance, uint64_t offset) {
  Memory* memory = instance.memory;
  if (memory == nullptr || offset == 0) return;
  if (memory->heap != nullptr && memory->heap->contains(offset)) {
    if (memory->is_shared()) return release_among_threads(*memory, offset);
    memory->heap->release(offset);
    return;
  }
  const GuestAllocator& allocator = instance.cold->guest_allocator;
  if (!allocator.usable() || offset >= memory->size) return;
  const Function* release = instance.function(allocator.release);
  Slot argument = offset;
  if (release != nullptr) call_internal(instance, *release, &argument, 1, nullptr);
}

}  // namespace wembed
