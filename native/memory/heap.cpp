// Linear memory as one block, of the embedder's allocator or lazily zeroed pages of the system.
// Works everywhere; code checks bounds, and growing may move the block.
#include <utility>

#include "memory/backends.h"
#include "memory/image.h"
#include "memory/zeroed_block.h"

namespace wembed {

namespace {

class HeapMemory final : public LinearMemory {
 public:
  HeapMemory(Allocator& allocator, const MemoryRequest& request)
      : allocator_(allocator),
        minimum_(request.minimum),
        maximum_(request.maximum),
        is_fixed_(request.is_fixed),
        image_(request.image) {}

  // The first block, with the initial contents. It is exact, since most memories never grow, but
  // for one that may not move, which has all that it will ever need.
  [[nodiscard]] bool open() {
    uint64_t bytes = is_fixed_ ? maximum_ : minimum_;
    return minimum_ <= maximum_ && block_.make(allocator_, bytes) && show_image();
  }

  bool grow(uint64_t bytes) override {
    if (bytes < view_.size || bytes > maximum_) return false;
    if (bytes > block_.capacity() && !extend(bytes)) return false;
    view_ = {block_.base(), bytes};
    return true;
  }

  bool reset() override {
    unpin();
    uint64_t used = view_.size;
    // A block that cannot shrink only wastes memory.
    if (minimum_ < used && !is_fixed_ && block_.resize(allocator_, minimum_, minimum_))
      used = minimum_;
    block_.clear(used);
    return show_image();
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
      former->block.release(allocator_);
      allocator_.destroy(former);
    }
  }

  Backend backend() const override { return Backend::Heap; }

  void release() override {
    unpin();
    Allocator& allocator = allocator_;
    block_.release(allocator);
    allocator.destroy(this);
  }

 private:
  // Over a block of zeros.
  bool show_image() {
    view_ = {block_.base(), minimum_};
    return image_ == nullptr || image_->fill(block_.base());
  }

  // Some room ahead keeps a guest that grows page by page from copying each time, unless memory
  // is short.
  bool extend(uint64_t bytes) {
    uint64_t ahead = bytes + bytes / 8;
    if (ahead < bytes || ahead > maximum_) ahead = maximum_;
    return move_to(ahead) || move_to(bytes);
  }

  bool move_to(uint64_t bytes) {
    return is_pinned() ? leave(bytes) : block_.resize(allocator_, view_.size, bytes);
  }

  // Another block with the same contents; the pinned one stays.
  bool leave(uint64_t bytes) {
    ZeroedBlock fresh;
    if (!fresh.make(allocator_, bytes)) return false;
    copy_into_zeros(fresh.base(), block_.base(), view_.size);
    former_->block = std::exchange(block_, fresh);
    return true;
  }

  // A pinned block, once the memory has left it.
  struct Former {
    explicit Former(Former* next) : next(next) {}
    Former* next;
    ZeroedBlock block;
  };
  [[nodiscard]] bool is_pinned() const {
    return former_ != nullptr && former_->block.base() == nullptr;
  }

  Allocator& allocator_;
  uint64_t minimum_;
  uint64_t maximum_;
  bool is_fixed_;
  const MemoryImage* image_;
  ZeroedBlock block_;
  Former* former_ = nullptr;  // the latest first
};

}  // namespace

LinearMemory* create_heap_memory(Allocator& allocator, bool, const MemoryRequest& request,
                                 Diagnostic& diagnostic) {
  HeapMemory* memory = allocator.create<HeapMemory>(allocator, request);
  if (memory != nullptr && memory->open()) return memory;
  if (memory != nullptr) memory->release();
  uint64_t wanted = request.is_fixed ? request.maximum : request.minimum;
  diagnostic.fail(Error::LinearMemory, "%s: no block of %llu bytes%s",
                  error_text(Error::LinearMemory), static_cast<unsigned long long>(wanted),
                  request.is_fixed ? ", all that a shared memory may ever need" : "");
  return nullptr;
}

}  // namespace wembed
