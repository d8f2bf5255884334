// What a loaded module tells: exports, names, constant expressions, segments.
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "failing_allocator.h"
#include "isa/opcode.h"
#include "module/const_expr.h"
#include "module/names.h"
#include "module/section_cursor.h"
#include "wasm_builder.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

struct Loaded {
  explicit Loaded(const WasmBuilder& wasm) : bytes(wasm.finish()), types(memory.allocator()) {
    module = load_module(memory.allocator(), types, bytes, diagnostic);
    CHECK_EQ(std::string_view(diagnostic.message), "");
  }
  ~Loaded() {
    if (module != nullptr) module->release();
  }
  Bytes bytes;
  FailingAllocator memory;
  TypeRegistry types;
  Diagnostic diagnostic;
  Module* module;
};

struct Values final : ConstScope {
  bool global(uint32_t index, ConstValue& value) override {
    if (index >= known) return false;
    value.bits[0] = 100 + index;
    return true;
  }
  Result<uint64_t> function(uint32_t index) override { return uint64_t{0xf000} + index; }
  uint32_t known = 1;
};

}  // namespace

TEST_CASE(exports_are_found_by_name) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({}, {});
  std::vector<std::string> names{"", "a", "b", "ab", "aa", "memory", "\xc3\xa4"};
  for (int i = 0; i < 100; i++) names.push_back("function_" + std::to_string(i * 7919 % 100));
  for (size_t i = 0; i < names.size(); i++) {
    wasm.export_as(names[i], ExternKind::Func, wasm.function(type, {0x0b}));
  }
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  for (uint32_t i = 0; i < names.size(); i++) {
    const Export* found = loaded.module->find_export(names[i]);
    REQUIRE(found != nullptr);
    CHECK_EQ(found->index, i);
  }
  CHECK(loaded.module->find_export("function_100") == nullptr);
  CHECK(loaded.module->find_export("A") == nullptr);
}

TEST_CASE(function_names) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({}, {});
  wasm.import_function("env", "imported", type);
  uint32_t named = wasm.function(type, {0x0b});
  uint32_t exported = wasm.function(type, {0x0b});
  uint32_t nameless = wasm.function(type, {0x0b});
  wasm.export_as("shown", ExternKind::Func, exported);
  Bytes map;
  WasmBuilder::u32(map, 1);
  WasmBuilder::u32(map, named);
  WasmBuilder::name(map, "from_names");
  Bytes section{0, 3, 2, 'm', 'x', 1};
  WasmBuilder::u32(section, map.size());
  WasmBuilder::append(section, map);
  wasm.custom("name", section);
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  auto ask = [&] {
    CHECK_EQ(loaded.module->function_name(0), "imported");
    CHECK_EQ(loaded.module->function_name(named), "from_names");
    CHECK_EQ(loaded.module->function_name(exported), "shown");
    CHECK_EQ(loaded.module->function_name(nameless), "");
  };
  std::vector<std::thread> threads;
  ask();
  for (int i = 0; i < 4; i++) threads.emplace_back(ask);
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE(names_in_order_of_their_indices) {
  WasmBuilder wasm;
  wasm.function(wasm.type({}, {}), {0x0b});
  // Globals 1, 3 and 3 again, then one out of order.
  wasm.custom("name", {7, 13, 4, 1, 1, 'a', 3, 1, 'b', 3, 1, 'c', 2, 1, 'd', 9, 4, 1, 0, 1, 'e'});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  NameCursor globals(*loaded.module, NameKind::Global);
  CHECK_EQ(globals.at(0), "");
  CHECK_EQ(globals.at(1), "a");
  CHECK_EQ(globals.at(1), "a");
  CHECK_EQ(globals.at(2), "");
  CHECK_EQ(globals.at(3), "b");
  CHECK_EQ(globals.at(4), "");
  CHECK_EQ(globals.at(UINT32_MAX), "");
  NameCursor data(*loaded.module, NameKind::Data);
  CHECK_EQ(data.at(0), "e");
  CHECK_EQ(NameCursor(*loaded.module, NameKind::Table).at(0), "");
}

TEST_CASE(names_of_parts) {
  WasmBuilder wasm;
  wasm.function(wasm.type({}, {}), {0x0b});
  // Of function 1 locals 0 and 2, of 2 none, of 5 local 0; then function 4, which comes too late.
  wasm.custom("name", {2, 20, 4, 1, 2, 0, 1, 'a', 2, 1, 'b', 2, 0, 5, 1, 0, 1, 'c', 4, 1, 0, 0});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  const Name expected[] = {{1, 0, "a"}, {1, 2, "b"}, {5, 0, "c"}};
  NameReader names(*loaded.module, NameKind::Local);
  Name name;
  for (const Name& one : expected) {
    REQUIRE(names.next(name));
    CHECK_EQ(name.index, one.index);
    CHECK_EQ(name.inner, one.inner);
    CHECK_EQ(name.text, one.text);
    CHECK_EQ(find_name(*loaded.module, NameKind::Local, one.index, one.inner), one.text);
  }
  CHECK(!names.next(name));
  CHECK(!names.next(name));
  CHECK_EQ(find_name(*loaded.module, NameKind::Local, 1, 1), "");
  CHECK_EQ(find_name(*loaded.module, NameKind::Local, 4, 0), "");
  CHECK_EQ(find_name(*loaded.module, NameKind::Field, 1, 0), "");
}

TEST_CASE(broken_name_sections_are_no_error) {
  for (const Bytes& section :
       {Bytes{}, Bytes{1}, Bytes{1, 100}, Bytes{1, 1, 5}, Bytes{1, 4, 1, 0, 9, 'x'},
        Bytes{1, 6, 2, 0, 1, 'x', 0, 0}, Bytes{1, 4, 1, 0, 1, 0xff}}) {
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), {0x0b});
    wasm.custom("name", section);
    Loaded loaded(wasm);
    REQUIRE(loaded.module != nullptr);
    std::string_view name = loaded.module->function_name(0);
    CHECK(name.empty() || name == "x");
    NameCursor cursor(*loaded.module, NameKind::Function);
    name = cursor.at(0);
    CHECK(name.empty() || name == "x");
    CHECK_EQ(cursor.at(7), "");
  }
}

// Each prefix, and each byte changed, of a section with all kinds of names: fewer or other names.
TEST_CASE(broken_names_of_all_kinds) {
  Bytes section{0, 2, 1, 'm'};
  for (uint32_t kind = 1; kind < kNameKinds; kind++) {
    const bool nested = is_nested(static_cast<NameKind>(kind));
    const Bytes map =
        nested ? Bytes{1, 0, 2, 0, 1, 'x', 1, 1, 'y'} : Bytes{2, 0, 1, 'x', 1, 1, 'y'};
    section.push_back(static_cast<uint8_t>(kind));
    WasmBuilder::u32(section, map.size());
    WasmBuilder::append(section, map);
  }
  auto names_in = [](const Bytes& bytes) {
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), {0x0b});
    wasm.custom("name", bytes);
    Loaded loaded(wasm);
    size_t count = 0;
    CHECK(loaded.module != nullptr);
    for (uint32_t kind = 0; kind < kNameKinds && loaded.module != nullptr; kind++) {
      NameReader names(*loaded.module, static_cast<NameKind>(kind));
      Name name;
      for (; names.next(name); count++) CHECK(name.text.size() <= bytes.size());
    }
    return count;
  };
  const size_t all = 1 + 2 * (kNameKinds - 1);
  CHECK_EQ(names_in(section), all);
  for (size_t size = 0; size < section.size(); size++) {
    CHECK(names_in(Bytes(section.begin(), section.begin() + static_cast<ptrdiff_t>(size))) < all);
  }
  for (size_t at = 0; at < section.size(); at++) {
    for (uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes changed = section;
      changed[at] = value;
      names_in(changed);
    }
  }
}

TEST_CASE(names_survive_changed_bytes) {
  WasmBuilder wasm;
  wasm.function(wasm.type({}, {}), {0x0b});
  wasm.custom("name", {1, 4, 1, 0, 1, 'x'});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  CHECK_EQ(loaded.module->function_name(0), "x");
  for (size_t at = loaded.bytes.size() - 8; at < loaded.bytes.size(); at++) {
    uint8_t before = loaded.bytes[at];
    for (int value = 0; value < 256; value++) {
      loaded.bytes[at] = static_cast<uint8_t>(value);
      CHECK(loaded.module->function_name(0).size() < 8);
    }
    loaded.bytes[at] = before;
  }
}

TEST_CASE(constant_expressions_are_computed) {
  WasmBuilder wasm;
  wasm.import_global("env", "g", kI32);
  uint32_t f = wasm.function(wasm.type({}, {}), {0x0b});
  // (g + 5) * -3
  wasm.global(kI32, false, {0x23, 0, 0x41, 5, 0x6a, 0x41, 0x7d, 0x6c, 0x0b});
  wasm.global(kI64, false, {0x42, 1, 0x42, 2, 0x7d, 0x0b});
  wasm.global(kFuncRef, false, {0xd2, static_cast<uint8_t>(f), 0x0b});
  wasm.global(kExternRef, false, {0xd0, 0x6f, 0x0b});
  wasm.global(kF64, false, {0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  const uint64_t expected[] = {0, static_cast<uint32_t>(-315), static_cast<uint64_t>(-1), 0xf000,
                               0, 0x0807060504030201};
  Values values;
  for (uint32_t i = 1; i < 6; i++) {
    const GlobalDef& global = loaded.module->globals()[i];
    ConstValue value;
    Diagnostic diagnostic;
    CHECK(evaluate(*loaded.module, global.init, global.type.type, values, value, diagnostic) ==
          Error::None);
    CHECK_EQ(value.bits[0], expected[i]);
  }
  CHECK(loaded.module->is_declared_reference(f));
  // A value that is not there yet, and one of another type, are errors and not accidents.
  values.known = 0;
  ConstValue value;
  Diagnostic missing;
  CHECK(evaluate(*loaded.module, loaded.module->globals()[1].init, kI32, values, value, missing) !=
        Error::None);
  Diagnostic wrong;
  CHECK(evaluate(*loaded.module, loaded.module->globals()[2].init, kI32, values, value, wrong) !=
        Error::None);
}

TEST_CASE(element_items) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({}, {});
  uint32_t a = wasm.function(type, {0x0b});
  uint32_t b = wasm.function(type, {0x0b});
  wasm.table(kFuncRef, 4);
  wasm.element(WasmBuilder::i32_const(1), {b, a});
  wasm.raw_element({5, 0x70, 2, 0xd0, 0x70, 0x0b, 0xd2, 1, 0x0b});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  auto elements = loaded.module->elements();
  CHECK(elements[0].mode == SegmentMode::Active);
  CHECK(elements[1].mode == SegmentMode::Passive);
  Values values;
  Diagnostic diagnostic;
  ElementItems indices(*loaded.module, elements[0], values, diagnostic);
  CHECK_EQ(indices.next().value(), 0xf001u);
  CHECK_EQ(indices.next().value(), 0xf000u);
  ElementItems expressions(*loaded.module, elements[1], values, diagnostic);
  CHECK_EQ(expressions.next().value(), 0u);
  CHECK_EQ(expressions.next().value(), 0xf001u);
}

TEST_CASE(custom_sections_and_imports) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {});
  wasm.import_function("env", "f", type);
  wasm.import_global("env", "g", kF32, true);
  wasm.custom("one", {1, 2, 3});
  wasm.custom("", {});
  Loaded loaded(wasm);
  REQUIRE(loaded.module != nullptr);
  CustomSectionCursor sections(*loaded.module);
  CustomSection custom;
  REQUIRE(sections.next(custom));
  CHECK_EQ(custom.name, "one");
  CHECK_EQ(loaded.module->slice(custom.bytes)[2], 3);
  REQUIRE(sections.next(custom));
  CHECK_EQ(custom.bytes.size, 0u);
  CHECK(!sections.next(custom));
  auto imports = loaded.module->imports();
  REQUIRE(imports.size() == 2);
  CHECK(imports[0].type == loaded.module->type(type));
  CHECK(imports[1].kind == ExternKind::Global);
  CHECK(loaded.module->globals()[imports[1].index].type.is_mutable);
}
