#include "jit/tier.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "base/result.h"
#include "interp/interpreter.h"
#include "jit/build/build.h"
#include "jit/opt/optimise.h"
#include "jit/pipeline.h"
#include "jit/print_machine.h"
#include "jit/run.h"
#include "jit/verify.h"
#include "runtime/exec_env.h"
#include "runtime/instance.h"
#include "runtime/native_stack.h"
#include "runtime/operations.h"
#include "runtime/root_map.h"

namespace wembed::graph_tier {

namespace {

std::atomic<uint64_t> built{0};
std::atomic<uint64_t> refused{0};
std::atomic<uint32_t> first_passes{0};
std::atomic<uint32_t> pass_counts{1};

uint64_t locate(const Code&, const Body&, const void* place, bool is_return) {
  return (static_cast<const jit::Node*>(place) - (is_return ? 1 : 0))->place;
}

uint32_t position(const Body& body, const void* place, bool is_return) {
  const auto at = static_cast<const jit::Node*>(place) - static_cast<const jit::Node*>(body.begin);
  return static_cast<uint32_t>(at) - (is_return ? 1 : 0);
}

const void* place_of(const Body& body, uint32_t position) {
  return static_cast<const jit::Node*>(body.begin) + position;
}

// No references are in its frames.
RootMap* root_map(const Code& code, const Body&) {
  return RootMapBuilder(code.module().allocator()).finish(code.module().allocator());
}

void release(Code& code, Body& body) {
  code.module().allocator().release(body.roots);
  delete static_cast<GraphBody*>(&body);
}

Trap enter(ExecEnv& env, Code& code, Instance& instance, Slot* args, const void* back) {
  if (!native_stack_ok(env)) return Trap::NativeStackOverflow;
  const auto& body = static_cast<const GraphBody&>(*code.body_of(tier()));
  Slot* end = args + body.slots;
  while (end > env.stack_limit.load(std::memory_order_relaxed)) {
    Trap trap = op_interrupted(env, instance, end);
    if (trap != Trap::None) return trap;
  }
  Slot* link = args + body.params;
  link[kLinkReturn] = reinterpret_cast<Slot>(back);
  link[kLinkCaller] = reinterpret_cast<Slot>(env.fp);
  link[kLinkCode] = reinterpret_cast<Slot>(&code);
  link[kLinkInstance] = reinterpret_cast<Slot>(&instance);
  return run(env, link);
}

// Slots that calls out of the function pass, and what its own results take.
uint32_t frame_slots(const jit::Graph& graph, const TypeDef* type) {
  uint32_t most = 0;
  for (const jit::CallSite& site : graph.calls) most = std::max(most, site.type->most_slots);
  return std::max(type->param_slots + kLinkSlots + most, type->result_slots);
}

void check(const jit::Graph& graph, const char* when) {
  const std::string wrong = jit::verify(graph);
  if (wrong.empty()) return;
  std::fprintf(stderr, "graph after %s: %s\n%s", when, wrong.c_str(), jit::print(graph).c_str());
  std::abort();
}

// After each pass, as far as the function is taken.
Error optimise(const Code& code, GraphBody& body, Poll& poll) {
  const uint32_t passes = first_passes + code.function % pass_counts;
  for (uint32_t done = 0; done < std::min(passes, jit::kPasses); done++) {
    WEMBED_CHECK(jit::optimise(body.graph, body.arena, poll, done + 1, done));
    check(body.graph, jit::kPassNames[done]);
  }
  return Error::None;
}

// That registers are allocated right, with all there are and with few.
void check_machine(const Code& code, const jit::Graph& graph) {
  auto& array = const_cast<CodeArray&>(code.array());
  for (jit::RegisterSet allowed : {jit::kAllocatable, jit::kFewRegisters}) {
    jit::Pipeline pipeline(code.module().allocator());
    Poll poll;
    const Error error =
        pipeline.allocate(graph, code.module(), code.function, array.first(), allowed, poll);
    if (error == Error::OutOfMemory) return;
    if (error != Error::None) pipeline.wrong = "no allocation";
    if (pipeline.wrong.empty()) continue;
    std::fprintf(stderr, "function %u: %s\n%s%s", code.function, pipeline.wrong.c_str(),
                 jit::print(graph).c_str(),
                 jit::print(pipeline.machine, &pipeline.allocation).c_str());
    std::abort();
  }
}

// Null without an error: refused.
GraphBody* make_body(const Code& code, const Poll& poll, Error& error) {
  const Module& module = code.module();
  const ReadScope scope(module.source());
  error = scope.lost() ? Error::BytesLost : Error::None;
  if (error != Error::None) return nullptr;
  jit::Arena arena(module.allocator());
  WalkScratch scratch(arena.allocator(), poll);
  const TypeDef* type = code.type();
  auto* body = new GraphBody(module.allocator(), &run, type->param_slots, 0);
  const jit::BuildOptions options = {code.variant().guarded, code.variant().metered, false};
  const jit::BuildResult result =
      jit::build(module, code.function, options, scratch, body->arena, body->graph);
  error = scope.lost() ? Error::BytesLost : result.error;
  if (error == Error::None && result.is_built()) {
    check(body->graph, "building");
    error = optimise(code, *body, scratch.poll);
    if (error == Error::None) check_machine(code, body->graph);
  }
  if (error != Error::None || !result.is_built()) {
    delete body;
    return nullptr;
  }
  body->slots = frame_slots(body->graph, type);
  body->stub = NativeStub(&run, type->param_slots, body->slots);
  body->tier = &tier();
  body->begin = body->graph.nodes.data();
  body->end = body->graph.nodes.data() + body->graph.nodes.size();
  body->next = nullptr;
  return body;
}

Trap trap_of(Error error) {
  switch (error) {
    case Error::OutOfMemory: return Trap::OutOfMemory;
    case Error::BytesLost: return Trap::BytesLost;
    case Error::Deadline: return Trap::Deadline;
    case Error::Terminated: return Trap::Terminated;
    default: return Trap::InvalidCode;
  }
}

// Has callers run the function in this tier, or else in the interpreter.
Trap prepare(Code& code, const Poll& poll) {
  const Body* body = code.body_of(tier());
  if (body == nullptr) {
    Error error = Error::None;
    GraphBody* made = make_body(code, poll, error);
    if (error != Error::None) return trap_of(error);
    (made == nullptr ? refused : built)++;
    if (made == nullptr) return interpreter::prepare(code, poll);
    body = &publish_once(code, *made);
    if (body != made) release(code, *made);
  }
  code.entry.store(&enter, std::memory_order_release);
  code.ops.store(static_cast<const GraphBody*>(body)->stub.ops(), std::memory_order_release);
  return Trap::None;
}

Trap enter_function(ExecEnv& env, const Function& function, Slot* args) {
  Instance& instance = *function.instance;
  Code* table = env.fuel_limit >= 0 ? instance.metered_code : instance.code;
  Code& code = table[function.defined];
  return code.entry.load(std::memory_order_acquire)(env, code, instance, args, nullptr);
}

}  // namespace

const Tier& tier() {
  static const Tier made = {"graph", &locate, &position, &place_of, &root_map, &release};
  return made;
}

const Engine& engine(uint32_t passes, uint32_t counts) {
  static_cast<void>(interpreter::tier());
  static const Engine made = {&interpreter::init, &enter_function, &prepare, &release_bodies,
                              nullptr};
  first_passes = passes;
  pass_counts = counts;
  return made;
}

Counts counts() { return {built, refused}; }

}  // namespace wembed::graph_tier
