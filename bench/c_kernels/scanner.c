/* A state machine over text: words, numbers of all forms, strings, comments, and what is none. */
#include "kernel.h"

typedef enum State {
  kBetween,
  kWord,
  kInteger,
  kFraction,
  kExponent,
  kExponentSign,
  kString,
  kEscape,
  kSlash,
  kComment,
  kOther,
  kStates
} State;

static const char text[] =
    "let total = 0x1f + 12.5e-3 * rate; // what is owed\n"
    "if (name == \"Smith \\\"Jr\\\"\") { print(name, 1e9, .5, 3.); }\n"
    "for (i = 0; i < 4096; i = i + 1) sum = sum + table[i] / 7;\n"
    "/ \"unended\\n\" // a slash alone, and the rest\n";

static uint32_t ended[kStates];

static int is_digit(uint32_t c) { return c - '0' < 10; }
static int is_letter(uint32_t c) { return (c | 32) - 'a' < 26 || c == '_'; }

static State begin(uint32_t c) {
  if (is_letter(c)) return kWord;
  if (is_digit(c)) return kInteger;
  switch (c) {
    case '.': return kFraction;
    case '"': return kString;
    case '/': return kSlash;
    case ' ':
    case '\n': return kBetween;
    default: return kOther;
  }
}

static State next(State state, uint32_t c) {
  switch (state) {
    case kWord: return is_letter(c) || is_digit(c) ? kWord : begin(c);
    case kInteger:
      if (is_digit(c) || is_letter(c)) return (c | 32) == 'e' ? kExponent : kInteger;
      return c == '.' ? kFraction : begin(c);
    case kFraction: return is_digit(c) ? kFraction : (c | 32) == 'e' ? kExponent : begin(c);
    case kExponent: return is_digit(c) ? kInteger : c == '+' || c == '-' ? kExponentSign : begin(c);
    case kExponentSign: return is_digit(c) ? kInteger : begin(c);
    case kString: return c == '\\' ? kEscape : c == '"' ? kOther : kString;
    case kEscape: return kString;
    case kSlash: return c == '/' ? kComment : begin(c);
    case kComment: return c == '\n' ? kBetween : kComment;
    default: return begin(c);
  }
}

EXPORT uint32_t run(uint32_t n) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    State state = kBetween;
    for (const char* at = text; *at; at++) {
      const State to = next(state, (uint8_t)*at);
      if (to != state) ended[state]++;
      state = to;
    }
    sum = sum * 31 + ended[kWord] + ended[kInteger] * 3 + ended[kString] * 5 + (uint32_t)state;
  }
  for (uint32_t k = 0; k < kStates; k++) ended[k] = 0;
  return sum;
}
