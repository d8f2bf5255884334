// Linear memory in the caller's own block: it grows inside of the block's capacity, never moves,
// and is never freed here. Code checks bounds.
#include "memory/backends.h"
#include "memory/cleared_memory.h"
#include "memory/region.h"
#include "platform/virtual_memory.h"

namespace wembed {

namespace {

class BufferMemory final : public ClearedMemory {
 public:
  BufferMemory(Allocator& allocator, const MemoryRequest& request)
      : ClearedMemory(allocator, request) {
    view_.base = request.buffer;
    capacity_ = request.capacity;
    is_reserved_ = request.is_reserved;
  }

  Backend backend() const override { return Backend::Buffer; }

  void release() override {
    Allocator& allocator = allocator_;
    allocator.destroy(this);
  }

 private:
  bool extend(uint64_t) override { return false; }

  bool commit(uint64_t bytes) override {
    if (!is_reserved_) return true;
    uint64_t from = view_.size & ~(uint64_t{platform::page_size()} - 1);
    uint64_t to = MemoryRegion::whole_pages(bytes);
    return platform::commit(view_.base + from, to - from) == 0;
  }

  bool is_reserved_ = false;
};

}  // namespace

LinearMemory* create_buffer_memory(Allocator& allocator, bool, const MemoryRequest& request,
                                   Diagnostic& diagnostic) {
  if (request.buffer == nullptr || reinterpret_cast<uintptr_t>(request.buffer) % 8 != 0) {
    diagnostic.fail(Error::InvalidState, "a memory's buffer has to be aligned to 8 bytes");
    return nullptr;
  }
  uintptr_t page = platform::page_size();
  if (request.is_reserved &&
      (reinterpret_cast<uintptr_t>(request.buffer) | request.capacity) % page != 0) {
    diagnostic.fail(Error::InvalidState, "a memory's reserved buffer has to be whole pages");
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
  if (memory != nullptr && memory->reset()) return memory;
  diagnostic.fail(memory == nullptr ? Error::OutOfMemory : Error::BytesLost);
  if (memory != nullptr) memory->release();
  return nullptr;
}

}  // namespace wembed
