// Implementation limits: those of the WebAssembly JavaScript API unless a reason stands beside.
#pragma once

#include <cstdint>

namespace wembed {

constexpr uint32_t kMaxTypes = 1'000'000;
constexpr uint32_t kMaxFunctions = 1'000'000;
constexpr uint32_t kMaxImports = 1'000'000;
constexpr uint32_t kMaxExports = 1'000'000;
constexpr uint32_t kMaxGlobals = 1'000'000;
constexpr uint32_t kMaxTags = 1'000'000;
constexpr uint32_t kMaxDataSegments = 100'000;
constexpr uint32_t kMaxElementSegments = 10'000'000;
constexpr uint32_t kMaxTables = 100'000;
constexpr uint32_t kMaxMemories = 100;
constexpr uint32_t kMaxTableElements = 10'000'000;  // at run time
constexpr uint32_t kMaxParams = 1'000;
constexpr uint32_t kMaxResults = 1'000;
constexpr uint32_t kMaxStructFields = 10'000;
constexpr uint32_t kMaxArrayNewFixed = 10'000;
constexpr uint32_t kMaxSubtypeDepth = 63;
constexpr uint32_t kMaxLocals = 50'000;
constexpr uint32_t kMaxFunctionBody = 7'654'321;    // bytes
constexpr uint64_t kMaxModuleSize = 1'073'741'824;  // bytes
constexpr uint32_t kMaxNesting = 250'000;  // ours: blocks, so that their records stay small change
constexpr uint32_t kMaxBrTableTargets = 7'654'321;
// Ours: positions of a function's operand stack, so that a frame's size always fits 32 bits and
// a hostile body cannot ask for gigabytes of frame.
constexpr uint32_t kMaxOperands = 1'000'000;
// Ours: operands of a constant expression, some more than array.new_fixed may take.
constexpr uint32_t kMaxConstOperands = 20'000;
constexpr uint64_t kMaxMemory32Pages = 65'536;
constexpr uint64_t kMaxMemory64Pages = 262'144;  // 16 GiB

}  // namespace wembed
