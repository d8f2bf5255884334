#include "jit/settings.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iterator>

#include "jit/opt/optimise.h"

namespace wembed::jit {

namespace {

// Those that instructions have fixed first.
constexpr MachineRegister kGeneral[] = {kRax, kRcx, kRdx, kRdi, kRsi, kR8,
                                        kR9,  kR10, kR12, kR14, kR15};
constexpr uint32_t kFewest = 4;

uint32_t number(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

RegisterSet registers(uint32_t wanted) {
  wanted = std::max(wanted, kFewest);
  RegisterSet set = 0;
  for (uint32_t i = 0; i < std::min<uint32_t>(wanted, std::size(kGeneral)); i++) {
    set |= set_of(kGeneral[i]);
  }
  for (uint32_t i = 0; i < std::min<uint32_t>(wanted, kXmm15 - kXmm0); i++) {
    set |= set_of(static_cast<MachineRegister>(kXmm0 + i));
  }
  return set;
}

std::atomic<uint32_t> compiled{0};

}  // namespace

const Settings& settings() {
  static const Settings read = {number("WEMBED_JIT_PASSES", kPasses),
                                registers(number("WEMBED_JIT_REGISTERS", kRegisters))};
  return read;
}

bool within_limit() {
  static const uint32_t limit = number("WEMBED_JIT_LIMIT", UINT32_MAX);
  return limit == UINT32_MAX || compiled.fetch_add(1, std::memory_order_relaxed) < limit;
}

}  // namespace wembed::jit
