// A module's bytes and the one owner that keeps them alive. The core only ever reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/byte_source.h"

namespace wembed {

class ModuleBytes {
 public:
  // Called exactly once, when the last user of the bytes is gone; null: there is nothing to do.
  using Release = void (*)(void* context, const uint8_t* data, size_t size);

  ModuleBytes() = default;
  ModuleBytes(const uint8_t* data, size_t size, Release release, void* context,
              BytesKind kind = BytesKind::Own)
      : data_(data), size_(size), release_(release), context_(context), kind_(kind) {}
  ModuleBytes(const ModuleBytes&) = delete;
  ModuleBytes& operator=(const ModuleBytes&) = delete;
  ModuleBytes(ModuleBytes&& other) noexcept { *this = std::move(other); }
  ModuleBytes& operator=(ModuleBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(release_, other.release_);
    std::swap(context_, other.context_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~ModuleBytes() {
    if (release_ != nullptr) release_(context_, data_, size_);
  }

  [[nodiscard]] std::span<const uint8_t> view() const { return {data_, size_}; }
  [[nodiscard]] BytesKind kind() const { return kind_; }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  Release release_ = nullptr;
  void* context_ = nullptr;
  BytesKind kind_ = BytesKind::Own;
};

}  // namespace wembed
