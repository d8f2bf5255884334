// Prints what the native tier makes of a module's functions, checked on the way:
//   wembed_jit_listing [--checked] [--metered] [--built] [--few] [--graph | --machine | --steps |
//   --counts | --code] FILE.wasm [N]
// graphs, machine instructions with their registers, both with all steps between, a line of
// numbers for each, or a line for all of them: compiled as a runtime does it, checking nothing; of
// function N alone, if it is given. --built: no pass is made; --few: four registers of each class.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/system_allocator.h"
#include "golden/input.h"
#include "jit/native_code.h"
#include "jit/pipeline.h"
#include "jit/print_machine.h"
#include "jit/verify.h"

namespace wembed::golden {

namespace {

enum class What : uint8_t { Graph, Machine, Steps, Counts, Code };

struct Wanted {
  Variant variant{true, false};
  What what = What::Graph;
  bool few = false;
  uint32_t passes = jit::kPasses;
  uint32_t function = UINT32_MAX;
  const char* path = nullptr;
};

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
    const char* after = passes == 0 ? "built" : jit::kPassNames[passes - 1];
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

// What all functions take together, of bodies and of machine code.
struct Totals {
  uint32_t functions = 0;
  uint64_t bodies = 0;
  uint64_t code = 0;
};

// False: compiling failed, which is another thing than that it is left to the interpreter.
bool compile(const Module& module, Code& code, uint32_t function, Allocator& allocator,
             Totals& totals) {
  auto* made = allocator.create<jit::NativeCode>(allocator);
  jit::Refusal refusal = jit::Refusal::None;
  const Error error = jit::compile(code, nullptr, Poll(), *made, refusal);
  if (error != Error::None) {
    allocator.destroy(made);
    return error == Error::Unsupported || error == Error::Limit;
  }
  publish_once(code, *made);
  totals.functions++;
  totals.bodies += module.body(function).size;
  totals.code += made->piece.bytes;
  return true;
}

bool compile_all(const Wanted& wanted, const Module& module, Code* codes) {
  if (jit::start() != 0) return false;
  // Not the module's, which does more in tests than it would elsewhere.
  Allocator allocator = system_allocator();
  Totals totals;
  bool is_right = true;
  for (uint32_t i = module.imported_function_count(); i < module.function_count(); i++) {
    if (wanted.function != UINT32_MAX && wanted.function != i) continue;
    Code& code = codes[i - module.imported_function_count()];
    is_right = compile(module, code, i, allocator, totals) && is_right;
  }
  std::printf("%u functions, %llu bytes, %llu of machine code\n", totals.functions,
              static_cast<unsigned long long>(totals.bodies),
              static_cast<unsigned long long>(totals.code));
  return is_right;
}

void set_option(const char* text, Wanted& wanted) {
  const std::string_view word = text;
  if (set_variant(word, wanted.variant)) return;
  if (word == "--built") {
    wanted.passes = 0;
  } else if (word == "--few") {
    wanted.few = true;
  } else if (word == "--graph") {
    wanted.what = What::Graph;
  } else if (word == "--machine") {
    wanted.what = What::Machine;
  } else if (word == "--steps") {
    wanted.what = What::Steps;
  } else if (word == "--counts") {
    wanted.what = What::Counts;
  } else if (word == "--code") {
    wanted.what = What::Code;
  } else if (wanted.path == nullptr) {
    wanted.path = text;
  } else {
    wanted.function = static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
  }
}

}  // namespace

int run(int argc, char** argv) {
  Wanted wanted;
  for (int i = 1; i < argc; i++) set_option(argv[i], wanted);
  const auto print = [&](const Module& module, Code* codes, Allocator& allocator) {
    if (wanted.what == What::Code) return compile_all(wanted, module, codes);
    bool is_right = true;
    for (uint32_t i = module.imported_function_count(); i < module.function_count(); i++) {
      if (wanted.function != UINT32_MAX && wanted.function != i) continue;
      is_right = is_right && show(wanted, module, codes, i, allocator);
    }
    return is_right;
  };
  return print_module(wanted.path, "wembed_jit_listing [OPTIONS] FILE.wasm [FUNCTION]",
                      wanted.variant, print);
}

}  // namespace wembed::golden

int main(int argc, char** argv) { return wembed::golden::run(argc, argv); }
