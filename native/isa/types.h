// Types of WebAssembly 3.0 as values: value types, limits, table, memory and global types.
//
// Composite types (functions, structures, arrays) are `TypeDef`s: interned, immutable, canonical.
// Two types are equal exactly when their TypeDef pointers (or ids) are, across all modules of one
// registry (module/type_registry.h).
#pragma once

#include <cstdint>
#include <span>

#include "base/object.h"

namespace wembed {

// Abstract heap types, by their code in the binary format.
enum class HeapType : uint8_t {
  Exn = 0x69,
  Array = 0x6a,
  Struct = 0x6b,
  I31 = 0x6c,
  Eq = 0x6d,
  Any = 0x6e,
  Extern = 0x6f,
  Func = 0x70,
  None = 0x71,
  NoExtern = 0x72,
  NoFunc = 0x73,
  NoExn = 0x74,
};

// A value type in one word, compared as a word.
//   numbers and vectors: the code of the binary format (0x7f i32 ... 0x7b v128, 0x78 i8, 0x77 i16)
//   references: bit 31 | nullable bit 30 | concrete bit 29 | HeapType code or TypeDef id
// Ids of function types have kFunctionId, so that it takes no look at the TypeDef to know what a
// slot of the type has.
class ValType {
 public:
  constexpr ValType() = default;
  constexpr explicit ValType(uint32_t bits) : bits_(bits) {}

  static constexpr ValType abstract_ref(HeapType heap, bool nullable) {
    return ValType(kRef | (nullable ? kNullable : 0) | static_cast<uint32_t>(heap));
  }
  static constexpr ValType concrete_ref(uint32_t type_id, bool nullable) {
    return ValType(kRef | kConcrete | (nullable ? kNullable : 0) | type_id);
  }

  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }
  // The validator's unknown type below an unconditional branch.
  [[nodiscard]] constexpr bool is_bottom() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool is_ref() const { return (bits_ & kRef) != 0; }
  [[nodiscard]] constexpr bool is_nullable() const { return (bits_ & kNullable) != 0; }
  [[nodiscard]] constexpr bool is_concrete() const { return (bits_ & kConcrete) != 0; }
  [[nodiscard]] constexpr uint32_t type_id() const { return bits_ & kPayload; }
  [[nodiscard]] constexpr HeapType heap() const { return static_cast<HeapType>(bits_ & kPayload); }
  // The type of the same references and null, or of those without null.
  [[nodiscard]] constexpr ValType with_null() const { return ValType(bits_ | kNullable); }
  [[nodiscard]] constexpr ValType without_null() const { return ValType(bits_ & ~kNullable); }
  // What a slot of the type has: a function, or else an object, an exception or the host's.
  [[nodiscard]] constexpr bool is_function_ref() const {
    if (!is_ref()) return false;
    if (is_concrete()) return (bits_ & kFunctionId) != 0;
    return heap() == HeapType::Func || heap() == HeapType::NoFunc;
  }
  // An i31, an object, or what came from the host.
  [[nodiscard]] constexpr bool is_any_ref() const {
    if (!is_ref()) return false;
    if (is_concrete()) return (bits_ & kFunctionId) == 0;
    return (heap() >= HeapType::Array && heap() <= HeapType::Any) || heap() == HeapType::None;
  }
  // The host's, or what an any_ref has, passed to the host.
  [[nodiscard]] constexpr bool is_extern_ref() const {
    return is_ref() && !is_concrete() &&
           (heap() == HeapType::Extern || heap() == HeapType::NoExtern);
  }
  // A local of this type starts with a value of its own.
  [[nodiscard]] constexpr bool is_defaultable() const { return !is_ref() || is_nullable(); }
  // How many 64-bit value slots it takes.
  [[nodiscard]] constexpr uint32_t slots() const { return bits_ == 0x7b ? 2 : 1; }

  friend constexpr bool operator==(ValType, ValType) = default;

  static constexpr uint32_t kFunctionId = 1u << 27;

 private:
  static constexpr uint32_t kRef = 1u << 31;
  static constexpr uint32_t kNullable = 1u << 30;
  static constexpr uint32_t kConcrete = 1u << 29;
  static constexpr uint32_t kPayload = kConcrete - 1;
  uint32_t bits_ = 0;
};

constexpr ValType kBottom{};
constexpr ValType kI32{0x7f};
constexpr ValType kI64{0x7e};
constexpr ValType kF32{0x7d};
constexpr ValType kF64{0x7c};
constexpr ValType kV128{0x7b};
constexpr ValType kI8{0x78};  // storage types: in fields only
constexpr ValType kI16{0x77};
// A reference that the validator knows no more of: below all reference types.
constexpr ValType kBottomRef = ValType::abstract_ref(HeapType{}, false);
constexpr ValType kFuncRef = ValType::abstract_ref(HeapType::Func, true);
constexpr ValType kExternRef = ValType::abstract_ref(HeapType::Extern, true);
constexpr ValType kAnyRef = ValType::abstract_ref(HeapType::Any, true);
constexpr ValType kExnRef = ValType::abstract_ref(HeapType::Exn, true);

enum class CompositeKind : uint8_t { Func, Struct, Array };

// What a value of a field's type takes in an object: those of two bytes and less are packed.
constexpr uint32_t storage_bytes(ValType type) {
  if (type == kI8) return 1;
  if (type == kI16) return 2;
  if (type == kI32 || type == kF32) return 4;
  return type == kV128 ? 16 : 8;
}
constexpr bool is_packed(ValType type) { return type == kI8 || type == kI16; }
// The type of the values that are read from a field and written to it.
constexpr ValType unpacked(ValType type) { return is_packed(type) ? kI32 : type; }

struct FieldType {
  ValType type;
  bool is_mutable = false;
  uint32_t offset = 0;  // of the object; of an array's element 0
};

// A field that a collection has to look at: of any reference type but those of functions.
struct TracedField {
  uint32_t offset = 0;
  ValType type;
};

// How objects are laid out. Structs: the kind, then the fields. Arrays: the kind, the length
// (uint32_t), then from kArrayElements on the elements. Values of 16 bytes lie at multiples of 8.
constexpr uint32_t kStructFields = 8;
constexpr uint32_t kArrayLength = 8;
constexpr uint32_t kArrayElements = 16;

// One composite type. Made and owned by a TypeRegistry; what it points to lies behind it. That of
// structs or arrays is the kind of its objects as well: their first word.
struct TypeDef : ObjectKind {
  uint32_t id = 0;
  CompositeKind kind = CompositeKind::Func;
  bool is_final = true;
  uint8_t depth = 0;  // number of supertypes above it
  // Func: what a call need not look at each value for.
  bool has_references = false;
  bool params_narrow = true;  // all of them i32 or f32
  bool results_narrow = true;
  bool is_defaultable = true;  // Struct, Array: so are all fields
  uint32_t group_index = 0;    // position in its recursion group (registry's own)
  const TypeDef* super = nullptr;
  const uint32_t* supers = nullptr;  // ids of all of them, by their depth
  // Func
  uint32_t param_count = 0;
  uint32_t result_count = 0;
  uint32_t param_slots = 0;  // value slots of all parameters
  uint32_t result_slots = 0;
  uint32_t most_slots = 0;          // of the two
  const ValType* values = nullptr;  // parameters, then results
  // Struct (all fields) and Array (one)
  uint32_t field_count = 0;
  uint32_t traced_count = 0;
  const FieldType* fields = nullptr;
  const TracedField* traced = nullptr;
  uint32_t object_bytes = 0;   // Struct: of each; Array: of one without elements
  uint32_t element_bytes = 0;  // Array

  [[nodiscard]] std::span<const ValType> params() const { return {values, param_count}; }
  [[nodiscard]] std::span<const ValType> results() const {
    return {values + param_count, result_count};
  }
};

// True when `type` is `super` or declares it, directly or not, as its supertype.
inline bool is_subtype(const TypeDef* type, const TypeDef* super) {
  return type == super || (type->depth > super->depth && type->supers[super->depth] == super->id);
}

struct Limits {
  uint64_t min = 0;
  uint64_t max = 0;  // meaningful when has_max
  bool has_max = false;
  bool is_shared = false;
  bool is_64 = false;  // 64-bit index type
};

struct TableType {
  ValType element;
  Limits limits;
};

struct MemoryType {
  Limits limits;  // in pages
  uint32_t page_size = 65536;
};

struct GlobalType {
  ValType type;
  bool is_mutable = false;
};

enum class ExternKind : uint8_t { Func = 0, Table = 1, Memory = 2, Global = 3, Tag = 4 };

}  // namespace wembed
