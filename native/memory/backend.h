// Storage of one linear memory. A backend is asked to create, grow, reset and release; reads and
// writes see the flat view only, so nothing that runs the guest ever branches on the backend.
// Plain numbers come in and a view goes out: this layer knows no instances and no wasm pages.
#pragma once

#include <cstdint>

#include "base/allocator.h"
#include "base/error.h"

namespace wembed {

// What compiled code reads. Refreshed after every growth.
struct MemoryView {
  uint8_t* base = nullptr;
  uint64_t size = 0;  // bytes that may be accessed
};

class MemoryImage;

// Storage that the embedder makes by functions of its own. Contents need not be zero: what a guest
// may see is cleared here.
struct MemoryFunctions {
  // At least `minimum` bytes, aligned to 8; `*handle` is handed to the others. Null: refused.
  void* (*create)(void* context, uint64_t minimum, uint64_t maximum, void** handle) = nullptr;
  // `bytes` bytes with the old contents at their start; may move. Null: refused, nothing changed.
  // A null function: cannot grow.
  void* (*grow)(void* context, void* handle, void* base, uint64_t old_bytes,
                uint64_t bytes) = nullptr;
  void (*release)(void* context, void* handle, void* base, uint64_t bytes) = nullptr;
  void* context = nullptr;
};

struct MemoryRequest {
  uint64_t minimum = 0;          // bytes, zero filled
  uint64_t maximum = 0;          // bytes the memory may ever grow to
  uint8_t index_bits = 32;       // 64: addresses reach too far, or sizes are too odd, to be guarded
  bool is_fixed = false;         // stays where it is, also when it grows: threads share it
  MemoryImage* image = nullptr;  // initial contents over the zeros, ends before `minimum`
  // Backend::Buffer: the caller's memory, aligned to 8, used for nothing else until released.
  uint8_t* buffer = nullptr;
  uint64_t capacity = 0;
  bool is_reserved = false;  // of it `minimum` bytes may be accessed, more is committed by growing
  const MemoryFunctions* functions = nullptr;  // Backend::Functions; copied
};

enum class Backend : uint8_t { Automatic, Mapped, Heap, Buffer, Pool, Functions };

const char* backend_name(Backend backend);

class LinearMemory {
 public:
  virtual ~LinearMemory() = default;

  // Grows to `bytes` (more than now, at most the maximum asked for); new bytes are zero.
  // False leaves everything as it was. The view may move unless `guarded()`.
  [[nodiscard]] virtual bool grow(uint64_t bytes) = 0;

  // Back to `minimum` bytes and the initial contents: zeros and the image. False: the memory must
  // not be used until another reset succeeds.
  [[nodiscard]] virtual bool reset() = 0;

  // The storage that the view shows now stays where it is when growth takes the memory elsewhere,
  // for somebody who cannot be told of that: until unpinned, reset or released. False: it may not.
  [[nodiscard]] virtual bool pin() { return true; }
  virtual void unpin() {}

  [[nodiscard]] const MemoryView& view() const { return view_; }

  // True when every address a 32-bit index plus a 32-bit offset plus 16 can reach is inside a
  // reservation whose inaccessible part faults into a trap: code may then skip bounds checks.
  [[nodiscard]] bool guarded() const { return guarded_; }

  [[nodiscard]] virtual Backend backend() const = 0;

  // The pool's slot it has, also while it goes on outside of it; UINT32_MAX: none.
  [[nodiscard]] virtual uint32_t slot() const { return UINT32_MAX; }

  // Frees the storage and the object itself.
  virtual void release() = 0;

 protected:
  MemoryView view_;
  bool guarded_ = false;
};

// Makes storage of the kind asked for, on demand; Automatic tries mapped first (unless `signals` is
// off) and falls back to heap. On failure the result is null and `diagnostic` says why. Slots of a
// pool come from a MemorySystem, see memory_system.h.
LinearMemory* create_linear_memory(Allocator& allocator, Backend backend, bool signals,
                                   const MemoryRequest& request, Diagnostic& diagnostic);

// Returns storage that is kept for the next memory to the system. Never needed, always allowed.
// The result is the bytes of storage given back, as far as known.
uint64_t trim_linear_memories();

}  // namespace wembed
