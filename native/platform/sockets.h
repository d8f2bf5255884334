// Sockets, by descriptors of the system. Nothing here waits; whoever wants to asks the system when
// the descriptor can be used (platform/parker.h).
//
// Results are 0 or an error number of the system (<cerrno>), as in platform/files.h.
#pragma once

#include "platform/files.h"

namespace wembed::platform {

// Of the internet protocol. One of version 4 has four bytes.
struct InternetAddress {
  bool is_v6 = false;
  uint8_t bytes[16] = {};  // in the order of the network
  uint16_t port = 0;
};

// "127.0.0.1", "::1". False: it is no address.
bool parse_address(const char* text, InternetAddress& address);

// ---- Making and connecting

int open_socket(bool is_v6, bool is_datagram, int& descriptor);
int bind_socket(int descriptor, const InternetAddress& address);
int listen_to(int descriptor, uint32_t backlog);
bool is_listening(int descriptor);
// EAGAIN: nobody is waiting.
int accept_connection(int descriptor, int& connection);
// EINPROGRESS: it goes on, until the descriptor can be written to.
int begin_connection(int descriptor, const InternetAddress& address);
// How that ended.
int connection_error(int descriptor);
int shut_down(int descriptor, bool reading, bool writing);

// EAFNOSUPPORT: it is no socket of the internet's.
int local_address(int descriptor, InternetAddress& address);
int remote_address(int descriptor, InternetAddress& address);

// ---- Bytes

// Where it came from, if somebody wants to know that; left alone where the system does not say.
int receive(int descriptor, const Piece* pieces, size_t count, bool peek, size_t& done,
            bool& was_truncated, InternetAddress* from = nullptr);
// To where it is connected, or to an address.
int send(int descriptor, const Piece* pieces, size_t count, size_t& done,
         const InternetAddress* to = nullptr);

// ---- Options

// What a number says: a yes or no, a size in bytes, seconds, steps.
enum class SocketOption : uint8_t {
  Broadcast,
  KeepAlive,
  ReuseAddress,
  ReusePort,
  ReceiveBuffer,
  SendBuffer,
  NoDelay,
  QuickAck,
  FastOpenConnect,
  KeepIdle,
  KeepInterval,
  MulticastLoop,
  MulticastLoopV6,
  MulticastTtl,
  Ttl,
  V6Only,
};

// ENOPROTOOPT: this system does not know it.
int set_socket_option(int descriptor, SocketOption option, int value);
int socket_option(int descriptor, SocketOption option, int& value);
// Whether closing throws away what has not been sent.
int set_reset_on_close(int descriptor, bool is_set);
// `interface`: by its number; for version 4 by its address, as the system stores it. 0: any.
int set_membership(int descriptor, const InternetAddress& group, uint32_t interface,
                   bool is_member);

}  // namespace wembed::platform
