// Linear memory made by the embedder's functions. Code checks bounds; growing may move it.
#include "memory/backends.h"
#include "memory/cleared_memory.h"

namespace wembed {

namespace {

class FunctionsMemory final : public ClearedMemory {
 public:
  FunctionsMemory(Allocator& allocator, const MemoryRequest& request)
      : ClearedMemory(allocator, request),
        functions_(*request.functions),
        first_(request.is_fixed ? request.maximum : request.minimum) {}

  // False: the embedder refused.
  [[nodiscard]] bool open() {
    void* base = functions_.create(functions_.context, first_, maximum_, &handle_);
    if (base == nullptr) return false;
    view_.base = static_cast<uint8_t*>(base);
    capacity_ = first_;
    return reinterpret_cast<uintptr_t>(base) % 8 == 0 && reset();
  }

  bool pin() override { return functions_.grow == nullptr; }

  Backend backend() const override { return Backend::Functions; }

  void release() override {
    if (view_.base != nullptr) {
      functions_.release(functions_.context, handle_, view_.base, capacity_);
    }
    Allocator& allocator = allocator_;
    allocator.destroy(this);
  }

 private:
  bool extend(uint64_t bytes) override {
    // The embedder's function may call the guest, which may grow its memory.
    if (functions_.grow == nullptr || is_growing_) return false;
    is_growing_ = true;
    void* base = functions_.grow(functions_.context, handle_, view_.base, capacity_, bytes);
    is_growing_ = false;
    if (base == nullptr) return false;
    view_.base = static_cast<uint8_t*>(base);
    capacity_ = bytes;
    return true;
  }

  MemoryFunctions functions_;
  uint64_t first_;  // bytes it begins with: all, where it may not move
  void* handle_ = nullptr;
  bool is_growing_ = false;
};

}  // namespace

LinearMemory* create_functions_memory(Allocator& allocator, bool, const MemoryRequest& request,
                                      Diagnostic& diagnostic) {
  const MemoryFunctions* functions = request.functions;
  if (functions == nullptr || functions->create == nullptr || functions->release == nullptr) {
    diagnostic.fail(Error::InvalidState, "a memory's functions have to be create and release");
    return nullptr;
  }
  FunctionsMemory* memory = allocator.create<FunctionsMemory>(allocator, request);
  if (memory == nullptr) {
    diagnostic.fail(Error::OutOfMemory);
    return nullptr;
  }
  if (memory->open()) return memory;
  memory->release();
  diagnostic.fail(
      Error::LinearMemory, "%s: the embedder refused %llu bytes", error_text(Error::LinearMemory),
      static_cast<unsigned long long>(request.is_fixed ? request.maximum : request.minimum));
  return nullptr;
}

}  // namespace wembed
