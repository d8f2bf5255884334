// Divisions by constants, which become products: what the graph computes, by the evaluator of
// single operations, against what the operation is defined to be.
#include <random>
#include <vector>

#include "fixture.h"
#include "isa/numeric.h"
#include "jit/ir/evaluate.h"

using namespace wembed;
using namespace wembed::jit;

namespace {

// Of a graph that is one block: the value it returns.
uint32_t result_of(const Graph& graph, uint32_t argument) {
  std::vector<uint64_t> values(graph.nodes.size());
  for (NodeId id : graph.nodes_of(graph.blocks[0])) {
    const Node& node = graph.nodes[id];
    uint64_t operands[2] = {};
    for (uint32_t i = 0; i < node.count && i < 2; i++) operands[i] = values[graph.operand(id, i)];
    switch (node.op) {
      case Op::Param: values[id] = argument; break;
      case Op::Const: values[id] = node.immediate; break;
      case Op::Return: return static_cast<uint32_t>(operands[0]);
      default: values[id] = evaluate(node.op, operands).bits;
    }
  }
  return 0;
}

uint32_t expected(Opcode opcode, uint32_t a, uint32_t b) {
  switch (opcode) {
    case Opcode::I32DivS: return isa::div_s<uint32_t>(a, b);
    case Opcode::I32DivU: return isa::div_u<uint32_t>(a, b);
    case Opcode::I32RemS: return isa::rem_s<uint32_t>(a, b);
    default: return isa::rem_u<uint32_t>(a, b);
  }
}

bool has_division(const Graph& graph) {
  for (NodeId id : graph.nodes_of(graph.blocks[0])) {
    if ((op_info(graph.nodes[id].op).effects & kTraps) != 0) return true;
  }
  return false;
}

// Numbers next to multiples of the divisor and to the ends of what there is, and some more.
std::vector<uint32_t> dividends(uint32_t divisor, std::mt19937& random) {
  std::vector<uint32_t> all;
  for (uint32_t base : {0u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    const uint32_t multiple = base / divisor * divisor;
    for (uint32_t near : {base, multiple, base - base % divisor, 0 - multiple}) {
      for (uint32_t off = 0; off < 5; off++) all.push_back(near + off - 2);
    }
  }
  for (int i = 0; i < 20; i++) all.push_back(static_cast<uint32_t>(random()));
  for (int i = 0; i < 20; i++) all.push_back(static_cast<uint32_t>(random()) * divisor - i % 3);
  return all;
}

void check_divisor(uint32_t divisor, std::mt19937& random) {
  constexpr Opcode kOpcodes[] = {Opcode::I32DivS, Opcode::I32DivU, Opcode::I32RemS,
                                 Opcode::I32RemU};
  WasmBuilder wasm;
  const uint32_t type = wasm.type({kI32}, {kI32});
  for (Opcode opcode : kOpcodes) {
    wasm.function(type, BodyBuilder().get(0).i32(static_cast<int32_t>(divisor)).op(opcode).end());
  }
  ModuleUnderTest module(wasm.finish());
  const std::vector<uint32_t> all = dividends(divisor, random);
  for (uint32_t i = 0; i < 4; i++) {
    Allocator memory = system_allocator();
    Pipeline pipeline(memory);
    Poll poll;
    REQUIRE(module.run(i, pipeline, memory, poll) == Error::None);
    const bool is_least = divisor == 0x80000000 && (i == 0 || i == 2);
    CHECK_EQ(has_division(pipeline.graph), is_least || divisor == UINT32_MAX);
    for (uint32_t dividend : all) {
      if (divisor == UINT32_MAX && dividend == 0x80000000) continue;
      const uint32_t found = result_of(pipeline.graph, dividend);
      if (found == expected(kOpcodes[i], dividend, divisor)) continue;
      std::fprintf(stderr, "operation %u: %u by %u is %u\n", i, dividend, divisor, found);
      CHECK(false);
    }
  }
}

}  // namespace

TEST_CASE(quotients_and_remainders_by_constants) {
  std::mt19937 random(1);
  for (uint32_t divisor : {3u, 5u, 6u, 7u, 9u, 10u, 11u, 12u, 25u, 100u, 125u, 625u, 641u, 1000u,
                           10000u, 60000u, 1000000007u}) {
    check_divisor(divisor, random);
    check_divisor(0 - divisor, random);
  }
  for (uint32_t shift = 1; shift < 32; shift++) {
    for (uint32_t off : {0u, 1u, UINT32_MAX}) {
      const uint32_t divisor = (1u << shift) + off;
      if (divisor < 2) continue;
      check_divisor(divisor, random);
      if (divisor < 0x80000000) check_divisor(0 - divisor, random);
    }
  }
  for (int i = 0; i < 60; i++) {
    check_divisor(std::max(2u, static_cast<uint32_t>(random()) >> (random() % 32)), random);
  }
}
