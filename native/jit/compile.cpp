// A function's way from bytes to machine code.
#include <algorithm>

#include "base/byte_source.h"
#include "base/result.h"
#include "jit/alloc/allocate.h"
#include "jit/emit/emitter.h"
#include "jit/lower/lower.h"
#include "jit/native_code.h"
#include "jit/opt/optimise.h"
#include "jit/settings.h"
#include "runtime/exec_env.h"

namespace wembed::jit {

namespace {

// Slots are counted in 32 bits of displacements.
constexpr uint32_t kMostSlots = 1u << 20;

Error install(const Emitted& emitted, NativeCode& made, Refusal& refusal) {
  const std::span<const SourceEntry> sources = emitted.sources.span();
  made.sources =
      static_cast<SourceEntry*>(made.allocator.allocate(sources.size() * sizeof(SourceEntry)));
  if (made.sources == nullptr) return Error::OutOfMemory;
  std::copy(sources.begin(), sources.end(), made.sources);
  made.source_count = static_cast<uint32_t>(sources.size());
  if (!code_space().add({emitted.code.code(), emitted.code.size()}, made.piece)) {
    made.allocator.release(made.sources);
    made.sources = nullptr;
    refusal = Refusal::CodeSpace;
    return Error::OutOfMemory;
  }
  made.tier = made.loop == 0 ? &tier() : &loop_tier();
  made.begin = made.piece.code;
  made.end = made.piece.code + made.piece.bytes;
  made.entry = emitted.entry;
  made.slots = emitted.slots;
  made.outgoing = emitted.outgoing;
  return Error::None;
}

// Above the link of a frame that is taken over: its operands, and what results may reach up to.
uint32_t operand_slots(const Code& code, const LoopEntry* entry) {
  if (entry == nullptr) return 0;
  const uint32_t results = code.type()->most_slots;
  const uint32_t below = entry->local_slots + kLinkSlots;
  return std::max(static_cast<uint32_t>(entry->operands.size()),
                  results > below ? results - below : 0);
}

Error compile_graph(const Code& code, const LoopEntry* entry, Graph& graph, Arena& arena,
                    Poll& poll, NativeCode& made, Refusal& refusal) {
  const Module& module = code.module();
  made.local_slots = entry == nullptr ? code.type()->most_slots : entry->local_slots;
  made.loop = entry == nullptr ? 0 : entry->offset;
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
  const uint32_t operands = operand_slots(code, entry);
  if (allocation.slots + function.outgoing_slots + made.local_slots + operands > kMostSlots) {
    refusal = Refusal::TooLarge;
    return Error::Unsupported;
  }
  Emitted emitted(arena.allocator());
  const EmitInput input{function, allocation,       stubs(),      made.local_slots,
                        operands, entry == nullptr, graph.guarded};
  if (!emit(input, emitted)) return Error::OutOfMemory;
  return install(emitted, made, refusal);
}

}  // namespace

Error compile(const Code& code, const LoopEntry* entry, const Poll& poll, NativeCode& made,
              Refusal& refusal) {
  Arena arena(made.allocator);
  WalkScratch scratch(made.allocator, poll);
  Graph graph(arena);
  BuildOptions options;
  options.guarded = code.variant().guarded;
  options.references = true;  // see root_map()
  options.metered = code.variant().metered;
  options.entry = entry;
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
  return compile_graph(code, entry, graph, arena, scratch.poll, made, refusal);
}

}  // namespace wembed::jit
