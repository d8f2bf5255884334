#include "runtime/shared_heap.h"

#include <cstring>
#include <utility>

#include "memory/guest_heap.h"
#include "runtime/memory.h"

namespace wembed {

SharedHeap::SharedHeap(Allocator& allocator, uint64_t bytes, uint8_t* given)
    : allocator_(allocator), bytes_(bytes), base_(given), distance_(bytes) {}

SharedHeap* SharedHeap::create(Allocator& allocator, uint64_t bytes, uint8_t* given) {
  SharedHeap* heap = allocator.create<SharedHeap>(allocator, bytes, given);
  if (heap == nullptr || given != nullptr) return heap;
  if (heap->block_.make(allocator, bytes)) {
    heap->base_ = heap->block_.base();
    heap->blocks_ = GuestHeap::create(allocator, 0, bytes);
    if (heap->blocks_ != nullptr) return heap;
  }
  heap->destroy();
  return nullptr;
}

void SharedHeap::destroy() {
  if (blocks_ != nullptr) blocks_->destroy();
  if (block_.base() != nullptr) block_.release(allocator_);
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

GuestSpan SharedHeap::at(uint64_t address, bool is_64) const {
  for (const SharedHeap* heap = this; heap != nullptr; heap = heap->next_) {
    uint64_t offset = address - heap->begin(is_64);  // huge below it
    if (offset < heap->bytes_) return {heap->base_ + offset, heap->bytes_ - offset};
  }
  return {};
}

bool SharedHeap::address_of(const void* place, bool is_64, uint64_t& address) const {
  for (const SharedHeap* heap = this; heap != nullptr; heap = heap->next_) {
    uint64_t offset = reinterpret_cast<uintptr_t>(place) - reinterpret_cast<uintptr_t>(heap->base_);
    if (offset >= heap->bytes_) continue;
    address = heap->begin(is_64) + offset;
    return true;
  }
  return false;
}

SharedHeap* SharedHeap::allocating() {
  SharedHeap* heap = this;
  while (heap != nullptr && heap->blocks_ == nullptr) heap = heap->next_;
  return heap;
}

uint64_t SharedHeap::allocate(uint64_t bytes, bool is_64, uint8_t*& place) {
  SharedHeap* heap = allocating();
  if (heap == nullptr) return 0;
  std::lock_guard lock(heap->mutex_);
  uint64_t offset = heap->blocks_->allocate(bytes);
  if (offset == 0) return 0;
  place = heap->base_ + offset;
  return heap->begin(is_64) + offset;
}

bool SharedHeap::release(uint64_t address, bool is_64) {
  SharedHeap* heap = allocating();
  if (heap == nullptr) return false;
  std::lock_guard lock(heap->mutex_);
  return heap->blocks_->release(address - heap->begin(is_64));
}

bool SharedHeap::is_chain_attached() const {
  for (const SharedHeap* heap = this; heap != nullptr; heap = heap->next_) {
    if (heap->attachments_ > 0) return true;
  }
  return false;
}

void SharedHeap::chain(SharedHeap& body) {
  next_ = &body;
  body.is_body_ = true;
  distance_ = body.distance_ + bytes_;
}

SharedHeap* SharedHeap::unchain() {
  SharedHeap* body = std::exchange(next_, nullptr);
  body->is_body_ = false;
  distance_ = bytes_;
  return body;
}

void SharedHeap::clear() {
  std::lock_guard lock(mutex_);
  if (blocks_ == nullptr) {
    std::memset(base_, 0, bytes_);
  } else {
    block_.clear(bytes_);
    blocks_->reset();
  }
}

SharedHeaps::~SharedHeaps() {
  while (first_ != nullptr) {
    SharedHeap* heap = first_;
    first_ = heap->next_made_;
    heap->destroy();
  }
}

bool SharedHeaps::has(const SharedHeap* heap) const {
  const SharedHeap* at = first_;
  while (at != nullptr && at != heap) at = at->next_made_;
  return at != nullptr;
}

void SharedHeaps::add(SharedHeap& heap) {
  std::lock_guard lock(mutex);
  heap.next_made_ = first_;
  first_ = &heap;
}

GuestSpan shared_span(const Memory& memory, uint64_t offset) {
  const SharedHeap* heap = memory.shared_heap;
  return heap == nullptr ? GuestSpan{} : heap->at(offset, memory.type.limits.is_64);
}

uint8_t* shared_bytes(const Memory& memory, uint64_t offset, uint64_t length) {
  const GuestSpan span = shared_span(memory, offset);
  return length <= span.size ? span.data : nullptr;
}

}  // namespace wembed
