// Waiting for times and descriptors.
#include <algorithm>
#include <cstring>
#include <optional>

#include "platform/clock.h"
#include "runtime/parking.h"
#include "wasi/calls.h"
#include "wasi/clocks.h"
#include "wasi/wake_list.h"

namespace wembed::wasi {

namespace {

constexpr uint32_t kMostSubscriptions = 65536;
// Real time may jump: it is looked at again so often.
constexpr uint64_t kLookAgain = 1'000'000'000;

// What one subscription has come to.
struct Subscription {
  uint64_t userdata = 0;
  uint64_t deadline = platform::kNever;  // of monotonic_ns(): a time
  uint64_t real_time = 0;                // of the real clock, when it is not 0
  Ref<File> file;
  int descriptor = -1;          // of the system's, to be waited for
  WakeList* waiting = nullptr;  // of what has none
  std::optional<Watch> watch;   // of that
  uint8_t tag = 0;
  bool is_ready = false;
  Errno error = kSuccess;
  uint64_t bytes = 0;
  bool is_hung_up = false;
};

class Poller {
 public:
  Poller(Call& call, uint32_t count, Subscription* subscriptions, platform::Descriptor* descriptors)
      : call_(call),
        waiter_(call.env()),
        count_(count),
        items_(subscriptions),
        descriptors_(descriptors) {}

  // INVAL: a subscription of no known kind.
  Errno read(const uint8_t* from) {
    uint32_t size = subscription_bytes(call_.version());
    for (uint32_t i = 0; i < count_; i++) {
      items_[i].userdata = load<uint64_t>(from + uint64_t{i} * size);
      items_[i].tag = from[uint64_t{i} * size + 8];
      const uint8_t* what = from + uint64_t{i} * size + 16;
      if (items_[i].tag > kEventWrite) return Errno::kINVAL;
      if (items_[i].tag == kEventClock) {
        read_clock_of(items_[i], what);
      } else {
        read_file_of(items_[i], load<uint32_t>(what));
      }
    }
    return kSuccess;
  }

  // Until something has come.
  Trap wait(Errno& error) {
    error = kSuccess;
    if (!collect()) {
      error = Errno::kNOMEM;
      return Trap::None;
    }
    Parking parking(call_.env());
    watch_others(parking);
    Trap trap = wait_at(parking, error);
    // They end before what they wake.
    for (uint32_t i = 0; i < count_; i++) items_[i].watch.reset();
    return trap;
  }

  // The number of events written.
  uint32_t write(uint8_t* target) const {
    uint32_t written = 0;
    for (uint32_t i = 0; i < count_; i++) {
      const Subscription& item = items_[i];
      if (!item.is_ready) continue;
      uint8_t* event = target + uint64_t{written++} * kEventBytes;
      std::memset(event, 0, kEventBytes);
      store(event, item.userdata);
      store(event + 8, static_cast<uint16_t>(item.error));
      event[10] = item.tag;
      if (item.tag == kEventClock || item.error != kSuccess) continue;
      store(event + 16, item.bytes);
      store(event + 24, static_cast<uint16_t>(item.is_hung_up ? kHangup : 0));
    }
    return written;
  }

 private:
  Trap wait_at(Parking& parking, Errno& error) {
    for (;;) {
      uint64_t deadline = next_deadline();
      platform::Woken woken = platform::Woken::ByOther;
      Trap trap = parking.sleep(descriptors_, waited_, deadline, woken);
      if (trap != Trap::None) return trap;
      if (woken == platform::Woken::Unable) {
        error = Errno::kNOTSUP;
        return Trap::None;
      }
      look_at_clocks();
      look_at_others();
      if (woken == platform::Woken::ByDescriptor) look_at_descriptors();
      if (is_one_ready()) return Trap::None;
    }
  }

  // What is no descriptor of the system's. From here on it wakes.
  void watch_others(Parking& parking) {
    for (uint32_t i = 0; i < count_; i++) {
      if (!items_[i].is_ready && items_[i].waiting != nullptr) {
        items_[i].watch.emplace(*items_[i].waiting, parking);
      }
    }
    look_at_others();
  }

  void look_at_others() {
    for (uint32_t i = 0; i < count_; i++) {
      if (!items_[i].is_ready && items_[i].waiting != nullptr) look_at(items_[i]);
    }
  }

  // Come, if it can be done without waiting.
  void look_at(Subscription& item) {
    bool is_writing = item.tag == kEventWrite;
    Readiness readiness = item.file->readiness(waiter_, is_writing);
    item.descriptor = readiness.descriptor;
    item.waiting = readiness.waiting;
    item.bytes = readiness.bytes_to_read;
    if (item.descriptor >= 0 || item.waiting != nullptr) return;
    item.is_hung_up = readiness.is_at_end && !is_writing;
    come(item);
  }

  static void come(Subscription& item, Errno error = kSuccess) {
    item.is_ready = true;
    item.error = error;
  }

  void read_clock_of(Subscription& item, const uint8_t* what) {
    if (call_.version() == Version::Unstable) what += 8;
    auto clock = load<uint32_t>(what);
    auto timeout = load<uint64_t>(what + 8);
    auto flags = load<uint16_t>(what + 24);
    bool is_absolute = (flags & kAbsoluteTime) != 0;
    if (clock > kThreadCpu || (flags & ~kAbsoluteTime) != 0) return come(item, Errno::kINVAL);
    // They stand still while everybody sleeps.
    if (clock > kMonotonic) return come(item, Errno::kNOTSUP);
    uint64_t now = platform::monotonic_ns();
    if (is_absolute) {
      uint64_t of_clock = 0;
      Errno error = read_clock(call_, clock, of_clock);
      if (error != kSuccess) return come(item, error);
      bool is_system = call_.settings().sources.read_clock == nullptr;
      if (clock == kRealtime && is_system) item.real_time = timeout;
      timeout = timeout > of_clock ? timeout - of_clock : 0;
    }
    item.deadline = timeout < platform::kNever - now ? now + timeout : platform::kNever;
    if (timeout == 0) come(item);
  }

  void read_file_of(Subscription& item, uint32_t number) {
    Table* table = call_.state().table();
    Held held;
    Errno error = table == nullptr ? Errno::kNOMEM : table->get(number, 0, held);
    if (error != kSuccess) return come(item, error);
    bool is_writing = item.tag == kEventWrite;
    // A directory can be waited for by whoever has it; it has neither right.
    uint64_t rights = is_writing ? right::kWrite : right::kRead;
    bool may = (held.rights.base & right::kPoll) != 0 &&
               ((held.rights.base & rights) != 0 || held.file->is_directory());
    if (!may && !held.file->is_directory()) return come(item, Errno::kNOTCAPABLE);
    item.file = std::move(held.file);
    look_at(item);
  }

  // The descriptors to be waited for, each once. False: too many.
  bool collect() {
    for (uint32_t i = 0; i < count_; i++) {
      if (items_[i].is_ready || items_[i].descriptor < 0) continue;
      platform::Descriptor* at = find(items_[i].descriptor);
      if (at == nullptr) return false;
      (items_[i].tag == kEventRead ? at->wants_read : at->wants_write) = true;
    }
    return true;
  }
  platform::Descriptor* find(int number) {
    for (size_t i = 0; i < waited_; i++) {
      if (descriptors_[i].number == number) return &descriptors_[i];
    }
    if (waited_ == platform::kMostDescriptors) return nullptr;
    descriptors_[waited_].number = number;
    return &descriptors_[waited_++];
  }

  [[nodiscard]] bool is_one_ready() const {
    for (uint32_t i = 0; i < count_; i++) {
      if (items_[i].is_ready) return true;
    }
    return false;
  }

  uint64_t next_deadline() const {
    // What has come already is told together with what can be done without waiting.
    if (is_one_ready()) return 0;
    uint64_t earliest = platform::kNever;
    bool has_real_time = false;
    for (uint32_t i = 0; i < count_; i++) {
      earliest = std::min(earliest, items_[i].deadline);
      has_real_time = has_real_time || items_[i].real_time != 0;
    }
    if (!has_real_time) return earliest;
    return std::min(earliest, platform::monotonic_ns() + kLookAgain);
  }

  void look_at_clocks() {
    uint64_t now = platform::monotonic_ns();
    for (uint32_t i = 0; i < count_; i++) {
      Subscription& item = items_[i];
      if (item.tag != kEventClock || item.is_ready) continue;
      uint64_t real = 0;
      if (item.real_time == 0) {
        if (item.deadline <= now) come(item);
      } else if (platform::read_clock(platform::SystemClock::Real, real)) {
        if (real >= item.real_time) come(item);
        item.deadline = now + (real >= item.real_time ? 0 : item.real_time - real);
      }
    }
  }

  void look_at_descriptors() {
    for (uint32_t i = 0; i < count_; i++) {
      Subscription& item = items_[i];
      if (item.is_ready || item.descriptor < 0) continue;
      const platform::Descriptor& found = *find(item.descriptor);
      bool is_reading = item.tag == kEventRead;
      bool is_over = found.is_hung_up || found.is_broken;
      if (!is_over && !(is_reading ? found.can_read : found.can_write)) continue;
      item.is_hung_up = is_over;
      item.bytes = is_reading ? item.file->readiness(waiter_, false).bytes_to_read : 0;
      come(item);
    }
  }

  Call& call_;
  Waiter waiter_;
  uint32_t count_;
  Subscription* items_;
  platform::Descriptor* descriptors_;
  size_t waited_ = 0;
};

// Room for the work of one call.
class Work {
 public:
  Work(Allocator& allocator, uint32_t count) : allocator_(allocator), count_(count) {
    size_t waited = std::min<size_t>(count, platform::kMostDescriptors);
    items = static_cast<Subscription*>(allocator.allocate(count * sizeof(Subscription)));
    descriptors = static_cast<platform::Descriptor*>(
        allocator.allocate(waited * sizeof(platform::Descriptor)));
    if (!is_there()) return;
    for (uint32_t i = 0; i < count; i++) ::new (&items[i]) Subscription;
    for (size_t i = 0; i < waited; i++) ::new (&descriptors[i]) platform::Descriptor;
  }
  ~Work() {
    for (uint32_t i = 0; is_there() && i < count_; i++) items[i].~Subscription();
    allocator_.release(items);
    allocator_.release(descriptors);
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  [[nodiscard]] bool is_there() const { return items != nullptr && descriptors != nullptr; }

  Subscription* items;
  platform::Descriptor* descriptors;

 private:
  Allocator& allocator_;
  uint32_t count_;
};

}  // namespace

Trap poll_oneoff(Call& call) {
  uint32_t count = call.word(2);
  uint32_t size = subscription_bytes(call.version());
  const uint8_t* from = call.range(call.word(0), uint64_t{count} * size);
  uint8_t* events = call.range(call.word(1), uint64_t{count} * kEventBytes);
  uint8_t* result = call.place<uint32_t>(3);
  if (from == nullptr || events == nullptr || result == nullptr) return Trap::MemoryOutOfBounds;
  if (count == 0 || count > kMostSubscriptions) return call.give(Errno::kINVAL);
  Bulk bulk(call.env(), call.instance());
  if (Trap trap = bulk.begin(uint64_t{count} * size); trap != Trap::None) return trap;
  Work work(call.allocator(), count);
  if (!work.is_there()) return call.give(Errno::kNOMEM);
  Poller poller(call, count, work.items, work.descriptors);
  Errno error = poller.read(from);
  // Of the host's clock.
  if (call.instance().has_exception()) return Trap::HostException;
  if (error != kSuccess) return call.give(error);
  if (Trap trap = poller.wait(error); trap != Trap::None) return trap;
  if (error != kSuccess) return call.give(error);
  // The host's clock may have moved the guest's memory.
  events = call.range(call.word(1), uint64_t{count} * kEventBytes);
  result = call.place<uint32_t>(3);
  if (events == nullptr || result == nullptr) return Trap::MemoryOutOfBounds;
  store(result, poller.write(events));
  return call.give(kSuccess);
}

}  // namespace wembed::wasi
