// Linear memory as one block of the embedder's allocator. Works everywhere; code checks bounds,
// and growing may move the block.
#include <utility>

#include "memory/backends.h"
#include "memory/cleared_memory.h"

namespace wembed {

namespace {

// More than any machine has. Such sizes are not even asked for: an allocator may take the
// question itself for a mistake, as the sanitizers' do.
constexpr uint64_t kMostBytes = uint64_t{1} << 39;

class HeapMemory final : public ClearedMemory {
 public:
  HeapMemory(Allocator& allocator, const MemoryRequest& request)
      : ClearedMemory(allocator, request) {}

  // The first block, with the initial contents. It is exact: most memories never grow.
  [[nodiscard]] bool open() {
    return minimum_ <= maximum_ && move_to(minimum_) && ClearedMemory::reset();
  }

  bool reset() override {
    unpin();
    // A block that cannot shrink only wastes memory.
    if (capacity_ > minimum_ && minimum_ < view_.size) {
      view_.size = minimum_;
      (void)move_to(minimum_);
    }
    return ClearedMemory::reset();
  }

  bool pin() override {
    if (is_pinned()) return true;
    Former* former = allocator_.create<Former>(former_);
    if (former != nullptr) former_ = former;
    return former != nullptr;
  }

  void unpin() override {
    while (former_ != nullptr) {
      Former* former = std::exchange(former_, former_->next);
      allocator_.release(former->block);
      allocator_.destroy(former);
    }
  }

  Backend backend() const override { return Backend::Heap; }

  void release() override {
    unpin();
    Allocator& allocator = allocator_;
    allocator.release(view_.base);
    allocator.destroy(this);
  }

 private:
  // Some room ahead keeps a guest that grows page by page from copying each time, unless memory
  // is short.
  bool extend(uint64_t bytes) override {
    uint64_t ahead = bytes + bytes / 8;
    if (ahead < bytes || ahead > maximum_) ahead = maximum_;
    return move_to(ahead) || move_to(bytes);
  }

  // A memory without bytes has a base too: callers form base + 0.
  static size_t block_bytes(uint64_t capacity) {
    return capacity == 0 ? 1 : static_cast<size_t>(capacity);
  }

  bool move_to(uint64_t capacity) {
    if (capacity > kMostBytes || capacity > SIZE_MAX / 2) return false;
    void* block;
    if (is_pinned()) {
      block = leave(capacity);
    } else if (view_.base == nullptr) {
      block = allocator_.allocate(block_bytes(capacity));
    } else {
      block = allocator_.reallocate(view_.base, block_bytes(capacity_), block_bytes(capacity));
    }
    if (block == nullptr) return false;
    view_.base = static_cast<uint8_t*>(block);
    capacity_ = capacity;
    return true;
  }

  // Another block with the same contents; the pinned one stays.
  void* leave(uint64_t capacity) {
    void* block = allocator_.allocate(block_bytes(capacity));
    if (block == nullptr) return nullptr;
    std::memcpy(block, view_.base, static_cast<size_t>(view_.size));
    former_->block = view_.base;
    return block;
  }

  // A pinned block, once the memory has left it.
  struct Former {
    explicit Former(Former* next) : next(next) {}
    Former* next;
    void* block = nullptr;
  };
  [[nodiscard]] bool is_pinned() const { return former_ != nullptr && former_->block == nullptr; }

  Former* former_ = nullptr;  // the latest first
};

}  // namespace

LinearMemory* create_heap_memory(Allocator& allocator, bool, const MemoryRequest& request,
                                 Diagnostic& diagnostic) {
  HeapMemory* memory = allocator.create<HeapMemory>(allocator, request);
  if (memory != nullptr && memory->open()) return memory;
  if (memory != nullptr) memory->release();
  diagnostic.fail(Error::LinearMemory, "%s: no block of %llu bytes",
                  error_text(Error::LinearMemory),
                  static_cast<unsigned long long>(request.minimum));
  return nullptr;
}

}  // namespace wembed
