// Many instances that have to do with each other, and what one instance does many times.
#include "growth.h"

using namespace wembed;
using namespace wembed::growth;

namespace {

// "f" (i32) -> i32, a memory "m", a table "t" of a thousand; "g" calls the import when it has one.
Bytes program(bool imports, bool with_memory, uint32_t table = 4) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  uint32_t f = 0;
  if (imports) f = wasm.import_function("x", "f", type);
  f = wasm.function(type, imports ? Bytes{0x20, 0, 0x10, 0, 0x0b} : Bytes{0x20, 0, 0x0b});
  if (with_memory) wasm.memory(1);
  wasm.table(kFuncRef, table);
  wasm.export_as("f", ExternKind::Func, f);
  wasm.export_as("t", ExternKind::Table, 0);
  return wasm.finish();
}

constexpr uint32_t kFunction = 0, kTable = 1;  // exports

wasm_module_inst_t instantiate(wasm_module_t module, wasm_module_inst_t exporter = nullptr) {
  wembed_import_t import = {};
  import.source = WEMBED_IMPORT_EXPORT;
  import.instance = exporter;
  import.export_index = kFunction;
  wembed_instantiate_options_t options = {};
  options.size = sizeof options;
  options.stack_size = 16 << 10;
  options.backend = WEMBED_BACKEND_HEAP;
  options.strict = true;
  if (exporter != nullptr) {
    options.imports = &import;
    options.import_count = 1;
  }
  wembed_error_t error;
  wasm_module_inst_t instance = wembed_instantiate(module, &options, &error);
  if (instance == nullptr) check::fail(__FILE__, __LINE__, "instantiate", error.message);
  return instance;
}

void call(wasm_module_inst_t instance, const char* name = "f", uint64_t argument = 0) {
  uint64_t slots[1] = {argument};
  (void)wembed_call(wasm_runtime_get_exec_env_singleton(instance),
                    wasm_runtime_lookup_function(instance, name), slots, nullptr);
}

struct Modules {
  Modules(wembed_runtime_t runtime, bool with_memory, uint32_t table = 4)
      : alone_bytes(program(false, with_memory, table)),
        importer_bytes(program(true, with_memory)),
        alone(load(runtime, alone_bytes)),
        importer(load(runtime, importer_bytes)) {}
  ~Modules() {
    wasm_runtime_unload(importer);
    wasm_runtime_unload(alone);
  }
  Modules(const Modules&) = delete;
  Bytes alone_bytes, importer_bytes;
  wasm_module_t alone, importer;
};

void close_in_order(std::vector<wasm_module_inst_t>& instances) {
  for (wasm_module_inst_t instance : instances) wasm_runtime_deinstantiate(instance);
}
void close_backwards(std::vector<wasm_module_inst_t>& instances) {
  std::reverse(instances.begin(), instances.end());
  close_in_order(instances);
}

// Links n instances by `exporter_of`, which says what number i imports from, and ends them.
void check_links(const char* name, uint32_t most,
                 const std::function<uint32_t(uint32_t i)>& exporter_of,
                 void (*close)(std::vector<wasm_module_inst_t>&)) {
  check_linear(name, most, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    Modules modules(runtime, false);
    std::vector<wasm_module_inst_t> instances;
    instances.reserve(n);
    costs.of("link", [&] {
      instances.push_back(instantiate(modules.alone));
      for (uint32_t i = 1; i < n; i++) {
        instances.push_back(instantiate(modules.importer, instances[exporter_of(i)]));
      }
    });
    costs.of("call", [&] {
      for (wasm_module_inst_t instance : instances) call(instance);
    });
    costs.of("close", [&] { close(instances); });
  });
}

}  // namespace

TEST_CASE(instances_without_each_other) {
  check_linear("instances", 16'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    Modules modules(runtime, false);
    std::vector<wasm_module_inst_t> instances;
    costs.of("instantiate", [&] {
      for (uint32_t i = 0; i < n; i++) instances.push_back(instantiate(modules.alone));
    });
    costs.of("close", [&] { close_in_order(instances); });
  });
}

TEST_CASE(instances_that_import_from_one) {
  auto first = [](uint32_t) { return 0u; };
  check_links("a star, closed in order", 8'000, first, close_in_order);
  check_links("a star, closed backwards", 8'000, first, close_backwards);
}

TEST_CASE(instances_that_import_from_the_one_before) {
  auto before = [](uint32_t i) { return i - 1; };
  // Calls through the whole chain would be n squared by themselves: chains are of 256.
  auto piece = [](uint32_t i) { return i % 256 == 0 ? 0 : i - 1; };
  check_links("chains, closed in order", 8'000, piece, close_in_order);
  check_links("chains, closed backwards", 8'000, piece, close_backwards);
  check_linear("one chain", 2'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    Modules modules(runtime, false);
    std::vector<wasm_module_inst_t> instances;
    costs.of("link", [&] {
      instances.push_back(instantiate(modules.alone));
      for (uint32_t i = 1; i < n; i++) {
        instances.push_back(instantiate(modules.importer, instances[before(i)]));
      }
    });
    costs.of("call", [&] { call(instances.back()); });
    costs.of("close", [&] { close_in_order(instances); });
  });
}

// Plugins: each is made, used and ended while the one they import from stays.
TEST_CASE(instances_that_come_and_go) {
  check_linear("plugins", 8'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    Modules modules(runtime, true);
    wasm_module_inst_t library = instantiate(modules.alone);
    costs.of("come and go", [&] {
      for (uint32_t i = 0; i < n; i++) {
        wasm_module_inst_t plugin = instantiate(modules.importer, library);
        call(plugin);
        wasm_runtime_deinstantiate(plugin);
      }
    });
    wasm_runtime_deinstantiate(library);
  });
}

TEST_CASE(functions_of_many_instances_in_one_table) {
  for (bool backwards : {false, true}) {
    check_linear("a table of them", 8'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
      Modules modules(runtime, false, n);
      std::vector<wasm_module_inst_t> instances;
      for (uint32_t i = 0; i <= n; i++) instances.push_back(instantiate(modules.alone));
      costs.of("fill", [&] {
        for (uint32_t i = 0; i < n; i++) {
          wasm_function_inst_t function = wembed_instance_function(instances[i + 1], kFunction);
          uint64_t slot = reinterpret_cast<uint64_t>(function);
          if (!wembed_table_set(instances[0], kTable, i, slot)) std::abort();
        }
      });
      costs.of("close", [&] { (backwards ? close_backwards : close_in_order)(instances); });
    });
  }
}

// A table whose functions are replaced by those of new instances, which is all that holds them.
TEST_CASE(functions_that_are_overwritten) {
  constexpr uint32_t kElements = 64;
  check_linear("overwritten", 16'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    Modules modules(runtime, false, kElements);
    wasm_module_inst_t owner = instantiate(modules.alone);
    costs.of("put", [&] {
      for (uint32_t i = 0; i < n; i++) {
        wasm_module_inst_t one = instantiate(modules.alone);
        uint64_t slot = reinterpret_cast<uint64_t>(wembed_instance_function(one, kFunction));
        if (!wembed_table_set(owner, kTable, i % kElements, slot)) std::abort();
        wasm_runtime_deinstantiate(one);
      }
    });
    wasm_runtime_deinstantiate(owner);
  });
}

TEST_CASE(growing_by_one) {
  check_linear("memory.grow", 60'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32}, {kI32});
    wasm.memory(1);
    wasm.export_as("f", ExternKind::Func,
                   wasm.function(type, {0x03, 0x40, 0x41, 1, 0x40, 0, 0x1a, 0x20, 0, 0x41,
                                        1,    0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x3f, 0, 0x0b}));
    Bytes bytes = wasm.finish();
    wasm_module_t module = load(runtime, bytes);
    wasm_module_inst_t instance = wembed_instantiate(module, nullptr, nullptr);
    REQUIRE(instance != nullptr);
    costs.of("grow", [&] { call(instance, "f", n); });
    costs.of("close", [&] { wasm_runtime_deinstantiate(instance); });
    wasm_runtime_unload(module);
  });
  check_linear("table.grow", 100'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32}, {kI32});
    wasm.table(kFuncRef, 1);
    wasm.export_as(
        "f", ExternKind::Func,
        wasm.function(type, {0x03, 0x40, 0xd0, 0x70, 0x41, 1,    0xfc, 15,   0,    0x1a, 0x20, 0,
                             0x41, 1,    0x6b, 0x22, 0,    0x0d, 0,    0x0b, 0x20, 0,    0x0b}));
    Bytes bytes = wasm.finish();
    wasm_module_t module = load(runtime, bytes);
    wasm_module_inst_t instance = wembed_instantiate(module, nullptr, nullptr);
    REQUIRE(instance != nullptr);
    costs.of("grow", [&] { call(instance, "f", n); });
    costs.of("close", [&] { wasm_runtime_deinstantiate(instance); });
    wasm_runtime_unload(module);
  });
}

// A trap through n frames, and n traps whose texts, places and frames are read.
TEST_CASE(traps) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  // f(n): n == 0 traps, otherwise f(n - 1)
  Bytes code{0x20, 0, 0x45, 0x04, 0x40, 0x00, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x0b};
  wasm.export_as("f", ExternKind::Func, wasm.function(type, code));
  Bytes bytes = wasm.finish();
  auto subject = [&](uint32_t depth, uint32_t times, wembed_runtime_t runtime, Costs& costs) {
    wasm_module_t module = load(runtime, bytes);
    wembed_instantiate_options_t options = {};
    options.size = sizeof options;
    options.stack_size = 64 << 20;
    wasm_module_inst_t instance = wembed_instantiate(module, &options, nullptr);
    REQUIRE(instance != nullptr);
    costs.of("trap", [&] {
      for (uint32_t i = 0; i < times; i++) {
        call(instance, "f", depth);
        wembed_error_t error;
        if (!wembed_get_error(instance, &error)) std::abort();
        uint32_t total = 0;
        uint32_t count = wembed_trap_frame_count(instance, &total);
        wembed_frame_t frame;
        for (uint32_t at = 0; at < count; at++) (void)wembed_trap_frame(instance, at, &frame);
        wasm_runtime_clear_exception(instance);
      }
    });
    wasm_runtime_deinstantiate(instance);
    wasm_runtime_unload(module);
  };
  check_linear("through frames", 200'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    subject(n, 1, runtime, costs);
  });
  check_linear("again and again", 16'000, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    subject(3, n, runtime, costs);
  });
}
