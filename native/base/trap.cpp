#include "base/trap.h"

namespace wembed {

namespace {
struct Row {
  const char* name;
  const char* text;
};
constexpr Row kRows[] = {
    {"", ""},
#define TRAP(name, text) {#name, text},
#include "base/trap.def"
#undef TRAP
};
}  // namespace

const char* trap_text(Trap trap) { return kRows[static_cast<uint8_t>(trap)].text; }
const char* trap_name(Trap trap) { return kRows[static_cast<uint8_t>(trap)].name; }

}  // namespace wembed
