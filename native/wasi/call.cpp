#include "wasi/call.h"

#include <algorithm>

namespace wembed::wasi {

Vectors::~Vectors() {
  if (pieces_ != few_) allocator_->release(pieces_);
}

Trap Vectors::read(Call& call, uint32_t vectors, uint32_t count, Errno& error) {
  error = kSuccess;
  uint64_t bytes = uint64_t{count} * kVectorBytes;
  const uint8_t* at = call.range(vectors, bytes);
  if (at == nullptr) return Trap::MemoryOutOfBounds;
  size_t most = std::min<size_t>(count, kMost);
  if (most > kInline) {
    allocator_ = &call.allocator();
    auto* block = static_cast<Piece*>(allocator_->allocate(most * sizeof(Piece)));
    if (block == nullptr) {
      error = Errno::kNOMEM;
      return Trap::None;
    }
    pieces_ = block;
  }
  Bulk bulk(call.env(), call.instance());
  if (Trap trap = bulk.begin(bytes); trap != Trap::None) return trap;
  uint64_t total = 0;
  bool is_outside = false;
  // Each is read once: another thread may be writing it.
  auto take = [&](uint64_t index) {
    auto offset = load<uint32_t>(at + index * kVectorBytes);
    auto size = load<uint32_t>(at + index * kVectorBytes + 4);
    uint8_t* data = call.range(offset, size);
    is_outside = is_outside || data == nullptr;
    if (is_outside || size == 0 || count_ == most || total == kMostBytes) return;
    size = static_cast<uint32_t>(std::min<uint64_t>(size, kMostBytes - total));
    pieces_[count_++] = {data, size};
    total += size;
  };
  Trap trap = bulk.each(count, kVectorBytes, false, [&](uint64_t first, uint64_t length) {
    for (uint64_t i = first; i < first + length; i++) take(i);
  });
  return trap == Trap::None && is_outside ? Trap::MemoryOutOfBounds : trap;
}

size_t Vectors::limit(uint64_t bytes) {
  for (size_t i = 0; i < count_; i++) {
    if (pieces_[i].size >= bytes) {
      pieces_[i].size = static_cast<size_t>(bytes);
      count_ = bytes == 0 ? i : i + 1;
      break;
    }
    bytes -= pieces_[i].size;
  }
  return count_;
}

}  // namespace wembed::wasi
