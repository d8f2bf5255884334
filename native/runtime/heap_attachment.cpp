#include "runtime/heap_attachment.h"

#include <mutex>

#include "runtime/instance_code.h"
#include "runtime/instance_cold.h"
#include "runtime/runtime.h"
#include "runtime/shared_heap.h"
#include "runtime/store.h"

namespace wembed {

namespace {

// act(instance) for each that has the memory as its first, until it is false.
template <class Act> bool each_user(Memory& memory, Act act) {
  Instance& owner = *memory.owner;
  if (!owner.cold->is_joined.load(std::memory_order_acquire)) return act(owner);
  std::lock_guard lock(owner.runtime->store_mutex());
  for (Instance* at = owner.store->instances(); at != nullptr; at = at->cold->next) {
    if (at->memory == &memory && !act(*at)) return false;
  }
  return true;
}

Variant variant_of(const Instance& instance, bool windowed) {
  Variant variant = instance.variant;
  variant.windowed = windowed;
  return variant;
}

bool switch_code(Memory& memory, bool windowed) {
  const bool is_made = each_user(
      memory, [&](Instance& user) { return make_code(user, variant_of(user, windowed)); });
  return is_made && each_user(memory, [&](Instance& user) {
           take_code(user, variant_of(user, windowed));
           return true;
         });
}

}  // namespace

Attachment attach_shared_heap(Instance& instance, SharedHeap& heap) {
  Memory* memory = instance.memory;
  if (memory == nullptr) return Attachment::NoMemory;
  std::lock_guard lock(instance.runtime->shared_heaps().mutex);
  if (memory->shared_heap != nullptr) return Attachment::Already;
  if (memory->size > heap.begin(memory->type.limits.is_64)) return Attachment::Overlaps;
  if (!switch_code(*memory, true)) return Attachment::Refused;
  heap.attach();
  memory->shared_heap = &heap;
  return Attachment::Done;
}

void detach_shared_heap(Memory& memory) {
  if (memory.shared_heap == nullptr) return;
  forget_shared_heap(memory);
  // It was there before.
  static_cast<void>(switch_code(memory, false));
}

void forget_shared_heap(Memory& memory) {
  SharedHeap* heap = memory.shared_heap;
  std::lock_guard lock(memory.owner->runtime->shared_heaps().mutex);
  memory.shared_heap = nullptr;
  heap->detach();
}

}  // namespace wembed
