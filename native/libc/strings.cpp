// strlen and the like. A string has to end inside the guest's memory.
#include <algorithm>
#include <cstring>

#include "libc/functions.h"
#include "libc/search.h"

namespace wembed::libc {

namespace {

Trap two_strings(Call& call, Text& first, Text& second) {
  Trap trap = call.string(call.pointer(0), first);
  return trap != Trap::None ? trap : call.string(call.pointer(1), second);
}

// A string of which no more than the first `size` characters are looked at.
Trap bounded_string(Call& call, uint32_t index, uint32_t size, Text& text) {
  GuestSpan span = call.from(call.pointer(index));
  if (span.data == nullptr) return Trap::MemoryOutOfBounds;
  text.data = span.data;
  uint64_t most = std::min<uint64_t>(size, span.size);
  Trap trap = call.count_until(span.data, 0, most, text.length);
  if (trap != Trap::None) return trap;
  return text.length == most && most < size ? Trap::MemoryOutOfBounds : Trap::None;
}

// How the first `most` characters of two texts, their NULs included, are ordered.
template <class Order>
Trap compare(Call& call, const Text& first, const Text& second, uint64_t most, Order order_of) {
  uint64_t count = std::min({first.length + 1, second.length + 1, most});
  int order = 0;
  Trap trap = call.bulk().each(count, 1, false, [&](uint64_t at, uint64_t length) {
    for (uint64_t i = at; i < at + length && order == 0; i++) {
      order = order_of(first.data[i], second.data[i]);
    }
  });
  return trap != Trap::None ? trap : call.give(static_cast<uint32_t>(order));
}

int by_byte(uint8_t a, uint8_t b) { return int{a} - int{b}; }

int folded(uint8_t c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }
int by_letter(uint8_t a, uint8_t b) { return folded(a) - folded(b); }

// The length of what begins a text and has, or has not, only bytes of a set.
Trap span(Call& call, bool wanted) {
  Text text;
  Text set;
  if (Trap trap = two_strings(call, text, set); trap != Trap::None) return trap;
  bool has[256] = {};
  Trap trap = call.bulk().each(set.length, 1, false, [&](uint64_t at, uint64_t length) {
    for (uint64_t i = at; i < at + length; i++) has[set.data[i]] = true;
  });
  if (trap != Trap::None) return trap;
  uint64_t count = 0;
  trap = call.bulk().each(text.length, 1, false, [&](uint64_t at, uint64_t length) {
    while (count >= at && count < at + length && has[text.data[count]] == wanted) count++;
  });
  return trap != Trap::None ? trap : call.give_wide(count);
}

// `count` bytes of a text, in which it may end, to `target`; the rest of `room` is cleared.
Trap copy_text(Call& call, uint8_t* target, const uint8_t* text, uint64_t count, uint64_t room) {
  if (Trap trap = call.bulk().begin(room); trap != Trap::None) return trap;
  Trap trap = call.bulk().each(count, 1, target > text, [&](uint64_t at, uint64_t length) {
    std::memmove(target + at, text + at, length);
  });
  if (trap != Trap::None) return trap;
  return call.bulk().each(room - count, 1, false, [&](uint64_t at, uint64_t length) {
    std::memset(target + count + at, 0, length);
  });
}

}  // namespace

Trap string_length(Call& call) {
  Text text;
  Trap trap = call.string(call.pointer(0), text);
  return trap != Trap::None ? trap : call.give_wide(text.length);
}

Trap string_find_character(Call& call) {
  Text text;
  uint64_t start = call.pointer(0);
  if (Trap trap = call.string(start, text); trap != Trap::None) return trap;
  auto wanted = static_cast<uint8_t>(call.word(1));
  uint64_t count = 0;
  Trap trap = call.count_until(text.data, wanted, text.length + 1, count);
  if (trap != Trap::None) return trap;
  return call.give_wide(count <= text.length ? start + count : 0);
}

Trap string_compare(Call& call) {
  Text first;
  Text second;
  Trap trap = two_strings(call, first, second);
  return trap != Trap::None ? trap : compare(call, first, second, UINT64_MAX, &by_byte);
}

Trap string_compare_caseless(Call& call) {
  Text first;
  Text second;
  Trap trap = two_strings(call, first, second);
  return trap != Trap::None ? trap : compare(call, first, second, call.word(2), &by_letter);
}

Trap string_compare_bounded(Call& call) {
  uint32_t size = call.word(2);
  Text first;
  Text second;
  Trap trap = bounded_string(call, 0, size, first);
  if (trap == Trap::None) trap = bounded_string(call, 1, size, second);
  return trap != Trap::None ? trap : compare(call, first, second, size, &by_byte);
}

Trap string_copy(Call& call) {
  Text text;
  if (Trap trap = call.string(call.pointer(1), text); trap != Trap::None) return trap;
  uint64_t size = text.length + 1;
  uint8_t* target = call.range(call.pointer(0), size);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Trap trap = copy_text(call, target, text.data, size, size);
  return trap != Trap::None ? trap : call.give_wide(call.pointer(0));
}

Trap string_copy_bounded(Call& call) {
  uint32_t size = call.word(2);
  uint8_t* target = call.range(call.pointer(0), size);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Text text;
  if (Trap trap = bounded_string(call, 1, size, text); trap != Trap::None) return trap;
  Trap trap = copy_text(call, target, text.data, text.length, size);
  return trap != Trap::None ? trap : call.give_wide(call.pointer(0));
}

Trap string_span(Call& call) { return span(call, true); }
Trap string_span_until(Call& call) { return span(call, false); }

Trap string_find(Call& call) {
  Text text;
  Text needle;
  if (Trap trap = two_strings(call, text, needle); trap != Trap::None) return trap;
  uint64_t place = 0;
  Trap trap = find_text(call, text, needle, place);
  if (trap != Trap::None) return trap;
  bool is_found = place < text.length || needle.length == 0;
  return call.give_wide(is_found ? call.pointer(0) + place : 0);
}

}  // namespace wembed::libc
