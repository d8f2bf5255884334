// Element, data and code sections.
#include "isa/limits.h"
#include "isa/opcode.h"
#include "module/module_reader.h"
#include "module/read_once.h"

namespace wembed {

Error ModuleReader::declare(Reader& in, uint32_t function_index) {
  Vector<uint8_t>& declared = module_.declared_;
  if (declared.empty() && !declared.resize((module_.function_count() + 7) / 8)) {
    return in.out_of_memory();
  }
  declared[function_index / 8] |= static_cast<uint8_t>(1u << (function_index % 8));
  return Error::None;
}

Error ModuleReader::read_elements(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxElementSegments, "element segments"));
  if (!module_.elements_.reserve(count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    WEMBED_CHECK(read_element(in));
  }
  return Error::None;
}

Error ModuleReader::read_element(Reader& in) {
  constexpr uint32_t kNotActive = 1;
  constexpr uint32_t kExplicit = 2;  // active: has a table index; else: declarative
  constexpr uint32_t kExpressions = 4;
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t flags, in.u32());
  if (flags > 7) return in.fail_at(at, Error::Malformed, "invalid elements segment kind");
  ElementSegment segment;
  segment.has_expressions = (flags & kExpressions) != 0;
  segment.type = kFuncRef;
  if ((flags & kNotActive) == 0) {
    segment.mode = SegmentMode::Active;
    if ((flags & kExplicit) != 0) {
      WEMBED_TRY(segment.table, in.u32());
    }
    if (segment.table >= module_.tables_.size()) {
      return in.fail_at(at, Error::Invalid, "unknown table %u", segment.table);
    }
    ValType address = module_.tables_[segment.table].type.limits.is_64 ? kI64 : kI32;
    WEMBED_CHECK(check_const_expression(*this, in, address, segment.offset));
  } else {
    segment.mode = (flags & kExplicit) != 0 ? SegmentMode::Declarative : SegmentMode::Passive;
  }
  if ((flags & (kNotActive | kExplicit)) != 0) {
    if (segment.has_expressions) {
      WEMBED_TRY(segment.type, read_reference_type(in, TypeScope{module_}));
    } else {
      uint32_t kind_at = in.offset();
      WEMBED_TRY(uint8_t kind, in.u8());
      if (kind != 0) return in.fail_at(kind_at, Error::Malformed, "malformed element kind");
    }
  }
  WEMBED_CHECK(read_element_items(in, segment));
  if (segment.mode == SegmentMode::Active &&
      !module_.registry().matches(segment.type, module_.tables_[segment.table].type.element)) {
    return in.fail_at(at, Error::Invalid, "type mismatch");
  }
  return module_.elements_.push_back(segment) ? Error::None : in.out_of_memory();
}

Error ModuleReader::read_element_items(Reader& in, ElementSegment& segment) {
  WEMBED_TRY(segment.count, in.count(kMaxTableElements, "table elements"));
  // Function indices cannot be null, whatever the declared type says.
  if (!segment.has_expressions && (has(module_.features(), Feature::FunctionReferences) ||
                                   has(module_.features(), Feature::Gc))) {
    segment.type = ValType::abstract_ref(HeapType::Func, false);
  }
  uint32_t start = in.offset();
  makes_objects_ = false;
  for (uint32_t i = 0; i < segment.count; i++) {
    WEMBED_CHECK(item(in));
    if (segment.has_expressions) {
      ByteRange expression;
      WEMBED_CHECK(check_const_expression(*this, in, segment.type, expression));
      continue;
    }
    uint32_t at = in.offset();
    WEMBED_TRY(uint32_t index, in.u32());
    if (index >= module_.function_count()) {
      return in.fail_at(at, Error::Invalid, "unknown function %u", index);
    }
    WEMBED_CHECK(declare(in, index));
  }
  segment.items = {start, in.offset() - start};
  segment.keeps_values = makes_objects_ && segment.mode == SegmentMode::Passive;
  module_.keeps_element_values_ |= segment.keeps_values;
  return Error::None;
}

Error ModuleReader::read_data(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxDataSegments, "data segments"));
  if (!module_.data_.reserve(count)) return in.out_of_memory();
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    uint32_t at = in.offset();
    WEMBED_TRY(uint32_t flags, in.u32());
    if (flags > 2) return in.fail_at(at, Error::Malformed, "invalid data segment flag");
    PackedDataSegment segment{};
    uint32_t memory = 0;
    uint32_t expression_at = 0;
    if (flags != 1) {
      segment.is_active = 1;
      if (flags == 2) {
        WEMBED_TRY(memory, in.u32());
      }
      if (memory >= module_.memories_.size()) {
        return in.fail_at(at, Error::Invalid, "unknown memory %u", memory);
      }
      ValType address = module_.memories_[memory].limits.is_64 ? kI64 : kI32;
      ByteRange expression;
      WEMBED_CHECK(check_const_expression(*this, in, address, expression));
      expression_at = expression.offset;
    }
    WEMBED_TRY(uint32_t size, in.u32());
    WEMBED_TRY(ByteRange bytes, in.bytes(size));
    // Safe: kMaxModuleSize is 2^30, and nothing of a module lies behind it.
    segment.offset = bytes.offset & 0x3fffffff;
    segment.size = bytes.size & 0x3fffffff;
    segment.memory_low = memory & 3;
    segment.memory_high = (memory >> 2) & 0x7f;
    if (segment.is_active != 0) {
      uint32_t distance = bytes.offset - expression_at;
      segment.expression = distance & 0x1ffffff;
      if (segment.expression != distance) {
        return in.fail_at(at, Error::Limit, "constant expression too long");
      }
    }
    if (!module_.data_.push_back(segment)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_code(Reader& in) {
  has_code_ = true;
  uint32_t at = in.offset();
  WEMBED_TRY(uint32_t count, in.u32());
  if (count != module_.bodies_.size()) {
    return in.fail_at(at, Error::Malformed, "function and code section have inconsistent lengths");
  }
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    at = in.offset();
    diagnostic_.function = module_.imported_functions_ + i;
    WEMBED_TRY(uint32_t size, in.u32());
    if (size > kMaxFunctionBody) return in.fail_at(at, Error::Limit, "function body too large");
    FunctionBody& body = module_.bodies_[i];
    body.offset = in.offset();
    body.size_bytes = (body.offset - at) & 0xff;
    WEMBED_TRY(ByteRange range, in.bytes(size));
    module_.code_end_ = range.offset + range.size;
    uint32_t last = range.offset + range.size - 1;
    if (size > 0 && read_once(&module_.bytes()[last]) != static_cast<uint8_t>(Opcode::End)) {
      return in.fail_at(last + 1, Error::Malformed,
                        "section size mismatch: function body END opcode expected");
    }
  }
  diagnostic_.function = kNoFunction;
  return Error::None;
}

}  // namespace wembed
