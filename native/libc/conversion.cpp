#include "libc/conversion.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libc/decimal.h"

namespace wembed::libc {

namespace {

// What stands before the digits: a sign, 0x.
struct Prefix {
  char text[4] = {};
  uint32_t length = 0;
  void add(char c) { text[length++] = c; }
};

void add_sign(Prefix& prefix, const Conversion& conversion, bool is_negative) {
  if (is_negative) {
    prefix.add('-');
  } else if (conversion.has_plus) {
    prefix.add('+');
  } else if (conversion.has_space) {
    prefix.add(' ');
  }
}

// Padding around prefix and body; zeros go between the two.
template <class Body> void lay_out(Output& out, const Conversion& conversion, const Prefix& prefix,
                                   bool with_zeros, uint64_t length, Body write_body) {
  uint64_t all = prefix.length + length;
  uint64_t padding = conversion.width > all ? conversion.width - all : 0;
  bool is_zeros = with_zeros && !conversion.is_left;
  if (!is_zeros && !conversion.is_left) out.fill(' ', padding);
  out.put(prefix.text, prefix.length);
  if (is_zeros) out.fill('0', padding);
  write_body();
  if (conversion.is_left) out.fill(' ', padding);
}

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
char lower(char letter) {
  return is_upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// The digits that `[from, from + count)` of a decimal are.
void put_digits(Output& out, const Decimal& decimal, int64_t from, uint64_t count) {
  uint64_t before = from < 0 ? std::min<uint64_t>(static_cast<uint64_t>(-from), count) : 0;
  out.fill('0', before);
  from += static_cast<int64_t>(before);
  count -= before;
  uint64_t known = 0;
  if (count > 0 && from < decimal.count()) {
    known = std::min(static_cast<uint64_t>(decimal.count() - from), count);
    out.put(decimal.digits() + from, known);
  }
  out.fill('0', count - known);
}

void write_fixed(Output& out, const Conversion& conversion, const Prefix& prefix,
                 const Decimal& decimal, uint64_t fraction) {
  int64_t point = decimal.count() == 0 ? 0 : decimal.point();
  bool has_dot = fraction > 0 || conversion.is_alternate;
  uint64_t whole = point > 0 ? static_cast<uint64_t>(point) : 1;
  uint64_t length = whole + (has_dot ? 1 : 0) + fraction;
  lay_out(out, conversion, prefix, conversion.has_zeros, length, [&] {
    put_digits(out, decimal, point - static_cast<int64_t>(whole), whole);
    if (has_dot) out.put('.');
    put_digits(out, decimal, point, fraction);
  });
}

// The exponent with its letter, its sign and at least `least` digits.
struct Exponent {
  Exponent(char letter, int64_t value, uint32_t least) {
    uint64_t rest = static_cast<uint64_t>(value < 0 ? -value : value);
    char* at = text + sizeof(text);
    for (; rest > 0 || length < least; rest /= 10, length++) {
      *--at = static_cast<char>('0' + rest % 10);
    }
    *--at = value < 0 ? '-' : '+';
    *--at = letter;
    length += 2;
  }
  [[nodiscard]] const char* begin() const { return text + sizeof(text) - length; }
  char text[12];
  uint32_t length = 0;
};

void write_exponential(Output& out, const Conversion& conversion, const Prefix& prefix,
                       const Decimal& decimal, uint64_t fraction) {
  bool has_dot = fraction > 0 || conversion.is_alternate;
  Exponent exponent(is_upper(conversion.letter) ? 'E' : 'e',
                    decimal.count() == 0 ? 0 : decimal.point() - 1, 2);
  uint64_t length = 1 + (has_dot ? 1 : 0) + fraction + exponent.length;
  lay_out(out, conversion, prefix, conversion.has_zeros, length, [&] {
    put_digits(out, decimal, 0, 1);
    if (has_dot) out.put('.');
    put_digits(out, decimal, 1, fraction);
    out.put(exponent.begin(), exponent.length);
  });
}

// As fixed or exponential, whichever is shorter, without zeros at the end.
void write_general(Output& out, const Conversion& conversion, const Prefix& prefix,
                   Decimal& decimal) {
  int64_t precision = conversion.has_precision ? conversion.precision : 6;
  if (precision == 0) precision = 1;
  decimal.round(precision);
  int64_t exponent = decimal.count() == 0 ? 0 : decimal.point() - 1;
  bool is_fixed = exponent >= -4 && exponent < precision;
  int64_t fraction = is_fixed ? precision - 1 - exponent : precision - 1;
  if (!conversion.is_alternate) {
    int64_t needed = decimal.count() - (is_fixed ? exponent + 1 : 1);
    fraction = std::clamp<int64_t>(needed, 0, fraction);
  }
  auto write = is_fixed ? &write_fixed : &write_exponential;
  write(out, conversion, prefix, decimal, static_cast<uint64_t>(fraction));
}

constexpr char kLower[] = "0123456789abcdef";
constexpr char kUpper[] = "0123456789ABCDEF";

// 0xh.hhhp+d, of which the first digit is 1 unless the number is too small for that.
void write_hexadecimal(Output& out, const Conversion& conversion, Prefix prefix, double value) {
  constexpr uint32_t kDigits = 13;
  bool upper = is_upper(conversion.letter);
  auto bits = std::bit_cast<uint64_t>(value);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  auto exponent = static_cast<int32_t>(bits >> 52 & 0x7ff);
  if (exponent != 0) mantissa |= uint64_t{1} << 52;
  if (exponent == 0) exponent = mantissa == 0 ? 1023 : 1;
  uint32_t needed = kDigits;
  if (!conversion.has_precision) {
    while (needed > 0 && (mantissa >> 4 * (kDigits - needed) & 15) == 0) needed--;
  } else if (conversion.precision < kDigits) {
    needed = conversion.precision;
    uint32_t dropped = 4 * (kDigits - needed);
    uint64_t half = uint64_t{1} << (dropped - 1);
    uint64_t rest = mantissa & ((half << 1) - 1);
    mantissa >>= dropped;
    if (rest > half || (rest == half && mantissa % 2 != 0)) mantissa++;
    mantissa <<= dropped;
  }
  uint64_t zeros = conversion.has_precision && conversion.precision > kDigits
                       ? conversion.precision - kDigits
                       : 0;
  const char* known = upper ? kUpper : kLower;
  char digits[kDigits + 1];
  for (uint32_t i = 0; i <= kDigits; i++) {
    digits[i] = known[mantissa >> 52];
    mantissa = mantissa << 4 & ((uint64_t{1} << 56) - 1);
  }
  bool has_dot = needed + zeros > 0 || conversion.is_alternate;
  Exponent power(upper ? 'P' : 'p', exponent - 1023, 1);
  prefix.add('0');
  prefix.add(upper ? 'X' : 'x');
  uint64_t length = 1 + (has_dot ? 1 : 0) + needed + zeros + power.length;
  lay_out(out, conversion, prefix, conversion.has_zeros, length, [&] {
    out.put(digits[0]);
    if (has_dot) out.put('.');
    out.put(digits + 1, needed);
    out.fill('0', zeros);
    out.put(power.begin(), power.length);
  });
}

}  // namespace

void write_integer(Output& out, const Conversion& conversion, uint64_t magnitude,
                   bool is_negative) {
  char letter = conversion.letter;
  bool is_hex = lower(letter) == 'x';
  uint32_t base = is_hex ? 16 : letter == 'o' ? 8 : 10;
  char digits[24];
  char* end = digits + sizeof(digits);
  char* at = end;
  const char* known = letter == 'X' ? kUpper : kLower;
  for (uint64_t rest = magnitude; rest > 0;) {
    uint64_t next = rest / base;
    *--at = known[rest - next * base];
    rest = next;
  }
  auto count = static_cast<uint64_t>(end - at);
  uint64_t least = conversion.has_precision ? conversion.precision : 1;
  if (conversion.is_alternate && letter == 'o') least = std::max(least, count + 1);
  uint64_t zeros = least > count ? least - count : 0;
  Prefix prefix;
  if (letter == 'd' || letter == 'i') add_sign(prefix, conversion, is_negative);
  if (is_hex && conversion.is_alternate && magnitude > 0) {
    prefix.add('0');
    prefix.add(letter);
  }
  bool with_zeros = conversion.has_zeros && !conversion.has_precision;
  lay_out(out, conversion, prefix, with_zeros, zeros + count, [&] {
    out.fill('0', zeros);
    out.put(at, count);
  });
}

void write_double(Output& out, const Conversion& conversion, double value) {
  constexpr uint64_t kInfinity = uint64_t{0x7ff} << 52;
  auto bits = std::bit_cast<uint64_t>(value);
  Prefix prefix;
  add_sign(prefix, conversion, bits >> 63 != 0);
  if (uint64_t rest = bits << 1 >> 1; rest >= kInfinity) {
    const char* text = rest > kInfinity ? (is_upper(conversion.letter) ? "NAN" : "nan")
                                        : (is_upper(conversion.letter) ? "INF" : "inf");
    lay_out(out, conversion, prefix, false, 3, [&] { out.put(text, 3); });
    return;
  }
  char kind = lower(conversion.letter);
  if (kind == 'a') return write_hexadecimal(out, conversion, prefix, value);
  Decimal decimal(value);
  if (kind == 'g') return write_general(out, conversion, prefix, decimal);
  uint32_t precision = conversion.has_precision ? conversion.precision : 6;
  if (kind == 'f') {
    decimal.round(int64_t{decimal.point()} + precision);
    return write_fixed(out, conversion, prefix, decimal, precision);
  }
  decimal.round(int64_t{precision} + 1);
  write_exponential(out, conversion, prefix, decimal, precision);
}

void write_text(Output& out, const Conversion& conversion, const char* text, uint64_t length) {
  lay_out(out, conversion, {}, false, length, [&] { out.put(text, length); });
}

}  // namespace wembed::libc
