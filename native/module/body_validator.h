// Validates the function bodies of a module one after another, fast.
#pragma once

#include <cstdint>

#include "module/function_walker.h"

namespace wembed {

class BodyValidator {
 public:
  BodyValidator(const Module& module, Diagnostic& diagnostic, const Poll& poll = {})
      : module_(module), diagnostic_(diagnostic), scratch_(module.allocator(), poll) {}

  Error validate(uint32_t function);
  // Whether one validated so far has a vector instruction, or names v128.
  [[nodiscard]] bool has_vectors() const { return scratch_.has_vectors; }
  // Whether one catches exceptions.
  [[nodiscard]] bool has_handlers() const { return scratch_.has_handlers; }

 private:
  using Walker = FunctionWalker<NullSink>;

  // The walker's place, kept in registers between the walker's own steps.
  struct Loop {
    const uint8_t* ip = nullptr;
    const uint8_t* stop = nullptr;
    ValType* top = nullptr;
    void load(const Walker& walker);
  };

  Error run(Walker& walker);
  static bool label_matches(const Control& target, const ValType* top);
  static bool call(const TypeDef* type, const ValType* bottom, ValType*& top);
  static bool end(Vector<Control>& controls, ValType*& top);
  static bool enter(Vector<Control>& controls, ControlKind kind, uint8_t code,
                    const ValType* bottom, ValType*& top);

  const Module& module_;
  Diagnostic& diagnostic_;
  WalkScratch scratch_;
  NullSink sink_;
};

// What some body of a module has.
struct BodyContents {
  bool vectors = false;   // a vector instruction, or the name of v128
  bool handlers = false;  // it catches exceptions
};

// All of them.
Error validate_function_bodies(const Module& module, Diagnostic& diagnostic, const Poll& poll,
                               BodyContents& contents);

}  // namespace wembed
