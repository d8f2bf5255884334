#include "jit/native_code.h"

#include <cerrno>
#include <mutex>

#include "base/system_allocator.h"
#include "platform/processor.h"
#include "runtime/engine.h"
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

// Where its references are is not written down: the frame is looked at word by word.
RootMap* root_map(const Code&, const Body&) { return nullptr; }

void release(Code& code, Body& body) {
  Allocator& allocator = code.module().allocator();
  auto& made = static_cast<NativeCode&>(body);
  discard(allocator, made);
  allocator.release(body.roots);
  allocator.release(&made);
}

// Stay for the life of the process, as the tier does.
constinit Stubs shared_stubs;

int start_once() {
#if defined(__x86_64__)
  if (!platform::has_x86_64_v2()) return ENOSYS;
  if (int error = code_space().probe(); error != 0) return error;
  Allocator allocator = system_allocator();
  Assembler code(allocator);
  Stubs offsets;
  CodeSpace::Piece piece;
  if (!emit_stubs(code, offsets) || !code_space().add({code.code(), code.size()}, piece)) {
    return ENOMEM;
  }
  const auto at = reinterpret_cast<uintptr_t>(piece.code);
  shared_stubs = {at + offsets.enter, at + offsets.interpret, at + offsets.make_room,
                  at + offsets.poll};
  return 0;
#else
  return ENOSYS;
#endif
}

}  // namespace

const Tier& tier() {
  static const Tier made = {"native", &locate, &position, &place_of, &root_map, &release};
  return made;
}

int start() {
  static const int error = start_once();
  return error;
}

const Stubs& stubs() { return shared_stubs; }

void discard(Allocator& allocator, NativeCode& made) {
  code_space().remove(made.piece);
  allocator.release(made.sources);
  made.piece = {};
  made.sources = nullptr;
}

}  // namespace wembed::jit
