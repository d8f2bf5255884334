// Text to integers: results are 32 bits wide, as long is on wasm32, and clamped to that.
#include <cstring>
#include <limits>

#include "libc/functions.h"

namespace wembed::libc {

namespace {

constexpr uint32_t kNoDigit = 255;

uint32_t digit_of(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return kNoDigit;
}

bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A number at the beginning of a text.
struct Number {
  uint64_t magnitude = 0;  // stays at what is too much for 32 bits
  bool is_negative = false;
  uint64_t end = 0;  // behind its last digit; 0: there is none
};

// The characters of a text one by one. It may be as long as the guest's memory, so that requests to
// stop are looked at on the way; what was asked to stop sees its end.
class Characters {
 public:
  Characters(Call& call, const Text& text) : call_(call), text_(text) {}
  uint8_t operator[](uint64_t index) {
    if (index >= text_.length || trap_ != Trap::None) return 0;
    if (index % Bulk::kPiece == Bulk::kPiece - 1) trap_ = call_.bulk().look();
    return text_.data[index];
  }
  [[nodiscard]] Trap trap() const { return trap_; }

 private:
  Call& call_;
  const Text& text_;
  Trap trap_ = Trap::None;
};

Trap read_number(Call& call, const Text& text, uint32_t base, Number& number) {
  Characters at(call, text);
  uint64_t next = 0;
  while (is_space(at[next])) next++;
  if (at[next] == '-' || at[next] == '+') number.is_negative = at[next++] == '-';
  bool has_prefix = at[next] == '0' && (at[next + 1] | 0x20) == 'x' && digit_of(at[next + 2]) < 16;
  if ((base == 0 || base == 16) && has_prefix) {
    base = 16;
    next += 2;
  } else if (base == 0) {
    base = at[next] == '0' ? 8 : 10;
  }
  for (; digit_of(at[next]) < base; number.end = ++next) {
    if (number.magnitude <= UINT32_MAX) {
      number.magnitude = number.magnitude * base + digit_of(at[next]);
    }
  }
  return at.trap();
}

int32_t signed_value(const Number& number) {
  constexpr uint64_t kMost = std::numeric_limits<int32_t>::max();
  uint64_t most = number.is_negative ? kMost + 1 : kMost;
  auto magnitude = static_cast<int64_t>(number.magnitude < most ? number.magnitude : most);
  return static_cast<int32_t>(number.is_negative ? -magnitude : magnitude);
}

uint32_t unsigned_value(const Number& number) {
  if (number.magnitude > UINT32_MAX) return UINT32_MAX;
  auto magnitude = static_cast<uint32_t>(number.magnitude);
  return number.is_negative ? 0 - magnitude : magnitude;
}

bool is_base(uint32_t base) { return base == 0 || (base >= 2 && base <= 36); }

// strtol and strtoul: where the number ends is left at the second argument, unless that is null.
Trap convert(Call& call, uint32_t (*value_of)(const Number& number)) {
  Text text;
  uint64_t start = call.pointer(0);
  if (Trap trap = call.string(start, text); trap != Trap::None) return trap;
  Number number;
  if (is_base(call.word(2))) {
    Trap trap = read_number(call, text, call.word(2), number);
    if (trap != Trap::None) return trap;
  }
  if (uint64_t place = call.pointer(1); place != 0) {
    size_t size = call.is_wide() ? sizeof(uint64_t) : sizeof(uint32_t);
    uint8_t* target = call.range(place, size);
    if (target == nullptr) return Trap::MemoryOutOfBounds;
    uint64_t end = start + number.end;
    std::memcpy(target, &end, size);
  }
  return call.give(value_of(number));
}

}  // namespace

Trap number_atoi(Call& call) {
  Text text;
  if (Trap trap = call.string(call.pointer(0), text); trap != Trap::None) return trap;
  Number number;
  if (Trap trap = read_number(call, text, 10, number); trap != Trap::None) return trap;
  return call.give(static_cast<uint32_t>(signed_value(number)));
}

Trap number_strtol(Call& call) {
  return convert(call,
                 [](const Number& number) { return static_cast<uint32_t>(signed_value(number)); });
}

Trap number_strtoul(Call& call) { return convert(call, &unsigned_value); }

}  // namespace wembed::libc
