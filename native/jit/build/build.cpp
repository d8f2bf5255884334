#include "jit/build/build.h"

#include "jit/build/builder.h"

namespace wembed::jit {

namespace {

// Values that edges and joins may have to do with, for each byte of the body and for any body.
constexpr uint64_t kWorkPerByte = 8;
constexpr uint64_t kWorkAtLeast = 16 * 1024;

constexpr const char* kRefusalTexts[] = {
    "none",
#define REFUSAL(name, word, text) text,
#include "jit/build/refusals.def"
};

}  // namespace

const char* refusal_text(Refusal refusal) { return kRefusalTexts[static_cast<size_t>(refusal)]; }

Builder::Builder(const BuildOptions& options, const LoopLocals& loops, uint64_t most_work,
                 Poll& poll, Arena& arena, Graph& graph)
    : options_(options),
      loops_(loops),
      poll_(poll),
      graph_(graph),
      work_left_(most_work),
      stack_(arena.allocator()),
      locals_(arena, out_of_memory_),
      known_(arena, graph, out_of_memory_),
      labels_(arena.allocator()),
      branches_(arena.allocator()),
      records_(arena.allocator()),
      saved_(arena.allocator()),
      loop_locals_(arena.allocator()),
      joined_(arena.allocator()),
      join_locals_(arena.allocator()),
      results_(arena.allocator()),
      arguments_(arena.allocator()),
      entry_operands_(arena.allocator()) {
  // So that there is always a node to speak of, and a label, until error() is asked; and that no
  // place for nothing is null.
  out_of_memory_ = !graph.nodes.reserve(16) || !graph.order.reserve(16) ||
                   !graph.operands.reserve(16) || !graph.blocks.reserve(4) ||
                   !graph.edges.reserve(4) || !labels_.reserve(4) || !saved_.reserve(16) ||
                   !arguments_.reserve(16);
}

void Builder::on_start(const Walker& walker) {
  walker_ = &walker;
  const std::span<const ValType> params = walker.type()->params();
  const std::span<const ValType> results = walker.type()->results();
  const uint32_t locals = walker.local_count();
  // One more: see begin_with_loop().
  if (!joined_.resize(locals + 1)) out_of_memory_ = true;
  for (ValType result : results) {
    if (!graph_.results.push_back(known_type(result))) out_of_memory_ = true;
  }
  if (!graph_.blocks.push_back({})) out_of_memory_ = true;
  if (out_of_memory_) return;
  block_ = 0;
  open(walker.control(0));
  spend(locals);
  if (options_.entry != nullptr) return begin_with_loop(walker);
  for (size_t i = 0; i < params.size(); i++) {
    const Type type = known_type(params[i]);
    if (!graph_.params.push_back(type)) out_of_memory_ = true;
    locals_.add(add(Op::Param, type, {}, i));
  }
  graph_.blocks[0].params = static_cast<uint32_t>(params.size());
  for (auto i = static_cast<uint32_t>(params.size()); i < locals && !out_of_memory_; i++) {
    locals_.add(constant(known_type(walker.local_type(i)), 0));
  }
}

// That of a value in the function; one that is not known ends the work.
Type Builder::known_type(ValType type) {
  const Type known = type_of(type);
  if (known == Type::None) refuse(Refusal::Vectors);
  if (known == Type::Ref && !options_.references) refuse(Refusal::References);
  return known;
}

BuildResult build(const Module& module, uint32_t function, const BuildOptions& options,
                  WalkScratch& scratch, Arena& arena, Graph& graph) {
  LoopLocals loops(arena);
  if (Error error = loops.find(module, function, scratch); error != Error::None) {
    return {error, Refusal::None};
  }
  const uint64_t work = kWorkAtLeast + kWorkPerByte * module.body(function).size;
  Builder builder(options, loops, work, scratch.poll, arena, graph);
  graph.guarded = options.guarded;
  if (builder.error() != Error::None) return {builder.error(), Refusal::None};
  Diagnostic diagnostic;
  FunctionWalker<Builder> walker(module, function, diagnostic, scratch, builder);
  const Error error = walker.walk();
  if (builder.refusal() != Refusal::None) return {Error::None, builder.refusal()};
  builder.finish();
  return {error != Error::None ? error : builder.error(), Refusal::None};
}

}  // namespace wembed::jit
