// Prints what the native tier makes of a module's functions, checked on the way:
//   wembed_jit_listing [--checked] [--metered] [--built] [--few] [--graph | --machine | --steps |
//   --counts] FILE.wasm [N]
// graphs, machine instructions with their registers, both with all steps between, or a line of
// numbers for each; of function N
// alone, if it is given. --built: no pass is made; --few: four registers of each class.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "jit/pipeline.h"
#include "jit/print_machine.h"
#include "jit/verify.h"
#include "runtime/code_table.h"
#include "tiers/engines.h"
#include "wasm_builder.h"

namespace wembed::golden {

namespace {

enum class What : uint8_t { Graph, Machine, Steps, Counts };

constexpr const char* kPassNames[] = {
#define PASS(name) #name,
#include "jit/opt/passes.def"
};

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

bool fail(uint32_t function, const std::string& wrong) {
  if (wrong.empty()) return false;
  std::printf("function %u: %s\n", function, wrong.c_str());
  return true;
}

// The graph as it was built and after each pass; false: there is none.
bool show_graphs(const Module& module, uint32_t function, const jit::BuildOptions& options,
                 Allocator& allocator) {
  for (uint32_t passes = 0; passes <= jit::kPasses; passes++) {
    jit::Pipeline pipeline(allocator);
    WalkScratch scratch(allocator);
    if (pipeline.build(module, function, options, scratch, passes) != Error::None) return false;
    if (pipeline.refusal != jit::Refusal::None || fail(function, pipeline.wrong)) return false;
    const char* after = passes == 0 ? "built" : kPassNames[passes - 1];
    std::printf("function %u, %s\n%s", function, after, jit::print(pipeline.graph, true).c_str());
  }
  return true;
}

// Whether it is as it should be.
bool show(const Wanted& wanted, const Module& module, Code* codes, uint32_t function,
          Allocator& allocator) {
  jit::Pipeline pipeline(allocator);
  // Numbers are of large modules.
  pipeline.is_checked = wanted.what != What::Counts;
  WalkScratch scratch(allocator);
  const jit::BuildOptions options = {wanted.variant.guarded, wanted.variant.metered, true};
  if (wanted.what == What::Steps && !show_graphs(module, function, options, allocator)) return true;
  Error error = pipeline.build(module, function, options, scratch, wanted.passes);
  if (error != Error::None || fail(function, pipeline.wrong)) return false;
  if (pipeline.refusal != jit::Refusal::None) {
    std::printf("function %u: left to the interpreter (%s)\n", function,
                jit::refusal_text(pipeline.refusal));
    return true;
  }
  if (wanted.what == What::Graph) {
    std::printf("function %u\n%s", function, jit::print(pipeline.graph).c_str());
    return true;
  }
  const jit::RegisterSet registers = wanted.few ? jit::kFewRegisters : jit::kAllocatable;
  Poll poll;
  error = pipeline.allocate(pipeline.graph, module, function, codes, registers, poll);
  if (error == Error::Limit) {
    std::printf("function %u: left to the interpreter (values in too many places), %u bytes, %zu\n",
                function, module.body(function).size, pipeline.arena.size());
    return true;
  }
  if (error != Error::None || !pipeline.is_lowered) {
    std::printf("function %u: %s\n", function, error_text(error));
    return false;
  }
  const jit::MachineFunction& machine = pipeline.machine;
  const jit::Allocation& allocation = pipeline.allocation;
  if (wanted.what != What::Counts) {
    std::printf("function %u, registers\n%s", function, jit::print(machine, &allocation).c_str());
  } else {
    std::printf(
        "function %u: %zu blocks, %zu instructions, %zu moves, %u slots, %u bytes, %zu of memory\n",
        function, machine.blocks.size(), machine.instructions.size(), allocation.moves.size(),
        allocation.slots, module.body(function).size, pipeline.arena.size());
  }
  return !fail(function, pipeline.wrong);
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
    } else if (word == "--graph" || word == "--machine" || word == "--steps" ||
               word == "--counts") {
      wanted.what = word == "--graph"     ? What::Graph
                    : word == "--machine" ? What::Machine
                    : word == "--steps"   ? What::Steps
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
