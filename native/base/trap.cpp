#include "base/trap.h"

namespace wembed {

namespace {
struct Row {
  const char* name;
  const char* exception;
};
constexpr char kPrefix[] = "Exception: ";
constexpr Row kRows[] = {
    {"", kPrefix},
#define TRAP(name, text) {#name, "Exception: " text},
#include "base/trap.def"
#undef TRAP
    {"Suspended", kPrefix},
    {"TailCall", kPrefix},
};
}  // namespace

const char* trap_text(Trap trap) { return trap_exception(trap) + sizeof(kPrefix) - 1; }
const char* trap_exception(Trap trap) { return kRows[static_cast<uint8_t>(trap)].exception; }
const char* trap_name(Trap trap) { return kRows[static_cast<uint8_t>(trap)].name; }

}  // namespace wembed
