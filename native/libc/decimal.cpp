// A double is m * 2^e with integers: with a negative e that is m * 5^-e / 10^-e, so that its digits
// are those of one large integer either way.
#include "libc/decimal.h"

#include <bit>
#include <cstring>

namespace wembed::libc {

namespace {

constexpr uint32_t kLimb = 1'000'000'000;  // limbs are in this base, the lowest first

// limbs *= factor. Returns how many are used then.
uint32_t multiply(uint32_t* limbs, uint32_t used, uint32_t factor) {
  uint64_t carry = 0;
  for (uint32_t i = 0; i < used; i++) {
    uint64_t product = uint64_t{limbs[i]} * factor + carry;
    limbs[i] = static_cast<uint32_t>(product % kLimb);
    carry = product / kLimb;
  }
  for (; carry > 0; carry /= kLimb) limbs[used++] = static_cast<uint32_t>(carry % kLimb);
  return used;
}

// limbs *= base^power, several at a time: base^step fits a word.
uint32_t multiply_power(uint32_t* limbs, uint32_t used, uint32_t base, uint32_t step,
                        uint32_t power) {
  uint32_t large = 1;
  for (uint32_t i = 0; i < step; i++) large *= base;
  for (; power >= step; power -= step) used = multiply(limbs, used, large);
  uint32_t rest = 1;
  for (; power > 0; power--) rest *= base;
  return multiply(limbs, used, rest);
}

}  // namespace

Decimal::Decimal(double value) {
  constexpr uint32_t kMantissaBits = 52;
  constexpr int32_t kBias = 1075;  // of the exponent of a mantissa that is an integer
  auto bits = std::bit_cast<uint64_t>(value);
  uint64_t mantissa = bits & ((uint64_t{1} << kMantissaBits) - 1);
  auto exponent = static_cast<int32_t>(bits >> kMantissaBits & 0x7ff);
  if (exponent == 0) {
    exponent = 1;
  } else {
    mantissa |= uint64_t{1} << kMantissaBits;
  }
  if (mantissa == 0) return;
  int32_t twos = std::countr_zero(mantissa);
  mantissa >>= twos;
  exponent += twos - kBias;
  uint32_t limbs[kLimbs];
  uint32_t used = 0;
  for (; mantissa > 0; mantissa /= kLimb) limbs[used++] = static_cast<uint32_t>(mantissa % kLimb);
  if (exponent >= 0) {
    used = multiply_power(limbs, used, 2, 29, static_cast<uint32_t>(exponent));
  } else {
    used = multiply_power(limbs, used, 5, 13, static_cast<uint32_t>(-exponent));
    point_ = exponent;
  }
  write(limbs, used);
}

void Decimal::write(const uint32_t* limbs, uint32_t used) {
  for (uint32_t i = used; i-- > 0;) {
    uint32_t rest = limbs[i];
    for (uint32_t at = kLimbDigits; at-- > 0; rest /= 10) {
      digits_[count_ + static_cast<int32_t>(at)] = static_cast<char>('0' + rest % 10);
    }
    count_ += kLimbDigits;
  }
  int32_t zeros = 0;
  while (digits_[zeros] == '0') zeros++;
  count_ -= zeros;
  std::memmove(digits_, digits_ + zeros, static_cast<size_t>(count_));
  point_ += count_;
  drop_zeros();
}

void Decimal::drop_zeros() {
  while (count_ > 0 && digits_[count_ - 1] == '0') count_--;
}

void Decimal::round(int64_t digits) {
  if (digits >= count_) return;
  bool up = false;
  if (digits >= 0) {
    char first = digits_[digits];
    bool is_tie = first == '5' && digits + 1 == count_;
    bool is_odd = digits > 0 && (digits_[digits - 1] - '0') % 2 != 0;
    up = is_tie ? is_odd : first >= '5';
  }
  count_ = digits < 0 ? 0 : static_cast<int32_t>(digits);
  if (up) {
    while (count_ > 0 && digits_[count_ - 1] == '9') count_--;
    if (count_ > 0) {
      digits_[count_ - 1]++;
    } else {
      digits_[count_++] = '1';
      point_++;
    }
  }
  drop_zeros();
}

}  // namespace wembed::libc
