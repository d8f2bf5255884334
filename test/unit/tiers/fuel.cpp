// What a call costs under fuel, to the unit, on every tier: the rule of module/fuel.h.
#include "../body_builder.h"
#include "../runtime/fixture.h"

using namespace wembed;
using Bytes = WasmBuilder::Bytes;

namespace {

struct Program {
  const char* name;
  BodyBuilder code;
  int32_t argument;
  int64_t units;
};

// Each is f(i32) -> i32 with a memory of a page that may have four, a table of 64 elements, and
// segments of 128 bytes and 16 items.
std::vector<Program> programs() {
  using enum Opcode;
  std::vector<Program> list;
  list.push_back({"one block", BodyBuilder().get(0).i32(1).op(I32Add).end(), 1, 4});
  BodyBuilder countdown =
      BodyBuilder().block(Loop).get(0).i32(1).op(I32Sub).op(LocalTee, 0).op(BrIf, 0);
  countdown.end().get(0).end();
  // The loop is entered once, goes round five times with five instructions, and ends.
  list.push_back({"a loop", countdown, 5, 1 + 5 * 5 + 3});
  BodyBuilder dead =
      BodyBuilder().block(Block).op(Br, 0).op(Nop).op(Nop).i32(1).op(Drop).end().get(0).end();
  list.push_back({"code that cannot be reached", dead, 1, 2 + 2});
  BodyBuilder choice =
      BodyBuilder().get(0).block(If, kI32).i32(1).op(Else).i32(2).op(Nop).end().end();
  list.push_back({"then", choice, 1, 2 + 2 + 1});
  list.push_back({"else", choice, 0, 2 + 3 + 1});
  BodyBuilder perhaps = BodyBuilder().get(0).block(If).op(Nop).end().get(0).end();
  list.push_back({"if without else, taken", perhaps, 1, 2 + 2 + 2});
  list.push_back({"if without else, not taken", perhaps, 0, 2 + 2});
  BodyBuilder fallen = BodyBuilder().block(Block).op(Nop).end().get(0).end();
  list.push_back({"an end that nothing branches to", fallen, 0, 5});
  BodyBuilder left = BodyBuilder().block(Block).get(0).op(BrIf, 0).op(Nop).end().get(0).end();
  list.push_back({"a branch that is taken", left, 1, 3 + 2});
  list.push_back({"a branch that is not taken", left, 0, 3 + 2 + 2});
  BodyBuilder table =
      BodyBuilder().block(Block).block(Block).get(0).op(BrTable, 1, 0, 1).end().op(Nop).end();
  table.get(0).end();
  list.push_back({"br_table inwards", table, 0, 4 + 2 + 2});
  list.push_back({"br_table outwards", table, 1, 4 + 2});
  BodyBuilder leaves = BodyBuilder().get(0).op(Return).i32(7).end();
  list.push_back({"return", leaves, 0, 2});
  // Ranges pay a unit for 64 bytes, what is less is free.
  auto fill = [](uint32_t count) {
    return BodyBuilder()
        .i32(0)
        .i32(7)
        .i32(static_cast<int32_t>(count))
        .op(MemoryFill, 0)
        .get(0)
        .end();
  };
  list.push_back({"memory.fill of 63", fill(63), 0, 6});
  list.push_back({"memory.fill of 64", fill(64), 0, 6 + 1});
  list.push_back({"memory.fill of a page", fill(65536), 0, 6 + 1024});
  BodyBuilder copy = BodyBuilder().i32(0).i32(100).i32(6400).op(MemoryCopy, 0, 0).get(0).end();
  list.push_back({"memory.copy", copy, 0, 6 + 100});
  BodyBuilder init = BodyBuilder().i32(0).i32(0).i32(128).op(MemoryInit, 0, 0).get(0).end();
  list.push_back({"memory.init", init, 0, 6 + 2});
  BodyBuilder grow = BodyBuilder().i32(2).op(Opcode::MemoryGrow, 0).end();
  list.push_back({"memory.grow", grow, 0, 3 + 2048});
  BodyBuilder refused = BodyBuilder().i32(4).op(Opcode::MemoryGrow, 0).end();
  list.push_back({"memory.grow that is refused", refused, 0, 3});
  BodyBuilder filled = BodyBuilder().i32(0).op(RefNull, 0x70).i32(8).op(TableFill, 0).get(0).end();
  list.push_back({"table.fill", filled, 0, 6 + 1});
  BodyBuilder moved = BodyBuilder().i32(0).i32(0).i32(8).op(TableCopy, 0, 0).get(0).end();
  list.push_back({"table.copy", moved, 0, 6 + 1});
  BodyBuilder longer = BodyBuilder().op(RefNull, 0x70).i32(40).op(Opcode::TableGrow, 0).end();
  list.push_back({"table.grow", longer, 0, 4 + 5});
  BodyBuilder items = BodyBuilder().i32(0).i32(8).i32(8).op(TableInit, 0, 0).get(0).end();
  list.push_back({"table.init, with what is before", items, 0, 6 + 2});
  return list;
}

Bytes module_of(const BodyBuilder& code) {
  WasmBuilder wasm;
  uint32_t type = wasm.type({kI32}, {kI32});
  wasm.memory(1, 4);
  wasm.passive_data(Bytes(128, 1));
  wasm.data_count(1);
  wasm.table(kFuncRef, 64);
  uint32_t f = wasm.function(type, code);
  wasm.raw_element({1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  wasm.export_as("f", ExternKind::Func, f);
  return wasm.finish();
}

}  // namespace

TEST_CASE(calls_cost_what_the_rule_says) {
  for (Backend backend : {Backend::Mapped, Backend::Heap}) {
    for (const Program& program : programs()) {
      Fixture fixture;
      Bytes bytes = module_of(program.code);
      InstantiateOptions options;
      options.backend = backend;
      auto run = [&](int64_t fuel) {
        Instance* instance = fixture.instantiate(bytes, options);
        if (instance == nullptr) return Trap::OutOfMemory;
        CallLimits limits;
        limits.fuel = fuel;
        Slot argument = static_cast<uint32_t>(program.argument);
        Trap trap = call(*instance, "f", {argument}, nullptr, &limits);
        close_instance(*instance);
        return trap;
      };
      if (run(program.units) != Trap::None) check::fail(__FILE__, __LINE__, program.name, "more");
      if (run(program.units - 1) != Trap::InstructionLimit) {
        check::fail(__FILE__, __LINE__, program.name, "less");
      }
    }
  }
}
