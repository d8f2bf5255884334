// Growing a linear memory.
#include "runtime/memory.h"

#include "memory/guest_heap.h"
#include "runtime/library_part.h"
#include "runtime/memory_lock.h"
#include "runtime/native_stack.h"
#include "runtime/shared_heap.h"

#include <cstddef>

namespace wembed {

namespace {

// Runs through all numbers in an order that leaves far apart what is made one after the other;
// each thread begins elsewhere, by the address of its state. Needs no lock, and no luck: epochs
// that meet by chance do harm only to a host that uses a slice with the wrong memory.
uint32_t scattered() {
  ThreadState& thread = thread_state;
  thread.epochs = thread.epochs * 1664525 + 1013904223;
  return thread.epochs ^ static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&thread) >> 4);
}

}  // namespace

void Memory::begin_first_life() {
  first_epoch = scattered();
  epoch.store(first_epoch, std::memory_order_relaxed);
}

void Memory::begin_next_life() { first_epoch = epoch.fetch_add(1, std::memory_order_release) + 1; }

std::mutex& MemoryLock::mutex_of(const Memory& memory) {
  static constinit std::mutex mutexes[16];
  return mutexes[reinterpret_cast<uintptr_t>(&memory) / alignof(std::max_align_t) / 4 % 16];
}

int64_t Memory::grow(uint64_t delta_pages) {
  // The storage is there before anybody can learn of the size.
  const MemoryLock lock(*this);
  uint64_t old = pages;
  if (delta_pages == 0) return static_cast<int64_t>(old);
  if (is_broken || is_growing) return -1;
  if (delta_pages > max_pages || old > max_pages - delta_pages) return -1;
  const SharedHeap* behind = shared_heap;
  if (behind != nullptr &&
      (old + delta_pages) * type.page_size > behind->begin(type.limits.is_64)) {
    return -1;
  }
  is_growing = true;
  bool grown = storage->grow((old + delta_pages) * type.page_size);
  is_growing = false;
  if (!grown) return -1;
  pages = old + delta_pages;
  if (!is_shared()) base = storage->view().base;
  size = storage->view().size;
  epoch.fetch_add(1, std::memory_order_release);
  return static_cast<int64_t>(old);
}

void Memory::end_library_part() {
  LibraryPart* part = library_part.exchange(nullptr, std::memory_order_acquire);
  if (part != nullptr) part->release();
}

bool Memory::reset() {
  end_library_part();
  is_broken = !storage->reset();
  base = storage->view().base;
  size = is_broken ? 0 : storage->view().size;
  pages = size / type.page_size;
  if (heap != nullptr) heap->reset();
  begin_next_life();
  return !is_broken;
}

}  // namespace wembed
