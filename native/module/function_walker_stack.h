// FunctionWalker, first part: entry, local declarations, operand stack, immediates.
// Included by function_walker.h only.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "isa/limits.h"
#include "module/function_walker.h"
#include "module/type_reader.h"

namespace wembed {

template <class Sink>
FunctionWalker<Sink>::FunctionWalker(const Module& module, uint32_t function,
                                     Diagnostic& diagnostic, WalkScratch& scratch, Sink& sink)
    : module_(module),
      function_(function),
      diagnostic_(diagnostic),
      scratch_(scratch),
      sink_(sink),
      type_(module.function_type(function)),
      body_(module.body(function)) {}

template <class Sink>
Error FunctionWalker<Sink>::walk() {
  Error error = prepare();
  if (error == Error::None) error = walk_code();
  return error == Error::None ? error : report(error);
}

template <class Sink>
Error FunctionWalker<Sink>::report(Error error) {
  // What a sink or a reader of types reported has no place yet.
  diagnostic_.fail(error);
  diagnostic_.function = function_;
  diagnostic_.section = "code";
  diagnostic_.offset = op_ == nullptr ? body_.offset : offset();
  return error;
}

template <class Sink>
Error FunctionWalker<Sink>::prepare() {
  scratch_.controls.clear();
  scratch_.initialised.clear();
  std::span<const uint8_t> bytes = module_.bytes();
  code_ = bytes.data() + body_.offset;
  if (bytes.size() - body_.offset - body_.size < kReadAhead) {
    // Too close to the module's end for reading ahead: walk a copy that has room behind it.
    if (!scratch_.code.resize(body_.size + kReadAhead)) return out_of_memory();
    std::memcpy(scratch_.code.data(), code_, body_.size);
    std::memset(scratch_.code.data() + body_.size, 0, kReadAhead);
    code_ = scratch_.code.data();
  }
  ip_ = code_;
  op_ = code_;
  end_ = code_ + body_.size;
  if (scratch_.operands.empty()) {
    if (!scratch_.operands.resize(256)) return out_of_memory();
    for (size_t i = 0; i < kStackPad; i++) scratch_.operands[i] = kFrameMark;
  }
  if constexpr (Sink::kActive) {
    if (scratch_.slots.size() <= scratch_.operands.size() &&
        !scratch_.slots.resize(scratch_.operands.size() + 1)) {
      return out_of_memory();
    }
    scratch_.slots[0] = 0;
  }
  top_ = bottom();
  set_limit();
  WEMBED_CHECK(read_locals());
  Control control;
  control.type = type_;
  // The function's parameters are locals; as a block it has none.
  control.kind = ControlKind::Function;
  WEMBED_CHECK(push_control(ControlKind::Function, control));
  if constexpr (Sink::kActive) sink_.on_start(*this);
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::walk_code() {
  do {
    WEMBED_CHECK(step());
    if constexpr (Sink::kActive) WEMBED_CHECK(sink_.error());
  } while (!scratch_.controls.empty());
  return check_end();
}

// The body's last `end` must be its last byte.
template <class Sink>
Error FunctionWalker<Sink>::check_end() {
  if (ip_ == end_) return Error::None;
  op_ = ip_;
  return ip_ > end_ ? ran_off_the_end() : fail(Error::Malformed, "section size mismatch");
}

template <class Sink>
Error FunctionWalker<Sink>::read_locals() {
  scratch_.locals.clear();
  local_count_ = 0;
  for (ValType param : type_->params()) WEMBED_CHECK(add_locals(1, param));
  uint32_t declarations;
  WEMBED_CHECK(read_u32(declarations));
  for (uint32_t i = 0; i < declarations; i++) {
    if (ip_ >= end_) return ran_off_the_end();
    op_ = ip_;
    uint32_t count;
    WEMBED_CHECK(read_u32(count));
    if (count > kMaxLocals - (local_count_ < kMaxLocals ? local_count_ : kMaxLocals)) {
      return fail(Error::Limit, "too many locals");
    }
    ValType type(*ip_);
    if (type.bits() >= kF64.bits() && type.bits() <= kI32.bits()) {
      ip_++;
    } else if (is_value_type_code(type.bits())) {
      WEMBED_CHECK(read_slowly(false, type));
    } else {
      return fail(Error::Malformed, "invalid local type 0x%02X", type.bits());
    }
    WEMBED_CHECK(add_locals(count, type));
  }
  return finish_locals();
}

template <class Sink>
Error FunctionWalker<Sink>::add_locals(uint32_t count, ValType type) {
  size_t first = scratch_.locals.size();
  if (!scratch_.locals.resize(first + count)) return out_of_memory();
  ValType* locals = scratch_.locals.data() + first;
  for (uint32_t i = 0; i < count; i++) locals[i] = type;
  local_count_ += count;
  return Error::None;
}

// The rare kinds of locals: those that start without a value, and those of two slots.
template <class Sink>
Error FunctionWalker<Sink>::finish_locals() {
  has_nondefaultable_ = false;
  has_wide_locals_ = false;
  if (module_.features() == 0) return Error::None;
  for (uint32_t i = 0; i < local_count_; i++) {
    ValType type = scratch_.locals[i];
    if (i >= type_->param_count && !type.is_defaultable()) has_nondefaultable_ = true;
    if (type.slots() != 1) has_wide_locals_ = true;
  }
  if (has_nondefaultable_) {
    if (!scratch_.declared.resize(local_count_)) return out_of_memory();
    for (uint32_t i = 0; i < local_count_; i++) {
      scratch_.declared[i] = scratch_.locals[i];
      if (i >= type_->param_count && !scratch_.locals[i].is_defaultable()) {
        scratch_.locals[i] = kBottom;
      }
    }
  }
  if (has_wide_locals_) {
    if (!scratch_.local_slots.resize(local_count_ + size_t{1})) return out_of_memory();
    uint32_t slot = 0;
    for (uint32_t i = 0; i <= local_count_; i++) {
      scratch_.local_slots[i] = slot;
      if (i < local_count_) slot += local_type(i).slots();
    }
  }
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::fail(Error error, const char* format, ...) {
  va_list args;
  va_start(args, format);
  diagnostic_.vfail(error, format, args);
  va_end(args);
  return error;
}

template <class Sink>
Error FunctionWalker<Sink>::unsupported(uint32_t prefix, uint32_t code) {
  if (prefix == 0) return fail(Error::Unsupported, "unsupported opcode %02x", code);
  return fail(Error::Unsupported, "unsupported opcode %02x %02x", prefix, code);
}

template <class Sink>
Error FunctionWalker<Sink>::ran_off_the_end() {
  op_ = end_;
  if (body_.size == 0 || end_[-1] != static_cast<uint8_t>(Opcode::End)) {
    return fail(Error::Malformed, "section size mismatch: function body END opcode expected");
  }
  if (ip_ > end_) return fail(Error::UnexpectedEnd, "unexpected end of section or function");
  return fail(Error::Malformed,
              "unexpected end opcodes from unbalanced control flow structures");
}

// Immediates ------------------------------------------------------------------------------------

template <class Sink>
inline Error FunctionWalker<Sink>::read_u32(uint32_t& value) {
  value = *ip_;
  if (value < 0x80) [[likely]] {
    ip_++;
    return Error::None;
  }
  uint64_t wide = 0;
  WEMBED_CHECK(read_leb(32, false, wide));
  value = static_cast<uint32_t>(wide);
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::read_leb(uint32_t bits, bool is_signed, uint64_t& value) {
  uint64_t result = 0;
  for (uint32_t shift = 0;; shift += 7) {
    // Safe: at most ten bytes, and the caller is before end_.
    uint8_t byte = *ip_++;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    uint32_t left = bits - shift;
    if (left > 7) {
      if ((byte & 0x80) != 0) continue;
      if (is_signed && (byte & 0x40) != 0) result |= ~uint64_t{0} << (shift + 7);
      break;
    }
    if ((byte & 0x80) != 0) return fail(Error::Malformed, "integer representation too long");
    uint32_t unused = (byte & 0x7fu) >> left;
    bool negative = is_signed && ((byte >> (left - 1)) & 1) != 0;
    if (unused != (negative ? 0x7fu >> left : 0u)) {
      return fail(Error::Malformed, "integer too large");
    }
    if (negative && bits < 64) result |= ~uint64_t{0} << bits;
    break;
  }
  value = result;
  return Error::None;
}

// A value type, or the reference to a heap type, in any of their forms.
template <class Sink>
Error FunctionWalker<Sink>::read_slowly(bool heap_type, ValType& type) {
  uint32_t at = static_cast<uint32_t>(ip_ - code_);
  uint32_t size = body_.size;
  if (at >= size) return ran_off_the_end();
  Reader in({code_, size}, {at, size - at}, "code", diagnostic_);
  Result<ValType> read = heap_type ? read_heap_type(in, TypeScope{module_})
                                   : read_value_type(in, TypeScope{module_});
  if (!read.ok()) return read.error();
  type = read.value();
  ip_ = code_ + in.offset();
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::read_block_type(Control& control) {
  uint8_t code = *ip_;
  if (code == 0x40) {
    ip_++;
    return Error::None;
  }
  if (code >= kF64.bits() && code <= kI32.bits()) {
    ip_++;
    control.result = ValType(code);
    return Error::None;
  }
  if (code >= 0x40 && code < 0x80) return read_slowly(false, control.result);
  uint64_t index = 0;
  WEMBED_CHECK(read_leb(33, true, index));
  if (index >= module_.types().size() ||
      module_.type(static_cast<uint32_t>(index))->kind != CompositeKind::Func) {
    return fail(Error::Invalid, "unknown type");
  }
  control.type = module_.type(static_cast<uint32_t>(index));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::check_memory(uint32_t index) {
  if (index < module_.memories().size()) [[likely]] return Error::None;
  return fail(Error::Invalid, "unknown memory %u", index);
}

template <class Sink>
Error FunctionWalker<Sink>::read_mem_arg(uint8_t natural, MemArg& arg) {
  constexpr uint32_t kHasMemory = 0x40;
  WEMBED_CHECK(read_u32(arg.align));
  if ((arg.align & kHasMemory) != 0 && has(module_.features(), Feature::MultiMemory)) {
    arg.align -= kHasMemory;
    WEMBED_CHECK(read_u32(arg.memory));
  }
  WEMBED_CHECK(check_memory(arg.memory));
  if (arg.align > natural) {
    return fail(Error::Invalid,
                "invalid memop flags: alignment must not be larger than natural");
  }
  if (memory_address(arg.memory) == kI64) return read_leb(64, false, arg.offset);
  uint32_t offset;
  WEMBED_CHECK(read_u32(offset));
  arg.offset = offset;
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::read_memory_index(uint32_t& index) {
  if (has(module_.features(), Feature::MultiMemory)) {
    WEMBED_CHECK(read_u32(index));
  } else {
    index = *ip_++;
    if (index != 0) return fail(Error::Malformed, "zero byte expected");
  }
  return check_memory(index);
}

template <class Sink>
Error FunctionWalker<Sink>::read_table_index(uint32_t& index) {
  WEMBED_CHECK(read_u32(index));
  if (index < module_.tables().size()) return Error::None;
  return fail(Error::Invalid, "unknown table %u", index);
}

// The operand stack -----------------------------------------------------------------------------

template <class Sink>
inline void FunctionWalker<Sink>::push(ValType type) {
  if constexpr (Sink::kActive) {
    uint32_t* slot = scratch_.slots.data() + (top_ - bottom());
    slot[1] = slot[0] + (type == kFrameMark ? 0 : type.slots());
  }
  *top_++ = type;
}

template <class Sink>
inline Error FunctionWalker<Sink>::pop(ValType expected) {
  if (top_[-1] == expected) [[likely]] {
    top_--;
    return Error::None;
  }
  return pop_slowly(expected);
}

template <class Sink>
Error FunctionWalker<Sink>::pop_slowly(ValType expected) {
  if (top_[-1] == kFrameMark) {
    return scratch_.controls.back().polymorphic ? Error::None : underflow();
  }
  if (!module_.registry().matches(top_[-1], expected)) return expected_other(expected);
  top_--;
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::underflow() {
  return fail(Error::Invalid, "type mismatch: expect data but stack was empty");
}

template <class Sink>
Error FunctionWalker<Sink>::expected_other(ValType expected) {
  return fail(Error::Invalid, "type mismatch: expect %s but got other",
              value_type_text(expected));
}

// Pops an operand of any type; bottom when it is unknown.
template <class Sink>
Error FunctionWalker<Sink>::pop_any(ValType& type, const char* underflow_text) {
  type = kBottom;
  if (top_[-1] != kFrameMark) {
    type = *--top_;
  } else if (!scratch_.controls.back().polymorphic) {
    return fail(Error::Invalid, "%s", underflow_text);
  }
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::pop_all(std::span<const ValType> types) {
  for (size_t i = types.size(); i-- > 0;) WEMBED_CHECK(pop(types[i]));
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::push_all(std::span<const ValType> types) {
  if (types.size() >= kStepRoom - 1) WEMBED_CHECK(make_room(types.size() + kStepRoom));
  for (ValType type : types) push(type);
  return Error::None;
}

template <class Sink>
Error FunctionWalker<Sink>::make_room(size_t entries) {
  if (static_cast<size_t>(limit_ - top_) >= entries) [[likely]] return Error::None;
  size_t height = static_cast<size_t>(top_ - bottom());
  if (height + entries > kMaxOperands) {
    return fail(Error::Limit, "operand stack depth limit exceeded");
  }
  size_t size = scratch_.operands.size();
  while (size < kStackPad + height + entries) size *= 2;
  if (!scratch_.operands.resize(size)) return out_of_memory();
  if constexpr (Sink::kActive) {
    if (!scratch_.slots.resize(size + 1)) return out_of_memory();
  }
  top_ = bottom() + height;
  set_limit();
  return Error::None;
}

template <class Sink>
void FunctionWalker<Sink>::set_limit() {
  size_t usable = scratch_.operands.size() - kStackPad;
  limit_ = bottom() + (usable < kMaxOperands ? usable : kMaxOperands);
}

// The place of the innermost block's first operand: its height, and a mark for each control.
template <class Sink>
inline ValType* FunctionWalker<Sink>::floor() {
  return bottom() + scratch_.controls.back().height + scratch_.controls.size();
}

// After an unconditional branch.
template <class Sink>
inline void FunctionWalker<Sink>::cut() {
  top_ = floor();
  scratch_.controls.back().reachable = false;
  scratch_.controls.back().polymorphic = true;
}

}  // namespace wembed
