// A function as the test tier runs it: the walker's instructions in a row, with branches resolved.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "interp/native_stub.h"
#include "isa/opcode.h"
#include "runtime/code.h"
#include "runtime/handler_table.h"

namespace wembed::test_tier {

// `op` is an Opcode or one of these.
enum Pseudo : uint16_t { kCharge = kOpcodeSpace, kJump, kJumpUnless, kReturn, kRethrow };

// One instruction. Its address is its place, and the next one's is where a call returns to.
struct Instr {
  uint16_t op;
  uint32_t offset;    // byte offset in the module
  uint32_t a;         // first immediate: index, branch, count
  uint32_t b;         // second one
  uint64_t wide;      // constant, offset of an access, type
  uint64_t high = 0;  // upper half of a vector's constant
};

// Where a branch goes, and what it takes along.
struct Branch {
  uint32_t target;  // a label's number, once resolved an instruction's
  uint32_t count;   // slots of values
  uint32_t height;  // slots of operands below them at the target
};

struct TestBody : Body {
  TestBody(NativeBody run, uint32_t locals, uint32_t all) : stub(run, locals, all) {}

  NativeStub stub;
  uint32_t local_slots = 0;
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  uint32_t slots = 0;  // of the whole frame
  std::vector<Instr> code;
  std::vector<Branch> branches;
};

// The body of `code`, checked again; null with an error.
TestBody* make_body(const Code& code, NativeBody run, const Poll& poll, Error& error);

}  // namespace wembed::test_tier
