#include "wasi/clocks.h"

#include "platform/clock.h"
#include "wasi/calls.h"

namespace wembed::wasi {

Errno read_clock(const Call& call, uint32_t clock, uint64_t& ns) {
  if (clock > kThreadCpu) return Errno::kINVAL;
  const Sources& sources = call.settings().sources;
  bool is_given = sources.read_clock != nullptr && clock <= kMonotonic;
  bool is_good = is_given ? sources.read_clock(sources.context, &call.env(), clock, &ns)
                          : platform::read_clock(static_cast<platform::SystemClock>(clock), ns);
  return is_good ? kSuccess : Errno::kNOTSUP;
}

Trap clock_res_get(Call& call) {
  if (call.place<uint64_t>(1) == nullptr) return Trap::MemoryOutOfBounds;
  if (call.word(0) > kThreadCpu) return call.give(Errno::kINVAL);
  uint64_t ns = 0;
  auto clock = static_cast<platform::SystemClock>(call.word(0));
  if (!platform::clock_resolution(clock, ns)) return call.give(Errno::kNOTSUP);
  store(call.place<uint64_t>(1), ns);
  return call.give(kSuccess);
}

Trap clock_time_get(Call& call) {
  if (call.place<uint64_t>(2) == nullptr) return Trap::MemoryOutOfBounds;
  uint64_t ns = 0;
  Errno error = read_clock(call, call.word(0), ns);
  if (error != kSuccess && call.instance().has_exception()) return Trap::HostException;
  // The host's clock may have moved the guest's memory.
  uint8_t* target = call.place<uint64_t>(2);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  if (error == kSuccess) store(target, ns);
  return call.give(error);
}

}  // namespace wembed::wasi
