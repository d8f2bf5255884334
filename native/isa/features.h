// WebAssembly features as bits, chosen when a module is loaded.
#pragma once

#include <cstdint>

namespace wembed {

// WebAssembly 2.0 without SIMD, and extended constant expressions, are always on.
enum class Feature : uint32_t {
  None = 0,
#define FEATURE(name, bit, option, words) name = 1u << (bit),
#include "isa/features.def"
#undef FEATURE
};

using FeatureSet = uint32_t;

// As bits: what the build leaves out, see CMakeLists.txt.
#ifndef WEMBED_LEFT_OUT
#define WEMBED_LEFT_OUT 0
#endif

// All there is, and what this build has of it.
constexpr FeatureSet kAllFeatures = 0
#define FEATURE(name, bit, option, words) | 1u << (bit)
#include "isa/features.def"
#undef FEATURE
    ;
constexpr FeatureSet kImplementedFeatures = kAllFeatures & ~FeatureSet{WEMBED_LEFT_OUT};

constexpr bool is_built(Feature feature) {
  return feature == Feature::None || (kImplementedFeatures & static_cast<uint32_t>(feature)) != 0;
}

// Of what is not built it is false whatever the set, so that code which asks goes as well.
constexpr bool has(FeatureSet set, Feature feature) {
  return feature == Feature::None ||
         (set & kImplementedFeatures & static_cast<uint32_t>(feature)) != 0;
}

// What brings an opcode that the engine does not have; None: nothing known.
constexpr Feature feature_of(uint32_t prefix, uint32_t code) {
  switch (prefix) {
    case 0: break;
    case 0xfb: return Feature::Gc;
    case 0xfc: return code >= 0x13 && code <= 0x16 ? Feature::WideArithmetic : Feature::None;
    case 0xfd: return code < 0x100 ? Feature::Simd : Feature::RelaxedSimd;
    case 0xfe: return Feature::Threads;
    default: return Feature::None;
  }
  switch (code) {
    case 0x06:
    case 0x07:
    case 0x09:
    case 0x18:
    case 0x19: return Feature::LegacyExceptions;
    case 0x08:
    case 0x0a:
    case 0x1f: return Feature::Exceptions;
    case 0x12:
    case 0x13: return Feature::TailCall;
    case 0x14:
    case 0x15:
    case 0xd4:
    case 0xd5:
    case 0xd6: return Feature::FunctionReferences;
    case 0xd3: return Feature::Gc;
    default: return Feature::None;
  }
}

}  // namespace wembed
