#include "jit/native_code.h"

#include <cerrno>
#include <mutex>

#include "base/system_allocator.h"
#include "platform/processor.h"
#include "runtime/engine.h"
#include "runtime/exec_env.h"
#include "runtime/root_map.h"

namespace wembed::jit {

namespace {

const NativeCode& native(const Body& body) { return static_cast<const NativeCode&>(body); }

uint32_t position(const Body& body, const void* place, bool is_return) {
  const auto at = static_cast<const uint8_t*>(place) - static_cast<const uint8_t*>(body.begin);
  return static_cast<uint32_t>(at) - (is_return ? 1 : 0);
}

const void* place_of(const Body& body, uint32_t position) {
  return static_cast<const uint8_t*>(body.begin) + position;
}

uint64_t locate(const Code&, const Body& body, const void* place, bool is_return) {
  const NativeCode& code = native(body);
  const uint32_t source =
      source_at({code.sources, code.source_count}, position(body, place, is_return));
  return source == kNoSource ? kNoOffset : source;
}

// Which slots have references where is not written down: all of them count as if they might.
RootMap* root_map(const Code& code, const Body& body) {
  const NativeCode& made = native(body);
  const auto first = -static_cast<int32_t>(made.local_slots);
  Allocator& allocator = code.module().allocator();
  RootMapBuilder roots(allocator);
  for (int32_t slot = first; slot < first + static_cast<int32_t>(made.slots); slot++) {
    if (slot < 0 || slot >= kLinkSlots) roots.add_local(slot);
  }
  roots.set_extent({first, first + static_cast<int32_t>(made.slots), false});
  roots.begin_instruction(0);
  return roots.finish(allocator);
}

void release(Code& code, Body& body) {
  auto& made = static_cast<NativeCode&>(body);
  Allocator allocator = made.allocator;
  code_space().remove(made.piece);
  allocator.release(made.sources);
  code.module().allocator().release(body.roots);
  allocator.release(&made);
}

// Stay for the life of the process, as the tier does.
constinit Stubs shared_stubs;

// What machine code calls in place of a function is known before there is any machine code. No
// register may change on the way to where the stub will be.
#if defined(__x86_64__)
extern "C" {
[[gnu::used, gnu::visibility("hidden")]] constinit uint64_t wembed_interpret_stub = 0;
[[gnu::used, gnu::visibility("hidden")]] constinit uint64_t wembed_go_on_stub = 0;
}
[[gnu::naked]] void call_interpret_stub() { asm("jmp *wembed_interpret_stub(%rip)"); }
// Other bytes: a linker may make one of two functions that are alike.
[[gnu::naked]] void call_refused() { asm("nop\n\tjmp *wembed_interpret_stub(%rip)"); }
[[gnu::naked]] Trap go_on(ExecEnv&, const Body&, Slot*, const void*, FirstResult&) {
  asm("jmp *wembed_go_on_stub(%rip)");
}
#else
void call_interpret_stub() {}
void call_refused() {}
constexpr auto go_on = nullptr;
#endif

bool is_float(ValType type) { return type == kF32 || type == kF64; }

Slot* results(const Body& body, const TypeDef& type, Slot* link, const FirstResult& first) {
  Slot* to = link - native(body).local_slots;
  if (type.result_count > 0) *to = is_float(type.results()[0]) ? first.floating : first.general;
  return to;
}

int start_once() {
#if defined(__x86_64__)
  if (!platform::has_x86_64_v2()) return ENOSYS;
  Allocator allocator = system_allocator();
  Assembler code(allocator);
  Stubs offsets;
  if (!emit_stubs(code, offsets)) return ENOMEM;
  // Before the probe, which then needs no region of its own.
  CodeSpace::Piece piece;
  const bool is_added = code_space().add({code.code(), code.size()}, piece);
  const int error = code_space().probe();
  if (error != 0 || !is_added) {
    code_space().remove(piece);
    return error != 0 ? error : ENOMEM;
  }
  const auto at = reinterpret_cast<uintptr_t>(piece.code);
  shared_stubs = {at + offsets.enter, at + offsets.interpret, at + offsets.make_room,
                  at + offsets.poll, at + offsets.go_on};
  wembed_interpret_stub = shared_stubs.interpret;
  wembed_go_on_stub = shared_stubs.go_on;
  return 0;
#else
  return ENOSYS;
#endif
}

}  // namespace

const Tier& tier() {
  static const Tier made = {"native",  &locate,  &position, &place_of,
                            &root_map, &release, go_on,     &results};
  return made;
}

const Tier& loop_tier() {
  static const Tier made = {"native loop", &locate,  &position, &place_of,
                            &root_map,     &release, go_on,     &results};
  return made;
}

int start() {
  static const int error = start_once();
  return error;
}

const Stubs& stubs() { return shared_stubs; }

const void* interpreted() { return reinterpret_cast<const void*>(&call_interpret_stub); }

const void* refused() { return reinterpret_cast<const void*>(&call_refused); }

}  // namespace wembed::jit
