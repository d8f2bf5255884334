// Sockets of the system's: the host's, and those that guests open.
#pragma once

#include <atomic>

#include "platform/sockets.h"
#include "wasi/file.h"

namespace wembed::wasi {

using platform::InternetAddress;

class Socket final : public File {
 public:
  // Null with an error.
  static Ref<File> open(Allocator& allocator, bool is_v6, bool is_datagram, Errno& error);
  // Of a descriptor that is open; an owned one is closed with the object, and by an error.
  static Ref<File> adopt(Allocator& allocator, platform::FileKind kind, int descriptor,
                         bool is_owned, bool is_non_blocking, Errno& error);
  ~Socket() override;

  [[nodiscard]] uint64_t rights() const override { return right::kConnection; }
  Errno status(FileStatus& status) override;
  Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno set_flags(uint16_t flags) override;
  Readiness readiness(Waiter& waiter, bool writing) override;
  Socket* as_socket() override { return this; }
  [[nodiscard]] const void* origin() const override { return this; }

  // For what the system answers at once.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  Errno accept(Waiter& waiter, uint16_t flags, Ref<File>& connection);
  Errno connect(Waiter& waiter, const InternetAddress& to);
  // The riflags; `from` is left alone where the system does not say.
  Errno receive(Waiter& waiter, const Piece* pieces, size_t count, uint16_t flags, size_t& done,
                bool& was_truncated, InternetAddress* from = nullptr);
  Errno send(Waiter& waiter, const Piece* pieces, size_t count, size_t& done,
             const InternetAddress* to = nullptr);

  // How long is waited, in microseconds; 0: as long as it takes.
  [[nodiscard]] std::atomic<uint64_t>& receive_timeout() { return receive_timeout_us_; }
  [[nodiscard]] std::atomic<uint64_t>& send_timeout() { return send_timeout_us_; }
  // What becomes of bytes that are not sent when it is closed. The system would have whoever closes
  // it wait for so many seconds, and stop for nobody; here it goes on sending by itself, and only
  // none at all (a reset) is left to it.
  Errno set_linger(bool is_set, uint32_t seconds);
  void linger(bool& is_set, uint32_t& seconds) const;

 private:
  friend struct ::wembed::Allocator;
  Socket(Allocator& allocator, platform::FileKind kind, int descriptor, bool is_owned)
      : File(allocator, to_file_type(kind)), descriptor_(descriptor), is_owned_(is_owned) {}
  [[nodiscard]] bool waits() const { return (flags() & kNonblock) == 0; }
  [[nodiscard]] uint64_t deadline(const std::atomic<uint64_t>& timeout_us) const;
  // `act` until it says other than EAGAIN, which it does instead of waiting.
  template <class Act> Errno repeat(Waiter& waiter, bool writing, uint64_t deadline, Act act);

  const int descriptor_;
  const bool is_owned_;
  std::atomic<uint64_t> receive_timeout_us_{0};
  std::atomic<uint64_t> send_timeout_us_{0};
  static constexpr uint64_t kLingers = uint64_t{1} << 32;
  std::atomic<uint64_t> linger_{0};  // kLingers, and the seconds
};

}  // namespace wembed::wasi
