#include "command/api_uses.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace wembed::command {

namespace {

constexpr char kArchive[] = "!<arch>\n";
constexpr size_t kArchiveHead = 8;
constexpr size_t kMemberHead = 60;

bool begins(std::span<const uint8_t> bytes, const char* magic, size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), magic, length) == 0;
}

// Each member has a line of texts before it, with its size as decimal digits.
void add_uses_of_archive(std::span<const uint8_t> bytes, ApiUses& uses) {
  size_t at = kArchiveHead;
  while (at + kMemberHead <= bytes.size()) {
    char digits[11] = {};
    std::memcpy(digits, bytes.data() + at + 48, 10);
    const uint64_t size = std::strtoull(digits, nullptr, 10);
    at += kMemberHead;
    const uint64_t left = bytes.size() - at;
    auto member = bytes.subspan(at, static_cast<size_t>(std::min(size, left)));
    if (is_elf(member)) add_uses_of_elf(member, uses);
    at += static_cast<size_t>(std::min((size + 1) & ~uint64_t{1}, left));
  }
}

// What an editor would open.
bool is_text(std::span<const uint8_t> bytes) {
  const size_t looked = std::min<size_t>(bytes.size(), 65536);
  return !bytes.empty() && std::memchr(bytes.data(), 0, looked) == nullptr;
}

}  // namespace

ApiUses api_uses(std::span<const uint8_t> bytes) {
  ApiUses uses;
  if (is_elf(bytes)) {
    uses.kind = "object code";
    add_uses_of_elf(bytes, uses);
  } else if (begins(bytes, kArchive, kArchiveHead)) {
    uses.kind = "an archive";
    add_uses_of_archive(bytes, uses);
  } else if (is_text(bytes)) {
    uses.kind = "a source text";
    add_uses_of_source(bytes, uses);
  }
  return uses;
}

}  // namespace wembed::command
