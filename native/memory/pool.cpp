#include "memory/pool.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "memory/image.h"
#include "memory/region.h"
#include "memory/reservations.h"
#include "memory/zeroed_block.h"
#include "platform/fault.h"
#include "platform/virtual_memory.h"

namespace wembed {

class PoolSlot final : public LinearMemory {
 public:
  PoolSlot(MemoryPool& pool, uint32_t number, uint8_t* base)
      : pool_(pool), number_(number), region_(base, 0) {}

  // Makes the slot, which nobody else has, a memory for the request. 0 or an error number; then it
  // has to be given back.
  [[nodiscard]] int open(const MemoryRequest& request) {
    if (in_doubt_) {
      if (int error = region_.wipe(pool_.stride_); error != 0) return error;
      count(wiped_);
    }
    in_doubt_ = true;  // until it is cleaned
    pinned_ = false;
    minimum_ = request.minimum;
    maximum_ =
        request.is_fixed ? std::min(request.maximum, pool_.config_.slot_bytes) : request.maximum;
    image_ = request.image;
    guarded_ =
        pool_.config_.guarded && request.index_bits == 32 && minimum_ % platform::page_size() == 0;
    view_ = {region_.base(), minimum_};
    bool held = image_ != nullptr && region_.mapped_image() == image_;
    int error = region_.open(minimum_, image_, true);
    if (error != 0) return error;
    count(served_);
    if (held) count(reused_);
    return 0;
  }

  bool grow(uint64_t bytes) override {
    if (bytes < view_.size || bytes > maximum_) return false;
    if (outside_ != nullptr) return grow_outside(bytes);
    if (bytes > pool_.config_.slot_bytes) return move_outside(bytes);
    // Between a size and the next page nothing would fault.
    if (guarded_ && bytes % platform::page_size() != 0) return false;
    if (region_.grow(bytes) != 0) return false;
    view_.size = bytes;
    return true;
  }

  bool pin() override {
    if (outside_ != nullptr) return outside_->pin();
    pinned_ = true;
    return true;
  }
  void unpin() override {
    if (outside_ != nullptr) {
      outside_->unpin();
      if (pinned_) empty();
    }
    pinned_ = false;
  }

  bool reset() override {
    drop_outside();
    pinned_ = false;
    int error = region_.reopen(minimum_, image_, true, pool_.config_.keep_resident, pool_.stride_);
    view_.size = error == 0 ? minimum_ : 0;
    return error == 0;
  }

  Backend backend() const override {
    return outside_ != nullptr ? outside_->backend() : Backend::Pool;
  }

  uint32_t slot() const override { return number_; }

  void release() override {
    drop_outside();
    pool_.give(*this);
  }

  // Ready for the next memory, if it goes well.
  void clean() {
    if (in_doubt_) in_doubt_ = region_.clean(minimum_, pool_.config_.keep_resident) != 0;
  }
  // What a slot in doubt shows is of no use to anybody.
  [[nodiscard]] SlotAffinity* held() {
    MemoryImage* image = in_doubt_ ? nullptr : region_.mapped_image();
    return image == nullptr ? nullptr : &image->affinity;
  }
  void drop_image() { in_doubt_ = in_doubt_ || region_.unmap_image() != 0; }
  uint64_t trim() { return in_doubt_ ? 0 : region_.trim(); }
  void add_to(PoolStatistics& sum) const {
    sum.served += served_.load(std::memory_order_relaxed);
    sum.reused += reused_.load(std::memory_order_relaxed);
    sum.wiped += wiped_.load(std::memory_order_relaxed);
    sum.outgrown += outgrown_.load(std::memory_order_relaxed);
  }
  void clear_counts() {
    for (auto* counter : {&served_, &reused_, &wiped_, &outgrown_}) *counter = 0;
  }
  [[nodiscard]] uint32_t number() const { return number_; }

 private:
  // One writer at a time; others may read.
  static void count(std::atomic<uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  // Memory that outgrows its slot continues on demand, where code may follow it: not when accesses
  // go unchecked. The slot stays taken, empty, until the memory goes.
  bool move_outside(uint64_t bytes) {
    if (guarded_ || pool_.config_.strict) return false;
    Diagnostic ignored;
    MemoryRequest request = {bytes, maximum_, 64};
    LinearMemory* outside =
        create_linear_memory(pool_.allocator_, Backend::Heap, false, request, ignored);
    if (outside == nullptr) return false;
    copy_into_zeros(outside->view().base, view_.base, view_.size);
    if (!pinned_) empty();
    outside_ = outside;
    view_ = outside->view();
    count(outgrown_);
    return true;
  }
  // The memory is elsewhere. If that fails the slot is in doubt anyway.
  void empty() { (void)region_.clean(0, 0); }
  bool grow_outside(uint64_t bytes) {
    if (!outside_->grow(bytes)) return false;
    view_ = outside_->view();
    return true;
  }
  void drop_outside() {
    if (outside_ == nullptr) return;
    outside_->release();
    outside_ = nullptr;
    view_ = {region_.base(), minimum_};
  }

  MemoryPool& pool_;
  uint32_t number_;
  LinearMemory* outside_ = nullptr;
  bool pinned_ = false;  // also what the slot shows after the memory has gone outside
  bool in_doubt_ = false;
  uint64_t minimum_ = 0;
  uint64_t maximum_ = 0;
  MemoryImage* image_ = nullptr;
  MemoryRegion region_;
  // Here and not in the pool, where threads would meet.
  std::atomic<uint64_t> served_{0};
  std::atomic<uint64_t> reused_{0};
  std::atomic<uint64_t> wiped_{0};
  std::atomic<uint64_t> outgrown_{0};
};

namespace {

// The slots' space with one guard behind the last one of a checked pool, so that a slot's own
// bounds are never the only thing between a guest and what the process has there.
uint64_t stride_of(const PoolConfig& config) {
  if (config.guarded) return kGuardedReservation;
  return MemoryRegion::whole_pages(config.slot_bytes) + kGuardBytes;
}

}  // namespace

// Slots behind others have it in these.
uint64_t MemoryPool::space_before() const { return config_.guarded ? kSpaceBefore : 0; }

MemoryPool::MemoryPool(Allocator& allocator, const PoolConfig& config)
    : allocator_(allocator),
      config_(config),
      stride_(stride_of(config)),
      range_(platform::RangeTable::kNone) {}

MemoryPool::~MemoryPool() {
  platform::unregister_guest_range(range_);
  if (base_ != nullptr) platform::release(base_ - space_before(), space_before() + reserved());
  if (index_ != nullptr) index_->destroy();
  allocator_.release(slots_);
}

void MemoryPool::destroy() {
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

MemoryPool* MemoryPool::create(Allocator& allocator, const PoolConfig& config, int& error) {
  error = ENOMEM;
  uint64_t stride = stride_of(config);
  if (config.slots == 0 || stride > SIZE_MAX / 2 / config.slots) return nullptr;
  MemoryPool* pool = allocator.create<MemoryPool>(allocator, config);
  if (pool == nullptr) return nullptr;
  error = pool->reserve();
  if (error == 0) return pool;
  pool->destroy();
  return nullptr;
}

int MemoryPool::reserve() {
  platform::Reserved space = platform::reserve(static_cast<size_t>(space_before() + reserved()));
  if (space.error != 0) return space.error;
  base_ = space.address + space_before();
  if (config_.avoid_large_pages) platform::avoid_large_pages(base_, reserved());
  if (config_.guarded) {
    range_ = platform::register_guest_range(base_, reserved());
    if (range_ == platform::RangeTable::kNone) return ENOMEM;
  }
  index_ = SlotIndex::create(allocator_, config_.slots, config_.shards);
  if (index_ == nullptr) return ENOMEM;
  slots_ = static_cast<PoolSlot*>(allocator_.allocate(size_t{config_.slots} * sizeof(PoolSlot)));
  if (slots_ == nullptr) return ENOMEM;
  for (uint32_t i = 0; i < config_.slots; i++) {
    ::new (&slots_[i]) PoolSlot(*this, i, base_ + uint64_t{i} * stride_);
  }
  return 0;
}

LinearMemory* MemoryPool::take(const MemoryRequest& request, Refusal& refusal, int& error) {
  refusal = Refusal::NeverFits;
  if (request.minimum > config_.slot_bytes) return nullptr;
  SlotAffinity* wanted = nullptr;
  if (request.image != nullptr && request.image->is_mappable()) wanted = &request.image->affinity;
  refusal = Refusal::Full;
  uint32_t number = index_->take(wanted, drop_image, this);
  if (number == kNoSlot) return nullptr;
  PoolSlot& slot = slots_[number];
  error = slot.open(request);
  if (error != 0) {
    refusal = Refusal::System;
    index_->give(number, slot.held());
    return nullptr;
  }
  refusal = Refusal::None;
  return &slot;
}

void MemoryPool::give(PoolSlot& slot) {
  slot.clean();
  index_->give(slot.number(), slot.held());
}

void MemoryPool::drop_image(void* pool, uint32_t slot) {
  static_cast<MemoryPool*>(pool)->slots_[slot].drop_image();
}

void MemoryPool::forget(MemoryImage& image) { index_->forget(image.affinity, drop_image, this); }

uint64_t MemoryPool::trim() {
  struct Work {
    MemoryPool& pool;
    uint64_t bytes;
  } work = {*this, 0};
  index_->visit_free(
      [](void* context, uint32_t slot) {
        Work& self = *static_cast<Work*>(context);
        self.bytes += self.pool.slots_[slot].trim();
      },
      &work);
  return work.bytes;
}

PoolStatistics MemoryPool::statistics() const {
  PoolStatistics result;
  result.live = index_->live();
  result.peak = index_->peak();
  for (uint32_t i = 0; i < config_.slots; i++) slots_[i].add_to(result);
  return result;
}

void MemoryPool::clear_statistics() {
  index_->clear_peak();
  for (uint32_t i = 0; i < config_.slots; i++) slots_[i].clear_counts();
}

}  // namespace wembed
