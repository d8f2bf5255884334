#include "platform/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "platform/posix/socket_address.h"
#include "platform/posix/system_call.h"

namespace wembed::platform {

bool parse_address(const char* text, InternetAddress& address) {
  address = {};
  if (inet_pton(AF_INET, text, address.bytes) == 1) return true;
  address.is_v6 = true;
  return inet_pton(AF_INET6, text, address.bytes) == 1;
}

// ---- Making and connecting

namespace {

// Whether it would wait; what that was before.
int set_waiting(int descriptor, bool waits, bool& did_wait) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return errno;
  did_wait = (flags & O_NONBLOCK) == 0;
  if (did_wait == waits) return 0;
  return result_of(fcntl(descriptor, F_SETFL, waits ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
}

// Closed in programs that are started, and waiting for nothing.
[[maybe_unused]] int prepare(int descriptor) {
  bool did_wait = false;
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  int error = set_waiting(descriptor, false, did_wait);
  if (error != 0) close(descriptor);
  return error;
}

}  // namespace

int open_socket(bool is_v6, bool is_datagram, int& descriptor) {
  int family = is_v6 ? AF_INET6 : AF_INET;
  int type = is_datagram ? SOCK_DGRAM : SOCK_STREAM;
#ifdef __linux__
  return opened(descriptor, [&] { return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); });
#else
  int error = opened(descriptor, [&] { return socket(family, type, 0); });
  return error == 0 ? prepare(descriptor) : error;
#endif
}

int bind_socket(int descriptor, const InternetAddress& address) {
  const SystemAddress to(address);
  return result_of(bind(descriptor, to.data(), to.size()));
}

int listen_to(int descriptor, uint32_t backlog) {
  constexpr uint32_t kMost = 0x7fffffff;
  return result_of(listen(descriptor, static_cast<int>(std::min(backlog, kMost))));
}

bool is_listening(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

int accept_connection(int descriptor, int& connection) {
#ifdef __linux__
  constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  return opened(connection, [&] { return accept4(descriptor, nullptr, nullptr, kFlags); });
#else
  int error = opened(connection, [&] { return accept(descriptor, nullptr, nullptr); });
  return error == 0 ? prepare(connection) : error;
#endif
}

int begin_connection(int descriptor, const InternetAddress& address) {
  const SystemAddress to(address);
  // One of the host's may wait; others who have it find it as it was.
  bool did_wait = false;
  if (int error = set_waiting(descriptor, false, did_wait); error != 0) return error;
  int error = result_of(connect(descriptor, to.data(), to.size()));
  bool ignored = false;
  if (did_wait) static_cast<void>(set_waiting(descriptor, true, ignored));
  // A signal does not end it.
  return error == EINTR ? EINPROGRESS : error;
}

int connection_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int shut_down(int descriptor, bool reading, bool writing) {
  int how = reading && writing ? SHUT_RDWR : reading ? SHUT_RD : SHUT_WR;
  return result_of(shutdown(descriptor, how));
}

namespace {

template <class Ask> int ask_address(int descriptor, InternetAddress& address, Ask ask) {
  sockaddr_storage found = {};
  socklen_t size = sizeof(found);
  if (ask(descriptor, reinterpret_cast<sockaddr*>(&found), &size) != 0) return errno;
  return read_address(found, address) ? 0 : EAFNOSUPPORT;
}

}  // namespace

int local_address(int descriptor, InternetAddress& address) {
  return ask_address(descriptor, address, getsockname);
}

int remote_address(int descriptor, InternetAddress& address) {
  return ask_address(descriptor, address, getpeername);
}

// ---- Bytes

namespace {

msghdr message_of(const Piece* pieces, size_t count) {
  msghdr message = {};
  message.msg_iov = const_cast<iovec*>(vectors(pieces));
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(bounded(count));
  return message;
}

}  // namespace

int receive(int descriptor, const Piece* pieces, size_t count, bool peek, size_t& done,
            bool& was_truncated, InternetAddress* from) {
  msghdr message = message_of(pieces, count);
  sockaddr_storage sender = {};
  if (from != nullptr) {
    message.msg_name = &sender;
    message.msg_namelen = sizeof(sender);
  }
  int error = transfer(
      done, [&] { return recvmsg(descriptor, &message, MSG_DONTWAIT | (peek ? MSG_PEEK : 0)); });
  was_truncated = error == 0 && (message.msg_flags & MSG_TRUNC) != 0;
  if (error == 0 && from != nullptr) static_cast<void>(read_address(sender, *from));
  return error;
}

int send(int descriptor, const Piece* pieces, size_t count, size_t& done,
         const InternetAddress* to) {
  msghdr message = message_of(pieces, count);
  const SystemAddress receiver(to == nullptr ? InternetAddress() : *to);
  if (to != nullptr) {
    message.msg_name = const_cast<sockaddr*>(receiver.data());
    message.msg_namelen = receiver.size();
  }
  int flags = MSG_DONTWAIT;
#ifdef MSG_NOSIGNAL
  flags |= MSG_NOSIGNAL;
#endif
  return transfer(done, [&] { return sendmsg(descriptor, &message, flags); });
}

// ---- Options

namespace {

struct OptionName {
  int level;
  int name;  // negative: not of this system
};

OptionName name_of(SocketOption option) {
  switch (option) {
    case SocketOption::Broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case SocketOption::KeepAlive: return {SOL_SOCKET, SO_KEEPALIVE};
    case SocketOption::ReuseAddress: return {SOL_SOCKET, SO_REUSEADDR};
    case SocketOption::ReusePort: return {SOL_SOCKET, SO_REUSEPORT};
    case SocketOption::ReceiveBuffer: return {SOL_SOCKET, SO_RCVBUF};
    case SocketOption::SendBuffer: return {SOL_SOCKET, SO_SNDBUF};
    case SocketOption::NoDelay: return {IPPROTO_TCP, TCP_NODELAY};
    case SocketOption::KeepInterval: return {IPPROTO_TCP, TCP_KEEPINTVL};
#ifdef __linux__
    case SocketOption::QuickAck: return {IPPROTO_TCP, TCP_QUICKACK};
    case SocketOption::FastOpenConnect: return {IPPROTO_TCP, TCP_FASTOPEN_CONNECT};
    case SocketOption::KeepIdle: return {IPPROTO_TCP, TCP_KEEPIDLE};
#else
    case SocketOption::QuickAck:
    case SocketOption::FastOpenConnect:
    case SocketOption::KeepIdle: return {IPPROTO_TCP, -1};
#endif
    case SocketOption::MulticastLoop: return {IPPROTO_IP, IP_MULTICAST_LOOP};
    case SocketOption::MulticastLoopV6: return {IPPROTO_IPV6, IPV6_MULTICAST_LOOP};
    case SocketOption::MulticastTtl: return {IPPROTO_IP, IP_MULTICAST_TTL};
    case SocketOption::Ttl: return {IPPROTO_IP, IP_TTL};
    case SocketOption::V6Only: return {IPPROTO_IPV6, IPV6_V6ONLY};
  }
  return {0, -1};
}

}  // namespace

int set_socket_option(int descriptor, SocketOption option, int value) {
  const OptionName of = name_of(option);
  if (of.name < 0) return ENOPROTOOPT;
  return result_of(setsockopt(descriptor, of.level, of.name, &value, sizeof(value)));
}

int socket_option(int descriptor, SocketOption option, int& value) {
  const OptionName of = name_of(option);
  if (of.name < 0) return ENOPROTOOPT;
  socklen_t size = sizeof(value);
  value = 0;
  return result_of(getsockopt(descriptor, of.level, of.name, &value, &size));
}

int set_reset_on_close(int descriptor, bool is_set) {
  linger how = {};
  how.l_onoff = is_set ? 1 : 0;
  return result_of(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &how, sizeof(how)));
}

int set_membership(int descriptor, const InternetAddress& group, uint32_t interface,
                   bool is_member) {
  if (group.is_v6) {
    ipv6_mreq request = {};
    std::memcpy(&request.ipv6mr_multiaddr, group.bytes, sizeof(request.ipv6mr_multiaddr));
    request.ipv6mr_interface = interface;
    int name = is_member ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
    return result_of(setsockopt(descriptor, IPPROTO_IPV6, name, &request, sizeof(request)));
  }
  ip_mreq request = {};
  std::memcpy(&request.imr_multiaddr, group.bytes, sizeof(request.imr_multiaddr));
  request.imr_interface.s_addr = interface;
  int name = is_member ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
  return result_of(setsockopt(descriptor, IPPROTO_IP, name, &request, sizeof(request)));
}

}  // namespace wembed::platform
