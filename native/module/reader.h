// A cursor over a module's bytes that knows its place, for the sections outside function bodies.
// Every read is checked; the first error is recorded with section and byte offset.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "module/module.h"
#include "module/read_once.h"

namespace wembed {

// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::span<const uint8_t> bytes);

class Reader {
 public:
  Reader(std::span<const uint8_t> module, ByteRange range, const char* section,
         Diagnostic& diagnostic)
      : begin_(module.data()),
        pos_(module.data() + range.offset),
        end_(pos_ + range.size),
        section_(section),
        diagnostic_(diagnostic) {}

  [[nodiscard]] bool at_end() const { return pos_ == end_; }
  [[nodiscard]] size_t remaining() const { return static_cast<size_t>(end_ - pos_); }
  // Byte offset in the module of the next byte.
  [[nodiscard]] uint32_t offset() const { return static_cast<uint32_t>(pos_ - begin_); }
  [[nodiscard]] Diagnostic& diagnostic() const { return diagnostic_; }

  Result<uint8_t> u8() {
    if (pos_ == end_) [[unlikely]]
      return unexpected_end();
    return read_once(pos_++);
  }
  // The byte that u8() would give, 0 at the end.
  [[nodiscard]] uint8_t peek() const { return pos_ == end_ ? 0 : read_once(pos_); }
  Result<uint32_t> u32() {
    if (pos_ != end_) [[likely]] {
      uint32_t byte = read_once(pos_);
      if (byte < 0x80) {
        pos_++;
        return byte;
      }
    }
    return u32_slow();
  }
  Result<uint64_t> u64() { return leb(64, false); }
  Result<int32_t> s32();
  Result<int64_t> s33();
  Result<int64_t> s64();
  Result<uint32_t> fixed32();
  Result<uint64_t> fixed64();
  // The next `size` bytes.
  Result<ByteRange> bytes(uint64_t size) {
    if (size > remaining()) [[unlikely]]
      return unexpected_end();
    const ByteRange range{offset(), static_cast<uint32_t>(size)};
    pos_ += size;
    return range;
  }
  // A length and so many bytes of UTF-8.
  Result<std::string_view> name();
  // A count of items, each at least one byte long, of which at most `limit` are allowed.
  Result<uint32_t> count(uint32_t limit, const char* what);

  // Records the error at the byte `at` (or at the cursor).
  Error fail(Error error, const char* format, ...) __attribute__((format(printf, 3, 4)));
  Error fail_at(uint32_t at, Error error, const char* format, ...)
      __attribute__((format(printf, 4, 5)));
  Error out_of_memory() { return fail(Error::OutOfMemory, "%s", error_text(Error::OutOfMemory)); }

 private:
  Error unexpected_end();
  Error vfail_at(uint32_t at, Error error, const char* format, va_list args);
  Result<uint32_t> u32_slow();
  Result<uint64_t> leb(uint32_t bits, bool is_signed);

  const uint8_t* begin_;
  const uint8_t* pos_;
  const uint8_t* end_;
  const char* section_;
  Diagnostic& diagnostic_;
};

}  // namespace wembed
