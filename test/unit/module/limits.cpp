// Implementation limits: the last value that is accepted and the first that is not.
#include "isa/limits.h"
#include "check.h"
#include "failing_allocator.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

const char* error_of(const WasmBuilder& wasm) {
  static Diagnostic last;
  last = {};
  FailingAllocator memory;
  TypeRegistry types(memory.allocator());
  Bytes bytes = wasm.finish();
  Module* module = load_module(memory.allocator(), types, bytes, last);
  if (module != nullptr) module->release();
  return last.message;
}

Bytes function_type(uint32_t params, uint32_t results) {
  Bytes out{0x60};
  WasmBuilder::u32(out, params);
  out.insert(out.end(), params, 0x7f);
  WasmBuilder::u32(out, results);
  out.insert(out.end(), results, 0x7f);
  return out;
}

}  // namespace

TEST_CASE(limit_of_locals) {
  for (uint32_t extra : {0u, 1u}) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32}, {});
    wasm.function(type, {0x0b}, {{kMaxLocals - 1, kI32}, {extra, kI64}});
    CHECK_EQ(error_of(wasm), extra == 0 ? "" : "too many locals");
  }
  WasmBuilder wasm;
  uint32_t type = wasm.type({}, {});
  wasm.function(type, {0x0b}, {{0xffffffff, kI32}, {0xffffffff, kI64}});
  CHECK_EQ(error_of(wasm), "too many locals");
}

TEST_CASE(limit_of_parameters_and_results) {
  for (uint32_t extra : {0u, 1u}) {
    WasmBuilder params;
    params.raw_type(function_type(kMaxParams + extra, 0));
    CHECK_EQ(error_of(params), extra == 0 ? "" : "param count or result count too large");
    WasmBuilder results;
    results.raw_type(function_type(0, kMaxResults + extra));
    CHECK_EQ(error_of(results), extra == 0 ? "" : "param count or result count too large");
  }
}

TEST_CASE(limit_of_nesting) {
  for (uint32_t extra : {0u, 1u}) {
    uint32_t depth = kMaxNesting - 1 + extra;  // the function itself is the first
    Bytes code;
    for (uint32_t i = 0; i < depth; i++) WasmBuilder::append(code, {0x02, 0x40});
    code.insert(code.end(), depth + 1, 0x0b);
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), code);
    CHECK_EQ(error_of(wasm), extra == 0 ? "" : "label stack depth limit exceeded");
  }
}

TEST_CASE(limit_of_operands) {
  for (bool many : {false, true}) {
    uint32_t count = many ? kMaxOperands : kMaxOperands - 10;
    Bytes code;
    for (uint32_t i = 0; i < count; i++) WasmBuilder::append(code, {0x41, 0});
    code.insert(code.end(), count, 0x1a);
    code.push_back(0x0b);
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), code);
    CHECK_EQ(error_of(wasm), many ? "operand stack depth limit exceeded" : "");
  }
}

TEST_CASE(limit_of_operands_from_calls) {
  // Each call adds a thousand values.
  WasmBuilder wasm;
  uint32_t type = wasm.raw_type(function_type(0, 1000));
  uint32_t none = wasm.type({}, {});
  uint32_t f = wasm.function(type, {0x00, 0x0b});
  Bytes code;
  for (uint32_t i = 0; i < 2000; i++) {
    WasmBuilder::append(code, {0x10, static_cast<uint8_t>(f)});
  }
  WasmBuilder::append(code, {0x00, 0x0b});
  wasm.function(none, code);
  CHECK_EQ(error_of(wasm), "operand stack depth limit exceeded");
}

TEST_CASE(counts_that_cannot_be_true) {
  // A count of items beyond the section's bytes is refused before anything is allocated for it.
  for (uint8_t id : {1, 2, 3, 4, 5, 6, 7, 9, 11}) {
    WasmBuilder wasm;
    Bytes section;
    WasmBuilder::u32(section, id == 5 ? 90 : 90'000);
    wasm.raw_section(id, section);
    FailingAllocator memory;
    TypeRegistry types(memory.allocator());
    Diagnostic diagnostic;
    Bytes bytes = wasm.finish();
    CHECK(load_module(memory.allocator(), types, bytes, diagnostic) == nullptr);
    CHECK(memory.peak_bytes() < 20'000);
  }
}
