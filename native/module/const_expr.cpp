#include "module/const_expr.h"

#include <algorithm>

#include "isa/limits.h"
#include "isa/opcode.h"
#include "isa/reference.h"
#include "module/module_reader.h"
#include "module/type_reader.h"

namespace wembed {

namespace {

constexpr const char* kTypeMismatch = "type mismatch or constant expression required";
constexpr const char* kNotConstant =
    "illegal opcode or constant expression required or type mismatch";

class ConstMachine {
 public:
  ConstMachine(Reader& in, const Module& module, ConstScope& scope)
      : in_(in), module_(module), scope_(scope), far_(module.allocator()) {}

  Error run(ValType expected, ConstValue& value) {
    for (;;) {
      at_ = in_.offset();
      WEMBED_TRY(uint8_t code, in_.u8());
      if (code == static_cast<uint8_t>(Opcode::End)) break;
      WEMBED_CHECK(step(code));
    }
    if (height_ != 1 || !module_.registry().matches(type(0), expected)) {
      return in_.fail_at(at_, Error::Invalid, "%s", kTypeMismatch);
    }
    value = {type(0), {stack_[0].bits[0], stack_[0].bits[1]}};
    return Error::None;
  }

 private:
  [[nodiscard]] ValType type(uint32_t position) const { return ValType(stack_[position].type); }

  Error push(ValType type, uint64_t low, uint64_t high = 0) {
    if (height_ == capacity_) WEMBED_CHECK(make_room());
    stack_[height_++] = {type.bits(), {low, high}};
    return Error::None;
  }

  // More than a few operands: a large array.
  __attribute__((noinline)) Error make_room() {
    if (height_ == kMaxConstOperands) {
      return in_.fail_at(at_, Error::Limit, "constant expression too deep");
    }
    const bool was_near = far_.empty();
    capacity_ = height_ * 2 < kMaxConstOperands ? height_ * 2 : kMaxConstOperands;
    if (!far_.resize(capacity_)) return in_.out_of_memory();
    if (was_near) std::copy_n(near_, height_, far_.begin());
    stack_ = far_.data();
    return Error::None;
  }

  Error step(uint8_t code) {
    switch (static_cast<Opcode>(code)) {
      case Opcode::I32Const: {
        WEMBED_TRY(int32_t number, in_.s32());
        return push(kI32, static_cast<uint32_t>(number));
      }
      case Opcode::I64Const: {
        WEMBED_TRY(int64_t number, in_.s64());
        return push(kI64, static_cast<uint64_t>(number));
      }
      case Opcode::F32Const: {
        WEMBED_TRY(uint32_t bits, in_.fixed32());
        return push(kF32, bits);
      }
      case Opcode::F64Const: {
        WEMBED_TRY(uint64_t bits, in_.fixed64());
        return push(kF64, bits);
      }
      case Opcode::I32Add:
      case Opcode::I32Sub:
      case Opcode::I32Mul: return arithmetic(kI32, code - static_cast<uint32_t>(Opcode::I32Add));
      case Opcode::I64Add:
      case Opcode::I64Sub:
      case Opcode::I64Mul: return arithmetic(kI64, code - static_cast<uint32_t>(Opcode::I64Add));
      case Opcode::GlobalGet: return global();
      case Opcode::RefNull: {
        WEMBED_TRY(ValType type, read_heap_type(in_, TypeScope{module_}));
        return push(type, 0);
      }
      case Opcode::RefFunc: return function();
      default: break;
    }
    if (code == 0xfd && has(module_.features(), Feature::Simd)) return vector();
    if (code == 0xfb && has(module_.features(), Feature::Gc)) return object();
    return in_.fail_at(at_, Error::Invalid, "%s", kNotConstant);
  }

  Error arithmetic(ValType type, uint32_t operation) {
    if (height_ < 2 || this->type(height_ - 1) != type || this->type(height_ - 2) != type) {
      return in_.fail_at(at_, Error::Invalid, "%s", kTypeMismatch);
    }
    uint64_t right = stack_[--height_].bits[0];
    uint64_t& left = stack_[height_ - 1].bits[0];
    left = operation == 0 ? left + right : operation == 1 ? left - right : left * right;
    if (type == kI32) left = static_cast<uint32_t>(left);
    return Error::None;
  }

  Error global() {
    WEMBED_TRY(uint32_t index, in_.u32());
    if (index >= module_.globals().size()) {
      return in_.fail_at(at_, Error::Invalid, "unknown global %u", index);
    }
    const GlobalType& type = module_.globals()[index].type;
    if (type.is_mutable) {
      return in_.fail_at(at_, Error::Invalid, "constant expression required");
    }
    ConstValue value;
    if (!scope_.global(index, value)) {
      return in_.fail_at(at_, Error::Invalid, "unknown global %u", index);
    }
    return push(type.type, value.bits[0], value.bits[1]);
  }

  Error function() {
    WEMBED_TRY(uint32_t index, in_.u32());
    if (index >= module_.function_count()) {
      return in_.fail_at(at_, Error::Invalid, "unknown function %u", index);
    }
    Result<uint64_t> reference = scope_.function(index);
    if (!reference.ok())
      return in_.fail_at(at_, reference.error(), "%s", error_text(reference.error()));
    return push(function_reference_type(module_, index), reference.value());
  }

  Error vector() {
    WEMBED_TRY(uint32_t sub, in_.u32());
    if (opcode_value(0xfd, sub) != static_cast<uint32_t>(Opcode::V128Const)) {
      return in_.fail_at(at_, Error::Invalid, "%s", kNotConstant);
    }
    WEMBED_TRY(uint64_t low, in_.fixed64());
    WEMBED_TRY(uint64_t high, in_.fixed64());
    return push(kV128, low, high);
  }

  Error object() {
    WEMBED_TRY(uint32_t sub, in_.u32());
    switch (static_cast<Opcode>(opcode_value(0xfb, sub))) {
      case Opcode::StructNew: return new_struct(true);
      case Opcode::StructNewDefault: return new_struct(false);
      case Opcode::ArrayNew: return new_array(true);
      case Opcode::ArrayNewDefault: return new_array(false);
      case Opcode::ArrayNewFixed: return new_array_fixed();
      case Opcode::AnyConvertExtern: return convert(HeapType::Extern, HeapType::Any);
      case Opcode::ExternConvertAny: return convert(HeapType::Any, HeapType::Extern);
      case Opcode::RefI31: {
        WEMBED_CHECK(take(kI32));
        const auto value = static_cast<uint32_t>(stack_[height_].bits[0]);
        return push(ValType::abstract_ref(HeapType::I31, false), i31_slot(value));
      }
      default: return in_.fail_at(at_, Error::Invalid, "%s", kNotConstant);
    }
  }

  // The operand on top is of that type. It stays where it was, above the stack.
  Error take(ValType expected) {
    if (height_ == 0 || !module_.registry().matches(type(height_ - 1), expected)) {
      return in_.fail_at(at_, Error::Invalid, "%s", kTypeMismatch);
    }
    height_--;
    return Error::None;
  }

  Result<const TypeDef*> object_type(CompositeKind kind) {
    WEMBED_TRY(uint32_t index, in_.u32());
    if (index >= module_.types().size() || module_.type(index)->kind != kind) {
      return in_.fail_at(at_, Error::Invalid, "unknown type %u", index);
    }
    return module_.type(index);
  }

  // What the scope made of the operands above the stack.
  Error made(const TypeDef& type, Result<uint64_t> reference) {
    if (!reference.ok()) {
      return in_.fail_at(at_, reference.error(), "%s", error_text(reference.error()));
    }
    return push(ValType::concrete_ref(type.id, false), reference.value());
  }

  Error new_struct(bool has_values) {
    WEMBED_TRY(const TypeDef* type, object_type(CompositeKind::Struct));
    if (!has_values) {
      if (!type->is_defaultable) return in_.fail_at(at_, Error::Invalid, "%s", kTypeMismatch);
      return made(*type, scope_.new_struct(*type, nullptr));
    }
    for (uint32_t i = type->field_count; i-- > 0;) {
      WEMBED_CHECK(take(unpacked(type->fields[i].type)));
    }
    // Without fields there may be no operands at all, but a place there is.
    return made(*type, scope_.new_struct(*type, stack_ + height_));
  }

  Error new_array(bool has_value) {
    WEMBED_TRY(const TypeDef* type, object_type(CompositeKind::Array));
    WEMBED_CHECK(take(kI32));
    const auto length = static_cast<uint32_t>(stack_[height_].bits[0]);
    if (!has_value) {
      if (!type->is_defaultable) return in_.fail_at(at_, Error::Invalid, "%s", kTypeMismatch);
      return made(*type, scope_.new_array(*type, length, nullptr, true));
    }
    WEMBED_CHECK(take(unpacked(type->fields[0].type)));
    return made(*type, scope_.new_array(*type, length, stack_ + height_, true));
  }

  Error new_array_fixed() {
    WEMBED_TRY(const TypeDef* type, object_type(CompositeKind::Array));
    WEMBED_TRY(uint32_t count, in_.u32());
    if (count > kMaxArrayNewFixed) {
      return in_.fail_at(at_, Error::Limit, "array.new_fixed of too many elements");
    }
    for (uint32_t i = 0; i < count; i++) WEMBED_CHECK(take(unpacked(type->fields[0].type)));
    return made(*type, scope_.new_array(*type, count, stack_ + height_, false));
  }

  Error convert(HeapType from, HeapType to) {
    WEMBED_CHECK(take(ValType::abstract_ref(from, true)));
    const bool is_nullable = type(height_).is_nullable();
    return push(ValType::abstract_ref(to, is_nullable), to_other_side(stack_[height_].bits[0]));
  }

  static constexpr uint32_t kNear = 32;

  Reader& in_;
  const Module& module_;
  ConstScope& scope_;
  uint32_t at_ = 0;
  uint32_t height_ = 0;
  uint32_t capacity_ = kNear;
  ConstOperand near_[kNear];
  ConstOperand* stack_ = near_;
  Vector<ConstOperand> far_;
};

}  // namespace

Result<uint64_t> ConstScope::new_struct(const TypeDef&, const ConstOperand*) {
  return Error::Unsupported;
}

Result<uint64_t> ConstScope::new_array(const TypeDef&, uint32_t, const ConstOperand*, bool) {
  return Error::Unsupported;
}

Error run_const_expression(Reader& in, const Module& module, ConstScope& scope, ValType expected,
                           ConstValue& value) {
  return ConstMachine(in, module, scope).run(expected, value);
}

Error evaluate(const Module& module, ByteRange range, ValType expected, ConstScope& scope,
               ConstValue& value, Diagnostic& diagnostic) {
  Reader in(module.bytes(), range, "constant expression", diagnostic);
  return run_const_expression(in, module, scope, expected, value);
}

Result<uint64_t> ElementItems::next() {
  if (segment_.has_expressions) {
    ConstValue value;
    WEMBED_CHECK(run_const_expression(in_, module_, scope_, segment_.type, value));
    return value.bits[0];
  }
  WEMBED_TRY(uint32_t index, in_.u32());
  if (index >= module_.function_count()) {
    return in_.fail(Error::Invalid, "unknown function %u", index);
  }
  return scope_.function(index);
}

Error check_const_expression(ModuleReader& reader, Reader& in, ValType expected, ByteRange& range) {
  struct Checker final : ConstScope {
    Checker(ModuleReader& owner, Reader& cursor) : reader(owner), in(cursor) {}
    bool global(uint32_t, ConstValue&) override { return true; }
    Result<uint64_t> function(uint32_t index) override {
      WEMBED_CHECK(reader.declare(in, index));
      return uint64_t{0};
    }
    Result<uint64_t> new_struct(const TypeDef&, const ConstOperand*) override {
      reader.makes_objects_ = true;
      return uint64_t{0};
    }
    Result<uint64_t> new_array(const TypeDef&, uint32_t, const ConstOperand*, bool) override {
      reader.makes_objects_ = true;
      return uint64_t{0};
    }
    ModuleReader& reader;
    Reader& in;
  };
  Checker checker(reader, in);
  ConstValue value;
  uint32_t start = in.offset();
  WEMBED_CHECK(run_const_expression(in, reader.module_, checker, expected, value));
  range = {start, in.offset() - start};
  return Error::None;
}

}  // namespace wembed
