// Where one thread sleeps until another wakes it, a time has come, or a descriptor can be used.
//
// A wake-up that comes before the sleep is not lost: the next one ends at once, and only that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

struct pollfd;

namespace wembed::platform {

constexpr uint64_t kNever = UINT64_MAX;

// That can be waited for at a time.
constexpr size_t kMostDescriptors = 511;

// A file descriptor that is waited for, and what was found.
struct Descriptor {
  int number = -1;
  bool wants_read = false;
  bool wants_write = false;

  bool can_read = false;  // or would not block: the end was reached
  bool can_write = false;
  bool is_hung_up = false;
  bool is_broken = false;  // it failed, or is not open
};

enum class Woken : uint8_t {
  ByOther,
  ByTime,
  ByDescriptor,  // of some the state is set
  Unable,        // this system cannot wait for descriptors, or not for so many
};

class Parker {
 public:
  Parker() = default;
  ~Parker();
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;

  // By the thread that has it: until unpark(), or `deadline` of monotonic_ns().
  Woken park(uint64_t deadline);

  // The same, also until one of the descriptors can do what is wanted of it. What can already be
  // done ends it before anything else does.
  Woken park(Descriptor* descriptors, size_t count, uint64_t deadline);

  // From any thread, while the parker is there.
  void unpark();

 private:
  int poll_once(::pollfd* polled, size_t count, uint64_t deadline, bool& is_told);

  enum State : uint32_t { kAwake, kTold, kParked, kPolling };

  std::atomic<uint32_t> state_{kAwake};
  // What is written to end a poll, and what it waits for; made when first wanted.
  int wake_descriptors_[2] = {-1, -1};
};

}  // namespace wembed::platform
