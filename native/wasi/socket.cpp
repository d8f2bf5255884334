#include "wasi/socket.h"

#include <cerrno>

#include "platform/clock.h"
#include "wasi/waiter.h"

namespace wembed::wasi {

namespace {

using platform::FileKind;

size_t bytes_of(const Piece* pieces, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += pieces[i].size;
  return bytes;
}

// What of the pieces lies behind `skip` bytes, up to the end of the first one that has some.
Piece rest_of(const Piece* pieces, size_t skip) {
  size_t first = 0;
  while (skip >= pieces[first].size) skip -= pieces[first++].size;
  return {static_cast<char*>(pieces[first].data) + skip, pieces[first].size - skip};
}

}  // namespace

Ref<File> Socket::open(Allocator& allocator, bool is_v6, bool is_datagram, Errno& error) {
  int descriptor = -1;
  error = to_errno(platform::open_socket(is_v6, is_datagram, descriptor));
  if (error != kSuccess) return {};
  FileKind kind = is_datagram ? FileKind::DatagramSocket : FileKind::StreamSocket;
  return adopt(allocator, kind, descriptor, true, false, error);
}

Ref<File> Socket::adopt(Allocator& allocator, FileKind kind, int descriptor, bool is_owned,
                        bool is_non_blocking, Errno& error) {
  auto* made = allocator.create<Socket>(allocator, kind, descriptor, is_owned);
  error = made == nullptr ? Errno::kNOMEM : kSuccess;
  if (made != nullptr) {
    made->note_flags(is_non_blocking ? kNonblock : 0);
  } else if (is_owned) {
    platform::close_file(descriptor);
  }
  return Ref<File>(made);
}

Socket::~Socket() {
  if (is_owned_) platform::close_file(descriptor_);
}

uint64_t Socket::deadline(const std::atomic<uint64_t>& timeout_us) const {
  if (!waits()) return 0;
  constexpr uint64_t kNsPerUs = 1000;
  uint64_t timeout = timeout_us.load(std::memory_order_relaxed);
  uint64_t now = platform::monotonic_ns();
  bool is_endless = timeout == 0 || timeout > (platform::kNever - 1 - now) / kNsPerUs;
  return is_endless ? platform::kNever : now + timeout * kNsPerUs;
}

template <class Act>
Errno Socket::repeat(Waiter& waiter, bool writing, uint64_t deadline, Act act) {
  for (;;) {
    int failed = act();
    if (failed != EAGAIN || deadline == 0) return to_errno(failed);
    if (Errno error = waiter.wait_until(descriptor_, writing, deadline); error != kSuccess) {
      return error;
    }
  }
}

Errno Socket::status(FileStatus& status) {
  return to_errno(platform::status_of(descriptor_, status));
}

Errno Socket::set_flags(uint16_t flags) {
  if ((flags & (kDsync | kRsync | kSyncFlag)) != 0) return Errno::kINVAL;
  note_flags(flags);
  return kSuccess;
}

Readiness Socket::readiness(Waiter&, bool writing) {
  Readiness result;
  result.descriptor = descriptor_;
  result.bytes_to_read = writing ? 0 : platform::bytes_waiting(descriptor_);
  return result;
}

Errno Socket::read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  bool was_truncated = false;
  return receive(waiter, pieces, count, 0, done, was_truncated);
}

// All of it, as files are written; of a datagram there is no part.
Errno Socket::write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  done = 0;
  size_t wanted = bytes_of(pieces, count);
  Errno error = send(waiter, pieces, count, done);
  while (error == kSuccess && done < wanted && type() == FileType::SocketStream) {
    const Piece rest = rest_of(pieces, done);
    size_t moved = 0;
    error = send(waiter, &rest, 1, moved);
    done += moved;
  }
  return done > 0 && error != Errno::kCANCELED ? kSuccess : error;
}

Errno Socket::accept(Waiter& waiter, uint16_t flags, Ref<File>& connection) {
  if (!platform::is_listening(descriptor_)) return Errno::kINVAL;
  // One of the host's may wait in spite of being asked not to.
  uint64_t until = deadline(receive_timeout_us_);
  Errno error = waiter.wait_until(descriptor_, false, until);
  if (error != kSuccess) return error;
  int descriptor = -1;
  error = repeat(waiter, false, until,
                 [&] { return platform::accept_connection(descriptor_, descriptor); });
  if (error != kSuccess) return error;
  connection =
      adopt(allocator(), FileKind::StreamSocket, descriptor, true, (flags & kNonblock) != 0, error);
  return error;
}

Errno Socket::connect(Waiter& waiter, const InternetAddress& to) {
  uint64_t until = deadline(send_timeout_us_);
  int failed = platform::begin_connection(descriptor_, to);
  if (failed != EINPROGRESS) return to_errno(failed);
  Errno error = waiter.wait_until(descriptor_, true, until);
  if (error == Errno::kAGAIN) return Errno::kINPROGRESS;
  if (error != kSuccess) return error;
  failed = platform::connection_error(descriptor_);
  // Said once more: only that lets the system know that it is connected.
  if (failed == 0) failed = platform::begin_connection(descriptor_, to);
  return failed == EISCONN ? kSuccess : to_errno(failed);
}

Errno Socket::receive(Waiter& waiter, const Piece* pieces, size_t count, uint16_t flags,
                      size_t& done, bool& was_truncated, InternetAddress* from) {
  bool peeks = (flags & kPeek) != 0;
  bool waits_for_all =
      (flags & kWaitAll) != 0 && !peeks && waits() && type() == FileType::SocketStream;
  size_t wanted = bytes_of(pieces, count);
  done = 0;
  for (;;) {
    const Piece rest = done == 0 ? Piece{} : rest_of(pieces, done);
    size_t moved = 0;
    Errno error = repeat(waiter, false, deadline(receive_timeout_us_), [&] {
      return platform::receive(descriptor_, done == 0 ? pieces : &rest, done == 0 ? count : 1,
                               peeks, moved, was_truncated, from);
    });
    if (error != kSuccess) return done > 0 && error != Errno::kCANCELED ? kSuccess : error;
    done += moved;
    if (!waits_for_all || moved == 0 || done >= wanted) return kSuccess;
  }
}

Errno Socket::send(Waiter& waiter, const Piece* pieces, size_t count, size_t& done,
                   const InternetAddress* to) {
  return repeat(waiter, true, deadline(send_timeout_us_),
                [&] { return platform::send(descriptor_, pieces, count, done, to); });
}

Errno Socket::set_linger(bool is_set, uint32_t seconds) {
  Errno error = to_errno(platform::set_reset_on_close(descriptor_, is_set && seconds == 0));
  if (error == kSuccess) {
    linger_.store(is_set ? kLingers | seconds : 0, std::memory_order_relaxed);
  }
  return error;
}

void Socket::linger(bool& is_set, uint32_t& seconds) const {
  uint64_t set = linger_.load(std::memory_order_relaxed);
  is_set = set != 0;
  seconds = static_cast<uint32_t>(set);
}

}  // namespace wembed::wasi
