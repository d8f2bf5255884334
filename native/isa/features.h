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
  LegacyExceptions = 1u << 9,  // try, catch, rethrow, delegate: what came before try_table
  CustomPageSizes = 1u << 10,
  WideArithmetic = 1u << 11,
};

using FeatureSet = uint32_t;

constexpr bool has(FeatureSet set, Feature feature) {
  return feature == Feature::None || (set & static_cast<uint32_t>(feature)) != 0;
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

// What the engine implements completely.
constexpr FeatureSet kImplementedFeatures =
    static_cast<FeatureSet>(Feature::Simd) | static_cast<FeatureSet>(Feature::RelaxedSimd) |
    static_cast<FeatureSet>(Feature::MultiMemory) | static_cast<FeatureSet>(Feature::Memory64) |
    static_cast<FeatureSet>(Feature::CustomPageSizes) |
    static_cast<FeatureSet>(Feature::WideArithmetic) | static_cast<FeatureSet>(Feature::TailCall) |
    static_cast<FeatureSet>(Feature::FunctionReferences) |
    static_cast<FeatureSet>(Feature::Exceptions) |
    static_cast<FeatureSet>(Feature::LegacyExceptions) | static_cast<FeatureSet>(Feature::Threads) |
    static_cast<FeatureSet>(Feature::Gc);

}  // namespace wembed
