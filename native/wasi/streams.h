// Streams that are no file of the system's: nothing, bytes of the host's, functions of the host's.
#pragma once

#include <mutex>

#include "base/vector.h"
#include "wasi/file.h"
#include "wasi/wake_list.h"

namespace wembed::wasi {

// Has nothing to read, and takes what is written without keeping it.
class NullStream final : public File {
 public:
  static Ref<File> create(Allocator& allocator);
  [[nodiscard]] uint64_t rights() const override { return right::kStream; }
  Errno status(FileStatus& status) override;
  Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Readiness readiness(Waiter& waiter, bool writing) override;
  [[nodiscard]] const void* origin() const override { return this; }

 private:
  friend struct ::wembed::Allocator;
  explicit NullStream(Allocator& allocator) : File(allocator, FileType::CharacterDevice) {}
};

// Bytes to read, once for each instance.
class InputBytes final : public File {
 public:
  // Copies them. Null: no memory.
  static Ref<File> create(Allocator& allocator, const void* bytes, size_t size);
  ~InputBytes() override;
  [[nodiscard]] Ref<File> for_instance() override;
  [[nodiscard]] uint64_t rights() const override { return right::kStream & ~right::kWrite; }
  Errno status(FileStatus& status) override;
  Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Readiness readiness(Waiter& waiter, bool writing) override;
  [[nodiscard]] const void* origin() const override { return this; }

 private:
  friend struct ::wembed::Allocator;
  InputBytes(Allocator& allocator, Ref<InputBytes> source, const char* bytes, size_t size)
      : File(allocator, FileType::Unknown),
        source_(std::move(source)),
        bytes_(bytes),
        size_(size) {}
  // Of which the bytes are; null: they are its own.
  Ref<InputBytes> source_;
  const char* bytes_;
  size_t size_;
  std::mutex mutex_;
  size_t position_ = 0;
};

// Keeps what is written, of all instances that have it, for the host.
class OutputBytes final : public File {
 public:
  // What is written beyond `most` bytes is refused (NOSPC).
  static Ref<File> create(Allocator& allocator, uint64_t most);
  [[nodiscard]] uint64_t rights() const override { return right::kStream & ~right::kRead; }
  Errno status(FileStatus& status) override;
  Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  [[nodiscard]] const void* origin() const override { return this; }

  OutputBytes* as_output() override { return this; }
  [[nodiscard]] size_t size();
  // Takes up to `room` bytes from the front; how many.
  size_t take(void* bytes, size_t room);

 private:
  friend struct ::wembed::Allocator;
  OutputBytes(Allocator& allocator, uint64_t most)
      : File(allocator, FileType::Unknown), most_(most), bytes_(allocator) {}
  const uint64_t most_;
  std::mutex mutex_;
  Vector<char> bytes_;
  size_t taken_ = 0;
};

// Functions of the host's. AGAIN from one that reads or writes: the guest waits until wake(), or is
// told so if it asked not to wait.
struct StreamFunctions {
  // How many bytes there are, or there is room for; kNotReady: none yet. Null: always some.
  static constexpr uint64_t kNotReady = UINT64_MAX;
  uint64_t (*ready)(void* context, ExecEnv* env, bool writing) = nullptr;
  // An error number of WASI; anything above those: failed, the guest is stopped.
  uint32_t (*read)(void* context, ExecEnv* env, void* bytes, size_t room, size_t* done) = nullptr;
  uint32_t (*write)(void* context, ExecEnv* env, const void* bytes, size_t size,
                    size_t* done) = nullptr;
  void (*gone)(void* context) = nullptr;
  void* context = nullptr;
  bool is_terminal = false;
};

class CallbackStream final : public File {
 public:
  // Null: no memory; `gone` is not called then.
  static Ref<File> create(Allocator& allocator, const StreamFunctions& functions);
  ~CallbackStream() override;
  [[nodiscard]] uint64_t rights() const override;
  Errno status(FileStatus& status) override;
  Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Readiness readiness(Waiter& waiter, bool writing) override;
  [[nodiscard]] const void* origin() const override { return this; }
  void wake() override { waiting_.wake(); }

 private:
  friend struct ::wembed::Allocator;
  CallbackStream(Allocator& allocator, const StreamFunctions& functions)
      : File(allocator, functions.is_terminal ? FileType::CharacterDevice : FileType::Unknown),
        functions_(functions) {}
  [[nodiscard]] bool waits() const { return (flags() & kNonblock) == 0; }
  StreamFunctions functions_;
  WakeList waiting_;
};

}  // namespace wembed::wasi
