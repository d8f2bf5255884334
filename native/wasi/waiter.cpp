#include "wasi/waiter.h"

#include "runtime/operations.h"
#include "runtime/parking.h"

namespace wembed::wasi {

Waiter::Waiter(ExecEnv& env) : env_(env) {
  const Memory* memory = env.instance->memory;
  if (memory == nullptr) return;
  memory_ = memory->base;
  memory_size_ = memory->size;
}

void* Waiter::moved(void* place) const {
  const auto* at = static_cast<const uint8_t*>(place);
  auto offset =
      static_cast<uint64_t>(reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(memory_));
  return offset < memory_size_ ? env_.instance->memory->base + offset : place;
}

Errno Waiter::wait_until(int descriptor, bool writing, uint64_t deadline) {
  platform::Descriptor wanted;
  wanted.number = descriptor;
  wanted.wants_read = !writing;
  wanted.wants_write = writing;
  Parking parking(env_);
  for (;;) {
    platform::Woken woken = platform::Woken::ByOther;
    trap_ = parking.sleep(&wanted, 1, deadline, woken);
    if (trap_ != Trap::None) return Errno::kCANCELED;
    if (woken == platform::Woken::ByTime) return Errno::kAGAIN;
    // Unable: let the call itself say what is wrong.
    if (woken != platform::Woken::ByOther) return kSuccess;
  }
}

bool Waiter::sleep(Parking& parking) {
  platform::Woken woken = platform::Woken::ByOther;
  trap_ = parking.sleep(platform::kNever, woken);
  return trap_ == Trap::None;
}

Errno Waiter::fail() {
  Instance& instance = *env_.instance;
  if (!instance.has_exception()) instance.set_exception("a file of the host failed");
  trap_ = Trap::HostException;
  return Errno::kCANCELED;
}

bool Waiter::should_stop() {
  if (env_.interrupt.load(std::memory_order_relaxed) == 0) return false;
  trap_ = op_interrupted(env_, *env_.instance, nullptr);
  return trap_ != Trap::None;
}

}  // namespace wembed::wasi
