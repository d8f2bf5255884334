// Small functions whose results tell whether the translator still knows, where it merges, renames
// and moves operations, what an accumulator holds and where an operand is.
#include "../runtime/fixture.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

// f(i32 x = 8, i32 y = 20, i32 zero = 0) -> i32, with the locals i32 3, f64 4 and 5. Type 1 is that
// of a block with two i32 results; the byte at 88 is 42; table 0 has three null elements.
struct Program {
  const char* name;
  Bytes code;
  uint32_t result;
  uint32_t more_locals = 0;  // enough of them, and slots do not fit their fields
};

const Program kPrograms[] = {
    {"a local that is read as another type, and then written",
     {0x20, 0, 0xbe, 0x41, 1, 0x21, 0, 0xbc, 0x0b},  // i32(f32 of the bits of x), x = 1
     8},
    {"a copy, then the sum of another local",
     {0x20, 0, 0x21, 3,                                       // copy = x
      0x20, 1, 0x41, 1,    0x6a, 0x21, 0,                     // x = y + 1
      0x20, 0, 0x41, 0xe4, 0x00, 0x6c, 0x20, 3, 0x6a, 0x0b},  // x * 100 + copy
     2108},
    {"an element whose base is in the accumulator",
     {0x20, 0, 0x41, 0, 0x72,                           // x | 0
      0x20, 1, 0x41, 2, 0x74, 0x6a, 0x28, 2, 0, 0x0b},  // i32.load(... + (y << 2))
     42},
    {"a local in its accumulator gets a selected value",
     {0x20, 1, 0xb7, 0x21, 4,                       // b = y
      0x20, 0, 0xb7, 0x21, 5,                       // a = x
      0x20, 4, 0x20, 4,    0x20, 2, 0x1b, 0x21, 5,  // a = zero ? b : b
      0x20, 5, 0xfc, 2,    0x0b},
     20},
    {"an old value where a dropped one was",
     {0x20, 1, 0xb7, 0x21, 4,                          // b = y
      0x20, 0, 0xb7, 0x21, 5,                          // a = x
      0x20, 4, 0x20, 4,    0xa0, 0x1a,                 // drop(b + b)
      0x20, 5,                                         // a
      0x20, 4, 0x20, 4,    0x20, 2,    0x1b, 0x21, 5,  // a = zero ? b : b
      0xfc, 2, 0x41, 0xe4, 0x00, 0x6c,                 // old * 100 + a
      0x20, 5, 0xfc, 2,    0x6a, 0x0b},
     820},
    {"an old value where a dropped one was, before a counting branch",
     {0x02, 0x40, 0x20, 1,    0xb2, 0x1a,     // drop(f32(y))
      0x20, 0,    0x20, 0,                    // x, x
      0x20, 0,    0x41, 0x78, 0x6a, 0x21, 0,  // x = x - 8
      0x20, 0,    0x0d, 0,                    // leave unless x is 0
      0x1a, 0xbe, 0x8c, 0xbc, 0x0f,           // old x with its sign bit
      0x0b, 0x41, 0,    0x0b},
     0x80000008},
    {"neighbours where a dropped value was",
     {0x02, 1,    0x20, 0,                  // x
      0x20, 1,    0x20, 1,    0x6a, 0x1a,   // drop(y + y)
      0x20, 1,    0x20, 2,    0x0d, 0,      // y; leave unless zero is 0
      0x6b, 0x41, 0,    0x0b, 0x6a, 0x0b},  // x - y
     static_cast<uint32_t>(-12)},
    {"values that a branch moves",
     {0x02, 1, 0x41, 7, 0x20, 0, 0x20, 1, 0x0c, 0, 0x0b, 0x6b, 0x0b},  // x - y
     static_cast<uint32_t>(-12)},
    {"table.copy to behind its source",
     {0x41, 0, 0xd2, 0, 0x26, 0,                    // table[0] = f
      0x41, 1, 0x41, 0, 0x41, 2,   0xfc, 14, 0, 0,  // from 0 to 1, two elements
      0x41, 2, 0x25, 0, 0xd1, 0x0b},                // table[2] is null
     1},
    {"table.grow among many locals",
     {0xd0, 0x70, 0x41, 3,   0xfc, 15, 0, 0x41, 10, 0x6c,  // grow(3) * 10
      0xd0, 0x70, 0x41, 1,   0xfc, 15, 0, 0x6a,            // + grow(1)
      0x20, 0,    0x6a, 0x0b},                             // + x
     44,
     40'000},
};

}  // namespace

TEST_CASE(merged_and_moved_operations_keep_their_results) {
  for (const Program& program : kPrograms) {
    WasmBuilder wasm;
    uint32_t type = wasm.type({kI32, kI32, kI32}, {kI32});
    wasm.type({}, {kI32, kI32});
    wasm.memory(1);
    wasm.data(WasmBuilder::i32_const(88), {42});
    wasm.table(kFuncRef, 3);
    uint32_t f =
        wasm.function(type, program.code, {{1, kI32}, {2, kF64}, {program.more_locals, kI32}});
    wasm.export_as("f", ExternKind::Func, f);
    Bytes bytes = wasm.finish();
    Fixture fixture;
    InstantiateOptions options;
    options.stack_size = 1 << 20;
    Instance* instance = fixture.instantiate(bytes, options);
    REQUIRE(instance != nullptr);
    Slot result = 0;
    Trap trap = call(*instance, "f", {8, 20, 0}, &result);
    bool good = trap == Trap::None && static_cast<uint32_t>(result) == program.result;
    if (!good) check::fail(__FILE__, __LINE__, program.name);
    close_instance(*instance);
  }
}
