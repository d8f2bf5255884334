// A counted reference to an object with retain() and release().
#pragma once

#include <utility>

namespace wembed::wasi {

template <class T> class Ref {
 public:
  Ref() = default;
  // Takes over a count that the caller has.
  explicit Ref(T* taken) : object_(taken) {}
  static Ref share(T* object) {
    if (object != nullptr) object->retain();
    return Ref(object);
  }
  Ref(const Ref& other) : object_(other.object_) {
    if (object_ != nullptr) object_->retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }
  [[nodiscard]] T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  [[nodiscard]] T* give_away() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

}  // namespace wembed::wasi
