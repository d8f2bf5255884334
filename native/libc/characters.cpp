// Character classes of the C locale. What is no byte, EOF among it, is in no class and converts to
// itself.
#include "libc/functions.h"

namespace wembed::libc {

namespace {

bool is_between(uint32_t c, char first, char last) {
  return c - static_cast<uint32_t>(first) <= static_cast<uint32_t>(last - first);
}
bool is_upper(uint32_t c) { return is_between(c, 'A', 'Z'); }
bool is_lower(uint32_t c) { return is_between(c, 'a', 'z'); }
bool is_digit(uint32_t c) { return is_between(c, '0', '9'); }
bool is_alpha(uint32_t c) { return is_upper(c) || is_lower(c); }

}  // namespace

Trap character_isupper(Call& call) { return call.give(is_upper(call.word(0))); }
Trap character_isalpha(Call& call) { return call.give(is_alpha(call.word(0))); }
Trap character_isdigit(Call& call) { return call.give(is_digit(call.word(0))); }
Trap character_isgraph(Call& call) { return call.give(is_between(call.word(0), '!', '~')); }
Trap character_isprint(Call& call) { return call.give(is_between(call.word(0), ' ', '~')); }
Trap character_isalnum(Call& call) {
  return call.give(is_alpha(call.word(0)) || is_digit(call.word(0)));
}
Trap character_isspace(Call& call) {
  return call.give(call.word(0) == ' ' || is_between(call.word(0), '\t', '\r'));
}
Trap character_isxdigit(Call& call) {
  uint32_t c = call.word(0);
  return call.give(is_digit(c) || is_between(c, 'a', 'f') || is_between(c, 'A', 'F'));
}
Trap character_tolower(Call& call) {
  uint32_t c = call.word(0);
  return call.give(is_upper(c) ? c - 'A' + 'a' : c);
}
Trap character_toupper(Call& call) {
  uint32_t c = call.word(0);
  return call.give(is_lower(c) ? c - 'a' + 'A' : c);
}

}  // namespace wembed::libc
