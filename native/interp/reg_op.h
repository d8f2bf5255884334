// Names of the register operations, from reg_ops.def, and how variants are numbered.
#pragma once

#include <cstdint>

namespace wembed {

enum class RegOp : uint16_t {
#define OP(name) name,
#include "interp/reg_ops.def"
};

#define OP(name) +1
constexpr uint32_t kRegOps = 0
#include "interp/reg_ops.def"
    ;

// Those of numbers and of control come first, those of vector_ops.def behind them.
#define VECTOR_OPS_ELSEWHERE
#define OP(name) +1
constexpr uint32_t kNumberOps = 0
#include "interp/reg_ops.def"
    ;

constexpr RegOp operator+(RegOp op, uint32_t step) {
  return static_cast<RegOp>(static_cast<uint32_t>(op) + step);
}

// Distance of a variant from the first of its family row; see reg_ops.def. Value-making variants
// come in pairs, the second without the store. Loads are counted in pairs, stores in threes.
// Loads and stores of vectors: the sum of two numbers as the address, checked instead of guarded.
// Binary operations and shifts: the last operand is a constant.
enum VectorVariant : uint32_t {
  kVectorSum = 1,
  kVectorChecked = 2,
  kLaneChecked = 1,
  kVectorConstant = 1
};
enum BinaryVariant : uint32_t { kSS = 0, kSI = 2, kAS = 4, kAI = 6, kSA = 8, kIS = 10, kIA = 12 };
enum CompareVariant : uint32_t { kBranchIf = 8, kBranchUnless = 12 };  // plus kSS..kAI / 2
enum UnaryVariant : uint32_t { kS = 0, kA = 2 };
enum LoadVariant : uint32_t {
  kLoadS,
  kLoadA,
  kLoadX,
  kLoadZ,
  kLoadY,
  kLoadW,
  kLoadK,
  kLoadD,
  kLoadE,
  kLoadF,
  kLoadH,
  kLoads
};
enum StoreVariant : uint32_t {
  kStoreS,
  kStoreA,
  kStoreX,
  kStoreZ,
  kStoreY,
  kStoreK,
  kStoreD,
  kStoreE,
  kStoreF,
  kStoreH,
  kStores
};
constexpr uint32_t kNoStore = 1;

// Where the rows of checked loads begin, and of checked stores: after the guarded ones, or first of
// all.
#ifdef WEMBED_SMALL
constexpr uint32_t kCheckedLoads = 0;
constexpr uint32_t kCheckedStores = 0;
#else
constexpr uint32_t kCheckedLoads = kLoads;
constexpr uint32_t kCheckedStores = kStores;
#endif

}  // namespace wembed
