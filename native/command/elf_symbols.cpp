// What ELF files ask others for.
#include <cstring>
#include <string_view>

#include "command/api_table.h"
#include "command/api_uses.h"

namespace wembed::command {

namespace {

// The places of fields, which differ between 64 bits and 32.
struct Layout {
  size_t section_table;  // in the header
  size_t section_size, section_count;
  size_t word;                // bytes of offsets and sizes
  size_t offset, size, link;  // in a section's header
  size_t symbol_bytes, symbol_section;
};
constexpr Layout kWide = {0x28, 0x3a, 0x3c, 8, 0x18, 0x20, 0x28, 24, 6};
constexpr Layout kNarrow = {0x20, 0x2e, 0x30, 4, 0x10, 0x14, 0x18, 16, 14};

constexpr uint32_t kSymbols = 2;
constexpr uint32_t kDynamicSymbols = 11;

// Reads numbers of a file that may be cut short or lie; what is not there is 0.
class Numbers {
 public:
  Numbers(std::span<const uint8_t> bytes, bool is_big) : bytes_(bytes), is_big_(is_big) {}
  [[nodiscard]] uint64_t at(uint64_t offset, size_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset) return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
      const uint64_t byte = bytes_[static_cast<size_t>(offset) + i];
      value |= byte << 8 * (is_big_ ? count - 1 - i : i);
    }
    return value;
  }
  // Up to its NUL; empty when it has none.
  [[nodiscard]] std::string_view text(uint64_t begin, uint64_t end) const {
    if (begin >= end || end > bytes_.size()) return {};
    const char* first = reinterpret_cast<const char*>(bytes_.data()) + begin;
    const void* nul = std::memchr(first, 0, static_cast<size_t>(end - begin));
    if (nul == nullptr) return {};
    return {first, static_cast<size_t>(static_cast<const char*>(nul) - first)};
  }
  [[nodiscard]] uint64_t size() const { return bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
  bool is_big_;
};

struct Section {
  uint64_t type, offset, size, link;
};

Section section_at(const Numbers& numbers, const Layout& layout, uint64_t index) {
  const uint64_t table = numbers.at(layout.section_table, layout.word);
  const uint64_t bytes = numbers.at(layout.section_size, 2);
  // Of a table beyond the file's end all fields are 0.
  if (table > numbers.size()) return {};
  const uint64_t at = table + index * bytes;
  return {numbers.at(at + 4, 4), numbers.at(at + layout.offset, layout.word),
          numbers.at(at + layout.size, layout.word), numbers.at(at + layout.link, 4)};
}

void add_symbols(const Numbers& numbers, const Layout& layout, const Section& symbols,
                 const Section& texts, ApiUses& uses) {
  const uint64_t size = numbers.size();
  if (symbols.offset > size || texts.offset > size) return;
  const uint64_t bytes =
      symbols.size < size - symbols.offset ? symbols.size : size - symbols.offset;
  const uint64_t room = size - texts.offset;
  const uint64_t end = texts.offset + (texts.size < room ? texts.size : room);
  for (uint64_t at = 0; at + layout.symbol_bytes <= bytes; at += layout.symbol_bytes) {
    const uint64_t symbol = symbols.offset + at;
    const std::string_view name = numbers.text(texts.offset + numbers.at(symbol, 4), end);
    const bool is_public = find_api_function(name) != nullptr;
    if (!is_public && !is_of_wamr(name)) continue;
    const bool is_wanted = numbers.at(symbol + layout.symbol_section, 2) == 0;
    if (is_wanted) {
      uses.names.emplace(name);
    } else if (name == "wasm_runtime_load" || name == "wasm_engine_new") {
      uses.has_wamr = true;
    }
  }
}

}  // namespace

bool is_elf(std::span<const uint8_t> bytes) {
  return bytes.size() >= 16 && std::memcmp(bytes.data(), "\177ELF", 4) == 0;
}

void add_uses_of_elf(std::span<const uint8_t> bytes, ApiUses& uses) {
  const Layout& layout = bytes[4] == 2 ? kWide : kNarrow;
  const Numbers numbers(bytes, bytes[5] == 2);
  const uint64_t count = numbers.at(layout.section_count, 2);
  for (uint64_t i = 0; i < count; i++) {
    const Section section = section_at(numbers, layout, i);
    if (section.type != kSymbols && section.type != kDynamicSymbols) continue;
    add_symbols(numbers, layout, section, section_at(numbers, layout, section.link), uses);
  }
}

}  // namespace wembed::command
