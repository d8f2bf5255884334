#include "jit/ir/arena.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace wembed::jit {

namespace {

constexpr size_t kLeast = 8;
constexpr size_t rounded(size_t size) { return size < kLeast ? kLeast : (size + 7) & ~size_t{7}; }

}  // namespace

struct Arena::Piece {
  Piece* previous;
  uint64_t size;
};

Arena::Arena(Allocator& source, size_t limit, size_t piece)
    : source_(source), limit_(limit), piece_(piece) {
  allocator_.context = this;
  allocator_.allocate_fn = [](void* arena, size_t size) {
    return static_cast<Arena*>(arena)->allocate(size);
  };
  allocator_.reallocate_fn = [](void* arena, void* block, size_t old_size, size_t new_size) {
    return static_cast<Arena*>(arena)->reallocate(block, old_size, new_size);
  };
  allocator_.release_fn = [](void*, void*) {};
}

Arena::~Arena() {
  while (pieces_ != nullptr) {
    Piece* previous = pieces_->previous;
    source_.release(pieces_);
    pieces_ = previous;
  }
}

void* Arena::allocate(size_t size) {
  if (size > SIZE_MAX / 2) return nullptr;
  size = rounded(size);
  Left*& left = left_[std::bit_width(size - 1)];
  if (left != nullptr) return std::exchange(left, left->next);
  if (size > static_cast<size_t>(end_ - next_) && !make_room(size)) return nullptr;
  void* block = next_;
  next_ += size;
  return block;
}

void* Arena::reallocate(void* block, size_t old_size, size_t new_size) {
  if (new_size > SIZE_MAX / 2) return nullptr;
  if (block == nullptr) return allocate(new_size);
  auto* bytes = static_cast<uint8_t*>(block);
  const size_t old_room = rounded(old_size), new_room = rounded(new_size);
  if (bytes + old_room == next_ && new_room <= static_cast<size_t>(end_ - bytes)) {
    next_ = bytes + new_room;
    return block;
  }
  if (new_room <= old_room) return block;
  void* moved = allocate(new_size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, old_size);
  leave(block, old_room);
  return moved;
}

void Arena::leave(void* block, size_t size) {
  if (size < kLeast) return;
  Left*& left = left_[std::bit_width(size) - 1];
  left = ::new (block) Left{left};
}

bool Arena::make_room(size_t size) {
  size_t bytes = sizeof(Piece) + size;
  if (bytes < piece_) bytes = piece_;
  if (size_ > limit_ || bytes > limit_ - size_) return false;
  void* memory = source_.allocate(bytes);
  if (memory == nullptr) return false;
  if (pieces_ != nullptr) leave(next_, static_cast<size_t>(end_ - next_));
  auto* piece = ::new (memory) Piece{pieces_, bytes};
  pieces_ = piece;
  size_ += bytes;
  next_ = reinterpret_cast<uint8_t*>(piece + 1);
  end_ = static_cast<uint8_t*>(memory) + bytes;
  return true;
}

}  // namespace wembed::jit
