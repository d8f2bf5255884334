#include "memory/image.h"

#include <algorithm>
#include <cstring>

#include "platform/virtual_memory.h"

namespace wembed {

namespace {

// Below this, writing the bytes costs less than mapping and the faults that follow.
constexpr uint64_t kLeastMapped = 32 * 1024;
// A file is made of whole pages: not for a few bytes here and there in a large range.
constexpr uint64_t kMostSpread = 8;

// Of bytes that stay where they are. Made when it is first asked for: nothing runs before main.
const ByteSource& steady() {
  static const ByteSource source(nullptr, 0, BytesKind::Own);
  return source;
}

}  // namespace

MemoryImage* MemoryImage::create(Allocator& allocator, std::span<const ImagePart> parts,
                                 const ByteSource* source) {
  const ByteSource& bytes = source == nullptr ? steady() : *source;
  MemoryImage* image = allocator.create<MemoryImage>(allocator, bytes);
  if (image == nullptr) return nullptr;
  if (!image->parts_.reserve(parts.size())) {
    image->destroy();
    return nullptr;
  }
  for (const ImagePart& part : parts) {
    if (part.size > 0) (void)image->parts_.push_back(part);
  }
  image->measure();
  return image;
}

void MemoryImage::destroy() {
  platform::close_memory_file(file_);
  Allocator& allocator = allocator_;
  allocator.destroy(this);
}

void MemoryImage::measure() {
  if (parts_.empty()) return;
  uint64_t mask = platform::page_size() - 1;
  begin_ = UINT64_MAX;
  for (const ImagePart& part : parts_.span()) {
    begin_ = std::min(begin_, part.offset);
    end_ = std::max(end_, part.offset + part.size);
    filled_ += part.size;
  }
  begin_ &= ~mask;
  end_ = (end_ + mask) & ~mask;
}

const uint8_t* MemoryImage::bytes_of(const ImagePart& part) const {
  if (source_.kind() == BytesKind::Own) return part.bytes;
  return source_.view().data() + (part.bytes - base_);
}

bool MemoryImage::write_parts(uint8_t* target, uint64_t begin) const {
  const ReadScope scope(source_);
  if (scope.lost()) return false;
  for (const ImagePart& part : parts_.span()) {
    std::memcpy(target + (part.offset - begin), bytes_of(part), static_cast<size_t>(part.size));
  }
  return !scope.lost();
}

bool MemoryImage::fill(uint8_t* memory) const { return write_parts(memory, 0); }

void MemoryImage::restore(uint8_t* memory, uint64_t from, uint64_t to) const {
  uint64_t first = std::clamp(begin_, from, to);
  uint64_t last = std::clamp(end_, first, to);
  if (state_.load(std::memory_order_acquire) == FileState::Ready) {
    std::memset(memory + from, 0, static_cast<size_t>(first - from));
    std::memcpy(memory + first, file_.view + (first - begin_), static_cast<size_t>(last - first));
    std::memset(memory + last, 0, static_cast<size_t>(to - last));
    return;
  }
  std::memset(memory + from, 0, static_cast<size_t>(to - from));
  const ReadScope scope(source_);
  if (scope.lost()) return;
  for (const ImagePart& part : parts_.span()) {
    uint64_t start = std::max(part.offset, first);
    uint64_t stop = std::min(part.offset + part.size, last);
    if (start >= stop) continue;
    std::memcpy(memory + start, bytes_of(part) + (start - part.offset),
                static_cast<size_t>(stop - start));
  }
}

bool MemoryImage::is_mappable() {
  FileState known = state_.load(std::memory_order_acquire);
  if (known != FileState::Unknown) [[likely]]
    return known == FileState::Ready;
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_.load(std::memory_order_relaxed) == FileState::Unknown) {
    state_.store(make_file() ? FileState::Ready : FileState::None, std::memory_order_release);
  }
  return state_.load(std::memory_order_relaxed) == FileState::Ready;
}

bool MemoryImage::make_file() {
  if (bytes() < kLeastMapped || bytes() / kMostSpread > filled_ || bytes() > SIZE_MAX / 2) {
    return false;
  }
  platform::MemoryFile file = platform::make_memory_file(static_cast<size_t>(bytes()));
  if (file.error != 0) return false;
  if (!write_parts(file.view, begin_) || platform::freeze_memory_file(file) != 0) {
    platform::close_memory_file(file);
    return false;
  }
  file_ = file;
  return true;
}

int MemoryImage::map(uint8_t* memory) const {
  return platform::map_private(memory + begin_, file_);
}

}  // namespace wembed
