// A word that one thread at a time writes and others read meanwhile: who sees a value sees what was
// done before it was written. On x86-64 as cheap as a plain word.
#pragma once

namespace wembed {

template <class T> class Published {
 public:
  constexpr Published() = default;
  constexpr Published(T value) : value_(value) {}
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  [[nodiscard]] T get() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  operator T() const { return get(); }
  Published& operator=(T value) {
    __atomic_store_n(&value_, value, __ATOMIC_RELEASE);
    return *this;
  }

 private:
  T value_ = {};
};

}  // namespace wembed
