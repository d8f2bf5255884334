// Prints what the native tier makes of a module's functions, checked on the way:
//   wembed_jit_listing [--checked] [--metered] [--built] [--few] [--graph | --machine | --counts]
//   FILE.wasm [N]
// graphs, machine instructions with their registers, or one line of numbers for each; of function N
// alone, if it is given. --built: no pass is made; --few: four registers of each class.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "jit/alloc/allocate.h"
#include "jit/build/build.h"
#include "jit/check_allocation.h"
#include "jit/lower/lower.h"
#include "jit/opt/optimise.h"
#include "jit/print_machine.h"
#include "jit/verify.h"
#include "runtime/code_table.h"
#include "tiers/engines.h"
#include "wasm_builder.h"

namespace wembed::golden {

namespace {

enum class What : uint8_t { Graph, Machine, Counts };

struct Wanted {
  Variant variant{true, false};
  What what = What::Graph;
  bool few = false;
  uint32_t passes = jit::kPasses;
  uint32_t function = UINT32_MAX;
  const char* path = nullptr;
};

void* take(void*, size_t size) { return std::malloc(size); }
void* resize(void*, void* block, size_t, size_t size) { return std::realloc(block, size); }
void give(void*, void* block) { std::free(block); }

constexpr jit::RegisterSet kFew = jit::set_of(jit::kRax) | jit::set_of(jit::kRcx) |
                                  jit::set_of(jit::kRdx) | jit::set_of(jit::kRdi) |
                                  jit::RegisterSet{0xf} << jit::kXmm0;

bool fail(uint32_t function, const char* when, const std::string& wrong) {
  if (wrong.empty()) return false;
  std::printf("function %u, %s: %s\n", function, when, wrong.c_str());
  return true;
}

// Whether it is as it should be.
bool show(const Wanted& wanted, const Module& module, Code* codes, uint32_t function,
          Allocator& allocator) {
  jit::Arena arena(allocator);
  jit::Graph graph(arena);
  WalkScratch scratch(allocator);
  const jit::BuildOptions options = {wanted.variant.guarded, wanted.variant.metered, false};
  const jit::BuildResult built = jit::build(module, function, options, scratch, arena, graph);
  if (!built.is_built()) {
    std::printf("function %u: left to the interpreter (%s)\n", function,
                jit::refusal_text(built.refusal));
    return built.error == Error::None;
  }
  if (fail(function, "graph", jit::verify(graph))) return false;
  if (jit::optimise(graph, arena, scratch.poll, wanted.passes) != Error::None) return false;
  if (wanted.what == What::Graph) {
    std::printf("function %u\n%s", function, jit::print(graph).c_str());
  }
  if (fail(function, "optimised graph", jit::verify(graph))) return false;
  if (wanted.what == What::Graph) return true;
  jit::MachineFunction machine(arena.allocator());
  bool is_known = false;
  const jit::LowerInput input = {graph, module, codes, module.function_type(function)->param_slots};
  if (!jit::lower(input, machine, is_known)) {
    std::printf("function %u: not lowered\n", function);
    return true;
  }
  jit::Allocation allocation(arena.allocator());
  Poll poll;
  const jit::AllocationOptions registers = {wanted.few ? kFew : jit::kAllocatable};
  const Error error = jit::allocate(machine, registers, arena, poll, allocation);
  if (error != Error::None) {
    std::printf("function %u: not allocated\n", function);
    return false;
  }
  if (wanted.what == What::Machine) {
    std::printf("function %u\n%s", function, jit::print(machine, &allocation).c_str());
  } else {
    std::printf(
        "function %u: %zu nodes, %zu blocks, %zu instructions, %zu moves, %u slots, %zu bytes\n",
        function, graph.nodes.size(), graph.blocks.size(), machine.instructions.size(),
        allocation.moves.size(), allocation.slots, arena.size());
  }
  return !fail(function, "allocation", jit::check_allocation(machine, allocation));
}

int run(const std::vector<uint8_t>& bytes, const Wanted& wanted) {
  Allocator allocator;
  allocator.allocate_fn = take;
  allocator.reallocate_fn = resize;
  allocator.release_fn = give;
  TypeRegistry types(allocator);
  Diagnostic diagnostic;
  Module* module = load_module(allocator, types, bytes, diagnostic, kImplementedFeatures);
  if (module == nullptr) {
    std::fprintf(stderr, "%s\n", diagnostic.message);
    return 1;
  }
  Code* codes = code_for(*module, interpreted_engine(), wanted.variant);
  bool is_right = codes != nullptr;
  for (uint32_t i = module->imported_function_count(); i < module->function_count(); i++) {
    if (wanted.function != UINT32_MAX && wanted.function != i) continue;
    is_right = is_right && show(wanted, *module, codes, i, allocator);
  }
  module->release();
  return is_right ? 0 : 1;
}

}  // namespace

}  // namespace wembed::golden

int main(int argc, char** argv) {
  using wembed::golden::What;
  wembed::golden::Wanted wanted;
  for (int i = 1; i < argc; i++) {
    const std::string_view word = argv[i];
    if (word == "--checked") {
      wanted.variant.guarded = false;
    } else if (word == "--metered") {
      wanted.variant.metered = true;
    } else if (word == "--built") {
      wanted.passes = 0;
    } else if (word == "--few") {
      wanted.few = true;
    } else if (word == "--graph" || word == "--machine" || word == "--counts") {
      wanted.what = word == "--graph"     ? What::Graph
                    : word == "--machine" ? What::Machine
                                          : What::Counts;
    } else if (wanted.path == nullptr) {
      wanted.path = argv[i];
    } else {
      wanted.function = static_cast<uint32_t>(std::strtoul(argv[i], nullptr, 10));
    }
  }
  std::FILE* file = wanted.path == nullptr ? nullptr : std::fopen(wanted.path, "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "usage: wembed_jit_listing [OPTIONS] FILE.wasm [FUNCTION]\n");
    return 2;
  }
  std::vector<uint8_t> bytes;
  uint8_t buffer[65536];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    bytes.insert(bytes.end(), buffer, buffer + n);
  }
  std::fclose(file);
  return wembed::golden::run(bytes, wanted);
}
