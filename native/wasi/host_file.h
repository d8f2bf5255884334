// Files, directories, pipes and terminals of the host's.
#pragma once

#include <mutex>

#include "wasi/file.h"

namespace wembed::wasi {

class HostFile final : public File {
 public:
  enum Ownership : uint8_t { Lent, Owned };

  // Of a descriptor that is open: a Socket, if it is one. Null with an error; an owned descriptor
  // is closed then.
  static Ref<File> adopt(Allocator& allocator, int descriptor, Ownership ownership, Errno& error);
  // A directory by its path.
  static Ref<File> open_path(Allocator& allocator, const char* path, int& system_error);

  ~HostFile() override;

  // False: paths are walked component by component even where the system could do it. For tests.
  static void set_beneath(bool is_used);

  [[nodiscard]] uint64_t rights() const override;
  Errno status(FileStatus& status) override;
  Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) override;
  Errno read_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) override;
  Errno write_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) override;
  Errno seek(int64_t delta, platform::SeekFrom from, uint64_t& position) override;
  Errno synchronize(bool data_only) override;
  Errno allocate(uint64_t offset, uint64_t length) override;
  Errno set_size(uint64_t size) override;
  Errno advise(uint64_t offset, uint64_t length, uint8_t advice) override;
  Errno set_times(const NewTime& accessed, const NewTime& modified) override;
  Errno set_flags(uint16_t flags) override;
  Readiness readiness(Waiter& waiter, bool writing) override;

  Errno open_self(Ref<File>& opened) override;
  Errno open(const char* name, const OpenMode& mode, Ref<File>& opened) override;
  Errno step(const char* name, Ref<File>& directory) override;
  Errno step_beneath(const char* path, Ref<File>& directory) override;
  Errno status_at(const char* name, FileStatus& status) override;
  Errno set_times_at(const char* name, const NewTime& accessed, const NewTime& modified) override;
  Errno read_link(const char* name, char* text, size_t room, size_t& length) override;
  Errno read_link_to_follow(const char* name, char* text, size_t room, size_t& length) override;
  Errno make_directory(const char* name) override;
  Errno remove_directory(const char* name) override;
  Errno unlink(const char* name) override;
  Errno link(const char* name, File& to, const char* new_name) override;
  Errno make_link(const char* text, const char* name) override;
  Errno rename(const char* name, File& to, const char* new_name) override;
  Errno read_entries(uint64_t cookie, EntrySink& sink) override;
  [[nodiscard]] const void* origin() const override;

 private:
  friend struct ::wembed::Allocator;
  HostFile(Allocator& allocator, platform::FileKind kind, int descriptor, Ownership ownership)
      : File(allocator, to_file_type(kind)),
        descriptor_(descriptor),
        kind_(kind),
        ownership_(ownership) {}
  static Ref<File> make(Allocator& allocator, platform::FileKind kind, int descriptor,
                        Ownership ownership, Errno& error);
  // Whether reading and writing may have to wait.
  [[nodiscard]] bool can_block() const {
    return kind_ != platform::FileKind::Regular && kind_ != platform::FileKind::Directory &&
           kind_ != platform::FileKind::BlockDevice;
  }
  [[nodiscard]] bool waits() const { return (flags() & kNonblock) == 0; }
  Errno write_stream(Waiter& waiter, const Piece* pieces, size_t count, size_t& done);
  int find_entry(uint64_t cookie);

  const int descriptor_;
  const platform::FileKind kind_;
  const Ownership ownership_;
  bool can_read_ = true;
  bool can_write_ = true;
  bool is_terminal_ = false;

  // Of a directory: its entries, made when first asked for.
  std::mutex mutex_;
  platform::DirectoryStream stream_;
  uint64_t read_ = 0;         // entries that have been
  bool has_pending_ = false;  // the last of them had no room, and is the next
  platform::DirectoryEntry pending_ = {};
};

}  // namespace wembed::wasi
