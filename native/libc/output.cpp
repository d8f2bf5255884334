#include "libc/output.h"

#include <algorithm>
#include <cstring>

#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/runtime.h"

namespace wembed::libc {

uint64_t Output::fitting(uint64_t length) const {
  return count_ + 1 >= room_ ? 0 : std::min(length, room_ - 1 - count_);
}

void Output::put(const char* text, uint64_t length) {
  if (trap_ != Trap::None || length == 0) return;
  stop(call_.bulk().begin(length));
  if (target_ == nullptr) {
    stop(call_.bulk().each(length, 1, false,
                           [&](uint64_t at, uint64_t piece) { print(text + at, piece); }));
  } else {
    uint8_t* to = target_ + count_;
    const auto* from = reinterpret_cast<const uint8_t*>(text);
    stop(call_.bulk().each(fitting(length), 1, to > from, [&](uint64_t at, uint64_t piece) {
      std::memmove(to + at, from + at, piece);
    }));
  }
  count_ += length;
}

void Output::fill(char c, uint64_t count) {
  if (trap_ != Trap::None || count == 0) return;
  stop(call_.bulk().begin(count));
  if (target_ == nullptr) {
    char piece[64];
    std::memset(piece, c, sizeof(piece));
    stop(call_.bulk().each(count, 1, false, [&](uint64_t, uint64_t length) {
      for (; length > sizeof(piece); length -= sizeof(piece)) print(piece, sizeof(piece));
      print(piece, length);
    }));
  } else {
    uint8_t* to = target_ + count_;
    stop(call_.bulk().each(fitting(count), 1, false,
                           [&](uint64_t at, uint64_t length) { std::memset(to + at, c, length); }));
  }
  count_ += count;
}

void Output::print(const char* text, uint64_t length) {
  while (length > 0 && trap_ == Trap::None) {
    auto piece = static_cast<uint32_t>(std::min<uint64_t>(length, kBuffer - waiting_));
    std::memcpy(buffer_ + waiting_, text, piece);
    waiting_ += piece;
    text += piece;
    length -= piece;
    if (waiting_ == kBuffer) flush();
  }
}

void Output::flush() {
  Instance& guest = call_.instance();
  const PrintSink& sink = guest.runtime->print();
  const uint8_t* before = guest.memory == nullptr ? nullptr : guest.memory->base;
  if (waiting_ > 0 && sink.write != nullptr) sink.write(sink.context, buffer_, waiting_);
  waiting_ = 0;
  // Format and texts lie where they were.
  if (guest.memory == nullptr || guest.memory->base == before) return;
  guest.set_exception("what the host prints with has moved the memory");
  stop(Trap::HostException);
}

void Output::finish() {
  // What was put out before the guest had to stop is there.
  if (target_ == nullptr) return flush();
  if (room_ > 0) target_[std::min(count_, room_ - 1)] = 0;
}

}  // namespace wembed::libc
