// Which instruction of the module machine code belongs to.
#pragma once

#include <cstdint>
#include <span>

namespace wembed::jit {

constexpr uint32_t kNoSource = UINT32_MAX;

// From this offset in the code on, to the next entry's. In the order of offsets.
struct SourceEntry {
  uint32_t code;
  uint32_t source;  // byte offset in the module, kNoSource: none
};

// kNoSource: not known.
uint32_t source_at(std::span<const SourceEntry> table, uint32_t code);

}  // namespace wembed::jit
