// Structs and arrays before any is made: how they lie, what expressions may make, how much of it.
#include <string>

#include "check.h"
#include "failing_allocator.h"
#include "isa/limits.h"
#include "isa/reference.h"
#include "module/const_expr.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

constexpr FeatureSet kGc = static_cast<FeatureSet>(Feature::Gc) |
                           static_cast<FeatureSet>(Feature::FunctionReferences) |
                           static_cast<FeatureSet>(Feature::Simd);

struct Loaded {
  explicit Loaded(const WasmBuilder& wasm) : types(memory.allocator()), bytes(wasm.finish()) {
    module = load_module(memory.allocator(), types, bytes, diagnostic, kGc);
  }
  ~Loaded() {
    if (module != nullptr) module->release();
  }
  const TypeDef& operator[](uint32_t index) const { return *module->type(index); }
  FailingAllocator memory;
  TypeRegistry types;
  Bytes bytes;
  Diagnostic diagnostic;
  Module* module;
};

std::string offsets(const TypeDef& type) {
  std::string text;
  for (uint32_t i = 0; i < type.field_count; i++) {
    text += std::to_string(type.fields[i].offset) + " ";
  }
  return text + "of " + std::to_string(type.object_bytes);
}

// Makes nothing, but writes down what is asked for.
struct Recorder : ConstScope {
  bool global(uint32_t, ConstValue&) override { return false; }
  Result<uint64_t> function(uint32_t) override { return Error::Invalid; }
  Result<uint64_t> new_struct(const TypeDef& type, const ConstOperand* fields) override {
    made += "struct";
    for (uint32_t i = 0; fields != nullptr && i < type.field_count; i++) {
      made += " " + std::to_string(fields[i].bits[0]);
    }
    return next += 16;
  }
  Result<uint64_t> new_array(const TypeDef&, uint32_t length, const ConstOperand* elements,
                             bool one_for_all) override {
    made += "array " + std::to_string(length) + (one_for_all ? " all" : "");
    for (uint32_t i = 0; elements != nullptr && i < (one_for_all ? 1 : length) && i < 4; i++) {
      made += " " + std::to_string(elements[i].bits[0]);
    }
    made += "; ";
    return next += 16;
  }
  std::string made;
  uint64_t next = 0;
};

// 0: array of mutable i32; 1: struct {i32, ref null 0}; 2: struct {ref 0}
void add_types(WasmBuilder& wasm) {
  wasm.raw_type({0x5e, 0x7f, 1});
  wasm.raw_type({0x5f, 2, 0x7f, 0, 0x63, 0, 0});
  wasm.raw_type({0x5f, 1, 0x64, 0, 0});
}

}  // namespace

TEST_CASE(fields_lie_packed) {
  WasmBuilder wasm;
  // struct {i8, i64, i16, anyref, i32, funcref, v128, i8}, each field immutable
  wasm.raw_type(
      {0x50, 0, 0x5f, 8, 0x78, 0, 0x7e, 0, 0x77, 0, 0x6e, 0, 0x7f, 0, 0x70, 0, 0x7b, 0, 0x78, 0});
  // what is below it has one i32 and two i8 more, and one has an i64 and an i8
  const Bytes same{0x78, 0, 0x7e, 0, 0x77, 0, 0x6e, 0, 0x7f, 0, 0x70, 0, 0x7b, 0, 0x78, 0};
  Bytes small{0x50, 1, 0, 0x5f, 11};
  WasmBuilder::append(small, same);
  WasmBuilder::append(small, {0x78, 0, 0x7f, 0, 0x78, 0});
  wasm.raw_type(small);
  Bytes wide{0x50, 1, 1, 0x5f, 13};
  WasmBuilder::append(wide, same);
  WasmBuilder::append(wide, {0x78, 0, 0x7f, 0, 0x78, 0, 0x7e, 0, 0x78, 0});
  wasm.raw_type(wide);
  wasm.raw_type({0x5f, 0});
  wasm.raw_type({0x5e, 0x77, 1});
  wasm.raw_type({0x5e, 0x6e, 1});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  // References first, then eight bytes and more, four, two, one.
  CHECK_EQ(offsets(loaded[0]), "54 24 52 8 48 16 32 55 of 56");
  CHECK_EQ(offsets(loaded[1]), "54 24 52 8 48 16 32 55 60 56 61 of 62");
  // What is smaller fills the gap in front of the i64.
  CHECK_EQ(offsets(loaded[2]), "54 24 52 8 48 16 32 55 60 56 61 64 63 of 72");
  CHECK_EQ(offsets(loaded[3]), "of 8");
  CHECK_EQ(loaded[0].traced_count, 1u);  // functions are no objects
  CHECK_EQ(loaded[0].traced[0].offset, 8u);
  CHECK_EQ(loaded[4].element_bytes, 2u);
  CHECK_EQ(loaded[4].traced_count, 0u);
  CHECK_EQ(loaded[5].traced_count, 1u);
  CHECK_EQ(loaded[5].fields[0].offset, kArrayElements);
  CHECK(loaded[0].is_defaultable);
}

TEST_CASE(slots_of_references) {
  for (uint32_t value : {0u, 1u, 0x3fffffffu, 0x40000000u, 0x7fffffffu, 0xffffffffu}) {
    uint64_t slot = i31_slot(value);
    CHECK(is_i31(slot));
    CHECK(!is_object(slot));
    CHECK_EQ(i31_value_u(slot), value & 0x7fffffffu);
    CHECK_EQ(i31_value_s(slot), static_cast<int32_t>(value << 1) >> 1);
    CHECK(!is_i31(to_other_side(slot)));
    CHECK(is_host_value(to_other_side(slot)));
    CHECK_EQ(to_other_side(to_other_side(slot)), slot);
  }
  CHECK_EQ(to_other_side(0), 0u);
}

TEST_CASE(expressions_make_objects) {
  struct Case {
    Bytes code;
    const char* made;
    const char* error;
  };
  const Case cases[] = {
      {{0x41, 7, 0x41, 2, 0xfb, 6, 0, 0x0b}, "array 2 all 7; ", ""},
      {{0x41, 3, 0xfb, 7, 0, 0x0b}, "array 3 all; ", ""},
      {{0x41, 1, 0x41, 2, 0x41, 3, 0xfb, 8, 0, 3, 0x0b}, "array 3 1 2 3; ", ""},
      {{0x41, 9, 0xfb, 8, 0, 0, 0xfb, 0, 1, 0x0b}, "array 0; struct 9 16", ""},
      {{0xfb, 1, 1, 0x0b}, "struct", ""},
      {{0x41, 5, 0xfb, 28, 0x0b}, "", ""},                      // ref.i31
      {{0x41, 5, 0xfb, 28, 0xfb, 27, 0xfb, 26, 0x0b}, "", ""},  // out and in again
      {{0xfb, 1, 2, 0x0b}, "", "type mismatch or constant expression required"},
      {{0x42, 5, 0xfb, 28, 0x0b}, "", "type mismatch or constant expression required"},
      {{0xfb, 0, 1, 0x0b}, "", "type mismatch or constant expression required"},
      {{0xfb, 1, 0, 0x0b}, "", "unknown type 0"},
      {{0x41, 0, 0x41, 0, 0xfb, 9, 0, 0, 0x0b},
       "",
       "illegal opcode or constant expression required or type mismatch"},
  };
  for (const Case& at : cases) {
    WasmBuilder wasm;
    add_types(wasm);
    wasm.global(ValType::abstract_ref(HeapType::Any, true), false, at.code);
    Loaded loaded(wasm);
    CHECK_EQ(std::string_view(loaded.diagnostic.message), at.error);
    if (loaded.module == nullptr) continue;
    Recorder recorder;
    ConstValue value;
    const GlobalDef& global = loaded.module->globals()[0];
    CHECK(evaluate(*loaded.module, global.init, global.type.type, recorder, value,
                   loaded.diagnostic) == Error::None);
    CHECK_EQ(recorder.made, at.made);
    if (recorder.made.empty()) CHECK_EQ(value.bits[0], i31_slot(5));
  }
}

TEST_CASE(limit_of_fixed_arrays) {
  for (uint32_t count : {kMaxArrayNewFixed, kMaxArrayNewFixed + 1}) {
    Bytes code;
    for (uint32_t i = 0; i < count; i++) WasmBuilder::append(code, {0x41, 1});
    WasmBuilder::append(code, {0xfb, 8, 0});
    WasmBuilder::u32(code, count);
    const char* error = count == kMaxArrayNewFixed ? "" : "array.new_fixed of too many elements";
    WasmBuilder constant;
    add_types(constant);
    Bytes init = code;
    init.push_back(0x0b);
    constant.global(ValType::abstract_ref(HeapType::Array, true), false, init);
    Loaded global(constant);
    CHECK_EQ(std::string_view(global.diagnostic.message), error);
    WasmBuilder body;
    add_types(body);
    uint32_t type = body.type({}, {});
    WasmBuilder::append(code, {0x1a, 0x0b});
    body.function(type, code);
    Loaded function(body);
    CHECK_EQ(std::string_view(function.diagnostic.message), error);
  }
}

TEST_CASE(segments_that_make_objects_keep_their_values) {
  for (bool makes : {false, true}) {
    WasmBuilder wasm;
    add_types(wasm);
    // Passive, of (ref null struct), one item: struct.new_default 1, or null
    Bytes section{1, 5, 0x6b, 1};
    WasmBuilder::append(section, makes ? Bytes{0xfb, 1, 1, 0x0b} : Bytes{0xd0, 0x6b, 0x0b});
    wasm.raw_section(9, section);
    Loaded loaded(wasm);
    REQUIRE(loaded.module != nullptr);
    CHECK_EQ(loaded.module->keeps_element_values(), makes);
    CHECK_EQ(loaded.module->elements()[0].keeps_values, makes);
  }
}

TEST_CASE(expressions_without_memory) {
  // More operands than a few, each allocation failing in turn.
  Bytes init;
  for (uint32_t i = 0; i < 500; i++) WasmBuilder::append(init, {0x41, 1});
  WasmBuilder::append(init, {0xfb, 8, 0});
  WasmBuilder::u32(init, 500);
  init.push_back(0x0b);
  WasmBuilder wasm;
  add_types(wasm);
  wasm.global(ValType::abstract_ref(HeapType::Array, true), false, init);
  Bytes bytes = wasm.finish();
  for (uint64_t n = 1;; n++) {
    FailingAllocator memory(n);
    {
      TypeRegistry types(memory.allocator());
      Diagnostic diagnostic;
      Module* module = load_module(memory.allocator(), types, bytes, diagnostic, kGc);
      CHECK_EQ(module == nullptr, memory.failed());
      if (module != nullptr) {
        module->release();
      } else {
        CHECK(diagnostic.code == Error::OutOfMemory);
      }
    }
    CHECK_EQ(memory.live(), 0u);
    if (!memory.failed()) break;
  }
}
