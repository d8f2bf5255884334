// Arguments, environment, randomness, and ways to end.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "wasi/calls.h"

namespace wembed::wasi {

namespace {

Trap give_sizes(Call& call, const TextBlock& texts) {
  uint8_t* count = call.place<uint32_t>(0);
  uint8_t* bytes = call.place<uint32_t>(1);
  if (count == nullptr || bytes == nullptr) return Trap::MemoryOutOfBounds;
  store(count, texts.count());
  store(bytes, texts.bytes());
  return call.give(kSuccess);
}

Trap give_texts(Call& call, const TextBlock& texts) {
  uint8_t* pointers = call.range(call.word(0), uint64_t{texts.count()} * sizeof(uint32_t));
  uint8_t* bytes = call.range(call.word(1), texts.bytes());
  if (pointers == nullptr || bytes == nullptr) return Trap::MemoryOutOfBounds;
  for (uint32_t i = 0; i < texts.count(); i++) {
    store(pointers + i * sizeof(uint32_t), call.word(1) + texts.start(i));
  }
  if (texts.bytes() > 0) std::memcpy(bytes, texts.data(), texts.bytes());
  return call.give(kSuccess);
}

}  // namespace

Trap args_sizes_get(Call& call) { return give_sizes(call, call.settings().arguments); }
Trap args_get(Call& call) { return give_texts(call, call.settings().arguments); }
Trap environ_sizes_get(Call& call) { return give_sizes(call, call.settings().environment); }
Trap environ_get(Call& call) { return give_texts(call, call.settings().environment); }

Trap random_get(Call& call) {
  constexpr uint64_t kAtOnce = 256;
  uint32_t size = call.word(1);
  uint8_t* bytes = call.range(call.word(0), size);
  if (bytes == nullptr) return Trap::MemoryOutOfBounds;
  const Sources& sources = call.settings().sources;
  bool is_good = true;
  Bulk bulk(call.env(), call.instance());
  if (Trap trap = bulk.begin(size); trap != Trap::None) return trap;
  Trap trap = bulk.each(size, 1, false, [&](uint64_t offset, uint64_t length) {
    for (uint64_t at = offset; is_good && at < offset + length;) {
      uint64_t piece = std::min(kAtOnce, offset + length - at);
      // What runs in the host may have moved the guest's memory.
      uint8_t block[kAtOnce];
      is_good = sources.random == nullptr
                    ? platform::random_bytes(block, piece) == 0
                    : sources.random(sources.context, &call.env(), block, piece);
      uint8_t* target = call.range(call.word(0), size);
      is_good = is_good && target != nullptr;
      if (is_good) std::memcpy(target + at, block, piece);
      at += piece;
    }
  });
  if (trap != Trap::None) return trap;
  if (!is_good && call.instance().has_exception()) return Trap::HostException;
  return call.give(is_good ? kSuccess : Errno::kIO);
}

Trap sched_yield(Call& call) { return call.give(kSuccess); }

Trap proc_exit(Call& call) {
  call.state().note_exit(call.instance(), call.word(0));
  return Trap::ProcessExit;
}

Trap proc_raise(Call& call) {
  char text[64];
  std::snprintf(text, sizeof(text), "wasi proc raise %" PRIu32, call.word(0));
  return call.fail(text);
}

}  // namespace wembed::wasi
