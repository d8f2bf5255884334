#include "golden/operations.h"

#include <string_view>

#include "isa/atomic.h"
#include "isa/numeric.h"

namespace wembed::golden {

namespace {

using u32 = uint32_t;
using u64 = uint64_t;
using f32 = float;
using f64 = double;

// How the operations that are no family's are written.
struct Plain {
  RegOp op;
  const char* form;
};
constexpr Plain kPlain[] = {
    {RegOp::Copy, "d 1"},
    {RegOp::CopyPair, "d 1 2 3"},
    {RegOp::Copy2, "d 1 2"},
    {RegOp::Copy3, "d 1 2 3"},
    {RegOp::CopyMany, "v V i"},
    {RegOp::CopyFar, "v V"},
    {RegOp::Const32, "d i"},
    {RegOp::Const64, "d w"},
    {RegOp::PutA, "d A"},
    {RegOp::PutD, "d A"},
    {RegOp::PutF, "d A"},
    {RegOp::PostAdd, "d 1 i"},
    {RegOp::PostAdd_N, "A 1 i"},
    {RegOp::Zero, "v i h"},
    {RegOp::Zero1, "d"},
    {RegOp::Zero2, "d"},
    {RegOp::Zero3, "d"},
    {RegOp::Zero4, "d"},
    {RegOp::Select_SSS, "d 1 2 3"},
    {RegOp::Select_SSS_N, "A 1 2 3"},
    {RegOp::Select_SSA, "d 1 2 A"},
    {RegOp::Select_SSA_N, "A 1 2 A"},
    {RegOp::Select_SIS, "d 1 H 3"},
    {RegOp::Select_SIS_N, "A 1 H 3"},
    {RegOp::Select_SIA, "d 1 H A"},
    {RegOp::Select_SIA_N, "A 1 H A"},
    {RegOp::Select_ISS, "d h 2 3"},
    {RegOp::Select_ISS_N, "A h 2 3"},
    {RegOp::Select_ISA, "d h 2 A"},
    {RegOp::Select_ISA_N, "A h 2 A"},
    {RegOp::Select_IIS, "d h H 3"},
    {RegOp::Select_IIS_N, "A h H 3"},
    {RegOp::Select_IIA, "d h H A"},
    {RegOp::Select_IIA_N, "A h H A"},
    {RegOp::Br, "t"},
    {RegOp::BrNez_S, "0 t"},
    {RegOp::BrNez_A, "A t"},
    {RegOp::BrEqz_S, "0 t"},
    {RegOp::BrEqz_A, "A t"},
    {RegOp::BrTable_S, "0 T"},
    {RegOp::BrTable_A, "A T"},
    {RegOp::Return0, ""},
    {RegOp::Return1_S, "0"},
    {RegOp::Return1_SD, "0"},
    {RegOp::Return1_SF, "0"},
    {RegOp::Return1_A, "A"},
    {RegOp::Return1_D, "A"},
    {RegOp::Return1_F, "A"},
    {RegOp::Return1_I, "w"},
    {RegOp::ReturnMany, "v H"},
    {RegOp::Call, "f a"},
    {RegOp::CallImport, "a w k"},
    {RegOp::CallImportM, "a w k"},
    {RegOp::CallIndirect, "0 a y k"},
    {RegOp::CallIndirectM, "0 a y k"},
    {RegOp::CallRef, "0 a k"},
    {RegOp::CallRefM, "0 a k"},
    {RegOp::ReturnCall, "f a l"},
    {RegOp::ReturnCallImport, "a w l"},
    {RegOp::ReturnCallImportM, "a w l"},
    {RegOp::ReturnCallIndirect, "0 a y k l"},
    {RegOp::ReturnCallIndirectM, "0 a y k l"},
    {RegOp::ReturnCallRef, "0 a l"},
    {RegOp::ReturnCallRefM, "0 a l"},
    {RegOp::Charge, "i"},
    {RegOp::GlobalGet, "d i"},
    {RegOp::GlobalGetFar, "d i"},
    {RegOp::GlobalSet, "i 0"},
    {RegOp::GlobalSetFar, "i 0"},
    {RegOp::RefFunc, "d i"},
    {RegOp::TrapIfNull, "0"},
    {RegOp::TableGet, "d i 1"},
    {RegOp::TableSet, "i 0 1"},
    {RegOp::TableSize, "d i"},
    {RegOp::TableGrow, "r i"},
    {RegOp::TableFill, "r i"},
    {RegOp::TableCopy, "r h H"},
    {RegOp::TableInit, "r h H"},
    {RegOp::ElemDrop, "i"},
    {RegOp::MemorySize, "d i"},
    {RegOp::MemoryGrow, "d i 1 V"},
    {RegOp::MemoryFill, "r i"},
    {RegOp::MemoryCopy, "r h H"},
    {RegOp::MemoryInit, "r h H"},
    {RegOp::DataDrop, "i"},
    {RegOp::AtomicOther, "r i w"},
    {RegOp::AtomicFence, ""},
    {RegOp::ClampIndex, "d 1"},
    {RegOp::I64Add128, "r"},
    {RegOp::I64Sub128, "r"},
    {RegOp::I64MulWideS, "r"},
    {RegOp::I64MulWideU, "r"},
#define LOAD(name) {RegOp::name, "d i w x 1"},
#define STORE(name) {RegOp::name, "i w x 0 1"},
    LOAD(FarLoad8) LOAD(FarLoad16) LOAD(FarLoad32) LOAD(FarLoad64) LOAD(FarLoad8S32)
        LOAD(FarLoad16S32) LOAD(FarLoad8S64) LOAD(FarLoad16S64) LOAD(FarLoad32S64) LOAD(FarLoad128)
            STORE(FarStore8) STORE(FarStore16) STORE(FarStore32) STORE(FarStore64)
                STORE(FarStore128)
#undef LOAD
#undef STORE
                    {RegOp::I8x16Shuffle, "d 1 2 b"},
    {RegOp::Const128, "d b"},
    {RegOp::Copy128, "d 1"},
    {RegOp::Select128, "d 1 2 3"},
    {RegOp::GlobalGet128, "d i"},
    {RegOp::GlobalGetFar128, "d i"},
    {RegOp::GlobalSet128, "i 0"},
    {RegOp::GlobalSetFar128, "i 0"},
    {RegOp::StructNew, "a y"},
    {RegOp::StructNewDefault, "a y"},
    {RegOp::ArrayNew, "a y"},
    {RegOp::ArrayNewDefault, "a y"},
    {RegOp::ArrayFill, "a y"},
    {RegOp::ArrayCopy, "a y"},
    {RegOp::ArrayNewFixed, "a y k"},
    {RegOp::ArrayNewData, "a y k"},
    {RegOp::ArrayNewElem, "a y k"},
    {RegOp::ArrayInitData, "a y k"},
    {RegOp::ArrayInitElem, "a y k"},
    {RegOp::StructGet8S, "d 1 i"},
    {RegOp::StructGet8U, "d 1 i"},
    {RegOp::StructGet16S, "d 1 i"},
    {RegOp::StructGet16U, "d 1 i"},
    {RegOp::StructGet32, "d 1 i"},
    {RegOp::StructGet64, "d 1 i"},
    {RegOp::StructGet128, "d 1 i"},
    {RegOp::StructSet8, "0 i 1"},
    {RegOp::StructSet16, "0 i 1"},
    {RegOp::StructSet32, "0 i 1"},
    {RegOp::StructSet64, "0 i 1"},
    {RegOp::StructSet128, "0 i 1"},
    {RegOp::ArrayGet8S, "d 1 2"},
    {RegOp::ArrayGet8U, "d 1 2"},
    {RegOp::ArrayGet16S, "d 1 2"},
    {RegOp::ArrayGet16U, "d 1 2"},
    {RegOp::ArrayGet32, "d 1 2"},
    {RegOp::ArrayGet64, "d 1 2"},
    {RegOp::ArrayGet128, "d 1 2"},
    {RegOp::ArraySet8, "0 1 2"},
    {RegOp::ArraySet16, "0 1 2"},
    {RegOp::ArraySet32, "0 1 2"},
    {RegOp::ArraySet64, "0 1 2"},
    {RegOp::ArraySet128, "0 1 2"},
    {RegOp::ArrayLength, "d 1"},
    {RegOp::RefI31, "d 1"},
    {RegOp::I31GetS, "d 1"},
    {RegOp::I31GetU, "d 1"},
    {RegOp::OtherSide, "d 1"},
    {RegOp::RefTestType, "d 1 i y"},
    {RegOp::RefTest, "d 1 w"},
    {RegOp::RefCastType, "0 i y"},
    {RegOp::RefCast, "0 w"},
};

// The operations without operands have one word alone, and are missing above.
constexpr const char* plain_form(RegOp op) {
  for (const Plain& plain : kPlain) {
    if (plain.op == op) return plain.form;
  }
  return nullptr;
}

constexpr uint8_t words_of(const char* form, bool is_wide) {
  if (form == nullptr) return 1;
  uint8_t words = 2;
  for (char c : std::string_view(form)) {
    bool is_third = c == 'w' || c == 'v' || c == 'V' || c == 'h' || c == 'H' || c == 'f' ||
                    c == 'y' || (c == '#' && is_wide);
    if (is_third && words < 3) words = 3;
    if ((c == 'k' || c == 'x' || c == 'b') && words < 4) words = 4;
    if (c == 'l') words = 5;
  }
  return words;
}

constexpr Operation make(const char* name, const char* form, bool is_wide) {
  return {name, form, words_of(form, is_wide), is_wide};
}

#define PAIR(name, rest, T) \
  make(#name, "d " rest, sizeof(T) == 8), make(#name "_N", "A " rest, sizeof(T) == 8),
#define BINARY_C(name, T, fn) \
  PAIR(name##_SS, "1 2", T)   \
  PAIR(name##_SI, "1 #", T) PAIR(name##_AS, "A 1", T) PAIR(name##_AI, "A #", T)
#define BINARY(name, T, fn) \
  BINARY_C(name, T, fn)     \
  PAIR(name##_SA, "1 A", T) PAIR(name##_IS, "# 1", T) PAIR(name##_IA, "# A", T)
#define BRANCHES(name)                                                  \
  make(#name "_SS", "0 1 t", false), make(#name "_SI", "0 w t", false), \
      make(#name "_AS", "A 0 t", false), make(#name "_AI", "A w t", false),
#define COMPARE(name, T, fn) BINARY_C(name, T, fn) BRANCHES(Br_##name)
#define COMPARE_F(name, T, fn) COMPARE(name, T, fn) BRANCHES(Bu_##name)
#define MULTIPLY_ADD(name, T, fn) \
  PAIR(name##_SSS, "1 2 3", T)    \
  PAIR(name##_ASS, "A 1 2", T)    \
  PAIR(name##_SSA, "1 2 A", T)    \
  PAIR(name##_SIS, "1 w 2", T) PAIR(name##_AIS, "A w 1", T) PAIR(name##_SIA, "1 w A", T)
#define UNARY(name, T, R, fn) PAIR(name##_S, "1", u32) PAIR(name##_A, "A", u32)
// Rows of a table, in the order of reg_ops.def.
// clang-format off
#define LOAD_(name)                                                                      \
  PAIR(name##_S, "1 i", u32)                                                             \
  PAIR(name##_A, "A i", u32)                                                             \
  PAIR(name##_X, "1 2 w", u32)                                                           \
  PAIR(name##_Z, "1 A i", u32)                                                           \
  PAIR(name##_Y, "1 2 w", u32)                                                           \
  PAIR(name##_W, "1 A i", u32)                                                           \
  PAIR(name##_K, "w", u32)                                                               \
  PAIR(name##_D, "1 i w", u32) PAIR(name##_E, "A i w", u32) PAIR(name##_F, "1 i w", u32) \
      PAIR(name##_H, "A i w", u32)
#define LOAD(name, M, T, R) LOAD_(name##_G) LOAD_(name##_C)
#define STORE_VALUE(name, address, value, immediate)                               \
  make(#name "S", address " " value, false), make(#name "A", address " A", false), \
      make(#name "I", address " " immediate, false),
#define STORE_(name)                                                                \
  STORE_VALUE(name##_S, "0 i", "1", "w")                                            \
  STORE_VALUE(name##_A, "A i", "1", "w")                                            \
  STORE_VALUE(name##_X, "0 1 w", "2", "x")                                          \
  STORE_VALUE(name##_Z, "0 A i", "1", "w")                                          \
  STORE_VALUE(name##_Y, "0 1 w", "2", "x")                                          \
  STORE_VALUE(name##_K, "w", "1", "x")                                              \
  STORE_VALUE(name##_D, "0 i w", "1", "x")                                          \
  STORE_VALUE(name##_E, "A i w", "1", "x") STORE_VALUE(name##_F, "0 i w", "1", "x") \
      STORE_VALUE(name##_H, "A i w", "1", "x")
#define STORE(name, M, T) STORE_(name##_G) STORE_(name##_C)
// clang-format on
#define STEP(name, fn) \
  make("Step_" #name "_S", "d n v t", false), make("Step_" #name "_I", "d n w t", false),
#define CHOOSE(name, fn)                   \
  PAIR(Choose_##name##_SS, "1 2 3 v", u32) \
  PAIR(Choose_##name##_SI, "1 2 3 w", u32) \
  PAIR(Choose_##name##_AS, "1 2 A 3", u32) PAIR(Choose_##name##_AI, "1 2 A w", u32)
#define PLAIN(name, form) make(#name, form, false),
#define VECTOR_UNARY(name, fn) PLAIN(name, "d 1")
#define VECTOR_BINARY(name, fn) PLAIN(name, "d 1 2") PLAIN(name##_I, "d 1 b")
#define VECTOR_TERNARY(name, fn) PLAIN(name, "d 1 2 3")
#define VECTOR_TEST(name, fn) PLAIN(name, "d 1")
#define VECTOR_SHIFT(name, fn) PLAIN(name##_S, "d 1 2") PLAIN(name##_I, "d 1 i")
#define VECTOR_SPLAT(name, T) PLAIN(name, "d 1")
#define VECTOR_EXTRACT(name, T, R) PLAIN(name, "d 1 m")
#define VECTOR_REPLACE(name, T) PLAIN(name, "d 1 2 M")
#define VECTOR_LOAD_(name) PLAIN(name, "d 1 i") PLAIN(name##_X, "d 1 2 w")
#define VECTOR_LOAD(name, M, fn) VECTOR_LOAD_(name##_G) VECTOR_LOAD_(name##_C)
#define VECTOR_STORE_(name) PLAIN(name, "0 i 1") PLAIN(name##_X, "0 1 w 2")
#define VECTOR_STORE(name, M) VECTOR_STORE_(name##_G) VECTOR_STORE_(name##_C)
#define VECTOR_LOAD_LANE(name, T) PLAIN(name##_G, "d 1 w 2 M") PLAIN(name##_C, "d 1 w 2 M")
#define VECTOR_STORE_LANE(name, T) PLAIN(name##_G, "1 w 2 M") PLAIN(name##_C, "1 w 2 M")
#define ATOMIC(kind, bits, M)                                            \
  make("Atomic" #kind #bits,                                             \
       isa::Atomic::kind == isa::Atomic::Load             ? "d 1 w"      \
       : isa::Atomic::kind == isa::Atomic::Store          ? "w 1 2"      \
       : isa::Atomic::kind < isa::Atomic::CompareExchange ? "d 1 w 2"    \
                                                          : "d 1 w 2 3", \
       false),
#define OP(name) make(#name, plain_form(RegOp::name), false),

constexpr Operation kOperations[] = {
#include "interp/reg_ops.def"
};
static_assert(sizeof kOperations / sizeof *kOperations == kRegOps);

}  // namespace

const Operation& operation(RegOp op) { return kOperations[static_cast<size_t>(op)]; }

}  // namespace wembed::golden
