// The part of HostFile that is about what lies in a directory.
#include <atomic>
#include <cerrno>

#include "wasi/host_file.h"

namespace wembed::wasi {

namespace {

using platform::FileKind;

// The system cannot, or must not (a filter of system calls): asked once.
std::atomic<bool> has_beneath{true};
std::atomic<bool> is_beneath_used{true};

}  // namespace

void HostFile::set_beneath(bool is_used) { is_beneath_used.store(is_used); }

Errno HostFile::open_self(Ref<File>& opened) {
  int descriptor = -1;
  int failed = platform::open_directory_again(descriptor_, descriptor);
  if (failed != 0) return to_errno(failed);
  Errno error = kSuccess;
  opened = make(allocator(), FileKind::Directory, descriptor, Owned, error);
  return error;
}

Errno HostFile::open(const char* name, const OpenMode& mode, Ref<File>& opened) {
  int descriptor = -1;
  int failed = platform::open_at(descriptor_, name, mode, descriptor);
  // A link that has come between the look and the opening; systems differ in what they say.
  if (failed == EMLINK) failed = ELOOP;
  if (failed != 0) return to_errno(failed);
  FileStatus status;
  failed = platform::status_of(descriptor, status);
  bool is_file = status.kind == FileKind::Regular || status.kind == FileKind::Directory;
  if (failed == 0 && !is_file) failed = -1;
  if (failed != 0) {
    platform::close_file(descriptor);
    return failed < 0 ? Errno::kNOTCAPABLE : to_errno(failed);
  }
  Errno error = kSuccess;
  opened = make(allocator(), status.kind, descriptor, Owned, error);
  if (!opened) return error;
  auto& file = static_cast<HostFile&>(*opened);
  file.can_read_ = mode.read;
  file.can_write_ = mode.write;
  return kSuccess;
}

Errno HostFile::step(const char* name, Ref<File>& directory) {
  int descriptor = -1;
  int failed = platform::open_step(descriptor_, name, descriptor);
  if (failed != 0) return to_errno(failed);
  Errno error = kSuccess;
  directory = make(allocator(), FileKind::Directory, descriptor, Owned, error);
  return error;
}

Errno HostFile::step_beneath(const char* path, Ref<File>& directory) {
  if (!is_beneath_used.load(std::memory_order_relaxed) ||
      !has_beneath.load(std::memory_order_relaxed))
    return Errno::kNOSYS;
  int descriptor = -1;
  int failed = platform::open_beneath(descriptor_, path, descriptor);
  if (failed == ENOSYS || failed == EPERM || failed == EINVAL) {
    if (failed != EPERM) has_beneath.store(false, std::memory_order_relaxed);
    return Errno::kNOSYS;
  }
  if (failed == EXDEV) return Errno::kNOTCAPABLE;
  // Too many links, or one of the system's view of processes: looked at one by one.
  if (failed == ELOOP) return Errno::kNOSYS;
  if (failed != 0) return to_errno(failed);
  Errno error = kSuccess;
  directory = make(allocator(), FileKind::Directory, descriptor, Owned, error);
  return error;
}

Errno HostFile::status_at(const char* name, FileStatus& status) {
  return to_errno(platform::status_at(descriptor_, name, status));
}

Errno HostFile::set_times_at(const char* name, const NewTime& accessed, const NewTime& modified) {
  return to_errno(platform::set_times_at(descriptor_, name, accessed, modified));
}

Errno HostFile::read_link(const char* name, char* text, size_t room, size_t& length) {
  return to_errno(platform::read_link_at(descriptor_, name, text, room, length));
}

Errno HostFile::read_link_to_follow(const char* name, char* text, size_t room, size_t& length) {
  Errno error = read_link(name, text, room, length);
  if (error != kSuccess || !platform::has_magic_links(descriptor_)) return error;
  // There some lead where they say, by a path, and others wherever they like: what those say is
  // absolute, or no path, as in "pipe:[1234]".
  std::string_view target(text, length);
  bool is_path = !target.starts_with('/') && target.find(":[") == std::string_view::npos;
  return is_path ? kSuccess : Errno::kNOTCAPABLE;
}

Errno HostFile::make_directory(const char* name) {
  return to_errno(platform::make_directory_at(descriptor_, name));
}

Errno HostFile::remove_directory(const char* name) {
  return to_errno(platform::remove_directory_at(descriptor_, name));
}

Errno HostFile::unlink(const char* name) {
  return to_errno(platform::unlink_at(descriptor_, name));
}

// `to` has the same origin, which the caller has seen to.
Errno HostFile::link(const char* name, File& to, const char* new_name) {
  int target = static_cast<HostFile&>(to).descriptor_;
  return to_errno(platform::link_at(descriptor_, name, target, new_name));
}

Errno HostFile::make_link(const char* text, const char* name) {
  return to_errno(platform::make_link_at(text, descriptor_, name));
}

Errno HostFile::rename(const char* name, File& to, const char* new_name) {
  int target = static_cast<HostFile&>(to).descriptor_;
  return to_errno(platform::rename_at(descriptor_, name, target, new_name));
}

// Cookies count entries. What comes next costs nothing, also when the last one had no room; going
// anywhere else means to begin again.
int HostFile::find_entry(uint64_t cookie) {
  if (!stream_.is_open()) {
    if (int error = stream_.open(descriptor_); error != 0) return error;
    read_ = 0;
    has_pending_ = false;
  }
  uint64_t next = has_pending_ ? read_ - 1 : read_;
  if (cookie == next && cookie != 0) return 0;
  if (cookie < next || cookie == 0) {
    stream_.rewind();
    read_ = 0;
  }
  has_pending_ = false;
  int error = 0;
  platform::DirectoryEntry skipped;
  while (read_ < cookie && stream_.next(skipped, error)) read_++;
  return error;
}

Errno HostFile::read_entries(uint64_t cookie, EntrySink& sink) {
  if (!is_directory()) return Errno::kNOTDIR;
  std::lock_guard lock(mutex_);
  if (int error = find_entry(cookie); error != 0) return to_errno(error);
  // Behind the end.
  if (read_ < cookie) return kSuccess;
  for (;;) {
    int error = 0;
    if (!has_pending_) {
      if (!stream_.next(pending_, error)) return to_errno(error);
      read_++;
    }
    std::string_view name(pending_.name);
    // Nothing is told of what lies outside.
    uint64_t inode = name == ".." ? 0 : pending_.inode;
    has_pending_ = !sink.add(read_, inode, pending_.kind, name);
    if (has_pending_) return kSuccess;
  }
}

}  // namespace wembed::wasi
