// Validation of function bodies at load: FunctionWalker's rules at the speed of one compare per
// operand for the instructions that make up nearly all of real code.
//
// The loop below knows only how to accept. Whatever it cannot accept at once - an operand of
// another type, an index out of range, dead code, a rare instruction - it leaves untouched to
// FunctionWalker::step(), which decodes the instruction anew, accepts it or says what is wrong.
#include "module/body_validator.h"

#include <bit>
#include <cstring>

#include "isa/opcode_ranges.h"

namespace wembed {

namespace {

// Of an instruction without a prefix.
constexpr uint8_t code_of(Opcode opcode) { return static_cast<uint8_t>(opcode); }

// Two operands as one word: they are compared together.
uint64_t pair_at(const ValType* first) {
  uint64_t pair;
  std::memcpy(&pair, first, 8);
  return pair;
}

uint64_t pair_of(uint32_t type) { return uint64_t{type} << 32 | type; }

// Length of the LEB128 number at `p`; more than 8 when it is longer than that.
uint32_t leb_length(const uint8_t* p) {
  // Not a loop: compilers see one load in it.
  uint64_t word = uint64_t{p[0]} | uint64_t{p[1]} << 8 | uint64_t{p[2]} << 16 |
                  uint64_t{p[3]} << 24 | uint64_t{p[4]} << 32 | uint64_t{p[5]} << 40 |
                  uint64_t{p[6]} << 48 | uint64_t{p[7]} << 56;
  return static_cast<uint32_t>(std::countr_one((word | 0x7f7f7f7f7f7f7f7fu))) / 8 + 1;
}

// The number of two bytes at `p`, whose first byte is in `index`; false: it is longer.
bool long_index(const uint8_t* p, uint32_t& index) {
  uint32_t second = read_once(p + 1);
  index = (index & 0x7f) | second << 7;
  return second < 0x80;
}

}  // namespace

Error BodyValidator::validate(uint32_t function) {
  Walker walker(module_, function, diagnostic_, scratch_, sink_);
  Error error = walker.prepare();
  if (error == Error::None) error = run(walker);
  return error == Error::None ? error : walker.report(error);
}

void BodyValidator::Loop::load(const Walker& walker) {
  ip = walker.ip_;
  top = walker.top_;
  // Each instruction takes a byte at least and pushes one entry at most (those that push more make
  // room themselves), so that reaching `stop` means asking anew.
  ptrdiff_t room = walker.limit_ - top - static_cast<ptrdiff_t>(kStepRoom);
  ptrdiff_t left = walker.end_ - ip;
  ptrdiff_t most = left < room ? left : room;
  ptrdiff_t unasked = walker.scratch_.poll.left();
  if (unasked < most) most = unasked;
  stop = ip + (most > 0 ? most : 0);
}

// What a branch to `target` takes along is on the stack. Only for labels of at most one value that
// are written in the block type itself.
inline bool BodyValidator::label_matches(const Control& target, const ValType* top) {
  if (target.type != nullptr) return false;
  return target.result.is_bottom() || target.kind == ControlKind::Loop || top[-1] == target.result;
}

// Accepts a call of a function with this type: parameters exactly as on the stack, few results.
inline bool BodyValidator::call(const TypeDef* type, const ValType* bottom, ValType*& top) {
  uint32_t params = type->param_count;
  if (type->result_count > 1 || top - bottom < static_cast<ptrdiff_t>(params)) return false;
  ValType* arguments = top - params;
  for (uint32_t i = 0; i < params; i++) {
    if (arguments[i] != type->values[i]) return false;
  }
  if (type->result_count != 0) *arguments++ = type->values[params];
  top = arguments;
  return true;
}

// Leaves a block whose type is at most one result; false: not as simple as that.
inline bool BodyValidator::end(Vector<Control>& controls, ValType*& top) {
  const Control& control = controls.back();
  if (control.type != nullptr) return false;
  if (control.result.is_bottom()) {
    if (top[-1] != kFrameMark) return false;
    top--;
  } else {
    if (control.kind == ControlKind::If || top[-1] != control.result || top[-2] != kFrameMark) {
      return false;
    }
    top[-2] = control.result;
    top--;
  }
  controls.pop_back();
  return true;
}

inline bool BodyValidator::enter(Vector<Control>& controls, ControlKind kind, uint8_t code,
                                 const ValType* bottom, ValType*& top) {
  bool empty = code == 0x40;
  if ((!empty && (code < kF64.bits() || code > kI32.bits())) || controls.size() >= kMaxNesting) {
    return false;
  }
  Control control;
  control.kind = kind;
  control.entry_reachable = control.reachable = controls.back().reachable;
  if (kind == ControlKind::If) {
    if (top[-1] != kI32) return false;
    top--;
  }
  control.height = static_cast<uint32_t>(top - bottom - static_cast<ptrdiff_t>(controls.size()));
  if (!empty) control.result = ValType(code);
  // Out of memory: the walker will find out again and report it.
  if (!controls.push_back(control)) {
    top += kind == ControlKind::If;
    return false;
  }
  *top++ = kFrameMark;
  return true;
}

Error BodyValidator::run(Walker& walker) {
  if (walker.has_nondefaultable_) return walker.walk_code();
  Vector<Control>& controls = scratch_.controls;
  const ValType* const locals = scratch_.locals.data();
  const uint32_t local_count = walker.flat_locals_;
  const bool memory32 = !module_.memories().empty() && !module_.memories()[0].limits.is_64;
  Loop at;
  at.load(walker);
  ValType* bottom = walker.bottom();
  for (;;) {
    if (at.ip >= at.stop) goto slow;
    switch (const uint8_t code = read_once(at.ip)) {
      case code_of(Opcode::Block):
      case code_of(Opcode::Loop):
      case code_of(Opcode::If): {
        constexpr ControlKind kKinds[] = {ControlKind::Block, ControlKind::Loop, ControlKind::If};
        if (!enter(controls, kKinds[code - code_of(Opcode::Block)], read_once(at.ip + 1), bottom,
                   at.top)) {
          goto slow;
        }
        at.ip += 2;
        continue;
      }
      case code_of(Opcode::End):
        if (!end(controls, at.top)) goto slow;
        at.ip++;
        continue;
      case code_of(Opcode::Br):
      case code_of(Opcode::BrIf): {
        uint32_t depth = read_once(at.ip + 1);
        const ValType* values = at.top - (code == code_of(Opcode::BrIf));
        if (depth >= 0x80 || depth >= controls.size() ||
            (code == code_of(Opcode::BrIf) && at.top[-1] != kI32) ||
            !label_matches(controls[controls.size() - 1 - depth], values)) {
          goto slow;
        }
        at.ip += 2;
        if (code == code_of(Opcode::BrIf)) {
          at.top--;
        } else {
          walker.cut();
          at.top = walker.top_;
        }
        continue;
      }
      case code_of(Opcode::Call): {
        uint32_t length = leb_length(at.ip + 1);
        uint32_t index = read_once(at.ip + 1) & 0x7fu;
        if (length > 1) {
          if (length > 3) goto slow;
          index |= (read_once(at.ip + 2) & 0x7fu) << 7;
          if (length == 3) index |= static_cast<uint32_t>(read_once(at.ip + 3)) << 14;
        }
        if (index >= module_.function_count() ||
            !call(module_.function_type(index), bottom, at.top)) {
          goto slow;
        }
        at.ip += 1 + length;
        continue;
      }
      case code_of(Opcode::Drop):
        if (at.top[-1] == kFrameMark) goto slow;
        at.top--;
        at.ip++;
        continue;
      case code_of(Opcode::Select): {
        ValType type = at.top[-2];
        if (at.top[-1] != kI32 || at.top[-3] != type || type.bits() < kF64.bits() ||
            type.bits() > kI32.bits()) {
          goto slow;
        }
        at.top -= 2;
        at.ip++;
        continue;
      }
      case code_of(Opcode::LocalGet):
      case code_of(Opcode::LocalSet):
      case code_of(Opcode::LocalTee): {
        uint32_t index = read_once(at.ip + 1);
        uint32_t length = 2;
        if (index >= 0x80) [[unlikely]] {
          if (!long_index(at.ip + 1, index)) goto slow;
          length = 3;
        }
        if (index >= local_count) goto slow;
        if (code == code_of(Opcode::LocalGet)) {
          *at.top++ = locals[index];
        } else {
          if (at.top[-1] != locals[index]) goto slow;
          at.top -= code == code_of(Opcode::LocalSet);
        }
        at.ip += length;
        continue;
      }
      case code_of(Opcode::GlobalGet):
      case code_of(Opcode::GlobalSet): {
        uint32_t index = read_once(at.ip + 1);
        uint32_t length = 2;
        if (index >= 0x80) [[unlikely]] {
          if (!long_index(at.ip + 1, index)) goto slow;
          length = 3;
        }
        if (index >= module_.globals().size()) goto slow;
        const GlobalType& type = module_.globals()[index].type;
        if (code == code_of(Opcode::GlobalGet)) {
          *at.top++ = type.type;
        } else {
          if (!type.is_mutable || at.top[-1] != type.type) goto slow;
          at.top--;
        }
        at.ip += length;
        continue;
      }
      case WEMBED_ACCESS_CODES: {
        const OpShape& shape = kOpShapes[code];
        if (read_once(at.ip + 1) > shape.align || !memory32) goto slow;
        uint32_t length = 1;
        if (read_once(at.ip + 2) >= 0x80) {
          length = leb_length(at.ip + 2);
          if (length > 4) goto slow;
        }
        if (shape.kind == ShapeKind::Load) {
          if (at.top[-1] != kI32) goto slow;
          at.top[-1] = ValType(shape.result);
        } else {
          if (at.top[-1] != ValType(shape.operand) || at.top[-2] != kI32) goto slow;
          at.top -= 2;
        }
        at.ip += 2 + length;
        continue;
      }
      case code_of(Opcode::I32Const): {
        uint32_t length = 1;
        if (read_once(at.ip + 1) >= 0x80) {
          length = leb_length(at.ip + 1);
          if (length > 4) goto slow;
        }
        *at.top++ = kI32;
        at.ip += 1 + length;
        continue;
      }
      case code_of(Opcode::I64Const): {
        uint32_t length = leb_length(at.ip + 1);
        if (length > 8) goto slow;
        *at.top++ = kI64;
        at.ip += 1 + length;
        continue;
      }
      case code_of(Opcode::F32Const):
        *at.top++ = kF32;
        at.ip += 5;
        continue;
      case code_of(Opcode::F64Const):
        *at.top++ = kF64;
        at.ip += 9;
        continue;
      case WEMBED_UNARY_CODES: {
        const OpShape& shape = kOpShapes[code];
        if (at.top[-1] != ValType(shape.operand)) goto slow;
        at.top[-1] = ValType(shape.result);
        at.ip++;
        continue;
      }
      case WEMBED_BINARY_CODES: {
        const OpShape& shape = kOpShapes[code];
        if (pair_at(at.top - 2) != pair_of(shape.operand)) goto slow;
        at.top[-2] = ValType(shape.result);
        at.top--;
        at.ip++;
        continue;
      }
      default: break;
    }
  slow:
    // A byte counts as a step, as most instructions have two or three.
    WEMBED_CHECK(scratch_.poll.spend(1 + static_cast<uint64_t>(at.ip - walker.ip_)));
    walker.ip_ = at.ip;
    walker.top_ = at.top;
    WEMBED_CHECK(walker.step());
    if (controls.empty()) return walker.check_end();
    at.load(walker);
    bottom = walker.bottom();
  }
}

Error validate_function_bodies(const Module& module, Diagnostic& diagnostic, const Poll& poll,
                               BodyContents& contents) {
  BodyValidator validator(module, diagnostic, poll);
  for (uint32_t i = module.imported_function_count(); i < module.function_count(); i++) {
    WEMBED_CHECK(validator.validate(i));
  }
  contents = {validator.has_vectors(), validator.has_handlers()};
  return Error::None;
}

}  // namespace wembed
