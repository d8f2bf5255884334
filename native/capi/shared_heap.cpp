// wasm_export.h: heaps that instances share. All belong to the process-wide runtime.
#include "runtime/shared_heap.h"

#include "capi/cluster.h"
#include "capi/handles.h"
#include "platform/virtual_memory.h"
#include "runtime/heap_attachment.h"
#include "runtime/runtime.h"

using namespace wembed;

namespace {

SharedHeap* unwrap_heap(wasm_shared_heap_t heap) { return reinterpret_cast<SharedHeap*>(heap); }
wasm_shared_heap_t wrap_heap(SharedHeap* heap) {
  return reinterpret_cast<wasm_shared_heap_t>(heap);
}

std::nullptr_t refuse(const char* why) {
  log_message(default_log(), LogLevel::Warning, "%s", why);
  return nullptr;
}

// The end of addresses has no room for a longer chain.
constexpr uint64_t kLongestChain = uint64_t{1} << 32;

const char* why_not_chained(const SharedHeap& head, const SharedHeap& body) {
  if (&head == &body) return "a shared heap cannot be chained to itself";
  if (head.is_chain_attached() || body.is_chain_attached()) {
    return "shared heaps that are attached cannot be chained";
  }
  if (head.next_in_chain() != nullptr || head.is_chained_to() || body.is_chained_to()) {
    return "a shared heap is in a chain already";
  }
  if (head.can_allocate() && body.can_allocate()) {
    return "a chain has at most one shared heap that can be allocated from";
  }
  if (head.distance() + body.distance() > kLongestChain) {
    return "a chain of shared heaps is larger than 32-bit addresses reach";
  }
  return nullptr;
}

SharedHeap* heap_of(Instance& instance) {
  return instance.memory == nullptr ? nullptr : instance.memory->shared_heap.get();
}

bool is_64(const Instance& instance) { return instance.memory->type.limits.is_64; }

Attachment attach(Instance& instance, SharedHeap& heap) {
  Attachment done = attach_shared_heap(instance, heap);
  switch (done) {
    case Attachment::Done: break;
    case Attachment::NoMemory: refuse("the module has no memory to attach a shared heap to"); break;
    case Attachment::Already: refuse("A shared heap is already attached"); break;
    case Attachment::Overlaps:
      refuse("Linear memory address is overlapped with shared heap");
      break;
    case Attachment::Refused: refuse("no memory to attach a shared heap"); break;
  }
  return done;
}

}  // namespace

wasm_shared_heap_t wasm_runtime_create_shared_heap(SharedHeapInitArgs* init_args) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr || init_args == nullptr || init_args->size == 0) return nullptr;
  const uint64_t page = platform::page_size();
  const uint64_t bytes = (init_args->size + page - 1) / page * page;
  auto* given = static_cast<uint8_t*>(init_args->pre_allocated_addr);
  if (given != nullptr && bytes != init_args->size) {
    return refuse(
        "Pre allocated size need to be aligned with system page size to create shared heap");
  }
  if (bytes > SharedHeap::kMost) return refuse("Invalid size of shared heap");
  SharedHeap* heap = SharedHeap::create(runtime->allocator(), bytes, given);
  if (heap == nullptr) return refuse("no memory for a shared heap");
  runtime->shared_heaps().add(*heap);
  return wrap_heap(heap);
}

wasm_shared_heap_t wasm_runtime_chain_shared_heaps(wasm_shared_heap_t head,
                                                   wasm_shared_heap_t body) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) return nullptr;
  std::lock_guard lock(runtime->shared_heaps().mutex);
  SharedHeap* first = unwrap_heap(head);
  SharedHeap* rest = unwrap_heap(body);
  const SharedHeaps& all = runtime->shared_heaps();
  if (!all.has(first) || !all.has(rest)) return refuse("no shared heap to chain");
  if (const char* why = why_not_chained(*first, *rest)) return refuse(why);
  first->chain(*rest);
  return head;
}

wasm_shared_heap_t wasm_runtime_unchain_shared_heaps(wasm_shared_heap_t head, bool entire_chain) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) return nullptr;
  std::lock_guard lock(runtime->shared_heaps().mutex);
  SharedHeap* first = unwrap_heap(head);
  if (!runtime->shared_heaps().has(first) || first->next_in_chain() == nullptr ||
      first->is_chained_to()) {
    return refuse("no chain of shared heaps begins there");
  }
  if (first->is_chain_attached()) return refuse("a chain that is attached cannot be unchained");
  SharedHeap* rest = first->unchain();
  while (entire_chain && rest->next_in_chain() != nullptr) rest = rest->unchain();
  return wrap_heap(rest);
}

bool wasm_runtime_reset_shared_heap_chain(wasm_shared_heap_t shared_heap) {
  Runtime* runtime = default_runtime();
  if (runtime == nullptr) return false;
  std::lock_guard lock(runtime->shared_heaps().mutex);
  SharedHeap* heap = unwrap_heap(shared_heap);
  if (!runtime->shared_heaps().has(heap) || heap->is_chain_attached()) return false;
  for (; heap != nullptr; heap = heap->next_in_chain()) heap->clear();
  return true;
}

bool wasm_runtime_attach_shared_heap(wasm_module_inst_t module_inst,
                                     wasm_shared_heap_t shared_heap) {
  if (module_inst == nullptr) return false;
  Instance& instance = *unwrap(module_inst);
  SharedHeap* heap = unwrap_heap(shared_heap);
  {
    SharedHeaps& all = instance.runtime->shared_heaps();
    std::lock_guard lock(all.mutex);
    if (!all.has(heap)) {
      refuse("no shared heap of the instance's runtime");
      return false;
    }
  }
  if (attach(instance, *heap) != Attachment::Done) return false;
  // Those that share its memory have it already.
  each_other(
      instance,
      [](Instance& other, void* context) {
        if (heap_of(other) == nullptr) attach(other, *static_cast<SharedHeap*>(context));
      },
      heap);
  return true;
}

void wasm_runtime_detach_shared_heap(wasm_module_inst_t module_inst) {
  if (module_inst == nullptr) return;
  auto detach = [](Instance& instance, void*) {
    if (instance.memory != nullptr) detach_shared_heap(*instance.memory);
  };
  Instance& instance = *unwrap(module_inst);
  detach(instance, nullptr);
  each_other(instance, detach, nullptr);
}

uint64_t wasm_runtime_shared_heap_malloc(wasm_module_inst_t module_inst, uint64_t size,
                                         void** p_native_addr) {
  if (p_native_addr != nullptr) *p_native_addr = nullptr;
  if (module_inst == nullptr) return 0;
  Instance& instance = *unwrap(module_inst);
  SharedHeap* heap = heap_of(instance);
  if (heap == nullptr) return 0;
  if (!heap->can_allocate()) {
    refuse("the shared heaps that are attached were given by the host: nothing can be allocated");
    return 0;
  }
  uint8_t* place = nullptr;
  uint64_t address = heap->allocate(size, is_64(instance), place);
  if (address != 0 && p_native_addr != nullptr) *p_native_addr = place;
  return address;
}

void wasm_runtime_shared_heap_free(wasm_module_inst_t module_inst, uint64_t ptr) {
  if (module_inst == nullptr) return;
  Instance& instance = *unwrap(module_inst);
  SharedHeap* heap = heap_of(instance);
  if (heap != nullptr && heap->release(ptr, is_64(instance))) return;
  refuse("no block of a shared heap is at the address to be freed");
}
