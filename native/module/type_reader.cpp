#include "module/type_reader.h"

#include "isa/limits.h"
#include "module/foreign_format.h"

namespace wembed {

namespace {

constexpr uint8_t kRefNullable = 0x63;
constexpr uint8_t kRef = 0x64;
constexpr const char* kUnknownType = "unknown value type";

bool is_abstract_heap_code(uint32_t code) { return code >= 0x69 && code <= 0x74; }

// Typed references came with function references; whoever has gc has them as well.
Error require_typed_references(Reader& in, const Module& module) {
  if (has(module.features(), Feature::Gc)) return Error::None;
  return require(in, module, Feature::FunctionReferences, kUnknownType);
}

// Whether the features allow an abstract heap type.
Error require_heap(Reader& in, const Module& module, HeapType heap) {
  switch (heap) {
    case HeapType::Func:
    case HeapType::Extern: return Error::None;
    // Of null alone: binaryen writes every null so.
    case HeapType::NoFunc:
    case HeapType::NoExtern: return require_typed_references(in, module);
    case HeapType::Exn:
    case HeapType::NoExn: return require(in, module, Feature::Exceptions, kUnknownType);
    default: return require(in, module, Feature::Gc, kUnknownType);
  }
}

}  // namespace

Error require(Reader& in, const Module& module, Feature feature, const char* text) {
  if (has(module.features(), feature)) return Error::None;
  in.diagnostic().say(describe_missing(feature));
  return in.fail(Error::Unsupported, "%s", text);
}

Result<ValType> read_heap_type(Reader& in, const TypeScope& scope) {
  uint32_t at = in.offset();
  WEMBED_TRY(int64_t code, in.s33());
  if (code < 0) {
    uint32_t abstract = static_cast<uint32_t>(code & 0x7f);
    if (code < -64 || !is_abstract_heap_code(abstract)) {
      return in.fail_at(at, Error::Malformed, "malformed heap type");
    }
    HeapType heap = static_cast<HeapType>(abstract);
    WEMBED_CHECK(require_heap(in, scope.module, heap));
    return ValType::abstract_ref(heap, true);
  }
  WEMBED_CHECK(require_typed_references(in, scope.module));
  uint64_t index = static_cast<uint64_t>(code);
  if (scope.group_count != 0 && index >= scope.group_first &&
      index - scope.group_first < scope.group_count) {
    return ValType::concrete_ref(
        TypeRegistry::kInGroup | static_cast<uint32_t>(index - scope.group_first), true);
  }
  if (index >= scope.module.types().size()) {
    return in.fail_at(at, Error::Invalid, "unknown type %u", static_cast<uint32_t>(index));
  }
  return ValType::concrete_ref(scope.module.type(static_cast<uint32_t>(index))->id, true);
}

Result<ValType> read_value_type(Reader& in, const TypeScope& scope) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t code, in.u8());
  if (code >= 0x7c && code <= 0x7f) return ValType(code);
  if (code == 0x70) return kFuncRef;
  if (code == 0x6f) return kExternRef;
  if (code == 0x7b) {
    WEMBED_CHECK(require(in, scope.module, Feature::Simd, "v128 value type requires simd feature"));
    return kV128;
  }
  if (is_abstract_heap_code(code)) {
    WEMBED_CHECK(require_heap(in, scope.module, static_cast<HeapType>(code)));
    return ValType::abstract_ref(static_cast<HeapType>(code), true);
  }
  if (code == kRef || code == kRefNullable) {
    WEMBED_CHECK(require_typed_references(in, scope.module));
    WEMBED_TRY(ValType type, read_heap_type(in, scope));
    if (code == kRefNullable) return type;
    return type.is_concrete() ? ValType::concrete_ref(type.type_id(), false)
                              : ValType::abstract_ref(type.heap(), false);
  }
  return in.fail_at(at, Error::Malformed, "%s", kUnknownType);
}

Result<ValType> read_reference_type(Reader& in, const TypeScope& scope) {
  uint32_t at = in.offset();
  WEMBED_TRY(ValType type, read_value_type(in, scope));
  if (!type.is_ref()) return in.fail_at(at, Error::Malformed, "malformed reference type");
  return type;
}

namespace {

constexpr const char* kInvalidFlags = "invalid limits flags";
enum LimitsFlags : uint8_t { kHasMax = 1, kShared = 2, k64 = 4, kHasPageSize = 8 };

Result<Limits> read_limits(Reader& in, const Module& module, uint8_t flags) {
  Limits limits;
  limits.has_max = (flags & kHasMax) != 0;
  limits.is_shared = (flags & kShared) != 0;
  limits.is_64 = (flags & k64) != 0;
  if (limits.is_64) {
    WEMBED_CHECK(require(in, module, Feature::Memory64, kInvalidFlags));
    WEMBED_TRY(limits.min, in.u64());
    if (limits.has_max) {
      WEMBED_TRY(limits.max, in.u64());
    }
  } else {
    WEMBED_TRY(limits.min, in.u32());
    if (limits.has_max) {
      WEMBED_TRY(limits.max, in.u32());
    }
  }
  return limits;
}

Error check_order(Reader& in, uint32_t at, const Limits& limits) {
  if (!limits.has_max || limits.min <= limits.max) return Error::None;
  return in.fail_at(at, Error::Invalid, "size minimum must not be greater than maximum");
}

// The size of a page, given as its logarithm: one byte, or what it is without.
Error read_page_size(Reader& in, uint32_t& size) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t log2, in.u32());
  if (log2 != 0 && log2 != 16) {
    return in.fail_at(at, Error::Invalid, "invalid custom page size: it is 1 or 65536");
  }
  size = 1u << log2;
  return Error::None;
}

}  // namespace

Result<Limits> read_table_limits(Reader& in, const Module& module) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t flags, in.u8());
  if (flags > (kHasMax | kShared | k64)) {
    return in.fail_at(at, Error::Malformed, "%s", kInvalidFlags);
  }
  if ((flags & kShared) != 0) return in.fail_at(at, Error::Malformed, "tables cannot be shared");
  WEMBED_TRY(Limits limits, read_limits(in, module, flags));
  WEMBED_CHECK(check_order(in, at, limits));
  return limits;
}

Result<MemoryType> read_memory_type(Reader& in, const Module& module) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t flags, in.u8());
  if (flags > (kHasMax | kShared | k64 | kHasPageSize)) {
    return in.fail_at(at, Error::Malformed, "%s", kInvalidFlags);
  }
  if ((flags & kHasPageSize) != 0) {
    WEMBED_CHECK(require(in, module, Feature::CustomPageSizes, kInvalidFlags));
  }
  if ((flags & kShared) != 0) {
    WEMBED_CHECK(require(in, module, Feature::Threads, kInvalidFlags));
    if ((flags & kHasMax) == 0) {
      return in.fail_at(at, Error::Invalid, "shared memory must have maximum");
    }
  }
  MemoryType memory;
  WEMBED_TRY(memory.limits, read_limits(in, module, flags));
  if ((flags & kHasPageSize) != 0) WEMBED_CHECK(read_page_size(in, memory.page_size));
  const Limits& limits = memory.limits;
  const uint64_t bytes = limits.is_64 ? UINT64_MAX : UINT32_MAX;
  const uint64_t most = memory.page_size == 1 ? bytes : bytes / memory.page_size + 1;
  if (limits.min > most || (limits.has_max && limits.max > most)) {
    return in.fail_at(at, Error::Invalid,
                      limits.is_64 ? "memory size must be at most 2^48 pages"
                                   : "memory size must be at most 65536 pages (4GiB)");
  }
  WEMBED_CHECK(check_order(in, at, limits));
  return memory;
}

bool is_value_type_code(uint32_t code) {
  return (code >= 0x7b && code <= 0x7f) || is_abstract_heap_code(code) || code == kRef ||
         code == kRefNullable;
}

const char* value_type_text(ValType type) {
  if (type == kI32) return "i32";
  if (type == kI64) return "i64";
  if (type == kF32) return "f32";
  if (type == kF64) return "f64";
  if (type == kV128) return "v128";
  if (type == kFuncRef) return "funcref";
  if (type == kExternRef) return "externref";
  if (type == kExnRef) return "exnref";
  return type.is_ref() ? "ref" : "unknown";
}

ValType function_reference_type(const Module& module, uint32_t index) {
  bool typed =
      has(module.features(), Feature::FunctionReferences) || has(module.features(), Feature::Gc);
  return typed ? ValType::concrete_ref(module.function_type(index)->id, false) : kFuncRef;
}

}  // namespace wembed
