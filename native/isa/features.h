// WebAssembly features as bits, chosen when a module is loaded.
#pragma once

#include <cstdint>

namespace wembed {

// WebAssembly 2.0 without SIMD, and extended constant expressions, are always on.
enum class Feature : uint32_t {
  None = 0,
  Simd = 1u << 0,
  MultiMemory = 1u << 1,
  Memory64 = 1u << 2,
  TailCall = 1u << 3,
  FunctionReferences = 1u << 4,
  Gc = 1u << 5,
  Exceptions = 1u << 6,
  RelaxedSimd = 1u << 7,
  Threads = 1u << 8,
};

using FeatureSet = uint32_t;

constexpr bool has(FeatureSet set, Feature feature) {
  return feature == Feature::None || (set & static_cast<uint32_t>(feature)) != 0;
}

// What the engine implements completely.
constexpr FeatureSet kImplementedFeatures = 0;

}  // namespace wembed
