#include "wasi/network.h"

#include <algorithm>
#include <cstring>

namespace wembed::wasi {

namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const InternetAddress& address) {
  return address.is_v6 && std::memcmp(address.bytes, kMapped, sizeof(kMapped)) == 0;
}

// Sockets of version 6 reach those of version 4 by addresses of their own, which say nothing else.
InternetAddress unmapped(const InternetAddress& address) {
  if (!is_mapped(address)) return address;
  InternetAddress v4;
  std::memcpy(v4.bytes, address.bytes + sizeof(kMapped), 4);
  return v4;
}

bool have_same_bits(const uint8_t* one, const uint8_t* other, uint32_t bits) {
  uint32_t whole = bits / 8;
  if (std::memcmp(one, other, whole) != 0) return false;
  uint32_t rest = bits % 8;
  return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_same(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

// False: no number, or far more than there are bits.
bool read_bits(std::string_view text, uint32_t& bits) {
  constexpr uint32_t kEnough = 1000;
  bits = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return false;
    bits = std::min(bits * 10 + static_cast<uint32_t>(digit - '0'), kEnough);
  }
  return !text.empty();
}

}  // namespace

Network::Refusal Network::allow_addresses(std::string_view range) {
  constexpr uint32_t kMappedBits = sizeof(kMapped) * 8;
  size_t slash = range.find('/');
  if (slash == std::string_view::npos) return Refusal::NoMask;
  Range made = {};
  if (!read_bits(range.substr(slash + 1), made.bits)) return Refusal::NoNumber;
  bool is_v6 = range.substr(0, slash).find(':') != std::string_view::npos;
  if (made.bits > (is_v6 ? 128u : 32u)) return Refusal::WrongMask;
  char text[64] = {};
  if (slash >= sizeof(text)) return Refusal::NoAddress;
  std::memcpy(text, range.data(), slash);
  if (!platform::parse_address(text, made.first)) return Refusal::NoAddress;
  if (is_mapped(made.first) && made.bits >= kMappedBits) {
    made.first = unmapped(made.first);
    made.bits -= kMappedBits;
  }
  return ranges_.push_back(made) ? Refusal::None : Refusal::NoMemory;
}

bool Network::allow_name(std::string_view name) {
  char* target = names_.extend(name.size() + 1);
  if (target == nullptr) return false;
  if (!name.empty()) std::memcpy(target, name.data(), name.size());
  target[name.size()] = 0;
  return true;
}

bool Network::allows(const InternetAddress& address) const {
  const InternetAddress plain = unmapped(address);
  for (const Range& range : ranges_) {
    if (range.first.is_v6 == plain.is_v6 &&
        have_same_bits(range.first.bytes, plain.bytes, range.bits)) {
      return true;
    }
  }
  return false;
}

bool Network::allows_receiver(const InternetAddress& address) const {
  InternetAddress plain = unmapped(address);
  constexpr uint8_t kUnspecified[16] = {};
  if (std::memcmp(plain.bytes, kUnspecified, plain.is_v6 ? 16 : 4) == 0) {
    if (plain.is_v6) {
      plain.bytes[15] = 1;
    } else {
      plain.bytes[0] = 127;
      plain.bytes[3] = 1;
    }
  }
  return allows(plain);
}

bool Network::allows_name(std::string_view name) const {
  std::string_view rest(names_.data(), names_.size());
  while (!rest.empty()) {
    std::string_view entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(entry.size() + 1);
    if (is_same(entry, name)) return true;
    if (entry.empty() || entry[0] != '*') continue;
    std::string_view end = entry.substr(1);
    if (name.size() >= end.size() && is_same(end, name.substr(name.size() - end.size()))) {
      return true;
    }
  }
  return false;
}

}  // namespace wembed::wasi
