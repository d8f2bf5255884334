// A module whose functions are taken through the native tier's steps.
#pragma once

#include <utility>

#include "base/system_allocator.h"
#include "body_builder.h"
#include "check.h"
#include "jit/pipeline.h"
#include "runtime/code_table.h"
#include "tiers/engines.h"
#include "wasm_builder.h"

namespace wembed::jit {

// Counts how often it is asked, which is once for so many steps.
struct CountingPoll {
  uint64_t asked = 0;
  uint64_t end_at = 0;  // the answer to this question is no; 0: none is
  Poll poll{[](void* context) {
              auto& self = *static_cast<CountingPoll*>(context);
              return ++self.asked == self.end_at ? Error::Terminated : Error::None;
            },
            this};
};

class ModuleUnderTest {
 public:
  explicit ModuleUnderTest(WasmBuilder::Bytes bytes) : bytes_(std::move(bytes)), types_(memory_) {
    Diagnostic diagnostic;
    module_ = load_module(memory_, types_, bytes_, diagnostic, kImplementedFeatures);
    REQUIRE(module_ != nullptr);
    codes_ = code_for(*module_, interpreted_engine(), {true, false});
    REQUIRE(codes_ != nullptr);
  }
  ~ModuleUnderTest() { module_->release(); }
  ModuleUnderTest(const ModuleUnderTest&) = delete;
  ModuleUnderTest& operator=(const ModuleUnderTest&) = delete;

  // The whole way; the first error, if there is one. The registers are as many as the pipeline has.
  Error run(uint32_t function, Pipeline& pipeline, Allocator& scratch_memory, Poll& poll,
            RegisterSet allowed = kAllocatable) {
    WalkScratch scratch(scratch_memory, poll);
    const Error error = pipeline.build(*module_, function, {true, false, true}, scratch);
    poll = scratch.poll;
    if (error != Error::None || pipeline.refusal != Refusal::None || !pipeline.wrong.empty()) {
      return error;
    }
    return pipeline.allocate(pipeline.graph, *module_, function, codes_, allowed, poll);
  }

  [[nodiscard]] Code& code(uint32_t function) const { return codes_[function]; }

 private:
  WasmBuilder::Bytes bytes_;
  Allocator memory_ = system_allocator();
  TypeRegistry types_;
  Module* module_ = nullptr;
  Code* codes_ = nullptr;
};

}  // namespace wembed::jit
