// Linear memory in the caller's own block: it grows inside of the block's capacity, never moves,
// and is never freed here. Code checks bounds.
#include <algorithm>
#include <cstring>

#include "memory/backends.h"
#include "memory/image.h"

namespace wembed {

namespace {

class BufferMemory final : public LinearMemory {
 public:
  BufferMemory(Allocator& allocator, const MemoryRequest& request)
      : allocator_(allocator),
        minimum_(request.minimum),
        maximum_(std::min(request.maximum, request.capacity)),
        image_(request.image) {
    view_.base = request.buffer;
    (void)reset();
  }

  bool grow(uint64_t bytes) override {
    if (bytes < view_.size || bytes > maximum_) return false;
    std::memset(view_.base + view_.size, 0, static_cast<size_t>(bytes - view_.size));
    view_.size = bytes;
    return true;
  }

  bool reset() override {
    std::memset(view_.base, 0, static_cast<size_t>(minimum_));
    if (image_ != nullptr) image_->fill(view_.base);
    view_.size = minimum_;
    return true;
  }

  Backend backend() const override { return Backend::Buffer; }

  void release() override {
    Allocator& allocator = allocator_;
    allocator.destroy(this);
  }

 private:
  Allocator& allocator_;
  uint64_t minimum_;
  uint64_t maximum_;
  const MemoryImage* image_;
};

}  // namespace

LinearMemory* create_buffer_memory(Allocator& allocator, bool, const MemoryRequest& request,
                                   Diagnostic& diagnostic) {
  if (request.buffer == nullptr || reinterpret_cast<uintptr_t>(request.buffer) % 8 != 0) {
    diagnostic.fail(Error::InvalidState, "a memory's buffer has to be aligned to 8 bytes");
    return nullptr;
  }
  if (request.minimum > request.capacity || request.capacity > SIZE_MAX / 2) {
    diagnostic.fail(Error::MemoryNeverFits, "%s: it needs %llu bytes, the buffer has %llu",
                    error_text(Error::MemoryNeverFits),
                    static_cast<unsigned long long>(request.minimum),
                    static_cast<unsigned long long>(request.capacity));
    return nullptr;
  }
  BufferMemory* memory = allocator.create<BufferMemory>(allocator, request);
  if (memory == nullptr) diagnostic.fail(Error::OutOfMemory);
  return memory;
}

}  // namespace wembed
