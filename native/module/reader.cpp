#include "module/reader.h"

#include <cstring>

namespace wembed {

bool is_utf8(std::span<const uint8_t> bytes) {
  const uint8_t* p = bytes.data();
  const uint8_t* end = p + bytes.size();
  while (p != end) {
    if (end - p >= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080u) == 0) {
        p += 8;
        continue;
      }
    }
    uint8_t lead = read_once(p++);
    if (lead < 0x80) continue;
    int more;
    uint8_t low = 0x80;   // bounds of the second byte: they rule out overlong forms, surrogates
    uint8_t high = 0xbf;  // and everything over U+10FFFF
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (end - p < more) return false;
    uint8_t second = read_once(p++);
    if (second < low || second > high) return false;
    for (int i = 1; i < more; i++, p++) {
      if ((read_once(p) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

Error Reader::vfail_at(uint32_t at, Error error, const char* format, va_list args) {
  if (diagnostic_.code == Error::None) {
    diagnostic_.section = section_;
    diagnostic_.offset = at;
  }
  return diagnostic_.vfail(error, format, args);
}

Error Reader::fail(Error error, const char* format, ...) {
  va_list args;
  va_start(args, format);
  vfail_at(offset(), error, format, args);
  va_end(args);
  return diagnostic_.code;
}

Error Reader::fail_at(uint32_t at, Error error, const char* format, ...) {
  va_list args;
  va_start(args, format);
  vfail_at(at, error, format, args);
  va_end(args);
  return diagnostic_.code;
}

Error Reader::unexpected_end() {
  return fail(Error::UnexpectedEnd, "unexpected end of section or function");
}

Result<uint64_t> Reader::leb(uint32_t bits, bool is_signed) {
  uint32_t start = offset();
  uint64_t value = 0;
  for (uint32_t shift = 0;; shift += 7) {
    if (pos_ == end_) return unexpected_end();
    uint8_t byte = read_once(pos_++);
    value |= shift < 64 ? static_cast<uint64_t>(byte & 0x7f) << shift : 0;
    uint32_t left = bits - shift;  // bits that this byte may still define
    if (left > 7) {
      if ((byte & 0x80) != 0) continue;
      if (is_signed && (byte & 0x40) != 0) value |= ~uint64_t{0} << (shift + 7);
      return value;
    }
    if ((byte & 0x80) != 0) {
      return fail_at(start, Error::Malformed, "integer representation too long");
    }
    uint32_t unused = (byte & 0x7fu) >> left;
    if (!is_signed) {
      if (unused != 0) return fail_at(start, Error::Malformed, "integer too large");
      return value;
    }
    bool negative = ((byte >> (left - 1)) & 1) != 0;
    if (unused != (negative ? 0x7fu >> left : 0u)) {
      return fail_at(start, Error::Malformed, "integer too large");
    }
    if (negative && bits < 64) value |= ~uint64_t{0} << bits;
    return value;
  }
}

Result<uint32_t> Reader::u32_slow() {
  WEMBED_TRY(uint64_t value, leb(32, false));
  return static_cast<uint32_t>(value);
}

Result<int32_t> Reader::s32() {
  WEMBED_TRY(uint64_t value, leb(32, true));
  return static_cast<int32_t>(static_cast<uint32_t>(value));
}

Result<int64_t> Reader::s33() {
  WEMBED_TRY(uint64_t value, leb(33, true));
  return static_cast<int64_t>(value);
}

Result<int64_t> Reader::s64() {
  WEMBED_TRY(uint64_t value, leb(64, true));
  return static_cast<int64_t>(value);
}

Result<uint32_t> Reader::fixed32() {
  if (remaining() < 4) return unexpected_end();
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) value |= uint32_t{read_once(pos_++)} << (8 * i);
  return value;
}

Result<uint64_t> Reader::fixed64() {
  if (remaining() < 8) return unexpected_end();
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) value |= uint64_t{read_once(pos_++)} << (8 * i);
  return value;
}

Result<std::string_view> Reader::name() {
  WEMBED_TRY(uint32_t size, u32());
  uint32_t start = offset();
  WEMBED_TRY(ByteRange range, bytes(size));
  if (!is_utf8({begin_ + range.offset, range.size})) {
    return fail_at(start, Error::Malformed, "invalid UTF-8 encoding");
  }
  return std::string_view(reinterpret_cast<const char*>(begin_ + range.offset), range.size);
}

Result<uint32_t> Reader::count(uint32_t limit, const char* what) {
  uint32_t start = offset();
  WEMBED_TRY(uint32_t value, u32());
  if (value > limit) return fail_at(start, Error::Limit, "too many %s", what);
  // So that a short section cannot ask for a large block of memory.
  if (value > remaining()) return unexpected_end();
  return value;
}

}  // namespace wembed
