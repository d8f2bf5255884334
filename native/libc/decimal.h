// The exact decimal digits of a double, and rounding them.
#pragma once

#include <cstdint>

namespace wembed::libc {

// The value 0.d1 d2 d3 ... times ten to the power of `point`. A decimal without digits is zero.
class Decimal {
 public:
  // Of the absolute value of a finite number: all its digits, the first of which is not 0.
  explicit Decimal(double value);

  // Keeps that many digits from the first on: the nearest value, of two the one with an even last
  // digit. Fewer than none leave zero, or what it is rounded up to.
  void round(int64_t digits);

  [[nodiscard]] int32_t count() const { return count_; }
  [[nodiscard]] int32_t point() const { return point_; }
  // Of the digit at that place; behind the last and before the first are zeros.
  [[nodiscard]] char digit(int64_t index) const {
    return index < 0 || index >= count_ ? '0' : digits_[index];
  }
  [[nodiscard]] const char* digits() const { return digits_; }

 private:
  // A double has at most 767 digits; limbs have nine.
  static constexpr uint32_t kLimbs = 87;
  static constexpr uint32_t kLimbDigits = 9;

  void write(const uint32_t* limbs, uint32_t used);
  void drop_zeros();

  int32_t count_ = 0;
  int32_t point_ = 0;
  char digits_[kLimbs * kLimbDigits];
};

}  // namespace wembed::libc
