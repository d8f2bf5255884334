// A function's way from bytes to machine code.
#include "base/byte_source.h"
#include "base/result.h"
#include "jit/alloc/allocate.h"
#include "jit/emit/emitter.h"
#include "jit/lower/lower.h"
#include "jit/native_code.h"
#include "jit/opt/optimise.h"
#include "jit/settings.h"

namespace wembed::jit {

namespace {

// Slots are counted in 32 bits of displacements.
constexpr uint32_t kMostSlots = 1u << 20;

Error install(const Emitted& emitted, NativeCode& made) {
  const std::span<const SourceEntry> sources = emitted.sources.span();
  made.sources =
      static_cast<SourceEntry*>(made.allocator.allocate(sources.size() * sizeof(SourceEntry)));
  if (made.sources == nullptr) return Error::OutOfMemory;
  std::copy(sources.begin(), sources.end(), made.sources);
  made.source_count = static_cast<uint32_t>(sources.size());
  if (!code_space().add({emitted.code.code(), emitted.code.size()}, made.piece)) {
    made.allocator.release(made.sources);
    made.sources = nullptr;
    return Error::OutOfMemory;
  }
  made.tier = &tier();
  made.begin = made.piece.code;
  made.end = made.piece.code + made.piece.bytes;
  made.entry = emitted.entry;
  made.slots = emitted.slots;
  return Error::None;
}

Error compile_graph(const Code& code, Graph& graph, Arena& arena, Poll& poll, NativeCode& made,
                    Refusal& refusal) {
  const Module& module = code.module();
  made.local_slots = code.type()->most_slots;
  MachineFunction function(arena.allocator());
  bool is_known = true;
  Code* siblings = const_cast<Code*>(&code) - code.defined;
  if (!lower({graph, module, siblings, made.local_slots}, function, is_known)) {
    if (is_known) return Error::OutOfMemory;
    refusal = Refusal::TooLarge;
    return Error::Unsupported;
  }
  Allocation allocation(arena.allocator());
  WEMBED_CHECK(allocate(function, {settings().registers}, arena, poll, allocation));
  if (allocation.slots + function.outgoing_slots + made.local_slots > kMostSlots) {
    refusal = Refusal::TooLarge;
    return Error::Unsupported;
  }
  Emitted emitted(arena.allocator());
  const EmitInput input{function, allocation, stubs(), made.local_slots, graph.guarded};
  if (!emit(input, emitted)) return Error::OutOfMemory;
  return install(emitted, made);
}

}  // namespace

Error compile(const Code& code, const Poll& poll, NativeCode& made, Refusal& refusal) {
  Arena arena(made.allocator);
  WalkScratch scratch(made.allocator, poll);
  Graph graph(arena);
  BuildOptions options;
  options.guarded = code.variant().guarded;
  options.references = true;  // see root_map()
  options.metered = code.variant().metered;
  const ReadScope scope(code.module().source());
  if (scope.lost()) return Error::BytesLost;
  const BuildResult built = build(code.module(), code.function, options, scratch, arena, graph);
  if (scope.lost()) return Error::BytesLost;
  refusal = built.refusal;
  if (built.error != Error::None) return built.error;
  if (refusal != Refusal::None) return Error::Unsupported;
  if (!within_limit()) {
    refusal = Refusal::Unwanted;
    return Error::Unsupported;
  }
  WEMBED_CHECK(optimise(graph, arena, scratch.poll, settings().passes));
  return compile_graph(code, graph, arena, scratch.poll, made, refusal);
}

}  // namespace wembed::jit
