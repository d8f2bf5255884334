// What the loader says about bytes it refuses: text, section, offset, function.
#include <string>

#include "check.h"
#include "failing_allocator.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

struct Refusal {
  Diagnostic diagnostic;
  explicit Refusal(const Bytes& bytes, FeatureSet features = 0) {
    FailingAllocator memory;
    {
      TypeRegistry types(memory.allocator());
      Module* module = load_module(memory.allocator(), types, bytes, diagnostic, features);
      if (module != nullptr) {
        module->release();
        diagnostic = {};
      }
    }
    CHECK_EQ(memory.live(), 0u);
  }
  [[nodiscard]] const char* text() const { return diagnostic.message; }
};

// A module with one function of this type and code.
Bytes with_code(std::initializer_list<ValType> params, std::initializer_list<ValType> results,
                const Bytes& code) {
  WasmBuilder wasm;
  wasm.function(wasm.type(params, results), code);
  return wasm.finish();
}

const char* code_error(std::initializer_list<ValType> params,
                       std::initializer_list<ValType> results, const Bytes& code) {
  static Diagnostic last;
  last = Refusal(with_code(params, results, code)).diagnostic;
  return last.message;
}

}  // namespace

TEST_CASE(header_errors) {
  CHECK_EQ(Refusal({0, 'a', 's'}).text(), "unexpected end");
  CHECK_EQ(Refusal({0, 'a', 's', 'm'}).text(), "unexpected end");
  CHECK_EQ(Refusal({0, 'a', 's', 'm', 1, 0, 0}).text(), "unexpected end");
  CHECK_EQ(Refusal({0, 'a', 's', 'm', 2, 0, 0, 0}).text(), "unknown binary version");
  CHECK_EQ(Refusal({1, 2, 3, 4}).text(), "magic header not detected");
  CHECK_EQ(Refusal({}).text(), "unexpected end");
  CHECK(Refusal({1, 2, 3, 4}).diagnostic.code == Error::MagicNotDetected);
  CHECK(Refusal(WasmBuilder().finish()).diagnostic.code == Error::None);
}

TEST_CASE(section_errors) {
  WasmBuilder unknown;
  unknown.raw_section(99, {});
  CHECK_EQ(Refusal(unknown.finish()).text(), "invalid section id");
  WasmBuilder order;
  order.raw_section(3, {0});
  order.raw_section(1, {0});
  Refusal refusal(order.finish());
  CHECK_EQ(refusal.text(), "unexpected content after last section or junk after last section");
  CHECK_EQ(refusal.diagnostic.offset, 11u);
  WasmBuilder junk;
  junk.raw_section(1, {0, 7});
  CHECK_EQ(Refusal(junk.finish()).text(), "section size mismatch");
  WasmBuilder bodies;
  bodies.type({}, {});
  bodies.raw_section(3, {1, 0});
  CHECK_EQ(Refusal(bodies.finish()).text(), "function and code section have inconsistent lengths");
  WasmBuilder utf8;
  utf8.raw_section(0, {1, 0xff});
  CHECK_EQ(Refusal(utf8.finish()).text(), "invalid UTF-8 encoding");
  WasmBuilder count;
  count.data_count(1);
  CHECK_EQ(Refusal(count.finish()).text(), "data count and data section have inconsistent lengths");
  // A section that claims more than there is.
  CHECK_EQ(Refusal({0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 0}).text(), "unexpected end");
}

TEST_CASE(code_error_texts) {
  CHECK_EQ(code_error({}, {kI32}, {0x0b}), "type mismatch: stack size does not match block type");
  CHECK_EQ(code_error({}, {}, {0x41, 0, 0x0b}),
           "type mismatch: stack size does not match block type");
  CHECK_EQ(code_error({}, {}, {0x10, 7, 0x0b}), "unknown function 7");
  CHECK_EQ(code_error({}, {}, {0x6a, 0x0b}), "type mismatch: expect data but stack was empty");
  CHECK_EQ(code_error({}, {}, {0x20, 3, 0x0b}), "unknown local");
  CHECK_EQ(code_error({}, {}, {0xff, 0x0b}), "unsupported opcode ff");
  CHECK_EQ(code_error({}, {}, {0xfc, 0x7f, 0x0b}), "unsupported opcode fc 7f");
  CHECK_EQ(code_error({}, {}, {0xfd, 0x0c, 0x0b}), "unsupported opcode fd 0c");
  CHECK_EQ(code_error({}, {}, {0x1a, 0x0b}),
           "type mismatch, opcode drop was found but stack was empty");
  CHECK_EQ(code_error({}, {kI32}, {0x42, 0, 0x0b}), "type mismatch: expect i32 but got other");
  CHECK_EQ(code_error({}, {}, {0x28, 2, 0, 0x0b}), "unknown memory");
  CHECK_EQ(code_error({}, {}, {0x3f, 0, 0x0b}), "unknown memory");
  CHECK_EQ(code_error({}, {}, {0xfc, 0x0b, 0, 0x0b}), "unknown memory 0");
  CHECK_EQ(code_error({}, {}, {0x0c, 1, 0x0b}), "unknown label");
  CHECK_EQ(code_error({}, {}, {0x23, 0, 0x0b}), "unknown global 0");
  CHECK_EQ(code_error({}, {}, {0x05, 0x0b}), "opcode else found without matched opcode if");
  CHECK_EQ(code_error({}, {}, {0x02, 0x40, 0x0b}),
           "unexpected end opcodes from unbalanced control flow structures");
  CHECK_EQ(code_error({}, {}, {0x10, 7}),
           "section size mismatch: function body END opcode expected");
  CHECK_EQ(code_error({}, {}, {0x01}), "section size mismatch: function body END opcode expected");
  CHECK_EQ(code_error({}, {}, {0x0b, 0x01, 0x0b}), "section size mismatch");
  CHECK_EQ(code_error({}, {}, {0xd2, 0, 0x1a, 0x0b}), "undeclared function reference");
}

TEST_CASE(code_errors_say_where) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({}, {});
  wasm.import_function("env", "f", type);
  wasm.function(type, {0x0b});
  wasm.function(type, {0x01, 0x01, 0x6a, 0x0b});
  Bytes bytes = wasm.finish();
  Refusal refusal(bytes);
  CHECK_EQ(refusal.diagnostic.function, 2u);
  CHECK_EQ(refusal.diagnostic.section, "code");
  CHECK_EQ(refusal.diagnostic.offset, bytes.size() - 2);
  CHECK(refusal.diagnostic.code == Error::Invalid);
}

TEST_CASE(declaration_errors) {
  WasmBuilder twice;
  uint32_t f = twice.function(twice.type({}, {}), {0x0b});
  twice.export_as("f", ExternKind::Func, f);
  twice.export_as("g", ExternKind::Func, f);
  twice.export_as("f", ExternKind::Func, f);
  CHECK_EQ(Refusal(twice.finish()).text(), "duplicate export name");
  WasmBuilder limits;
  limits.memory(2, 1);
  CHECK_EQ(Refusal(limits.finish()).text(), "size minimum must not be greater than maximum");
  WasmBuilder large;
  large.memory(65537);
  CHECK_EQ(Refusal(large.finish()).text(), "memory size must be at most 65536 pages (4GiB)");
  WasmBuilder memories;
  memories.memory(1);
  memories.memory(1);
  CHECK_EQ(Refusal(memories.finish()).text(), "multiple memories");
  WasmBuilder shared;
  shared.raw_section(5, {1, 3, 1, 1});
  CHECK_EQ(Refusal(shared.finish()).text(), "invalid limits flags");
  WasmBuilder start;
  start.start(start.function(start.type({kI32}, {}), {0x0b}));
  CHECK_EQ(Refusal(start.finish()).text(), "invalid start function");
  WasmBuilder global;
  global.import_global("env", "g", kI32, true);
  global.global(kI32, false, {0x23, 0, 0x0b});
  CHECK_EQ(Refusal(global.finish()).text(), "constant expression required");
  WasmBuilder mutability;
  mutability.raw_section(6, {1, 0x7f, 2, 0x41, 0, 0x0b});
  CHECK_EQ(Refusal(mutability.finish()).text(), "invalid mutability");
}

TEST_CASE(features_that_are_off) {
  WasmBuilder vector;
  vector.function(vector.type({}, {}), {0x0b}, {{1, kV128}});
  CHECK_EQ(Refusal(vector.finish()).text(), "v128 value type requires simd feature");
  CHECK(Refusal(vector.finish()).diagnostic.code == Error::Unsupported);
  WasmBuilder local;
  local.raw_function(local.type({}, {}), {1, 1, 0x33, 0x0b});
  CHECK_EQ(Refusal(local.finish()).text(), "invalid local type 0x33");
  WasmBuilder structure;
  structure.raw_type({0x5f, 0});
  CHECK_EQ(Refusal(structure.finish()).text(), "invalid type flag");
  CHECK(Refusal(structure.finish(), static_cast<FeatureSet>(Feature::Gc)).diagnostic.code ==
        Error::None);
}

TEST_CASE(integers_in_the_binary_format) {
  // Type section with counts written in ways the format forbids or allows.
  WasmBuilder redundant;
  redundant.raw_section(1, {0x80, 0x80, 0x80, 0x80, 0x00});
  CHECK_EQ(Refusal(redundant.finish()).text(), "");
  WasmBuilder large;
  large.raw_section(1, {0x80, 0x80, 0x80, 0x80, 0x10});
  CHECK_EQ(Refusal(large.finish()).text(), "integer too large");
  WasmBuilder length;
  length.raw_section(1, {0x80, 0x80, 0x80, 0x80, 0x80, 0x00});
  CHECK_EQ(Refusal(length.finish()).text(), "integer representation too long");
  CHECK_EQ(code_error({}, {}, {0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x1a, 0x0b}),
           "integer too large");
  CHECK_EQ(code_error({}, {}, {0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x1a, 0x0b}), "");
  CHECK_EQ(code_error({}, {}, {0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a, 0x0b}), "");
  CHECK_EQ(code_error({}, {}, {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a, 0x0b}),
           "integer representation too long");
}
