// What a descriptor of a guest's stands for: an open file, directory or stream of any origin.
//
// Directories are asked for one component at a time, never "" "." or "..", and follow no link:
// whoever has a path of several walks (wasi/walk.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/allocator.h"
#include "platform/files.h"
#include "wasi/abi.h"
#include "wasi/error_number.h"
#include "wasi/reference.h"

namespace wembed::wasi {

class OutputBytes;
class Socket;
class Waiter;
class WakeList;
using platform::FileStatus;
using platform::NewTime;
using platform::OpenMode;
using platform::Piece;

constexpr uint32_t kMostName = 255;

// Where the entries of a directory are put. False: no room for more.
class EntrySink {
 public:
  virtual bool add(uint64_t next, uint64_t inode, platform::FileKind kind,
                   std::string_view name) = 0;

 protected:
  ~EntrySink() = default;
};

// What can be done without waiting.
struct Readiness {
  int descriptor = -1;          // of the system, to be waited for
  WakeList* waiting = nullptr;  // the same for what has none; null, and -1: all can be done
  bool is_at_end = false;       // with nothing more to read
  uint64_t bytes_to_read = 0;   // 0: unknown, or none
};

class File {
 public:
  File(Allocator& allocator, FileType type) : allocator_(allocator), type_(type) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] FileType type() const { return type_; }
  [[nodiscard]] bool is_directory() const { return type_ == FileType::Directory; }
  // Nothing can be changed by way of it or of what is opened in it.
  [[nodiscard]] bool is_read_only() const { return is_read_only_; }
  void make_read_only() { is_read_only_ = true; }
  // The fdflags.
  [[nodiscard]] uint16_t flags() const { return flags_.load(std::memory_order_relaxed); }
  void note_flags(uint16_t flags) { flags_.store(flags, std::memory_order_relaxed); }

  // The rights of a descriptor for it that was not opened by the guest.
  [[nodiscard]] virtual uint64_t rights() const = 0;
  // What an instance gets that begins with it: itself, or a copy. Null: no memory.
  [[nodiscard]] virtual Ref<File> for_instance() { return Ref<File>::share(this); }

  // ---- Any file
  virtual Errno status(FileStatus& status) = 0;
  virtual Errno read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done);
  virtual Errno write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done);
  virtual Errno read_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done);
  virtual Errno write_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done);
  virtual Errno seek(int64_t delta, platform::SeekFrom from, uint64_t& position);
  virtual Errno synchronize(bool data_only);
  virtual Errno allocate(uint64_t offset, uint64_t length);
  virtual Errno set_size(uint64_t size);
  virtual Errno advise(uint64_t offset, uint64_t length, uint8_t advice);
  virtual Errno set_times(const NewTime& accessed, const NewTime& modified);
  virtual Errno set_flags(uint16_t flags);
  virtual Readiness readiness(Waiter& waiter, bool writing);

  // ---- Directories
  // Another handle of the directory itself, to be opened with.
  virtual Errno open_self(Ref<File>& opened);
  virtual Errno open(const char* name, const OpenMode& mode, Ref<File>& opened);
  // The directory `name`, to go on from. NOTDIR or LOOP when it is something else.
  virtual Errno step(const char* name, Ref<File>& directory);
  // The same for several components at once; NOSYS: take them one by one.
  virtual Errno step_beneath(const char* path, Ref<File>& directory);
  virtual Errno status_at(const char* name, FileStatus& status);
  virtual Errno set_times_at(const char* name, const NewTime& accessed, const NewTime& modified);
  // As much as there is room for.
  virtual Errno read_link(const char* name, char* text, size_t room, size_t& length);
  // The same for whoever follows it: NOTCAPABLE for links that lead elsewhere than they say.
  virtual Errno read_link_to_follow(const char* name, char* text, size_t room, size_t& length);
  virtual Errno make_directory(const char* name);
  virtual Errno remove_directory(const char* name);
  virtual Errno unlink(const char* name);
  virtual Errno link(const char* name, File& to, const char* new_name);
  virtual Errno make_link(const char* text, const char* name);
  virtual Errno rename(const char* name, File& to, const char* new_name);
  // From the one after `cookie` on; 0: from the first.
  virtual Errno read_entries(uint64_t cookie, EntrySink& sink);

  // ---- For the host
  // Those who wait for it look again.
  virtual void wake() {}
  virtual OutputBytes* as_output() { return nullptr; }

  // What it is beside a file; null: it is not.
  virtual Socket* as_socket() { return nullptr; }

  // Tells origins apart: two directories of which one is renamed into the other have the same.
  [[nodiscard]] virtual const void* origin() const = 0;

 private:
  Allocator& allocator_;
  const FileType type_;
  bool is_read_only_ = false;
  std::atomic<uint16_t> flags_{0};
  std::atomic<uint32_t> references_{1};
};

}  // namespace wembed::wasi
