// Sockets: what preview 1 does with those that it is given, and how guests of WAMR's make them.
#include "platform/sockets.h"

#include "wasi/calls.h"
#include "wasi/socket_calls.h"

namespace wembed::wasi {

Errno get_socket(Call& call, uint64_t rights, Held& held, Socket*& socket) {
  if (Errno error = call.get(0, 0, held); error != kSuccess) return error;
  socket = held.file->as_socket();
  if (socket == nullptr) return Errno::kNOTSOCK;
  return (held.rights.base & rights) == rights ? kSuccess : Errno::kNOTCAPABLE;
}

namespace {

// One of preview 1's own calls, whose bits the two interfaces do not agree about.
Errno get_any_socket(Call& call, Held& held, Socket*& socket) {
  Errno error = get_socket(call, 0, held, socket);
  bool is_allowed = (held.rights.base & right::kSocket) != 0;
  return error == kSuccess && !is_allowed ? Errno::kNOTCAPABLE : error;
}

// Gives the guest a number for a socket, at `target`.
Errno add(Call& call, Ref<File> socket, uint8_t* target) {
  Rights rights = {socket->rights(), 0};
  uint32_t number = 0;
  Errno error = call.state().table()->add(std::move(socket), rights,
                                          call.settings().most_descriptors, number);
  if (error == kSuccess) store(target, number);
  return error;
}

// Of a call that moves bytes: its vectors, its socket, and the flags at `index`.
Trap begin(Call& call, uint64_t rights, uint32_t all_flags, Vectors& vectors, Held& held,
           Socket*& socket, Errno& error) {
  if (Trap trap = vectors.read(call, call.word(1), call.word(2), error); trap != Trap::None) {
    return trap;
  }
  if (error == kSuccess) error = get_socket(call, rights, held, socket);
  if (error == kSuccess && (call.word(3) & ~all_flags) != 0) error = Errno::kINVAL;
  return Trap::None;
}

constexpr uint32_t kAllReceiveFlags = kPeek | kWaitAll;

}  // namespace

// ---- Making and connecting

Trap sock_open(Call& call) {
  uint8_t* target = call.place<uint32_t>(3);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Table* table = call.state().table();
  if (table == nullptr) return call.give(Errno::kNOMEM);
  if (!table->has_room(call.settings().most_descriptors)) return call.give(Errno::kMFILE);
  Errno error = kSuccess;
  Ref<File> made =
      Socket::open(call.allocator(), call.word(1) == kInet6, call.word(2) == kDatagramType, error);
  if (made) error = add(call, std::move(made), target);
  return call.give(error);
}

Trap sock_close(Call& call) { return fd_close(call); }

Trap sock_bind(Call& call) {
  InternetAddress address;
  Errno error = kSuccess;
  if (!read_address(call, 1, address, error)) return Trap::MemoryOutOfBounds;
  if (error == kSuccess && !call.settings().network.allows(address)) error = Errno::kACCES;
  Held held;
  Socket* socket = nullptr;
  if (error == kSuccess) error = get_socket(call, right::kBind, held, socket);
  if (error != kSuccess) return call.give(error);
  return call.give(to_errno(platform::bind_socket(socket->descriptor(), address)));
}

// One that is not bound is bound to any address by this, so that it has to be allowed.
Trap sock_listen(Call& call) {
  Held held;
  Socket* socket = nullptr;
  if (Errno error = get_socket(call, right::kListen, held, socket); error != kSuccess) {
    return call.give(error);
  }
  InternetAddress address;
  int failed = platform::local_address(socket->descriptor(), address);
  if (failed == 0 && address.port == 0 && !call.settings().network.allows(address)) {
    return call.give(Errno::kACCES);
  }
  return call.give(to_errno(platform::listen_to(socket->descriptor(), call.word(1))));
}

Trap sock_accept(Call& call) {
  uint8_t* target = call.place<uint32_t>(2);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  Socket* socket = nullptr;
  if (Errno error = get_any_socket(call, held, socket); error != kSuccess) return call.give(error);
  uint32_t flags = call.word(1);
  if ((flags & ~uint32_t{kNonblock}) != 0) return call.give(Errno::kINVAL);
  if (!call.state().table()->has_room(call.settings().most_descriptors)) {
    return call.give(Errno::kMFILE);
  }
  Waiter waiter(call.env());
  Ref<File> connection;
  Errno error = socket->accept(waiter, static_cast<uint16_t>(flags), connection);
  if (error != kSuccess) return call.give(error, waiter);
  return call.give(add(call, std::move(connection), target));
}

Trap sock_connect(Call& call) {
  InternetAddress address;
  Errno error = kSuccess;
  if (!read_address(call, 1, address, error)) return Trap::MemoryOutOfBounds;
  if (error == kSuccess && !call.settings().network.allows_receiver(address)) {
    error = Errno::kACCES;
  }
  Held held;
  Socket* socket = nullptr;
  if (error == kSuccess) error = get_socket(call, right::kConnect, held, socket);
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  return call.give(socket->connect(waiter, address), waiter);
}

Trap sock_shutdown(Call& call) {
  Held held;
  Socket* socket = nullptr;
  if (Errno error = get_any_socket(call, held, socket); error != kSuccess) return call.give(error);
  uint32_t how = call.word(1);
  if (how == 0 || how > 3) return call.give(Errno::kINVAL);
  return call.give(
      to_errno(platform::shut_down(socket->descriptor(), (how & 1) != 0, (how & 2) != 0)));
}

// ---- Bytes

Trap sock_recv(Call& call) {
  uint8_t* size = call.place<uint32_t>(4);
  uint8_t* flags = call.place<uint16_t>(5);
  if (size == nullptr || flags == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Held held;
  Socket* socket = nullptr;
  Errno error = kSuccess;
  Trap trap = begin(call, right::kRead, kAllReceiveFlags, vectors, held, socket, error);
  if (trap != Trap::None) return trap;
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  size_t done = 0;
  bool was_truncated = false;
  error = socket->receive(waiter, vectors.pieces(), vectors.count(),
                          static_cast<uint16_t>(call.word(3)), done, was_truncated);
  if (error != kSuccess) return call.give(error, waiter);
  store(size, static_cast<uint32_t>(done));
  store(flags, static_cast<uint16_t>(was_truncated));
  return call.give(kSuccess);
}

Trap sock_recv_from(Call& call) {
  uint8_t* sender = call.range(call.word(4), kAddressBytes);
  uint8_t* size = call.place<uint32_t>(5);
  if (sender == nullptr || size == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Held held;
  Socket* socket = nullptr;
  Errno error = kSuccess;
  Trap trap = begin(call, right::kRead | right::kReceiveFrom, kAllReceiveFlags, vectors, held,
                    socket, error);
  if (trap != Trap::None) return trap;
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  size_t done = 0;
  bool was_truncated = false;
  InternetAddress from;
  error = socket->receive(waiter, vectors.pieces(), vectors.count(),
                          static_cast<uint16_t>(call.word(3)), done, was_truncated, &from);
  if (error != kSuccess) return call.give(error, waiter);
  if (done > 0) write_address(sender, from);
  store(size, static_cast<uint32_t>(done));
  return call.give(kSuccess);
}

Trap sock_send(Call& call) {
  uint8_t* size = call.place<uint32_t>(4);
  if (size == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Held held;
  Socket* socket = nullptr;
  Errno error = kSuccess;
  Trap trap = begin(call, right::kWrite, 0, vectors, held, socket, error);
  if (trap != Trap::None) return trap;
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  size_t done = 0;
  error = socket->send(waiter, vectors.pieces(), vectors.count(), done);
  if (error != kSuccess) return call.give(error, waiter);
  store(size, static_cast<uint32_t>(done));
  return call.give(kSuccess);
}

Trap sock_send_to(Call& call) {
  uint8_t* size = call.place<uint32_t>(5);
  InternetAddress receiver;
  Errno error = kSuccess;
  if (size == nullptr || !read_address(call, 4, receiver, error)) return Trap::MemoryOutOfBounds;
  bool is_allowed = error != kSuccess || call.settings().network.allows_receiver(receiver);
  Vectors vectors;
  Held held;
  Socket* socket = nullptr;
  Errno of_socket = kSuccess;
  Trap trap = begin(call, right::kWrite | right::kSendTo, 0, vectors, held, socket, of_socket);
  if (trap != Trap::None) return trap;
  if (error == kSuccess) error = is_allowed ? of_socket : Errno::kACCES;
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  size_t done = 0;
  error = socket->send(waiter, vectors.pieces(), vectors.count(), done, &receiver);
  if (error != kSuccess) return call.give(error, waiter);
  store(size, static_cast<uint32_t>(done));
  return call.give(kSuccess);
}

}  // namespace wembed::wasi
