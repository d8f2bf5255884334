// A growable array of trivially copyable items whose growth can fail.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "base/allocator.h"

namespace wembed {

template <class T> class Vector {
  static_assert(std::is_trivially_copyable_v<T>, "items move by memcpy");

 public:
  explicit Vector(Allocator& allocator) : allocator_(&allocator) {}
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  Vector(Vector&& other) noexcept
      : allocator_(other.allocator_),
        items_(std::exchange(other.items_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Vector& operator=(Vector&& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Vector() { allocator_->release(items_); }

  [[nodiscard]] bool push_back(const T& item) {
    if (size_ == capacity_) {
      T copy = item;  // the argument may live in the block that moves
      if (!reserve(capacity_ == 0 ? 8 : capacity_ * 2)) return false;
      items_[size_++] = copy;
      return true;
    }
    items_[size_++] = item;
    return true;
  }

  // `count` more items, which the caller writes; null: no memory, nothing changed.
  [[nodiscard]] T* extend(size_t count) {
    if (count > capacity_ - size_) {
      size_t least = capacity_ == 0 ? 8 : capacity_ * 2;
      if (!reserve(least < size_ + count ? size_ + count : least)) return nullptr;
    }
    T* first = items_ + size_;
    size_ += count;
    return first;
  }

  [[nodiscard]] bool reserve(size_t capacity) {
    if (capacity <= capacity_) return true;
    if (capacity > SIZE_MAX / sizeof(T)) return false;
    void* block = allocator_->reallocate(items_, capacity_ * sizeof(T), capacity * sizeof(T));
    if (block == nullptr) return false;
    items_ = static_cast<T*>(block);
    capacity_ = capacity;
    return true;
  }

  // New items are zero bytes.
  [[nodiscard]] bool resize(size_t size) {
    if (!reserve(size)) return false;
    if (size > size_)
      std::memset(static_cast<void*>(items_ + size_), 0, (size - size_) * sizeof(T));
    size_ = size;
    return true;
  }

  // Gives unused capacity back; keeping it is harmless when that fails.
  void shrink_to_fit() {
    if (size_ == capacity_) return;
    if (size_ == 0) {
      allocator_->release(std::exchange(items_, nullptr));
      capacity_ = 0;
      return;
    }
    void* block = allocator_->reallocate(items_, capacity_ * sizeof(T), size_ * sizeof(T));
    if (block == nullptr) return;
    items_ = static_cast<T*>(block);
    capacity_ = size_;
  }

  // The block of the items is the caller's from now on; the vector is empty.
  [[nodiscard]] T* give_away() {
    size_ = capacity_ = 0;
    return std::exchange(items_, nullptr);
  }

  void pop_back() {
    assert(size_ > 0);
    size_--;
  }
  void truncate(size_t size) {
    assert(size <= size_);
    size_ = size;
  }
  void clear() { size_ = 0; }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  T* data() { return items_; }
  const T* data() const { return items_; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  T& operator[](size_t index) {
    assert(index < size_);
    return items_[index];
  }
  const T& operator[](size_t index) const {
    assert(index < size_);
    return items_[index];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }
  std::span<const T> span() const { return {items_, size_}; }
  Allocator& allocator() { return *allocator_; }

 private:
  Allocator* allocator_;
  T* items_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace wembed
