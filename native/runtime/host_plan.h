// Signature strings, and what they ask for when a function of that type is called.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/allocator.h"
#include "isa/types.h"

namespace wembed::platform {
struct HostCallVariant;
}

namespace wembed {

// How one argument travels.
enum class ArgKind : uint8_t {
  Word32,  // zero-extended
  Word64,
  Float32,
  Float64,
  Vector,  // two slots; raw functions only
  Extern,  // references in the form that the host has them in: words,
  Object,
  Function,
  FunctionNumber,  // or 32 bits
  Pointer,         // checked for one byte, becomes a native address
  Sized,           // checked for the length in the next argument, becomes a native address
  String,          // checked for its NUL, becomes a native address
};

struct HostArg {
  ArgKind kind;
  uint16_t slot;   // where the argument is
  uint16_t place;  // word of HostCallFrame, or kFirstStackByte + offset in bytes
};

enum class ResultKind : uint8_t { None, Word32, Word64, Float32, Float64, Vector, Reference };
ResultKind result_kind(ValType type);

// Everything about one import that a call needs, made once when it is linked.
struct HostPlan {
  static constexpr uint16_t kFirstStackByte = 16;

  const TypeDef* type = nullptr;
  const platform::HostCallVariant* variant = nullptr;
  ResultKind result = ResultKind::None;
  bool wide_index = false;  // pointers are i64
  uint16_t arg_count = 0;
  uint8_t converted = 0;     // bit i: argument i of the fast path is converted
  uint64_t masks[5] = {};    // of the arguments of the fast path
  uint64_t result_mask = 0;  // of a result that is a number; 0: none, or another
  HostArg args[1];           // arg_count of them; only converted ones for raw functions

  static size_t bytes(uint32_t args) { return sizeof(HostPlan) + args * sizeof(HostArg); }
};

// What a signature depends on beside the type.
struct SignatureForm {
  bool wide_index = false;  // pointers are i64
  bool words = false;       // references are, see ReferenceForm
};

// True when `signature` can be used for a function of type `type`. An empty or null signature fits
// all types that have a C form.
bool signature_matches(const char* signature, const TypeDef* type, SignatureForm form);

// The signature that fits the type without asking for a conversion. False: there is none, or no
// room.
bool write_signature(const TypeDef* type, SignatureForm form, char* text, size_t size);

// What `signature` means for a function of that type; null when it does not fit (`fits` false) or
// there is no memory (`fits` true). For raw functions only arguments that are converted are listed.
HostPlan* make_host_plan(Allocator& allocator, const char* signature, const TypeDef* type, bool raw,
                         SignatureForm form, bool& fits);

// Bytes of an argument on a packed stack.
constexpr uint32_t packed_size(ArgKind kind) {
  const bool is_short = kind == ArgKind::Word32 || kind == ArgKind::Float32;
  return is_short || kind == ArgKind::FunctionNumber ? 4 : 8;
}

}  // namespace wembed
