#include "runtime/wait_queue.h"

#include <atomic>
#include <mutex>

#include "isa/atomic.h"
#include "runtime/guest_span.h"
#include "runtime/memory.h"
#include "runtime/parking.h"

namespace wembed {

namespace {

// On the native stack of the thread that waits.
struct Waiter {
  const Memory* memory;
  uint64_t offset;
  Parking* parking;
  bool is_woken = false;
  Waiter* before = nullptr;
  Waiter* after = nullptr;
};

struct alignas(64) Queue {
  std::mutex mutex;
  std::atomic<uint32_t> count{0};
  Waiter* first = nullptr;
  Waiter* last = nullptr;

  void add(Waiter& waiter) {
    waiter.before = last;
    (last == nullptr ? first : last->after) = &waiter;
    last = &waiter;
  }
  void remove(Waiter& waiter) {
    (waiter.before == nullptr ? first : waiter.before->after) = waiter.after;
    (waiter.after == nullptr ? last : waiter.after->before) = waiter.before;
    count.fetch_sub(1, std::memory_order_relaxed);
  }
};

constexpr size_t kQueues = 64;
Queue queues[kQueues];

Queue& queue_of(const Memory& memory, uint64_t offset) {
  uint64_t mixed = (reinterpret_cast<uintptr_t>(&memory) >> 4) + (offset >> 2);
  return queues[(mixed * 0x9e3779b97f4a7c15u) >> 58];
}
static_assert(kQueues == 64);

uint64_t read_word(const Memory& memory, uint64_t offset, uint32_t bytes) {
  uint8_t* at = guest_span(memory, offset).data;
  return bytes == 4 ? isa::atomic<isa::Atomic::Load, uint32_t>(at, 0, 0)
                    : isa::atomic<isa::Atomic::Load, uint64_t>(at, 0, 0);
}

}  // namespace

Trap wait_for_word(ExecEnv& env, Memory& memory, uint64_t offset, uint32_t bytes, uint64_t expected,
                   int64_t timeout_ns, WaitResult& result) {
  result = WaitResult::NotEqual;
  if (read_word(memory, offset, bytes) != expected) return Trap::None;
  Parking parking(env);
  Waiter waiter = {&memory, offset, &parking};
  Queue& queue = queue_of(memory, offset);
  {
    std::lock_guard lock(queue.mutex);
    // Counted before the word is read: whoever writes it and then finds nobody here has written
    // before this reads. See wake_waiters().
    queue.count.fetch_add(1, std::memory_order_acq_rel);
    if (read_word(memory, offset, bytes) != expected) {
      queue.count.fetch_sub(1, std::memory_order_relaxed);
      return Trap::None;
    }
    queue.add(waiter);
  }
  platform::Woken woken;
  Trap trap = parking.sleep(sleep_deadline(timeout_ns), woken);
  std::lock_guard lock(queue.mutex);
  if (!waiter.is_woken) queue.remove(waiter);
  result = waiter.is_woken ? WaitResult::Woken : WaitResult::TimedOut;
  return trap;
}

uint32_t wake_waiters(Memory& memory, uint64_t offset, uint32_t most) {
  Queue& queue = queue_of(memory, offset);
  // By an operation that also writes, so that it is ordered against the one of a waiter: the later
  // of the two sees what came before the earlier, the count or the word.
  if (most == 0 || queue.count.fetch_add(0, std::memory_order_acq_rel) == 0) return 0;
  uint32_t woken = 0;
  std::lock_guard lock(queue.mutex);
  for (Waiter *at = queue.first, *next; at != nullptr && woken < most; at = next) {
    next = at->after;
    if (at->memory != &memory || at->offset != offset) continue;
    queue.remove(*at);
    at->is_woken = true;
    // It cannot go before it has had the lock.
    at->parking->wake();
    woken++;
  }
  return woken;
}

uint32_t count_waiters(const Memory& memory) {
  uint32_t count = 0;
  for (Queue& queue : queues) {
    std::lock_guard lock(queue.mutex);
    for (const Waiter* at = queue.first; at != nullptr; at = at->after) {
      count += at->memory == &memory ? 1 : 0;
    }
  }
  return count;
}

}  // namespace wembed
