#include "heap/mark.h"

#include <utility>

#include "heap/block.h"
#include "heap/heap.h"

namespace wembed {

void Marker::candidate(uint64_t word) {
  if (heap_ == nullptr) return;
  if (const Object* found = heap_->find(word)) mark(*found);
}

void Marker::mark(const Object& object) {
  if (LargeObject::is(&object)) {
    LargeObject& large = LargeObject::of(&object);
    if (std::exchange(large.is_marked, true)) return;
    large.next_gray = std::exchange(gray_large_, &large);
    return;
  }
  Block& block = Block::of(&object);
  const uint32_t granule = Block::granule_of(&object);
  if (Block::has(block.marks, granule)) return;
  Block::set(block.marks, granule);
  Block::set(block.gray, granule);
  if (std::exchange(block.is_gray, true)) return;
  block.next_gray = std::exchange(gray_blocks_, &block);
}

inline void Marker::follow_object(const Object& object) {
  if (object.kind->trace != nullptr) object.kind->trace(object, *this);
  if (objects_.seen != nullptr) [[unlikely]]
    objects_.seen(objects_.context, reinterpret_cast<uintptr_t>(&object));
}

Error Marker::follow(Poll& poll) {
  poll_ = &poll;
  given_up_ = Error::None;
  for (;;) {
    if (Block* block = gray_blocks_) {
      gray_blocks_ = block->next_gray;
      block->is_gray = false;
      WEMBED_CHECK(follow_block(*block, poll));
    } else if (LargeObject* large = gray_large_) {
      gray_large_ = large->next_gray;
      follow_object(*large->object());
      if (given_up_ != Error::None) return given_up_;
      // Whole pieces are paid for.
      WEMBED_CHECK(poll.spend(1 + large->bytes / sizeof(uint64_t) % kPiece));
    } else {
      return Error::None;
    }
  }
}

// Objects that come to be gray in words that were passed have the block listed again.
Error Marker::follow_block(Block& block, Poll& poll) {
  uint32_t steps = kGranuleWords / 4;
  for (uint32_t word = 0; word < kGranuleWords; word++) {
    while (uint64_t bits = block.gray[word]) {
      block.gray[word] = bits & (bits - 1);
      const Object& object =
          block.object_at(word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits)));
      const uint64_t bytes = object.kind->bytes(object);
      block.use_lines(&object, bytes);
      follow_object(object);
      steps += 1 + static_cast<uint32_t>(bytes / sizeof(uint64_t) / 4);
    }
  }
  return poll.spend(steps);
}

}  // namespace wembed
