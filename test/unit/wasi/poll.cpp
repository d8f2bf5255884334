// Waiting: for times of either clock, for descriptors, and until the guest has to stop.
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "wasi/guest.h"
#include "wembed.h"

namespace {

constexpr uint32_t kSubscriptions = 0x100, kEvents = 0x2000;
constexpr uint64_t kMillisecond = 1000000;

uint64_t now_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

struct Poll {
  Guest& guest;
  uint32_t count = 0;
  void clock(uint64_t userdata, uint32_t id, uint64_t time, uint16_t flags) {
    uint32_t at = kSubscriptions + 48 * count++;
    std::memset(guest.at(at), 0, 48);
    guest.put(at, userdata);
    guest.put(at + 16, id);
    guest.put(at + 24, time);
    guest.put(at + 40, flags);
  }
  void file(uint64_t userdata, uint8_t tag, uint32_t descriptor) {
    uint32_t at = kSubscriptions + 48 * count++;
    std::memset(guest.at(at), 0, 48);
    guest.put(at, userdata);
    guest.put(at + 8, tag);
    guest.put(at + 16, descriptor);
  }
  int run() { return guest.call("poll_oneoff", {kSubscriptions, kEvents, count, 0x10}); }
  [[nodiscard]] uint32_t events() const { return guest.get<uint32_t>(0x10); }
  [[nodiscard]] uint64_t userdata(uint32_t i) const {
    return guest.get<uint64_t>(kEvents + 32 * i);
  }
  [[nodiscard]] uint16_t error(uint32_t i) const {
    return guest.get<uint16_t>(kEvents + 32 * i + 8);
  }
  [[nodiscard]] uint64_t bytes(uint32_t i) const {
    return guest.get<uint64_t>(kEvents + 32 * i + 16);
  }
  [[nodiscard]] uint16_t flags(uint32_t i) const {
    return guest.get<uint16_t>(kEvents + 32 * i + 24);
  }
};

TEST_CASE(times_are_of_their_clock) {
  Folder folder;
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root)) return;
  for (uint32_t id : {0u, 1u}) {
    CHECK_EQ(guest.call("clock_time_get", {id, 0, 0x20}), 0);
    auto now = guest.get<uint64_t>(0x20);
    uint64_t before = now_ms();
    Poll later{guest};
    later.clock(1, id, now + 60 * kMillisecond, 1);
    CHECK_EQ(later.run(), 0);
    CHECK_EQ(later.events(), 1u);
    CHECK_EQ(later.error(0), 0);
    CHECK(now_ms() - before >= 55);
    for (uint64_t past : {now - 1000 * kMillisecond, uint64_t{1}, uint64_t{0}}) {
      before = now_ms();
      Poll earlier{guest};
      earlier.clock(1, id, past, 1);
      CHECK_EQ(earlier.run(), 0);
      CHECK(now_ms() - before < 1000);
    }
    before = now_ms();
    Poll relative{guest};
    relative.clock(1, id, 30 * kMillisecond, 0);
    relative.clock(2, id, 10000 * kMillisecond, 0);
    CHECK_EQ(relative.run(), 0);
    CHECK_EQ(relative.events(), 1u);
    CHECK_EQ(relative.userdata(0), 1u);
    CHECK(now_ms() - before >= 29);
  }
}

TEST_CASE(descriptors_are_ready_or_closed_or_forbidden) {
  Folder folder;
  int ends[2];
  CHECK(pipe(ends) == 0);
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root, ends[0], ends[1])) return;
  Poll nothing{guest};
  nothing.file(1, 1, 0);
  nothing.clock(2, 1, 20 * kMillisecond, 0);
  CHECK_EQ(nothing.run(), 0);
  CHECK_EQ(nothing.events(), 1u);
  CHECK_EQ(nothing.userdata(0), 2u);
  CHECK(write(ends[1], "hello", 5) == 5);
  Poll all{guest};
  all.file(1, 1, 0);      // can be read
  all.file(2, 2, 1);      // can be written
  all.file(3, 1, 1);      // no right
  all.file(4, 1, 50);     // not open
  all.clock(5, 7, 0, 0);  // no clock
  all.clock(6, 1, 100000 * kMillisecond, 0);
  CHECK_EQ(all.run(), 0);
  CHECK_EQ(all.events(), 5u);
  CHECK_EQ(all.bytes(0), 5u);
  CHECK_EQ(all.error(1), 0);
  CHECK_EQ(all.error(2), 76);
  CHECK_EQ(all.error(3), 8);
  CHECK_EQ(all.error(4), 28);
  close(ends[1]);
  CHECK_EQ(guest.call("fd_close", {1}), 0);
  CHECK_EQ(guest.call("fd_close", {2}), 0);
  std::string text;
  CHECK_EQ(guest.read(0, text), 0);
  Poll closed{guest};
  closed.file(1, 1, 0);
  CHECK_EQ(closed.run(), 0);
  CHECK_EQ(closed.flags(0), 1);
  CHECK_EQ(guest.read(0, text), 0);
  CHECK_EQ(text, "");
  close(ends[0]);
}

// Whatever waits ends, whoever asks.
TEST_CASE(what_waits_can_be_stopped) {
  Folder folder;
  int ends[2];
  CHECK(pipe(ends) == 0);
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root, ends[0], ends[1])) return;
  for (int kind = 0; kind < 3; kind++) {
    std::thread stopper([&] {
      usleep(30000);
      wasm_runtime_terminate(guest.instance);
    });
    uint64_t before = now_ms();
    int result = 0;
    if (kind == 0) {
      std::string text;
      result = guest.read(0, text);
    } else if (kind == 1) {
      Poll poll{guest};
      poll.clock(1, 1, 100000 * kMillisecond, 0);
      result = poll.run();
    } else {
      // More than a pipe holds.
      result = guest.write(1, std::string(150000, 'x'));
    }
    stopper.join();
    CHECK_EQ(result, -1);
    CHECK_EQ(guest.exception(), "Exception: terminated by user");
    CHECK(now_ms() - before < 20000);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE(a_listening_socket_of_the_hosts_is_accepted_from) {
  Folder folder;
  int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder.path.c_str());
  auto* name = reinterpret_cast<sockaddr*>(&address);
  CHECK(bind(listening, name, sizeof(address)) == 0 && listen(listening, 4) == 0);
  Guest guest("wasi_calls.wasm");
  if (!guest.open(folder.root, listening)) return;
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {0, 4}), 0);
  CHECK_EQ(guest.call("sock_accept", {0, 0, 0x10}), 6);
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {0, 0}), 0);
  std::thread client([&] {
    usleep(20000);
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect(end, name, sizeof(address)) == 0);
    CHECK(write(end, "hello", 5) == 5);
    close(end);
  });
  CHECK_EQ(guest.call("sock_accept", {0, 4, 0x10}), 0);
  client.join();
  auto fd = guest.get<uint32_t>(0x10);
  CHECK_EQ(fd, 4u);
  std::string text;
  CHECK_EQ(guest.read(fd, text), 0);
  CHECK_EQ(text, "hello");
  CHECK_EQ(guest.call("fd_fdstat_get", {fd, kEvents}), 0);
  CHECK_EQ(guest.get<uint16_t>(kEvents + 2), 4);
  CHECK_EQ(guest.call("sock_accept", {0, 1, 0x10}), 28);
  close(listening);
}

}  // namespace
