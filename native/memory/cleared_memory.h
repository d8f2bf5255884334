// Linear memory in plain storage that nothing clears but this: what comes new is filled with zeros,
// and so is everything at a reset. A backend says where the storage is and how it is extended.
#pragma once

#include <cstring>

#include "memory/backend.h"
#include "memory/image.h"

namespace wembed {

class ClearedMemory : public LinearMemory {
 public:
  ClearedMemory(Allocator& allocator, const MemoryRequest& request)
      : allocator_(allocator),
        minimum_(request.minimum),
        maximum_(request.maximum),
        image_(request.image) {}

  bool grow(uint64_t bytes) final {
    if (bytes < view_.size || bytes > maximum_) return false;
    if (bytes > capacity_ && !extend(bytes)) return false;
    if (!commit(bytes)) return false;
    std::memset(view_.base + view_.size, 0, static_cast<size_t>(bytes - view_.size));
    view_.size = bytes;
    return true;
  }

  bool reset() override {
    std::memset(view_.base, 0, static_cast<size_t>(minimum_));
    view_.size = minimum_;
    return image_ == nullptr || image_->fill(view_.base);
  }

 protected:
  // The storage up to `bytes`, which is there, can be accessed.
  [[nodiscard]] virtual bool commit(uint64_t) { return true; }

  // Storage for at least `bytes`, more than now, that begins with the old contents: sets base and
  // capacity. False leaves everything as it was.
  [[nodiscard]] virtual bool extend(uint64_t bytes) = 0;

  Allocator& allocator_;
  uint64_t minimum_;
  uint64_t maximum_;
  const MemoryImage* image_;
  uint64_t capacity_ = 0;  // bytes of storage; at least as many as the guest sees
};

}  // namespace wembed
