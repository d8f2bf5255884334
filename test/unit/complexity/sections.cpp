// Modules of many items.
#include "growth.h"
#include "module/names.h"
#include "wembed_names.h"

using namespace wembed;
using namespace wembed::growth;

namespace {

struct Shape {
  const char* name;
  uint32_t most;
  std::function<void(WasmBuilder& wasm, uint32_t n)> write;
};

std::string numbered(uint32_t i) { return "name" + std::to_string(i); }

Bytes null_initializer() { return {0xd0, 0x70, 0x0b}; }

// A type of its own for each number below 2^16.
Bytes distinct_type(uint32_t number) {
  Bytes out{0x60, 16};
  for (uint32_t bit = 0; bit < 16; bit++) out.push_back((number >> bit & 1) != 0 ? 0x7f : 0x7e);
  out.push_back(0);
  return out;
}

// A structure of one reference to a type, open to others below it.
Bytes node_type(uint32_t other) {
  Bytes out{0x50, 0, 0x5f, 1, 0x63};
  WasmBuilder::s64(out, other);
  out.push_back(1);
  return out;
}

// Types of which each but one in 63 is below the one before.
Bytes lower_type(uint32_t number) {
  Bytes out{0x50};
  const bool has_super = number % 63 != 0;
  out.push_back(has_super ? 1 : 0);
  if (has_super) WasmBuilder::u32(out, number);  // a function's type is the first of all
  WasmBuilder::append(out, {0x5f, 1, 0x7f, 0});
  return out;
}

// An array of i32 as a global's value.
Bytes array_of(uint32_t elements) {
  Bytes out;
  for (uint32_t i = 0; i < elements; i++) WasmBuilder::append(out, {0x41, 1});
  WasmBuilder::append(out, {0xfb, 8, 1});
  WasmBuilder::u32(out, elements);
  out.push_back(0x0b);
  return out;
}

const Shape shapes[] = {
    {"one recursion group", 60'000,
     [](WasmBuilder& wasm, uint32_t n) {
       Bytes out{0x4e};
       WasmBuilder::u32(out, n);
       for (uint32_t i = 0; i < n; i++) {
         WasmBuilder::append(out, node_type(static_cast<uint32_t>(1 + uint64_t{i} * 7919 % n)));
       }
       wasm.raw_type(out, n);
     }},
    {"types that each name the one before", 60'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.raw_type(i == 0 ? Bytes{0x5f, 0} : node_type(i));
     }},
    {"types below one another", 60'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.raw_type(lower_type(i));
     }},
    {"a structure of many fields", 10'000,
     [](WasmBuilder& wasm, uint32_t n) {
       Bytes out{0x5f};
       WasmBuilder::u32(out, n);
       for (uint32_t i = 0; i < n; i++) {
         WasmBuilder::append(out, {static_cast<uint8_t>(i % 2 == 0 ? 0x78 : 0x6e), 1});
       }
       wasm.raw_type(out);
     }},
    {"a constant array of many elements", 10'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.raw_type({0x5e, 0x7f, 1});
       wasm.global(ValType::abstract_ref(HeapType::Array, true), false, array_of(n));
     }},
    {"constant arrays", 1'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.raw_type({0x5e, 0x7f, 1});
       for (uint32_t i = 0; i < n; i++) {
         wasm.global(ValType::abstract_ref(HeapType::Array, true), false, array_of(3));
       }
     }},
    {"equal types", 200'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.type({kI32}, {kI32});
     }},
    {"different types", 64'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.raw_type(distinct_type(i));
     }},
    {"a type of many results", 900,
     [](WasmBuilder& wasm, uint32_t n) {
       Bytes out{0x60, 0};
       WasmBuilder::u32(out, n);
       for (uint32_t i = 0; i < n; i++) out.push_back(0x7f);
       wasm.raw_type(out);
     }},
    {"functions", 200'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.function(0, {0x20, 0, 0x0b});
     }},
    {"exports", 100'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.export_as(numbered(i), ExternKind::Func, 0);
     }},
    {"exports whose names have a long beginning in common", 16'000,
     [](WasmBuilder& wasm, uint32_t n) {
       std::string beginning(100, 'x');
       for (uint32_t i = 0; i < n; i++) {
         wasm.export_as(beginning + numbered(i), ExternKind::Func, 0);
       }
     }},
    {"globals", 200'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.global(kI32, true, WasmBuilder::i32_const(7));
     }},
    {"tables", 90'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.table(kFuncRef, 1);
     }},
    {"a large table", 1'000'000, [](WasmBuilder& wasm, uint32_t n) { wasm.table(kFuncRef, n); }},
    {"active elements", 200'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.table(kFuncRef, 16);
       for (uint32_t i = 0; i < n; i++) wasm.element(WasmBuilder::i32_const(3), {0});
     }},
    {"a segment of many elements", 1'000'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.table(kFuncRef, n);
       Bytes out{0, 0x41, 0, 0x0b};
       WasmBuilder::u32(out, n);
       out.insert(out.end(), n, 0);
       wasm.raw_element(out);
     }},
    {"passive elements as expressions", 200'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) {
         wasm.raw_element(join({{5, 0x70, 1}, null_initializer()}));
       }
     }},
    {"active data", 90'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.memory(1);
       for (uint32_t i = 0; i < n; i++) wasm.data(WasmBuilder::i32_const(8), {1, 2});
     }},
    {"passive data", 90'000,
     [](WasmBuilder& wasm, uint32_t n) {
       wasm.memory(1);
       for (uint32_t i = 0; i < n; i++) wasm.passive_data({1, 2});
     }},
    {"custom sections", 1'000'000,
     [](WasmBuilder& wasm, uint32_t n) {
       for (uint32_t i = 0; i < n; i++) wasm.raw_section(0, {1, 'x'});
     }},
    {"names of functions", 100'000,
     [](WasmBuilder& wasm, uint32_t n) {
       Bytes names;
       WasmBuilder::u32(names, n);
       for (uint32_t i = 0; i < n; i++) {
         wasm.function(0, {0x20, 0, 0x0b});
         WasmBuilder::u32(names, i);
         WasmBuilder::name(names, numbered(i));
       }
       Bytes content{1};
       WasmBuilder::u32(content, names.size());
       WasmBuilder::append(content, names);
       wasm.custom("name", content);
     }},
    {"globals that take the value of others", 50'000,
     [](WasmBuilder& wasm, uint32_t n) {
       uint32_t base = wasm.global(kI32, false, WasmBuilder::i32_const(7));
       Bytes value = join({with_index(0x23, base), {0x0b}});
       for (uint32_t i = 0; i < n; i++) wasm.global(kI32, false, value);
     }},
};

Bytes module_of(const Shape& shape, uint32_t n) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t run = wasm.function(type, {0x20, 0, 0x0b});
  wasm.export_as("run", ExternKind::Func, run);
  shape.write(wasm, n);
  return wasm.finish();
}

}  // namespace

TEST_CASE(sections_of_many_items) {
  for (const Shape& shape : shapes) {
    check_linear(shape.name, shape.most, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
      live_through(module_of(shape, n), runtime, costs);
    });
  }
}

TEST_CASE(imports_of_one_function) {
  check_linear("imports", 50'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32}, {kI32});
    for (uint32_t i = 0; i < n; i++) wasm.import_function("env", numbered(i), type);
    wasm.export_as("run", ExternKind::Func, wasm.function(type, {0x20, 0, 0x0b}));
    live_through(wasm.finish(), runtime, costs);
  });
}

// Names are asked for one by one: by lookups of the host, and of natives by an import each.
TEST_CASE(names_looked_up_one_by_one) {
  check_linear("lookups", 16'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t function = wasm.function(wasm.type({}, {}), {0x0b});
    for (uint32_t i = 0; i < n; i++) wasm.export_as(numbered(i), ExternKind::Func, function);
    Bytes bytes = wasm.finish();
    wasm_module_t module = load(runtime, bytes);
    wasm_module_inst_t instance = wembed_instantiate(module, nullptr, nullptr);
    REQUIRE(instance != nullptr);
    costs.of("lookup", [&] {
      for (uint32_t i = 0; i < n; i++) {
        if (wasm_runtime_lookup_function(instance, numbered(i).c_str()) == nullptr) std::abort();
      }
    });
    costs.of("reflection", [&] {
      wembed_extern_type_t type = {};
      for (uint32_t i = 0; i < n; i++) {
        if (!wembed_module_export(module, i, &type)) std::abort();
      }
    });
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
  });
}

// A walk through the names, and texts of types that have some.
TEST_CASE(names_of_locals_and_types) {
  check_linear("names", 50'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    wasm.function(wasm.type({}, {}), {0x0b});
    Bytes locals;
    WasmBuilder::u32(locals, n);
    for (uint32_t i = 0; i < n; i++) {
      WasmBuilder::u32(locals, i);
      WasmBuilder::append(locals, {1, 0});
      WasmBuilder::name(locals, numbered(i));
    }
    Bytes section{static_cast<uint8_t>(NameKind::Local)};
    WasmBuilder::u32(section, locals.size());
    WasmBuilder::append(section, locals);
    wasm.custom("name", section);
    Bytes bytes = wasm.finish();
    wasm_module_t module = load(runtime, bytes);
    costs.of("walk", [&] {
      wembed_name_t name = {};
      name.kind = WEMBED_NAME_LOCAL;
      char text[32];
      uint32_t count = 0;
      while (wembed_module_next_name(module, &name, text, sizeof text)) count++;
      if (count != n) std::abort();
    });
    costs.of("last", [&] {
      if (wembed_module_name(module, WEMBED_NAME_LOCAL, n - 1, 0, nullptr, 0) == 0) std::abort();
    });
    wasm_runtime_unload(module);
  });
}

TEST_CASE(natives_registered_and_bound) {
  check_linear("natives", 16'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    std::vector<std::string> names;
    std::vector<NativeSymbol> natives;
    for (uint32_t i = 0; i < n; i++) names.push_back(numbered(i));
    for (uint32_t i = 0; i < n; i++) {
      natives.push_back({names[i].c_str(), reinterpret_cast<void*>(&std::abort), "(i)i", nullptr});
    }
    costs.of("register", [&] {
      if (!wembed_register_natives(runtime, "env", natives.data(), n, false)) std::abort();
    });
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32}, {kI32});
    for (uint32_t i = 0; i < n; i++) wasm.import_function("env", numbered(i), type);
    wasm.export_as("run", ExternKind::Func, wasm.function(type, {0x20, 0, 0x0b}));
    live_through(wasm.finish(), runtime, costs);
    costs.of("unregister", [&] { wembed_unregister_natives(runtime, "env", natives.data()); });
  });
}
