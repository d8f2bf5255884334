// Constant expressions: offsets of segments, values of globals, items of element segments.
//
// One machine both checks them at load and computes them at instantiation, so that computing
// checks again and changed bytes give an error and nothing worse.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "module/module.h"
#include "module/reader.h"

namespace wembed {

struct ConstValue {
  ValType type;
  uint64_t bits[2] = {};  // i32 and f32 in the low half, upper half zero; two words for v128
};

// A value on its way through an expression, of the type that the expression's check has found.
struct ConstOperand {
  uint32_t type;  // bits of a ValType
  uint64_t bits[2];
};

// Where an expression's names get their values, and its objects come from.
class ConstScope {
 public:
  // The value of an immutable global of the module; false when it has none yet.
  virtual bool global(uint32_t index, ConstValue& value) = 0;
  // A reference to a function of the module, as slot bits.
  virtual Result<uint64_t> function(uint32_t index) = 0;
  // References to new objects, as slot bits: with a value for each field; with as many values as
  // elements, or one for all of them. Null: each has its default. Values that were made for the
  // same expression are referred to by nobody else meanwhile. Unsupported: objects are not made
  // here.
  virtual Result<uint64_t> new_struct(const TypeDef& type, const ConstOperand* fields);
  virtual Result<uint64_t> new_array(const TypeDef& type, uint32_t length,
                                     const ConstOperand* elements, bool one_for_all);

 protected:
  ~ConstScope() = default;
};

// Runs the expression at the reader's cursor, its `end` included.
Error run_const_expression(Reader& in, const Module& module, ConstScope& scope, ValType expected,
                           ConstValue& value);

// Computes the expression in `range` of the module's bytes.
Error evaluate(const Module& module, ByteRange range, ValType expected, ConstScope& scope,
               ConstValue& value, Diagnostic& diagnostic);

// The items of an element segment one after another.
class ElementItems {
 public:
  ElementItems(const Module& module, const ElementSegment& segment, ConstScope& scope,
               Diagnostic& diagnostic)
      : module_(module),
        segment_(segment),
        scope_(scope),
        in_(module.bytes(), segment.items, "element", diagnostic) {}

  // The next item's reference as slot bits; call it at most segment.count times.
  Result<uint64_t> next();

 private:
  const Module& module_;
  const ElementSegment& segment_;
  ConstScope& scope_;
  Reader in_;
};

}  // namespace wembed
