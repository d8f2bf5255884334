// Size classes of the segregated-fit allocators, and the set of classes that have free blocks.
//
// Sizes are counts of granules. Classes below 32 hold one size each; from there every doubling is
// divided into eight classes, so a block is at most an eighth larger than its class says.
#pragma once

#include <bit>
#include <cstdint>

namespace wembed {

constexpr uint32_t kExactBins = 32;
constexpr uint32_t kBinSteps = 8;
constexpr uint32_t kMostBins = kExactBins + (32 - 5) * kBinSteps;
constexpr uint32_t kNoBin = UINT32_MAX;

// The class that holds free blocks of `size` granules. Every block in a higher class is larger;
// blocks of the same class may be a little smaller, unless size < kExactBins.
inline uint32_t bin_of(uint32_t size) {
  // Both cases are computed, so that this is a selection and not a branch.
  uint32_t doubling = static_cast<uint32_t>(std::bit_width(size / kExactBins));
  uint32_t step = (size >> (doubling + 1)) & (kBinSteps - 1);
  uint32_t stepped = kExactBins - kBinSteps + doubling * kBinSteps + step;
  return doubling == 0 ? size : stepped;
}

class BinMap {
 public:
  void set(uint32_t bin) { words_[bin / 64] |= uint64_t{1} << (bin % 64); }
  void clear(uint32_t bin) { words_[bin / 64] &= ~(uint64_t{1} << (bin % 64)); }
  void clear_if(uint32_t bin, bool empty) { words_[bin / 64] &= ~(uint64_t{empty} << (bin % 64)); }

  // The lowest non-empty class that is not below `bin`, or kNoBin.
  [[nodiscard]] uint32_t find(uint32_t bin) const {
    uint32_t word = bin / 64;
    if (word >= kWords) return kNoBin;
    uint64_t bits = words_[word] & (~uint64_t{0} << (bin % 64));
    while (bits == 0) {
      if (++word == kWords) return kNoBin;
      bits = words_[word];
    }
    return word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
  }

 private:
  static constexpr uint32_t kWords = (kMostBins + 63) / 64;
  uint64_t words_[kWords] = {};
};

}  // namespace wembed
