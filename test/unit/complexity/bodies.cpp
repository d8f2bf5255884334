// Functions with much of one kind of code.
#include <span>

#include "growth.h"

using namespace wembed;
using namespace wembed::growth;

namespace {

// The code of "run" (i32) -> i32 with n of something; local 1 is an i32 too. Function 0 is
// (i32) -> i32, type 0 is its type, type 1 is () -> ().
struct Body {
  const char* name;
  uint32_t most;
  std::function<Bytes(uint32_t n)> code;
};

const Bytes kZero{0x41, 0}, kGet{0x20, 0}, kSet{0x21, 1}, kTee{0x22, 1}, kDrop{0x1a}, kEnd{0x0b};
const Bytes kBlock{0x02, 0x40}, kLoop{0x03, 0x40}, kIf{0x04, 0x40}, kElse{0x05}, kAdd{0x6a};
const Bytes kCall{0x41, 0, 0x10, 0, 0x1a};

// n times before, n times after, something in the middle.
Bytes nested(uint32_t n, const Bytes& before, const Bytes& middle, const Bytes& after) {
  return join({repeat(n, before), middle, repeat(n, after)});
}

Bytes branch_table(uint32_t n, const std::function<uint32_t(uint32_t)>& label) {
  Bytes out{0x0e};
  WasmBuilder::u32(out, n);
  for (uint32_t i = 0; i <= n; i++) WasmBuilder::u32(out, label(i));
  return out;
}

// Each piece of code is given its number.
Bytes numbered(uint32_t n, const std::function<Bytes(uint32_t)>& part) {
  Bytes out;
  for (uint32_t i = 0; i < n; i++) WasmBuilder::append(out, part(i));
  return out;
}

const Body nestings[] = {
    {"blocks", 100'000, [](uint32_t n) { return nested(n, kBlock, {}, kEnd); }},
    {"loops", 100'000, [](uint32_t n) { return nested(n, kLoop, {}, kEnd); }},
    {"ifs", 100'000,
     [](uint32_t n) {
       return nested(n, join({kGet, kIf}), {}, kEnd);
     }},
    {"ifs with else", 60'000,
     [](uint32_t n) {
       return nested(n, join({kGet, kIf}), {}, join({kElse, kGet, kDrop, kEnd}));
     }},
    {"else parts", 60'000,
     [](uint32_t n) {
       return nested(n, join({kGet, kIf, kElse}), {}, kEnd);
     }},
    {"ifs on comparisons", 60'000,
     [](uint32_t n) {
       return nested(n, join({kGet, kZero, {0x46}, kIf}), {}, kEnd);
     }},
    {"blocks with a branch out", 60'000,
     [](uint32_t n) {
       return nested(n, join({kBlock, kGet, {0x0d, 0}}), {}, kEnd);
     }},
    {"blocks with a branch on a comparison", 60'000,
     [](uint32_t n) {
       return nested(n, join({kBlock, kGet, kZero, {0x47, 0x0d, 0}}), {}, kEnd);
     }},
    {"blocks, then branches out of all of them", 60'000,
     [](uint32_t n) {
       Bytes middle = numbered(n, [](uint32_t i) { return join({kGet, with_index(0x0d, i)}); });
       return nested(n, kBlock, middle, kEnd);
     }},
    {"blocks, each followed by a branch over many", 30'000,
     [](uint32_t n) {
       Bytes out = repeat(n, kBlock);
       for (uint32_t i = 0; i < n; i++) {
         WasmBuilder::append(out, join({kGet, with_index(0x0d, n - 1 - i), kEnd}));
       }
       return out;
     }},
    {"blocks and a table of branches to them", 60'000,
     [](uint32_t n) {
       Bytes table = join({kGet, branch_table(n - 1, [](uint32_t i) { return i; })});
       return nested(n, kBlock, table, join({kEnd, kGet, kSet}));
     }},
    {"loops with a branch back", 60'000,
     [](uint32_t n) {
       return nested(n, kLoop, {}, join({kGet, {0x0d, 0}, kEnd}));
     }},
    {"blocks with a result", 60'000,
     [](uint32_t n) {
       return join({nested(n, {0x02, 0x7f}, kZero, kEnd), kDrop});
     }},
    {"blocks with a parameter", 60'000,
     [](uint32_t n) {
       return join({kZero, nested(n, {0x02, 0}, {}, kEnd), kDrop});
     }},
    {"ifs behind pending comparisons", 30'000,
     [](uint32_t n) {
       return join({repeat(n, join({kGet, kZero, {0x46}})), repeat(n, join({kIf, kEnd}))});
     }},
};

const Body sequences[] = {
    {"blocks one after another", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kBlock, kEnd}));
     }},
    {"branches on null", 100'000,
     [](uint32_t n) {
       return repeat(n, join({kBlock, {0xd2, 0, 0xd5, 0}, kDrop, kEnd}));
     }},
    {"ifs one after another", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kGet, kIf, kElse, kEnd}));
     }},
    {"loops one after another", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kLoop, kEnd}));
     }},
    {"branches to one block", 200'000,
     [](uint32_t n) {
       return join({kBlock, repeat(n, join({kGet, {0x0d, 0}})), kEnd});
     }},
    {"returns", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kGet, kIf, kZero, {0x0f}, kEnd}));
     }},
    {"a table of branches to one block", 200'000,
     [](uint32_t n) {
       return join({kBlock, kGet, branch_table(n, [](uint32_t) { return 0; }), kEnd});
     }},
    {"tables of branches", 50'000,
     [](uint32_t n) {
       Bytes table = join({kGet, branch_table(3, [](uint32_t i) { return i & 1; })});
       return repeat(n, join({kBlock, kBlock, table, kEnd, kEnd}));
     }},
    {"tables of branches that carry a value", 50'000,
     [](uint32_t n) {
       Bytes table = join({kZero, kGet, branch_table(3, [](uint32_t) { return 0; })});
       return repeat(n, join({{0x02, 0x7f}, table, kEnd, kDrop}));
     }},
    {"operations", 300'000,
     [](uint32_t n) {
       return join({kGet, repeat(n, join({kGet, kAdd})), kDrop});
     }},
    {"constants that are dropped", 300'000,
     [](uint32_t n) {
       return repeat(n, {0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a});
     }},
    {"different constants", 200'000,
     [](uint32_t n) {
       return numbered(n, [](uint32_t i) {
         Bytes out{0x42};
         WasmBuilder::s64(out, int64_t{i} * 0x123456789);
         return join({out, kDrop});
       });
     }},
    {"calls", 200'000, [](uint32_t n) { return repeat(n, kCall); }},
    {"indirect calls", 100'000,
     [](uint32_t n) {
       return repeat(n, join({kZero, kZero, {0x11, 0, 0}, kDrop}));
     }},
    {"loads and stores", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kZero, kGet, {0x28, 2, 8, 0x36, 2, 4}}));
     }},
    {"globals", 200'000,
     [](uint32_t n) {
       return repeat(n, {0x23, 0, 0x24, 0});
     }},
    {"locals set and read", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kGet, kTee, kSet}));
     }},
    {"selects", 200'000,
     [](uint32_t n) {
       return repeat(n, join({kGet, kZero, kGet, {0x1b}, kDrop}));
     }},
    {"code that is not reached", 300'000,
     [](uint32_t n) {
       return join({kBlock, {0x0c, 0}, repeat(n, join({kGet, kDrop})), kEnd});
     }},
    {"blocks that are not reached", 100'000,
     [](uint32_t n) {
       return join({kBlock, {0x0c, 0}, nested(n, kBlock, {}, kEnd), kEnd});
     }},
    {"instructions that do nothing", 1'000'000, [](uint32_t n) { return repeat(n, {0x01}); }},
};

// What waits on the operand stack while something else happens. Where more than 32,000 values wait,
// code has a longer form.
const Body pending[] = {
    {"constants", 200'000, [](uint32_t n) { return nested(n, kZero, {}, kDrop); }},
    {"values that are added up", 30'000,
     [](uint32_t n) {
       return join({kGet, nested(n, kGet, {}, kAdd), kDrop});
     }},
    {"locals, which are then set", 60'000,
     [](uint32_t n) {
       return nested(n, {0x20, 1}, repeat(n, join({kGet, kSet})), kDrop);
     }},
    {"locals, read and set in turns", 60'000,
     [](uint32_t n) {
       return nested(n, join({{0x20, 1}, kGet, kSet}), {}, kDrop);
     }},
    {"constants, and calls", 60'000,
     [](uint32_t n) { return nested(n, kZero, repeat(n, kCall), kDrop); }},
    {"results of calls", 60'000,
     [](uint32_t n) {
       return nested(n, {0x41, 0, 0x10, 0}, {}, kDrop);
     }},
    {"constants, and blocks", 60'000,
     [](uint32_t n) {
       return nested(n, kZero, repeat(n, join({kBlock, kEnd})), kDrop);
     }},
    {"constants, and ifs", 60'000,
     [](uint32_t n) {
       return nested(n, kZero, repeat(n, join({kGet, kIf, kEnd})), kDrop);
     }},
    {"constants and blocks around each other", 60'000,
     [](uint32_t n) {
       return nested(n, join({kZero, kBlock}), {}, join({kEnd, kDrop}));
     }},
    {"constants, and branches", 60'000,
     [](uint32_t n) {
       Bytes branches = join({kBlock, repeat(n, join({kGet, {0x0d, 0}})), kEnd});
       return nested(n, kZero, branches, kDrop);
     }},
    {"values, and branches that drop them", 30'000,
     [](uint32_t n) {
       return join({kBlock, nested(n, kGet, repeat(n, join({kGet, {0x0d, 0}})), kDrop), kEnd});
     }},
    {"loads, and stores", 60'000,
     [](uint32_t n) {
       return nested(n, {0x41, 0, 0x28, 2, 0}, repeat(n, join({kZero, kGet, {0x36, 2, 0}})), kDrop);
     }},
    {"globals, which are then set", 60'000,
     [](uint32_t n) {
       return nested(n, {0x23, 0}, repeat(n, join({kGet, {0x24, 0}})), kDrop);
     }},
};

void begin(WasmBuilder& wasm) {
  uint32_t unary = wasm.type({kI32}, {kI32});
  wasm.type({}, {});
  wasm.table(kFuncRef, 1);
  wasm.memory(1);
  wasm.global(kI32, true, WasmBuilder::i32_const(0));
  wasm.element(WasmBuilder::i32_const(0), {wasm.function(unary, {0x20, 0, 0x0b})});
}

void check_bodies(std::span<const Body> bodies) {
  for (const Body& body : bodies) {
    check_linear(body.name, body.most, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
      WasmBuilder wasm;
      begin(wasm);
      Bytes code = join({body.code(n), kGet, kEnd});
      wasm.export_as("run", ExternKind::Func, wasm.function(0, code, {{1, kI32}}));
      live_through(wasm.finish(), runtime, costs);
    });
  }
}

}  // namespace

TEST_CASE(things_inside_each_other) { check_bodies(nestings); }
TEST_CASE(things_one_after_another) { check_bodies(sequences); }
TEST_CASE(values_that_wait) { check_bodies(pending); }

TEST_CASE(locals) {
  check_linear(
      "locals in one group", 50'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
        WasmBuilder wasm;
        begin(wasm);
        wasm.export_as("run", ExternKind::Func, wasm.function(0, {0x20, 0, 0x0b}, {{n - 1, kI64}}));
        live_through(wasm.finish(), runtime, costs);
      });
  check_linear("locals in groups", 40'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    begin(wasm);
    Bytes body;
    WasmBuilder::u32(body, n);
    for (uint32_t i = 0; i < n; i++) {
      WasmBuilder::append(body, {1, static_cast<uint8_t>(i % 2 == 0 ? 0x7f : 0x7e)});
    }
    for (uint32_t i = 0; i < n; i++) {
      WasmBuilder::append(body, join({with_index(0x20, i + 1), with_index(0x21, i + 1)}));
    }
    wasm.export_as("run", ExternKind::Func, wasm.raw_function(0, join({body, {0x20, 0, 0x0b}})));
    live_through(wasm.finish(), runtime, costs);
  });
}

// Locals that begin without a value: each gets one in a block, behind which it has none again; and
// functions with as many of them as there can be.
TEST_CASE(locals_that_need_a_value) {
  const Bytes kReference{0x64, 0x70};
  auto declare = [&](uint32_t count) { return join({with_index(1, count), kReference}); };
  check_linear("locals that need a value", 40'000,
               [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
                 WasmBuilder wasm;
                 begin(wasm);
                 Bytes sets = numbered(n, [](uint32_t i) {
                   return join({kBlock, {0xd2, 0}, with_index(0x22, i + 1), kDrop, kEnd});
                 });
                 Bytes body = join({declare(n), kBlock, sets, kEnd, kGet, kEnd});
                 wasm.export_as("run", ExternKind::Func, wasm.raw_function(0, body));
                 live_through(wasm.finish(), runtime, costs);
               });
  check_linear("functions with locals that need a value", 20'000,
               [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
                 WasmBuilder wasm;
                 begin(wasm);
                 Bytes body = join({declare(49'000), {0xd2, 0}, with_index(0x21, 48'999), kEnd});
                 for (uint32_t i = 0; i < n; i++) wasm.raw_function(1, body);
                 wasm.export_as("run", ExternKind::Func, wasm.function(0, {0x20, 0, 0x0b}));
                 live_through(wasm.finish(), runtime, costs);
               });
}

// Block types of many values, in number; what one of them costs is what its values cost.
TEST_CASE(blocks_of_many_values) {
  check_linear(
      "blocks of 100 values", 16'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
        WasmBuilder wasm;
        begin(wasm);
        Bytes definition{0x60, 100};
        definition.insert(definition.end(), 100, 0x7f);
        definition.push_back(100);
        definition.insert(definition.end(), 100, 0x7f);
        uint32_t type = wasm.raw_type(definition);
        Bytes block = join({with_index(0x02, type), kEnd});
        Bytes code = join({repeat(100, kZero), repeat(n, block), repeat(100, kDrop), kGet, kEnd});
        wasm.export_as("run", ExternKind::Func, wasm.function(0, code));
        live_through(wasm.finish(), runtime, costs);
      });
}

// Each function calls the next, so that all are translated and all are on the stack at once.
TEST_CASE(functions_that_call_each_other) {
  check_linear("a chain of functions", 16'000,
               [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
                 WasmBuilder wasm;
                 uint32_t type = wasm.type({kI32}, {kI32});
                 for (uint32_t i = 0; i + 1 < n; i++) {
                   wasm.function(type, join({kGet, with_index(0x10, i + 1), kEnd}));
                 }
                 wasm.function(type, {0x00, 0x0b});  // the last one traps: a stack of n frames
                 wasm.export_as("run", ExternKind::Func, 0);
                 live_through(wasm.finish(), runtime, costs);
               });
}
