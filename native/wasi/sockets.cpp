// Sockets that the host has given: preview 1 can make none.
#include "wasi/calls.h"

namespace wembed::wasi {

namespace {

// What is no socket is told before a missing right, which it has none of in any case.
Errno get_socket(Call& call, uint64_t rights, Held& held) {
  if (Errno error = call.get(0, 0, held); error != kSuccess) return error;
  bool is_socket =
      held.file->type() == FileType::SocketDgram || held.file->type() == FileType::SocketStream;
  if (!is_socket) return Errno::kNOTSOCK;
  return (held.rights.base & rights) == rights ? kSuccess : Errno::kNOTCAPABLE;
}

}  // namespace

Trap sock_accept(Call& call) {
  uint8_t* target = call.place<uint32_t>(2);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  if (Errno error = get_socket(call, 0, held); error != kSuccess) return call.give(error);
  if ((held.rights.base & right::kSocket) == 0) return call.give(Errno::kNOTCAPABLE);
  uint32_t flags = call.word(1);
  if ((flags & ~uint32_t{kNonblock}) != 0) return call.give(Errno::kINVAL);
  Table& table = *call.state().table();
  uint32_t most = call.settings().most_descriptors;
  if (!table.has_room(most)) return call.give(Errno::kMFILE);
  Waiter waiter(call.env());
  Ref<File> connection;
  Errno error = held.file->accept(waiter, static_cast<uint16_t>(flags), connection);
  if (error != kSuccess) return call.give(error, waiter);
  Rights rights = {connection->rights(), 0};
  uint32_t number = 0;
  error = table.add(std::move(connection), rights, most, number);
  if (error == kSuccess) store(target, number);
  return call.give(error);
}

Trap sock_recv(Call& call) {
  uint8_t* size = call.place<uint32_t>(4);
  uint8_t* flags = call.place<uint16_t>(5);
  if (size == nullptr || flags == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Errno error = kSuccess;
  if (Trap trap = vectors.read(call, call.word(1), call.word(2), error); trap != Trap::None) {
    return trap;
  }
  Held held;
  if (error == kSuccess) error = get_socket(call, right::kRead, held);
  if (error != kSuccess) return call.give(error);
  constexpr uint32_t kAllFlags = 3;
  if ((call.word(3) & ~kAllFlags) != 0) return call.give(Errno::kINVAL);
  Waiter waiter(call.env());
  size_t done = 0;
  bool was_truncated = false;
  error = held.file->receive(waiter, vectors.pieces(), vectors.count(),
                             static_cast<uint16_t>(call.word(3)), done, was_truncated);
  if (error != kSuccess) return call.give(error, waiter);
  store(size, static_cast<uint32_t>(done));
  store(flags, static_cast<uint16_t>(was_truncated));
  return call.give(kSuccess);
}

Trap sock_send(Call& call) {
  uint8_t* size = call.place<uint32_t>(4);
  if (size == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Errno error = kSuccess;
  if (Trap trap = vectors.read(call, call.word(1), call.word(2), error); trap != Trap::None) {
    return trap;
  }
  Held held;
  if (error == kSuccess) error = get_socket(call, right::kWrite, held);
  if (error != kSuccess) return call.give(error);
  if (call.word(3) != 0) return call.give(Errno::kINVAL);
  Waiter waiter(call.env());
  size_t done = 0;
  error = held.file->send(waiter, vectors.pieces(), vectors.count(), done);
  if (error != kSuccess) return call.give(error, waiter);
  store(size, static_cast<uint32_t>(done));
  return call.give(kSuccess);
}

Trap sock_shutdown(Call& call) {
  Held held;
  if (Errno error = get_socket(call, 0, held); error != kSuccess) return call.give(error);
  if ((held.rights.base & right::kSocket) == 0) return call.give(Errno::kNOTCAPABLE);
  uint32_t how = call.word(1);
  if (how == 0 || how > 3) return call.give(Errno::kINVAL);
  return call.give(held.file->shut_down((how & 1) != 0, (how & 2) != 0));
}

}  // namespace wembed::wasi
