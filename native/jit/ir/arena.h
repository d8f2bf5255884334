// All memory of one compilation: taken in large pieces, given back at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/allocator.h"

namespace wembed::jit {

// Its allocator serves Vectors: the block made last grows where it is, others are copied, and what
// they leave is for others to come. Blocks are not released one by one.
class Arena {
 public:
  static constexpr size_t kPieceBytes = 64 * 1024;
  // `limit`: bytes that it takes at most, as if there were no more. `piece`: bytes that it takes at
  // least at a time.
  explicit Arena(Allocator& source, size_t limit = SIZE_MAX, size_t piece = kPieceBytes);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  [[nodiscard]] Allocator& allocator() { return allocator_; }
  // Bytes taken from its source.
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Piece;
  // What a block that grew, or a piece that had no more room, has left behind.
  struct Left {
    Left* next;
  };
  static constexpr int kSizes = 64;
  void* allocate(size_t size);
  void* reallocate(void* block, size_t old_size, size_t new_size);
  void leave(void* block, size_t size);
  [[nodiscard]] bool make_room(size_t size);

  Allocator allocator_;
  Allocator& source_;
  Piece* pieces_ = nullptr;
  uint8_t* next_ = nullptr;  // free room of the newest piece
  uint8_t* end_ = nullptr;
  size_t limit_;
  size_t piece_;
  size_t size_ = 0;
  Left* left_[kSizes] = {};  // by size: at least that power of two
};

}  // namespace wembed::jit
