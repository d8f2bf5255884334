// Options of sockets: a right that a guest has with every socket, as they say how it is used and
// not what is reached.
#include "wasi/calls.h"
#include "wasi/socket_calls.h"

namespace wembed::wasi {

namespace {

using platform::SocketOption;

// What guests have for an option: a byte that is 0 or 1, a byte with a number, a number.
using Flag = bool;
using Steps = uint8_t;
using Number = uint32_t;

Trap set_to(Call& call, SocketOption option, int value) {
  Held held;
  Socket* socket = nullptr;
  Errno error = get_socket(call, 0, held, socket);
  if (error != kSuccess) return call.give(error);
  return call.give(to_errno(platform::set_socket_option(socket->descriptor(), option, value)));
}

// The value of an option that the argument at `index` says.
template <class Value> Trap set(Call& call, SocketOption option, uint32_t index = 1) {
  uint32_t value = call.word(index);
  if constexpr (std::is_same_v<Value, Flag>) value = value == 0 ? 0 : 1;
  if (value > INT32_MAX) return call.give(Errno::kINVAL);
  return set_to(call, option, static_cast<int>(value));
}

template <class Value> Trap get(Call& call, SocketOption option, uint32_t index = 1) {
  uint8_t* target = call.place<Value>(index);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  Socket* socket = nullptr;
  Errno error = get_socket(call, 0, held, socket);
  int value = 0;
  if (error == kSuccess) {
    error = to_errno(platform::socket_option(socket->descriptor(), option, value));
  }
  if (error == kSuccess) store(target, static_cast<Value>(value));
  return call.give(error);
}

Trap set_timeout(Call& call, std::atomic<uint64_t>& (Socket::*timeout)()) {
  Held held;
  Socket* socket = nullptr;
  Errno error = get_socket(call, 0, held, socket);
  if (error == kSuccess) (socket->*timeout)().store(call.wide(1), std::memory_order_relaxed);
  return call.give(error);
}

Trap get_timeout(Call& call, std::atomic<uint64_t>& (Socket::*timeout)()) {
  uint8_t* target = call.place<uint64_t>(1);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  Socket* socket = nullptr;
  Errno error = get_socket(call, 0, held, socket);
  if (error == kSuccess) store(target, (socket->*timeout)().load(std::memory_order_relaxed));
  return call.give(error);
}

SocketOption loop_of(uint32_t is_v6) {
  return is_v6 != 0 ? SocketOption::MulticastLoopV6 : SocketOption::MulticastLoop;
}

// Groups are addresses, and have to be allowed as those.
Trap set_membership(Call& call, bool is_member) {
  InternetAddress group;
  Errno error = kSuccess;
  if (!read_address_ip(call, 1, group, error)) return Trap::MemoryOutOfBounds;
  if (error == kSuccess && !call.settings().network.allows(group)) error = Errno::kACCES;
  Held held;
  Socket* socket = nullptr;
  if (error == kSuccess) error = get_socket(call, 0, held, socket);
  if (error != kSuccess) return call.give(error);
  return call.give(
      to_errno(platform::set_membership(socket->descriptor(), group, call.word(2), is_member)));
}

}  // namespace

#define SOCKET_OPTION(name, option, Value)                                            \
  Trap sock_get_##name(Call& call) { return get<Value>(call, SocketOption::option); } \
  Trap sock_set_##name(Call& call) { return set<Value>(call, SocketOption::option); }

SOCKET_OPTION(broadcast, Broadcast, Flag)
SOCKET_OPTION(keep_alive, KeepAlive, Flag)
SOCKET_OPTION(reuse_addr, ReuseAddress, Flag)
SOCKET_OPTION(reuse_port, ReusePort, Flag)
SOCKET_OPTION(recv_buf_size, ReceiveBuffer, Number)
SOCKET_OPTION(send_buf_size, SendBuffer, Number)
SOCKET_OPTION(tcp_no_delay, NoDelay, Flag)
SOCKET_OPTION(tcp_quick_ack, QuickAck, Flag)
SOCKET_OPTION(tcp_fastopen_connect, FastOpenConnect, Flag)
SOCKET_OPTION(tcp_keep_idle, KeepIdle, Number)
SOCKET_OPTION(tcp_keep_intvl, KeepInterval, Number)
SOCKET_OPTION(ip_multicast_ttl, MulticastTtl, Steps)
SOCKET_OPTION(ip_ttl, Ttl, Steps)
SOCKET_OPTION(ipv6_only, V6Only, Flag)

#undef SOCKET_OPTION

Trap sock_get_ip_multicast_loop(Call& call) { return get<Flag>(call, loop_of(call.word(1)), 2); }
Trap sock_set_ip_multicast_loop(Call& call) { return set<Flag>(call, loop_of(call.word(1)), 2); }

Trap sock_set_ip_add_membership(Call& call) { return set_membership(call, true); }
Trap sock_set_ip_drop_membership(Call& call) { return set_membership(call, false); }

Trap sock_get_recv_timeout(Call& call) { return get_timeout(call, &Socket::receive_timeout); }
Trap sock_set_recv_timeout(Call& call) { return set_timeout(call, &Socket::receive_timeout); }
Trap sock_get_send_timeout(Call& call) { return get_timeout(call, &Socket::send_timeout); }
Trap sock_set_send_timeout(Call& call) { return set_timeout(call, &Socket::send_timeout); }

Trap sock_get_linger(Call& call) {
  uint8_t* is_set_at = call.place<Flag>(1);
  uint8_t* seconds_at = call.place<Number>(2);
  if (is_set_at == nullptr || seconds_at == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  Socket* socket = nullptr;
  if (Errno error = get_socket(call, 0, held, socket); error != kSuccess) return call.give(error);
  bool is_set = false;
  uint32_t seconds = 0;
  socket->linger(is_set, seconds);
  store(is_set_at, Flag{is_set});
  store(seconds_at, Number{seconds});
  return call.give(kSuccess);
}

Trap sock_set_linger(Call& call) {
  Held held;
  Socket* socket = nullptr;
  if (Errno error = get_socket(call, 0, held, socket); error != kSuccess) return call.give(error);
  return call.give(socket->set_linger(call.word(1) != 0, call.word(2)));
}

}  // namespace wembed::wasi
