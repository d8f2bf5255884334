// Functions with many handlers: load, translation and throwing take time by their number, however
// they are nested.
#include "growth.h"

using namespace wembed;
using namespace wembed::growth;

namespace {

// The code of "run" with n of something: (i32) -> i32, local 1 is an i32 too. Function 0 throws tag
// 0, function 1 nothing; tag 1 has an i32.
struct Body {
  const char* name;
  uint32_t most;
  Bytes (*code)(uint32_t n);
};

constexpr uint8_t kTry = 0x06, kCatchAll = 0x19, kEnd = 0x0b, kTryTable = 0x1f;
const Bytes kThrow{0x10, 0}, kNothing{0x10, 1};

const Body bodies[] = {
    {"try_table, one after another", 50'000,
     [](uint32_t n) {
       return repeat(n, join({{0x02, 0x40, kTryTable, 0x40, 1, 2, 0}, kThrow, {kEnd, kEnd}}));
     }},
    {"legacy try, one after another", 50'000,
     [](uint32_t n) {
       return repeat(n, join({{kTry, 0x40}, kThrow, {kCatchAll, kEnd}}));
     }},
    {"try_table inside each other, thrown through all", 50'000,
     [](uint32_t n) {
       // Each has a handler for another tag.
       Bytes open = repeat(n, {0x02, 0x7f, kTryTable, 0x40, 1, 0, 1, 0});
       Bytes close = repeat(n, {kEnd, 0x00, kEnd, 0x1a});
       return join({{0x02, 0x40, kTryTable, 0x40, 1, 2, 0}, open, kThrow, close, {kEnd, kEnd}});
     }},
    {"legacy try inside each other, caught and thrown again", 20'000,
     [](uint32_t n) {
       return join({{kTry, 0x40},
                    repeat(n, {kTry, 0x40}),
                    kThrow,
                    repeat(n, {kCatchAll, 0x09, 0, kEnd}),
                    {kCatchAll, kEnd}});
     }},
    {"one try_table with many clauses", 50'000,
     [](uint32_t n) {
       Bytes out{0x02, 0x40, 0x02, 0x7f, kTryTable, 0x40};
       WasmBuilder::u32(out, n + 1);
       return join({out, repeat(n, {0, 1, 0}), {2, 1}, kThrow, {kEnd, 0x00, kEnd, 0x1a, kEnd}});
     }},
    {"one legacy try with many arms", 30'000,
     [](uint32_t n) {
       return join({{kTry, 0x40}, kThrow, repeat(n, {0x07, 1, 0x1a}), {kCatchAll, kEnd}});
     }},
    {"delegate, one around another", 30'000,
     [](uint32_t n) {
       return join({{kTry, 0x40},
                    repeat(n, {kTry, 0x40}),
                    kThrow,
                    repeat(n, {0x18, 0}),
                    {kCatchAll, kEnd}});
     }},
    {"calls that throw nothing, in as many regions", 50'000,
     [](uint32_t n) {
       return repeat(n, join({{kTry, 0x40}, kNothing, {kCatchAll, kEnd}}));
     }},
};

}  // namespace

TEST_CASE(handlers) {
  for (const Body& body : bodies) {
    check_linear(body.name, body.most, [&](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
      WasmBuilder wasm;
      uint32_t nothing = wasm.type({}, {});
      uint32_t number = wasm.type({kI32}, {});
      uint32_t unary = wasm.type({kI32}, {kI32});
      wasm.tag(nothing);
      wasm.tag(number);
      wasm.function(nothing, {0x08, 0, 0x0b});
      wasm.function(nothing, {0x0b});
      Bytes code = join({body.code(n), {0x20, 0, 0x0b}});
      wasm.export_as("run", ExternKind::Func, wasm.function(unary, code, {{1, kI32}}));
      live_through(wasm.finish(), runtime, costs);
    });
  }
}

// Frames that are ended by one throw, and exceptions that are values of others.
TEST_CASE(deep_ones) {
  check_linear("frames", 100'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t down = wasm.type({kI32}, {kI32});
    wasm.tag(wasm.type({}, {}));
    Bytes count{0x41};
    WasmBuilder::s64(count, n);
    wasm.function(
        down, {0x20, 0, 0x45, 0x04, 0x40, 0x08, 0, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x0b});
    Bytes code = join({{kTry, 0x7f}, count, {0x10, 0, kCatchAll, 0x41, 1, kEnd, kEnd}});
    wasm.export_as("run", ExternKind::Func, wasm.function(down, code));
    live_through(wasm.finish(), runtime, costs);
  });
  check_linear("a chain", 100'000, [](uint32_t n, wembed_runtime_t runtime, Costs& costs) {
    WasmBuilder wasm;
    uint32_t unary = wasm.type({kI32}, {kI32});
    wasm.tag(wasm.type({kExnRef}, {}));
    Bytes count{0x41};
    WasmBuilder::s64(count, n);
    // local 1: the last one; each is thrown with the one before as its value.
    Bytes code =
        join({count, {0x21, 0, 0x03, 0x40, 0x02, 0x69, kTryTable, 0x40, 1,    3,    0,
                      0x20, 1, 0x08, 0,    kEnd, 0x00, kEnd,      0x21, 1,    0x20, 0,
                      0x41, 1, 0x6b, 0x22, 0,    0x0d, 0,         kEnd, 0x20, 0,    kEnd}});
    wasm.export_as("run", ExternKind::Func, wasm.function(unary, code, {{1, kExnRef}}));
    live_through(wasm.finish(), runtime, costs);
  });
}
