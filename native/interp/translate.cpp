// Runs the walker with a translator as its sink and publishes what comes out.
#include "interp/translate.h"

#include <algorithm>
#include <cassert>

#include "interp/translator.h"
#include "module/walk_scratch.h"
#include "runtime/exec_env.h"

namespace wembed {

Translator::Translator(const Code& code, Code* siblings, const Recording& recording,
                       Allocator& allocator)
    : code_(code),
      siblings_(siblings),
      recording_(recording),
      emitter_(allocator, out_of_memory_),
      stack_(allocator, out_of_memory_),
      accumulators_(emitter_),
      labels_(allocator, emitter_, out_of_memory_),
      handlers_(allocator, out_of_memory_) {}

void Translator::restart(bool far) {
  emitter_.restart(far);
  stack_.clear();
  labels_.clear();
  handlers_.clear();
  if (recording_.points != nullptr) recording_.points->clear();
  if (recording_.roots != nullptr) recording_.roots->clear();
  if (recording_.loop != nullptr) recording_.loop->restart();
  barrier();
  peephole_.forget_join();
  charge_ = kNoPosition;
  charged_ = 0;
}

void Translator::on_start(const Walker& walker) {
  walker_ = &walker;
  uint32_t slots = walker.local_slot(walker.local_count());
  uint32_t parameters = walker.type()->param_slots;
  int32_t reserved = kFarSlots + (walker.module().has_vectors() ? kFarVectorSlots : 0);
  local_slots_ = static_cast<int32_t>(slots) + (emitter_.far() ? reserved : 0);
  emitter_.append(0);  // the frame's need
  labels_.push(0, 0);
  if (recording_.roots != nullptr) {
    for (uint32_t i = 0; i < walker.local_count(); i++) {
      if (walker.local_type(i).is_ref()) recording_.roots->add_local(local_slot(i));
    }
  }
  profile(RegOp::ProfileEnter, static_cast<uint32_t>(local_slots_));
  uint32_t extra = slots - parameters;
  int32_t first = static_cast<int32_t>(parameters) - local_slots_;
  if (extra == 0) return;
  constexpr RegOp kZero[] = {RegOp::Zero1, RegOp::Zero2, RegOp::Zero3, RegOp::Zero4};
  if (extra <= 4 && !emitter_.far()) {
    plain(Encoding(kZero[extra - 1]).to(first));
  } else {
    plain(Encoding(RegOp::Zero).imm(extra).halves(first, 0));
  }
}

// The whole body has been seen.
uint64_t Translator::finish() {
  if (charge_ != kNoPosition) emitter_.set_displacement(charge_ + 1, charged_);
  uint64_t locals = static_cast<uint32_t>(local_slots_);
  return locals | (locals + static_cast<uint32_t>(stack_.end_of_homes())) << 32;
}

void Translator::tell_extent(RootMapBuilder& roots) const {
  roots.set_extent({-local_slots_, stack_.end_of_homes(), true});
}

namespace {

// Whatever came of bytes that vanished meanwhile is dropped.
Error run(const Code& code, Translator& translator, WalkScratch& scratch) {
  const ReadScope scope(code.module().source());
  if (scope.lost()) return Error::BytesLost;
  for (bool far : {false, true}) {
    translator.restart(far);
    Diagnostic diagnostic;
    FunctionWalker<Translator> walker(code.module(), code.function, diagnostic, scratch,
                                      translator);
    Error error = walker.walk();
    if (scope.lost()) return Error::BytesLost;
    WEMBED_CHECK(error);
    WEMBED_CHECK(translator.error());
    if (!translator.emitter().wants_far()) break;
  }
  return Error::None;
}

// Whether a translation gave those ops, as it has to: its maps are of their places.
[[maybe_unused]] bool is_same_code(Translator& translator, std::span<const uint64_t> ops) {
  Poll poll;
  static_cast<void>(translator.finish());
  Emitter& emitter = translator.emitter();
  if (emitter.thread_branches(poll) != Error::None) return true;
  std::span<const uint64_t> made = emitter.code().span().subspan(1);
  return std::equal(made.begin(), made.end(), ops.begin(), ops.end());
}

// All code of the module's variant.
Code* siblings_of(const Code& code) { return const_cast<CodeArray&>(code.array()).first(); }

}  // namespace

Error translate(const Code& code, const Poll& poll, Translation& result) {
  Allocator& allocator = code.module().allocator();
  WalkScratch scratch(allocator, poll);
  Translator translator(code, siblings_of(code), {}, allocator);
  WEMBED_CHECK(run(code, translator, scratch));
  WEMBED_CHECK(translator.emitter().thread_branches(scratch.poll));
  Vector<uint64_t>& ops = translator.emitter().code();
  ops[0] = translator.finish();
  // Positions count the word before the ops.
  result.handlers = translator.handlers().finish(allocator, 1);
  WEMBED_CHECK(translator.error());
  ops.shrink_to_fit();
  result.words = static_cast<uint32_t>(ops.size()) - 1;
  result.block = ops.give_away();
  return Error::None;
}

RootMap* make_root_map(const Code& code, [[maybe_unused]] std::span<const uint64_t> ops) {
  Allocator& allocator = code.module().allocator();
  WalkScratch scratch(allocator);
  RootMapBuilder builder(allocator);
  Translator translator(code, siblings_of(code), {nullptr, &builder}, allocator);
  if (run(code, translator, scratch) != Error::None) return nullptr;
  assert(is_same_code(translator, ops));
  translator.tell_extent(builder);
  return builder.finish(allocator);
}

Error find_loop(const Code& code, std::span<const uint64_t> ops, uint32_t index, const Poll& poll,
                LoopEntry& entry, bool& is_found) {
  Allocator& allocator = entry.operands.allocator();
  WalkScratch scratch(allocator, poll);
  // Positions count the word before the ops.
  LoopSearch search(index + 1, entry);
  Translator translator(code, siblings_of(code), {nullptr, nullptr, &search}, allocator);
  WEMBED_CHECK(run(code, translator, scratch));
  is_found = search.is_found();
  if (!is_found) return Error::None;
  entry.places[0] = &ops[search.begin() - 1];
  entry.places[1] = search.behind_test() == 0 ? nullptr : &ops[search.behind_test() - 1];
  return Error::None;
}

uint64_t source_offset(const Code& code, uint32_t index) {
  Allocator& allocator = code.module().allocator();
  WalkScratch scratch(allocator);
  Vector<SourcePoint> points(allocator);
  Translator translator(code, siblings_of(code), {&points, nullptr}, allocator);
  if (run(code, translator, scratch) != Error::None) return kNoOffset;
  // Positions count the word before the ops, and ascend.
  size_t low = 0, high = points.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (points[middle].position <= index + 1) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? kNoOffset : points[low - 1].offset;
}

}  // namespace wembed
