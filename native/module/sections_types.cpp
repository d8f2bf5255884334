// The type section.
#include "isa/limits.h"
#include "module/module_reader.h"

namespace wembed {

// The types of one recursion group before they are interned.
struct ModuleReader::TypeDrafts {
  explicit TypeDrafts(const Module& module)
      : types(module.allocator()),
        values(module.allocator()),
        fields(module.allocator()),
        scope{module} {}
  Vector<TypeDraft> types;
  Vector<ValType> values;
  Vector<FieldType> fields;
  TypeScope scope;
};

namespace {

constexpr uint8_t kFormFunc = 0x60;
constexpr uint8_t kFormStruct = 0x5f;
constexpr uint8_t kFormArray = 0x5e;
constexpr uint8_t kFormSub = 0x50;
constexpr uint8_t kFormSubFinal = 0x4f;
constexpr uint8_t kFormRec = 0x4e;

}  // namespace

Error ModuleReader::read_types(Reader& in) {
  WEMBED_TRY(uint32_t count, in.count(kMaxTypes, "types"));
  if (!module_.types_.reserve(count)) return in.out_of_memory();
  TypeDrafts drafts(module_);
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_CHECK(item(in));
    uint32_t size = 1;
    if (in.peek() == kFormRec) {
      WEMBED_CHECK(require(in, module_, Feature::Gc, "invalid type flag"));
      (void)in.u8();
      WEMBED_TRY(size, in.count(kMaxTypes, "types"));
    }
    WEMBED_CHECK(read_recursion_group(in, drafts, size));
  }
  module_.types_.shrink_to_fit();
  return Error::None;
}

Error ModuleReader::read_recursion_group(Reader& in, TypeDrafts& drafts, uint32_t count) {
  if (count == 0) return Error::None;
  uint32_t first_index = static_cast<uint32_t>(module_.types_.size());
  if (count > kMaxTypes - first_index) return in.fail(Error::Limit, "too many types");
  drafts.types.clear();
  drafts.values.clear();
  drafts.fields.clear();
  drafts.scope.group_first = first_index;
  drafts.scope.group_count = count;
  for (uint32_t i = 0; i < count; i++) {
    if (i != 0) WEMBED_CHECK(item(in));
    WEMBED_CHECK(read_subtype(in, drafts));
  }
  // Room first: what the registry holds for us must not get lost.
  for (uint32_t i = 0; i < count; i++) {
    if (!module_.types_.push_back(nullptr)) return in.out_of_memory();
  }
  module_.types_.truncate(first_index);
  const TypeDef* first = nullptr;
  Error error = module_.registry().intern(drafts.types.span(), drafts.values.span(),
                                          drafts.fields.span(), &first);
  if (error != Error::None) return in.out_of_memory();
  // Safe: there was room for them a moment ago.
  for (uint32_t i = 0; i < count; i++) (void)module_.types_.push_back(first + i);
  for (uint32_t i = 0; i < count; i++) WEMBED_CHECK(check_subtype(in, first + i));
  return Error::None;
}

Error ModuleReader::read_subtype(Reader& in, TypeDrafts& drafts) {
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t form, in.u8());
  TypeDraft draft;
  if (form == kFormSub || form == kFormSubFinal) {
    WEMBED_CHECK(require(in, module_, Feature::Gc, "invalid type flag"));
    draft.is_final = form == kFormSubFinal;
    WEMBED_TRY(uint32_t supers, in.u32());
    if (supers > 1) return in.fail_at(at, Error::Invalid, "too many supertypes");
    if (supers == 1) {
      WEMBED_TRY(uint32_t super, in.u32());
      uint32_t own = drafts.scope.group_first + static_cast<uint32_t>(drafts.types.size());
      if (super >= own) return in.fail_at(at, Error::Invalid, "unknown type %u", super);
      WEMBED_CHECK(name_super(in, drafts, super, draft));
    }
    WEMBED_TRY(form, in.u8());
  }
  if (!drafts.types.push_back(draft)) return in.out_of_memory();
  return read_composite(in, drafts, form);
}

Error ModuleReader::name_super(Reader& in, const TypeDrafts& drafts, uint32_t super,
                               TypeDraft& draft) {
  const uint32_t group_first = drafts.scope.group_first;
  const bool in_group = super >= group_first;
  draft.has_super = true;
  draft.super =
      in_group ? TypeRegistry::kInGroup | (super - group_first) : module_.types_[super]->id;
  draft.depth = 1 + (in_group ? drafts.types[super - group_first].depth
                              : uint32_t{module_.types_[super]->depth});
  if (draft.depth <= kMaxSubtypeDepth) return Error::None;
  return in.fail(Error::Limit, "supertype chain too long");
}

Error ModuleReader::read_composite(Reader& in, TypeDrafts& drafts, uint8_t form) {
  TypeDraft& draft = drafts.types.back();
  draft.first_value = static_cast<uint32_t>(drafts.values.size());
  draft.first_field = static_cast<uint32_t>(drafts.fields.size());
  switch (form) {
    case kFormFunc:
      draft.kind = CompositeKind::Func;
      WEMBED_CHECK(read_values(in, drafts, kMaxParams));
      draft.param_count = draft.value_count;
      return read_values(in, drafts, kMaxResults);
    case kFormStruct: {
      WEMBED_CHECK(require(in, module_, Feature::Gc, "invalid type flag"));
      draft.kind = CompositeKind::Struct;
      WEMBED_TRY(draft.field_count, in.u32());
      if (draft.field_count > kMaxStructFields) return in.fail(Error::Limit, "too many fields");
      for (uint32_t i = 0; i < draft.field_count; i++) WEMBED_CHECK(read_field(in, drafts));
      return Error::None;
    }
    case kFormArray:
      WEMBED_CHECK(require(in, module_, Feature::Gc, "invalid type flag"));
      draft.kind = CompositeKind::Array;
      draft.field_count = 1;
      return read_field(in, drafts);
    default: return in.fail(Error::Malformed, "invalid type flag");
  }
}

Error ModuleReader::read_values(Reader& in, TypeDrafts& drafts, uint32_t limit) {
  WEMBED_TRY(uint32_t count, in.u32());
  if (count > limit) return in.fail(Error::Limit, "param count or result count too large");
  drafts.types.back().value_count += count;
  for (uint32_t i = 0; i < count; i++) {
    WEMBED_TRY(ValType type, read_value_type(in, drafts.scope));
    if (!drafts.values.push_back(type)) return in.out_of_memory();
  }
  return Error::None;
}

Error ModuleReader::read_field(Reader& in, TypeDrafts& drafts) {
  FieldType field;
  uint8_t code = in.peek();
  if (ValType(code) == kI8 || ValType(code) == kI16) {
    (void)in.u8();
    field.type = ValType(code);
  } else {
    WEMBED_TRY(field.type, read_value_type(in, drafts.scope));
  }
  uint32_t at = in.offset();
  WEMBED_TRY(uint8_t mutability, in.u8());
  if (mutability > 1) return in.fail_at(at, Error::Malformed, "invalid mutability");
  field.is_mutable = mutability == 1;
  return drafts.fields.push_back(field) ? Error::None : in.out_of_memory();
}

// A declared supertype must be open and structurally above the type.
Error ModuleReader::check_subtype(Reader& in, const TypeDef* type) {
  const TypeDef* super = type->super;
  if (super == nullptr) return Error::None;
  const TypeRegistry& registry = module_.registry();
  bool good = !super->is_final && super->kind == type->kind;
  if (good && type->kind == CompositeKind::Func) {
    good = type->param_count == super->param_count && type->result_count == super->result_count;
    for (uint32_t i = 0; good && i < type->param_count; i++) {
      good = registry.matches(super->params()[i], type->params()[i]);
    }
    for (uint32_t i = 0; good && i < type->result_count; i++) {
      good = registry.matches(type->results()[i], super->results()[i]);
    }
  } else if (good) {
    good = type->field_count >= super->field_count;
    for (uint32_t i = 0; good && i < super->field_count; i++) {
      const FieldType& own = type->fields[i];
      const FieldType& above = super->fields[i];
      good = own.is_mutable == above.is_mutable &&
             (own.is_mutable ? own.type == above.type : registry.matches(own.type, above.type));
    }
  }
  return good ? Error::None : in.fail(Error::Invalid, "sub type does not match super type");
}

}  // namespace wembed
