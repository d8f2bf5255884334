// A place in a section of debugging information. Every read is checked; behind the first that fails
// all give zeros, so that whoever reads looks once, at the end of what belongs together. Each byte
// is fetched once: it may be changed meanwhile.
#pragma once

#include <cstdint>
#include <span>

namespace wembed::dwarf {

using Bytes = std::span<const uint8_t>;

class Cursor {
 public:
  Cursor() = default;
  // From `at` to `end`, or to the section's end if that is before.
  explicit Cursor(Bytes section, uint64_t at = 0, uint64_t end = UINT64_MAX)
      : begin_(section.data()), end_(end < section.size() ? end : section.size()), at_(at) {
    if (at_ > end_) fail();
  }

  [[nodiscard]] bool failed() const { return failed_; }
  void fail() {
    failed_ = true;
    at_ = end_;
  }
  [[nodiscard]] bool at_end() const { return at_ >= end_; }
  [[nodiscard]] uint64_t at() const { return at_; }
  [[nodiscard]] uint64_t end() const { return end_; }
  [[nodiscard]] uint64_t remaining() const { return end_ - at_; }

  void skip(uint64_t bytes) {
    if (bytes > remaining()) return fail();
    at_ += bytes;
  }
  void seek(uint64_t at) {
    if (at > end_) return fail();
    at_ = at;
  }
  // Up to 8 bytes, little-endian.
  uint64_t fixed(uint32_t bytes) {
    if (bytes > remaining()) {
      fail();
      return 0;
    }
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) value |= uint64_t{fetch()} << (8 * i);
    return value;
  }
  uint8_t u8() { return static_cast<uint8_t>(fixed(1)); }
  uint16_t u16() { return static_cast<uint16_t>(fixed(2)); }
  uint32_t u32() { return static_cast<uint32_t>(fixed(4)); }
  uint64_t u64() { return fixed(8); }
  uint64_t uleb() { return leb(false); }
  int64_t sleb() { return static_cast<int64_t>(leb(true)); }
  Bytes block(uint64_t bytes) {
    uint64_t from = at_;
    skip(bytes);
    return failed_ ? Bytes() : Bytes(begin_ + from, static_cast<size_t>(bytes));
  }
  // A length in the format that it chooses itself: `offset_size` is 4 or 8 then.
  uint64_t initial_length(uint8_t& offset_size) {
    uint64_t length = u32();
    offset_size = length == 0xFFFFFFFF ? 8 : 4;
    if (offset_size == 8) return u64();
    if (length >= 0xFFFFFFF0) fail();
    return failed_ ? 0 : length;
  }

 private:
  uint8_t fetch() { return *static_cast<const volatile uint8_t*>(begin_ + at_++); }

  // Bits beyond 64 are dropped; a number of more than 16 bytes is none.
  uint64_t leb(bool is_signed) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 112; shift += 7) {
      if (at_end()) break;
      uint8_t byte = fetch();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) != 0) continue;
      if (is_signed && (byte & 0x40) != 0 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
      return value;
    }
    fail();
    return 0;
  }

  const uint8_t* begin_ = nullptr;
  uint64_t end_ = 0;
  uint64_t at_ = 0;
  bool failed_ = false;
};

}  // namespace wembed::dwarf
