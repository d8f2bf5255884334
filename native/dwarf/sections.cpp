#include "dwarf/sections.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace wembed::dwarf {

namespace {

constexpr std::string_view kNames[] = {
#define SECTION(id, name) name,
#include "dwarf/sections.def"
#undef SECTION
};
constexpr std::string_view kSplit = ".dwo";
constexpr std::string_view kIndex = "u_index";
constexpr uint8_t kCustom = 0;
constexpr uint8_t kCode = 10;

std::string_view name_of(Cursor& in) {
  Bytes bytes = in.block(in.uleb());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void take_custom(Cursor in, File& file) {
  std::string_view name = name_of(in);
  if (in.failed()) return;
  if (name == "external_debug_info") {
    file.external = name_of(in);
    return;
  }
  const bool is_index = name.ends_with(kIndex);
  if (name.ends_with(kSplit) != (file.is_split && !is_index)) return;
  if (file.is_split && !is_index) name.remove_suffix(kSplit.size());
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return;
  Bytes& section = file.sections[found - std::begin(kNames)];
  if (section.empty()) section = in.block(in.remaining());
}

uint64_t behind_last_nul(Bytes bytes) {
  while (!bytes.empty() && bytes.back() != 0) bytes = bytes.first(bytes.size() - 1);
  return bytes.size();
}

}  // namespace

Error find_sections(Bytes bytes, bool is_split, Work& work, File& file) {
  file = File();
  file.bytes = bytes;
  file.is_split = is_split;
  Cursor in(bytes);
  constexpr uint64_t kHeader = 0x00000001'6d736100;
  if (in.u64() != kHeader) return Error::Malformed;
  while (!in.at_end()) {
    if (!work.spend(8)) return work.error();
    uint8_t id = in.u8();
    uint64_t size = in.uleb();
    uint64_t start = in.at();
    in.skip(size);
    if (in.failed()) return Error::Malformed;
    Cursor content(bytes, start, start + size);
    if (id == kCustom) take_custom(content, file);
    if (id == kCode && file.code_start == 0) {
      file.code_start = start;
      file.code_size = size;
      file.function_count = static_cast<uint32_t>(content.uleb());
    }
  }
  for (SectionId id : {SectionId::Str, SectionId::LineStr}) {
    auto index = static_cast<size_t>(id);
    file.strings_end[index] = behind_last_nul(file.sections[index]);
  }
  return Error::None;
}

}  // namespace wembed::dwarf
