// Sockets that guests open: what they may reach, what they do, and that they stop. Everything here
// stays on the machine.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>
#include <vector>

#include "base/system_allocator.h"
#include "wasi/guest.h"
#include "wasi/network.h"
#include "wembed.h"

namespace {

constexpr uint32_t kAddress = 0x60, kFound = 0xa0, kAccess = 2;
constexpr uint32_t kV4 = 0, kV6 = 1, kDatagram = 0, kStream = 1;

// A guest that may reach these addresses and look up these names.
struct Networked : Guest {
  Folder folder;
  Networked(std::vector<const char*> addresses, std::vector<const char*> names = {})
      : Guest("wasi_calls.wasm"), addresses_(std::move(addresses)), names_(std::move(names)) {
    wasm_runtime_set_wasi_addr_pool(module, addresses_.data(),
                                    static_cast<uint32_t>(addresses_.size()));
    wasm_runtime_set_wasi_ns_lookup_pool(module, names_.data(),
                                         static_cast<uint32_t>(names_.size()));
    CHECK(open(folder.root));
  }

  // Puts an address for a call.
  uint32_t v4(const char* text, uint16_t port) {
    std::memset(at(kAddress), 0xee, 24);
    put<uint32_t>(kAddress, kV4);
    CHECK(inet_pton(AF_INET, text, at(kAddress + 4)) == 1);
    put(kAddress + 8, port);
    return kAddress;
  }
  uint32_t v6(const char* text, uint16_t port) {
    uint8_t bytes[16];
    CHECK(inet_pton(AF_INET6, text, bytes) == 1);
    put<uint32_t>(kAddress, kV6);
    for (uint32_t i = 0; i < 8; i++) {
      auto group = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
      put(kAddress + 4 + 2 * i, group);
    }
    put(kAddress + 20, port);
    return kAddress;
  }
  uint32_t socket(uint32_t family, uint32_t type) {
    CHECK_EQ(call("sock_open", {0, family, type, kResult}), 0);
    return get<uint32_t>(kResult);
  }
  // One that is bound to a port of the machine's, which is told.
  uint32_t bound(uint32_t type, uint16_t& port) {
    uint32_t made = socket(kV4, type);
    CHECK_EQ(call("sock_bind", {made, v4("127.0.0.1", 0)}), 0);
    CHECK_EQ(call("sock_addr_local", {made, kFound}), 0);
    CHECK_EQ(get<uint32_t>(kFound), kV4);
    CHECK_EQ(get<uint32_t>(kFound + 4), 0x0100007fu);
    port = get<uint16_t>(kFound + 8);
    CHECK(port != 0);
    CHECK_EQ(get<uint16_t>(kFound + 10), 0);
    return made;
  }
  uint32_t vector(const std::string& text) {
    std::memcpy(at(kBuffer), text.data(), text.size());
    return room(static_cast<uint32_t>(text.size()));
  }
  uint32_t room(uint32_t size) {
    put<uint32_t>(0x20, kBuffer);
    put<uint32_t>(0x24, size);
    return 0x20;
  }
  std::string received() const {
    return {reinterpret_cast<const char*>(at(kBuffer)), get<uint32_t>(kResult)};
  }

 private:
  std::vector<const char*> addresses_;
  std::vector<const char*> names_;
};

// A socket of the host's, on a port of the machine's.
struct HostSocket {
  int number;
  uint16_t port = 0;
  explicit HostSocket(int type) : number(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    CHECK(bind(number, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(getsockname(number, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  ~HostSocket() { close(number); }
  HostSocket(const HostSocket&) = delete;
  HostSocket& operator=(const HostSocket&) = delete;
  int connect_to(uint16_t to) const {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(to);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(number, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
};

TEST_CASE(nothing_is_reached_that_was_not_given) {
  Networked guest({});
  constexpr uint32_t kNowhere = 50;
  uint32_t stream = guest.socket(kV4, kStream);
  uint32_t datagram = guest.socket(kV4, kDatagram);
  for (uint32_t fd : {stream, kNowhere}) {
    CHECK_EQ(guest.call("sock_bind", {fd, guest.v4("127.0.0.1", 0)}), kAccess);
    CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", 80)}), kAccess);
  }
  CHECK_EQ(guest.call("sock_listen", {stream, 1}), kAccess);
  CHECK_EQ(guest.call("sock_send_to",
                      {datagram, guest.vector("a"), 1, 0, guest.v4("127.0.0.1", 9), guest.kResult}),
           kAccess);
  uint32_t length = guest.path("localhost");
  guest.put<uint8_t>(guest.kPath + length, 0);
  guest.put<uint8_t>(guest.kOther, 0);
  std::memset(guest.at(0x40), 0, 12);
  CHECK_EQ(guest.call("sock_addr_resolve", {guest.kPath, guest.kOther, 0x40, 0x2000, 4, 0x10}),
           kAccess);
  CHECK_EQ(guest.call("sock_set_ip_add_membership", {datagram, guest.v4("224.0.0.251", 0), 0}),
           kAccess);
  // An address of no kind.
  guest.put<uint32_t>(kAddress, 2);
  CHECK_EQ(guest.call("sock_bind", {stream, kAddress}), 66);
  CHECK_EQ(guest.call("sock_connect", {stream, kAddress}), 66);
  CHECK_EQ(guest.call("sock_close", {stream}), 0);
  CHECK_EQ(guest.call("sock_close", {stream}), 8);
}

// Of settings without an instance.
wembed::Allocator allocator = wembed::system_allocator();

TEST_CASE(ranges_say_what_is_allowed) {
  using wembed::wasi::InternetAddress;
  using wembed::wasi::Network;
  using Refusal = Network::Refusal;
  auto parsed = [](const char* text) {
    InternetAddress address;
    CHECK(wembed::platform::parse_address(text, address));
    return address;
  };
  auto allows = [&](const char* range, const char* address) {
    Network network(allocator);
    CHECK(network.allow_addresses(range) == Refusal::None);
    return network.allows(parsed(address));
  };
  CHECK(allows("10.1.2.3/8", "10.255.0.1"));
  CHECK(!allows("10.0.0.0/8", "11.0.0.1"));
  CHECK(allows("10.0.0.128/25", "10.0.0.129") && !allows("10.0.0.128/25", "10.0.0.127"));
  CHECK(allows("0.0.0.0/0", "8.8.8.8") && !allows("0.0.0.0/0", "::1"));
  CHECK(allows("::/0", "2001:db8::1") && !allows("::/0", "8.8.8.8"));
  CHECK(allows("2001:db8::/33", "2001:db8:7fff::") && !allows("2001:db8::/33", "2001:db8:8000::"));
  CHECK(allows("1.2.3.4/32", "1.2.3.4") && !allows("1.2.3.4/32", "1.2.3.5"));
  // Those of version 4 in the clothes of version 6.
  CHECK(!allows("::/0", "::ffff:10.0.0.1"));
  CHECK(allows("10.0.0.0/8", "::ffff:10.0.0.1"));
  CHECK(allows("::ffff:10.0.0.0/104", "10.2.0.1") && !allows("::ffff:10.0.0.0/104", "11.0.0.1"));
  Network any(allocator);
  CHECK(any.allow_addresses("0.0.0.0/32") == Refusal::None);
  CHECK(any.allows(parsed("0.0.0.0")) && !any.allows_receiver(parsed("0.0.0.0")));
  CHECK(!any.allows_receiver(parsed("::")));
  Network machine(allocator);
  CHECK(machine.allow_addresses("127.0.0.0/8") == Refusal::None);
  CHECK(machine.allows_receiver(parsed("0.0.0.0")) &&
        machine.allows_receiver(parsed("::ffff:0:0")));
  for (const char* wrong : {"10.0.0.1", ""}) {
    CHECK(any.allow_addresses(wrong) == Refusal::NoMask);
  }
  for (const char* wrong : {"10.0.0.1/", "10.0.0.1/x", "10.0.0.1/ 8", "10.0.0.1/-1"}) {
    CHECK(any.allow_addresses(wrong) == Refusal::NoNumber);
  }
  for (const char* wrong : {"10.0.0.1/33", "::/129", "::/99999999999999999999"}) {
    CHECK(any.allow_addresses(wrong) == Refusal::WrongMask);
  }
  for (const char* wrong : {"localhost/8", "/8", "10.0.0/8", "::g/8"}) {
    CHECK(any.allow_addresses(wrong) == Refusal::NoAddress);
  }
  const std::string longest(300, '1');
  CHECK(any.allow_addresses(longest + "/8") == Refusal::NoAddress);
}

TEST_CASE(names_are_allowed_by_their_ends) {
  wembed::wasi::Network network(allocator);
  CHECK(!network.allows_name("example.org") && !network.allows_name(""));
  CHECK(network.allow_name("example.org") && network.allow_name("*.example.com"));
  CHECK(network.allows_name("example.org") && network.allows_name("EXAMPLE.org"));
  CHECK(!network.allows_name("www.example.org") && !network.allows_name("example.or"));
  CHECK(network.allows_name("a.b.example.com") && !network.allows_name("example.com"));
  CHECK(!network.allows_name("badexample.com"));
  CHECK(network.allow_name("*"));
  CHECK(network.allows_name("anything"));
}

TEST_CASE(a_guest_serves_and_is_served) {
  Networked guest({"127.0.0.1/32"});
  uint16_t port = 0;
  uint32_t listening = guest.bound(kStream, port);
  CHECK_EQ(guest.call("sock_listen", {listening, 4}), 0);
  CHECK_EQ(guest.call("sock_addr_remote", {listening, kFound}), 53);
  std::thread client([&] {
    HostSocket host(SOCK_STREAM);
    CHECK(host.connect_to(port) == 0);
    CHECK(write(host.number, "hello", 5) == 5 && shutdown(host.number, SHUT_WR) == 0);
    char text[8] = {};
    CHECK(read(host.number, text, sizeof(text)) == 3 && std::string(text) == "you");
  });
  CHECK_EQ(guest.call("sock_accept", {listening, 0, guest.kResult}), 0);
  auto fd = guest.get<uint32_t>(guest.kResult);
  CHECK_EQ(guest.call("sock_recv", {fd, guest.room(100), 1, 2 /* all */, 0x10, 0x14}), 0);
  CHECK_EQ(guest.received(), "hello");
  CHECK_EQ(guest.call("sock_send", {fd, guest.vector("you"), 1, 0, guest.kResult}), 0);
  client.join();
  CHECK_EQ(guest.call("fd_close", {fd}), 0);
}

TEST_CASE(a_guest_connects) {
  Networked guest({"127.0.0.1/32"});
  HostSocket host(SOCK_STREAM);
  CHECK(listen(host.number, 1) == 0);
  uint32_t fd = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.2", host.port)}), kAccess);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", host.port)}), 0);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", host.port)}), 30);
  CHECK_EQ(guest.call("sock_addr_remote", {fd, kFound}), 0);
  CHECK_EQ(guest.get<uint16_t>(kFound + 8), host.port);
  int end = accept(host.number, nullptr, nullptr);
  CHECK_EQ(guest.call("sock_send", {fd, guest.vector("hello"), 1, 0, guest.kResult}), 0);
  char text[8] = {};
  CHECK(read(end, text, 5) == 5 && std::string(text) == "hello");
  CHECK_EQ(guest.call("fd_write", {fd, guest.vector(std::string(20000, 'x')), 1, guest.kResult}),
           0);
  CHECK_EQ(guest.get<uint32_t>(guest.kResult), 20000u);
  CHECK(write(end, "answer", 6) == 6);
  CHECK_EQ(guest.call("sock_recv_from", {fd, guest.room(50), 1, 1 /* peek */, kFound, 0x10}), 0);
  CHECK_EQ(guest.received(), "answer");
  std::string answer;
  CHECK_EQ(guest.read(fd, answer), 0);
  CHECK_EQ(answer, "answer");
  CHECK_EQ(guest.call("sock_shutdown", {fd, 2}), 0);
  close(end);
  // Nobody listens there.
  HostSocket nobody(SOCK_STREAM);
  uint32_t other = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("sock_connect", {other, guest.v4("127.0.0.1", nobody.port)}), 14);
}

TEST_CASE(datagrams_say_where_they_come_from) {
  Networked guest({"127.0.0.1/32"});
  uint16_t port = 0, other_port = 0;
  uint32_t fd = guest.bound(kDatagram, port);
  uint32_t other = guest.bound(kDatagram, other_port);
  CHECK_EQ(guest.call("sock_send", {fd, guest.vector("a"), 1, 0, guest.kResult}), 17);
  CHECK_EQ(guest.call("sock_send_to", {fd, guest.vector("hello"), 1, 0,
                                       guest.v4("127.0.0.1", other_port), guest.kResult}),
           0);
  CHECK_EQ(guest.get<uint32_t>(guest.kResult), 5u);
  std::memset(guest.at(kFound), 0xee, 24);
  CHECK_EQ(guest.call("sock_recv_from", {other, guest.room(100), 1, 0, kFound, guest.kResult}), 0);
  CHECK_EQ(guest.received(), "hello");
  CHECK_EQ(guest.get<uint32_t>(kFound), kV4);
  CHECK_EQ(guest.get<uint16_t>(kFound + 8), port);
  CHECK_EQ(guest.get<uint32_t>(kFound + 20), 0u);
  // Nothing has come: what was there stays.
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {other, 4}), 0);
  std::memset(guest.at(kFound), 0xee, 24);
  CHECK_EQ(guest.call("sock_recv_from", {other, guest.room(100), 1, 0, kFound, guest.kResult}), 6);
  CHECK_EQ(guest.get<uint32_t>(kFound), 0xeeeeeeeeu);
}

TEST_CASE(version_6_reaches_no_other) {
  if (access("/proc/net/if_inet6", F_OK) != 0) return;
  Networked guest({"::/0"});
  HostSocket host(SOCK_STREAM);
  CHECK(listen(host.number, 1) == 0);
  int result = guest.call("sock_open", {0, kV6, kStream, guest.kResult});
  if (result != 0) return;  // a machine without it
  auto fd = guest.get<uint32_t>(guest.kResult);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v6("::ffff:127.0.0.1", host.port)}), kAccess);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", host.port)}), kAccess);
  CHECK_EQ(guest.call("sock_set_ipv6_only", {fd, 1}), 0);
  CHECK_EQ(guest.call("sock_get_ipv6_only", {fd, 0x40}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 1);
  if (guest.call("sock_bind", {fd, guest.v6("::1", 0)}) != 0) return;
  CHECK_EQ(guest.call("sock_addr_local", {fd, kFound}), 0);
  CHECK_EQ(guest.get<uint32_t>(kFound), kV6);
  CHECK_EQ(guest.get<uint16_t>(kFound + 18), 1);
  CHECK(guest.get<uint16_t>(kFound + 20) != 0);
}

TEST_CASE(options_are_kept) {
  Networked guest({"127.0.0.1/32"});
  uint32_t fd = guest.socket(kV4, kStream);
  struct {
    const char* name;
    uint32_t value;
  } const flags[] = {{"keep_alive", 1}, {"reuse_addr", 1}, {"reuse_port", 1}, {"tcp_no_delay", 1}};
  for (const auto& [name, value] : flags) {
    std::string set = std::string("sock_set_") + name, get = std::string("sock_get_") + name;
    for (uint32_t given : {value, 0u, 77u}) {
      CHECK_EQ(guest.call(set.c_str(), {fd, given}), 0);
      guest.put<uint32_t>(0x40, 0xeeeeeeee);
      CHECK_EQ(guest.call(get.c_str(), {fd, 0x40}), 0);
      CHECK_EQ(guest.get<uint32_t>(0x40), 0xeeeeee00u | (given != 0));
    }
    CHECK_EQ(guest.call(set.c_str(), {0, 1}), 57);
    CHECK_EQ(guest.call(get.c_str(), {50, 0x40}), 8);
    CHECK_EQ(guest.call(get.c_str(), {fd, 4 * 65536}), -1);
  }
  for (const char* name : {"tcp_keep_idle", "tcp_keep_intvl"}) {
    CHECK_EQ(guest.call((std::string("sock_set_") + name).c_str(), {fd, 33}), 0);
    CHECK_EQ(guest.call((std::string("sock_get_") + name).c_str(), {fd, 0x40}), 0);
    CHECK_EQ(guest.get<uint32_t>(0x40), 33u);
  }
  CHECK_EQ(guest.call("sock_set_ip_ttl", {fd, 9}), 0);
  CHECK_EQ(guest.call("sock_get_ip_ttl", {fd, 0x40}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 9);
  CHECK_EQ(guest.call("sock_set_recv_buf_size", {fd, 8192}), 0);
  CHECK_EQ(guest.call("sock_get_recv_buf_size", {fd, 0x40}), 0);
  CHECK(guest.get<uint32_t>(0x40) >= 8192);
  CHECK_EQ(guest.call("sock_set_send_buf_size", {fd, 0xffffffff}), 28);
  CHECK_EQ(guest.call("sock_get_tcp_quick_ack", {fd, 0x40}), 0);
  CHECK_EQ(guest.call("sock_set_tcp_quick_ack", {fd, 1}), 0);
  CHECK_EQ(guest.call("sock_set_tcp_fastopen_connect", {fd, 0}), 0);
  uint32_t datagram = guest.socket(kV4, kDatagram);
  CHECK_EQ(guest.call("sock_set_broadcast", {datagram, 1}), 0);
  CHECK_EQ(guest.call("sock_get_broadcast", {datagram, 0x40}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 1);
  CHECK_EQ(guest.call("sock_set_ip_multicast_ttl", {datagram, 3}), 0);
  CHECK_EQ(guest.call("sock_get_ip_multicast_ttl", {datagram, 0x40}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 3);
  CHECK_EQ(guest.call("sock_set_ip_multicast_loop", {datagram, 0, 0}), 0);
  CHECK_EQ(guest.call("sock_get_ip_multicast_loop", {datagram, 0, 0x40}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 0);
  for (const char* name : {"recv_timeout", "send_timeout"}) {
    CHECK_EQ(guest.call((std::string("sock_set_") + name).c_str(), {fd, 1234567891234}), 0);
    CHECK_EQ(guest.call((std::string("sock_get_") + name).c_str(), {fd, 0x40}), 0);
    CHECK_EQ(guest.get<uint64_t>(0x40), 1234567891234u);
  }
  CHECK_EQ(guest.call("sock_set_linger", {fd, 1, 5}), 0);
  CHECK_EQ(guest.call("sock_get_linger", {fd, 0x40, 0x44}), 0);
  CHECK_EQ(guest.get<uint8_t>(0x40), 1);
  CHECK_EQ(guest.get<uint32_t>(0x44), 5u);
}

uint64_t now_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// What a guest has set to wait for a minute when it is closed does not hold the host.
TEST_CASE(closing_waits_for_nobody) {
  Networked guest({"127.0.0.1/32"});
  HostSocket host(SOCK_STREAM);
  CHECK(listen(host.number, 1) == 0);
  uint32_t fd = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", host.port)}), 0);
  CHECK_EQ(guest.call("sock_set_linger", {fd, 1, 60}), 0);
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {fd, 4}), 0);
  const std::string much(100000, 'x');
  while (guest.call("sock_send", {fd, guest.vector(much), 1, 0, guest.kResult}) == 0) continue;
  uint64_t before = now_ms();
  CHECK_EQ(guest.call("fd_close", {fd}), 0);
  CHECK(now_ms() - before < 20000);
}

TEST_CASE(timeouts_of_sockets_end_waiting) {
  Networked guest({"127.0.0.1/32"});
  uint16_t port = 0;
  uint32_t fd = guest.bound(kDatagram, port);
  CHECK_EQ(guest.call("sock_set_recv_timeout", {fd, 20000}), 0);
  uint64_t before = now_ms();
  CHECK_EQ(guest.call("sock_recv", {fd, guest.room(100), 1, 0, 0x10, 0x14}), 6);
  CHECK(now_ms() - before >= 19);
  uint32_t listening = guest.bound(kStream, port);
  CHECK_EQ(guest.call("sock_listen", {listening, 1}), 0);
  CHECK_EQ(guest.call("sock_set_recv_timeout", {listening, 10000}), 0);
  CHECK_EQ(guest.call("sock_accept", {listening, 0, 0x10}), 6);
}

// Accepting, receiving, connecting to one that does not answer.
TEST_CASE(what_waits_for_others_can_be_stopped) {
  Networked guest({"127.0.0.1/32"});
  uint16_t port = 0;
  uint32_t listening = guest.bound(kStream, port);
  CHECK_EQ(guest.call("sock_listen", {listening, 0}), 0);
  uint32_t datagram = guest.bound(kDatagram, port);
  // A port whose queue is full.
  HostSocket host(SOCK_STREAM);
  CHECK(listen(host.number, 0) == 0);
  std::vector<int> waiting;
  bool is_full = false;
  while (!is_full && waiting.size() < 64) {
    int end = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(host.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static_cast<void>(connect(end, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
    pollfd polled = {end, POLLOUT, 0};
    is_full = poll(&polled, 1, 200) == 0;
    waiting.push_back(end);
  }
  CHECK(is_full);
  uint32_t connecting = guest.socket(kV4, kStream);
  for (int kind = 0; kind < 3; kind++) {
    std::thread stopper([&] {
      usleep(30000);
      wasm_runtime_terminate(guest.instance);
    });
    uint64_t before = now_ms();
    int result = 0;
    if (kind == 0) {
      result = guest.call("sock_accept", {listening, 0, guest.kResult});
    } else if (kind == 1) {
      result = guest.call("sock_recv_from", {datagram, guest.room(9), 1, 0, kFound, guest.kResult});
    } else {
      result = guest.call("sock_connect", {connecting, guest.v4("127.0.0.1", host.port)});
    }
    stopper.join();
    CHECK_EQ(result, -1);
    CHECK_EQ(guest.exception(), "Exception: terminated by user");
    CHECK(now_ms() - before < 20000);
  }
  // One that does not wait is told that it goes on; one that waits for a while as well.
  uint32_t other = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("fd_fdstat_set_flags", {other, 4}), 0);
  CHECK_EQ(guest.call("sock_connect", {other, guest.v4("127.0.0.1", host.port)}), 26);
  uint32_t third = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("sock_set_send_timeout", {third, 10000}), 0);
  CHECK_EQ(guest.call("sock_connect", {third, guest.v4("127.0.0.1", host.port)}), 26);
  for (int end : waiting) close(end);
}

TEST_CASE(names_have_addresses) {
  Networked guest({}, {"localhost", "*.invalid", "127.*", "127.0.0.1"});
  constexpr uint32_t kHints = 0x40, kInfos = 0x2000;
  auto resolve = [&](const std::string& host, const std::string& service, uint32_t room) {
    guest.put<uint8_t>(guest.kPath + guest.path(host), 0);
    guest.put<uint8_t>(guest.kOther + guest.path(service, guest.kOther), 0);
    return guest.call("sock_addr_resolve", {guest.kPath, guest.kOther, kHints, kInfos, room, 0x10});
  };
  std::memset(guest.at(kHints), 0, 12);
  CHECK_EQ(resolve("127.0.0.1", "80", 4), 0);
  auto found = guest.get<uint32_t>(0x10);
  CHECK(found >= 1 && found <= 4);
  bool has_stream = false;
  for (uint32_t i = 0; i < found; i++) {
    uint32_t at = kInfos + 28 * i;
    CHECK_EQ(guest.get<uint32_t>(at), kV4);
    CHECK_EQ(guest.get<uint32_t>(at + 4), 0x0100007fu);
    CHECK_EQ(guest.get<uint16_t>(at + 8), 80);
    has_stream = has_stream || guest.get<uint32_t>(at + 24) == kStream;
  }
  CHECK(has_stream);
  // Only streams of version 4, and no room for more than none.
  guest.put<uint32_t>(kHints, kStream);
  guest.put<uint32_t>(kHints + 4, kV4);
  guest.put<uint8_t>(kHints + 8, 1);
  std::memset(guest.at(kInfos), 0xee, 64);
  CHECK_EQ(resolve("127.0.0.1", "", 0), 0);
  CHECK_EQ(guest.get<uint32_t>(0x10), 1u);
  CHECK_EQ(guest.get<uint32_t>(kInfos), 0xeeeeeeeeu);
  CHECK_EQ(resolve("127.0.0.1", "", 1), 0);
  CHECK_EQ(guest.get<uint32_t>(kInfos + 24), kStream);
  CHECK_EQ(guest.get<uint32_t>(kInfos + 28), 0xeeeeeeeeu);
  CHECK_EQ(resolve("example.org", "", 1), kAccess);
  CHECK_EQ(resolve("", "", 1), kAccess);
  CHECK_EQ(resolve(std::string(256, 'a'), "", 1), 37);
  // Text without an end, and results that lie outside.
  constexpr uint32_t kEnd = 4 * 65536;
  std::memset(guest.at(kEnd - 8), 'a', 8);
  CHECK_EQ(guest.call("sock_addr_resolve", {kEnd - 8, guest.kOther, kHints, kInfos, 1, 0x10}), -1);
  CHECK_EQ(guest.call("sock_addr_resolve",
                      {guest.kPath, guest.kOther, kHints, kInfos, 0xffffffff, 0x10}),
           -1);
  // What a name leads to has to be allowed as well.
  uint32_t fd = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("sock_connect", {fd, guest.v4("127.0.0.1", 80)}), kAccess);
}

TEST_CASE(descriptors_are_counted_and_rights_are_asked_for) {
  Networked guest({"127.0.0.1/32"});
  uint16_t port = 0;
  uint32_t fd = guest.bound(kStream, port);
  constexpr uint64_t kBind = uint64_t{1} << 30;
  CHECK_EQ(guest.call("fd_fdstat_get", {fd, kFound}), 0);
  auto rights = guest.get<uint64_t>(kFound + 8);
  CHECK((rights & kBind) != 0);
  uint32_t other = guest.socket(kV4, kStream);
  CHECK_EQ(guest.call("fd_fdstat_set_rights", {other, rights & ~kBind, 0}), 0);
  CHECK_EQ(guest.call("sock_bind", {other, guest.v4("127.0.0.1", 0)}), 76);
  CHECK_EQ(guest.call("sock_listen", {0, 1}), 57);
  int result = 0;
  uint32_t opened = 0;
  for (; result == 0 && opened < 2000; opened++) {
    result = guest.call("sock_open", {0, kV4, kDatagram, guest.kResult});
  }
  CHECK_EQ(result, 33);
  CHECK(opened < 1024);
}

// The same by wembed_wasi.h.
TEST_CASE(settings_say_what_is_reached) {
  Guest guest("wasi_calls.wasm");
  wembed_wasi_options_t options = {};
  options.size = sizeof(options);
  const char* addresses[] = {"127.0.0.1/32", "nowhere/8"};
  const char* names[] = {"localhost"};
  options.addresses = addresses;
  options.address_count = 2;
  options.names = names;
  options.name_count = 1;
  wembed_error_t error;
  CHECK(wembed_wasi_new(nullptr, &options, &error) == nullptr);
  CHECK_EQ(std::string(error.message),
           "addresses[1], \"nowhere/8\", is not of the form ADDRESS/BITS");
  options.address_count = 1;
  if (!guest.open_options(options)) return;
  CHECK_EQ(guest.call("sock_open", {0, kV4, kStream, 0x10}), 0);
  auto fd = guest.get<uint32_t>(0x10);
  guest.put<uint32_t>(kAddress, kV4);
  guest.put<uint32_t>(kAddress + 4, 0x0100007f);
  guest.put<uint16_t>(kAddress + 8, 0);
  CHECK_EQ(guest.call("sock_bind", {fd, kAddress}), 0);
}

}  // namespace
