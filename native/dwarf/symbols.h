// Types, functions and variables of all units, as lists that refer to each other by number.
#pragma once

#include "base/vector.h"
#include "dwarf/debug_info.h"

namespace wembed::dwarf {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint64_t kUnknown = UINT64_MAX;

enum class TypeKind : uint8_t {
#define TYPE_KIND(name, value) name = value,
#include "dwarf/symbols.def"
#undef TYPE_KIND
};

// Where something is declared.
struct Declared {
  uint32_t unit;
  uint32_t file;  // by the unit's line table
  uint32_t line;
};

struct Type {
  const char* name;  // null: none
  uint64_t size;     // bytes; kUnknown
  uint64_t align;    // bytes; 0: as usual
  Declared declared;
  uint32_t target;  // of a pointer, array, typedef ...: what it is of; kNone: void
  uint32_t space;
  uint32_t first, count;  // members
  TypeKind kind;
  uint8_t encoding;  // of a base type
  bool is_declaration, is_enum_class, is_vector;
  bool has_variants;  // of which one is there at a time; they are not members
};

enum class MemberKind : uint8_t { Field, Base, Enumerator, Parameter, Variadic, Dimension };

struct Member {
  const char* name;  // null: none
  uint32_t type;
  MemberKind kind;
  bool is_artificial;
  uint64_t offset;      // bytes; kUnknown: computed from an object
  int64_t value;        // of an enumerator; elements of a dimension, -1: not known
  uint32_t bit_offset;  // from the struct's start modulo 8 bits of `offset`
  uint32_t bit_size;    // 0: no bit field
};

struct Function {
  const char* name;
  const char* linkage_name;
  uint64_t address;  // in the code section; kUnknown: it has no code here
  Declared declared;
  uint32_t result;  // kNone: void
  uint32_t space;
  uint32_t first, count;  // parameters
  bool is_external, is_declaration, is_prototyped, is_inlined;
};

struct Variable {
  const char* name;
  const char* linkage_name;
  uint64_t address;  // in memory, or the index of a global of the module
  Declared declared;
  uint32_t type;
  uint32_t space;
  bool is_external;
  bool is_global;  // of the module
};

// A namespace, a class, a function: what names are in.
struct Space {
  const char* name;  // null: it has none
  uint32_t outer;
};

class Symbols {
 public:
  // Information with more in it than these is refused.
  static constexpr uint32_t kMost = 1 << 26;

  explicit Symbols(Allocator& allocator)
      : types(allocator),
        functions(allocator),
        variables(allocator),
        members(allocator),
        spaces(allocator) {}

  // Once. What makes no sense is left out.
  [[nodiscard]] Error read(DebugInfo& info, const Poll& poll = {});

  Vector<Type> types;
  Vector<Function> functions;
  Vector<Variable> variables;
  Vector<Member> members;
  Vector<Space> spaces;
};

}  // namespace wembed::dwarf
