#include "platform/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/thread_local.h"
#include "platform/posix/file_kind.h"
#include "platform/posix/system_call.h"

namespace wembed::platform {

namespace {

uint64_t to_ns(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

timespec from_new_time(const NewTime& time) {
  timespec result = {};
  if (time.kind == NewTime::Keep) result.tv_nsec = UTIME_OMIT;
  if (time.kind == NewTime::Now) result.tv_nsec = UTIME_NOW;
  if (time.kind != NewTime::Given) return result;
  result.tv_sec = static_cast<time_t>(time.ns / 1'000'000'000u);
  result.tv_nsec = static_cast<long>(time.ns % 1'000'000'000u);
  return result;
}

FileStatus from_stat(const struct stat& found, FileKind kind) {
  FileStatus status;
  status.device = static_cast<uint64_t>(found.st_dev);
  status.inode = found.st_ino;
  status.kind = kind;
  status.links = found.st_nlink;
  status.size = static_cast<uint64_t>(found.st_size);
#ifdef __APPLE__
  status.accessed_ns = to_ns(found.st_atimespec);
  status.modified_ns = to_ns(found.st_mtimespec);
  status.changed_ns = to_ns(found.st_ctimespec);
#else
  status.accessed_ns = to_ns(found.st_atim);
  status.modified_ns = to_ns(found.st_mtim);
  status.changed_ns = to_ns(found.st_ctim);
#endif
  return status;
}

// Of an open socket the type is known, of others' names it is not.
FileKind socket_kind(int descriptor) {
  int type = 0;
  socklen_t size = sizeof(type);
  bool is_known = getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  return is_known && type == SOCK_DGRAM ? FileKind::DatagramSocket : FileKind::StreamSocket;
}

}  // namespace

// ---- Open files

void close_file(int descriptor) { close(descriptor); }

int duplicate(int descriptor, int& copy) {
  return opened(copy, [&] { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); });
}

int status_of(int descriptor, FileStatus& status) {
  struct stat found;
  if (fstat(descriptor, &found) != 0) return errno;
  FileKind kind = kind_of_mode(found.st_mode);
  status = from_stat(found, kind == FileKind::StreamSocket ? socket_kind(descriptor) : kind);
  return 0;
}

int mode_of(int descriptor, OpenMode& mode, bool& is_non_blocking) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return errno;
  int access = flags & O_ACCMODE;
  mode = {};
  mode.read = access == O_RDONLY || access == O_RDWR;
  mode.write = access == O_WRONLY || access == O_RDWR;
  mode.append = (flags & O_APPEND) != 0;
  mode.sync = (flags & O_SYNC) == O_SYNC;
  mode.data_sync = !mode.sync && (flags & O_DSYNC) != 0;
  is_non_blocking = (flags & O_NONBLOCK) != 0;
  return 0;
}

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

int set_append(int descriptor, bool append) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return errno;
  int wanted = append ? flags | O_APPEND : flags & ~O_APPEND;
  return wanted == flags ? 0 : result_of(fcntl(descriptor, F_SETFL, wanted));
}

int read_pieces(int descriptor, const Piece* pieces, size_t count, size_t& done) {
  return transfer(done, [&] {
    return count == 1 ? ::read(descriptor, pieces->data, pieces->size)
                      : readv(descriptor, vectors(pieces), bounded(count));
  });
}

namespace {

// What the system answers by an error and by a signal to this thread, by the error alone.
template <class Act> int without_signal(int number, int told_by, Act act) {
  sigset_t unwanted, pending, before;
  sigemptyset(&unwanted);
  sigaddset(&unwanted, number);
  sigemptyset(&pending);
  sigpending(&pending);
  bool was_pending = sigismember(&pending, number) == 1;
  pthread_sigmask(SIG_BLOCK, &unwanted, &before);
  int error = act();
  if (error == told_by && !was_pending) {
    // Ours, sent to this thread, is taken back before it is let through.
    int taken = 0;
    sigpending(&pending);
    if (sigismember(&pending, number) == 1) sigwait(&unwanted, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

// As a rule there is none. Asking takes a third of what a small write does, so that each thread
// asks at its first and at every sixteenth: who lowers the limit meanwhile means to stop it.
bool has_file_size_limit() {
  constexpr uint32_t kAgain = 16;
  static constinit thread_local uint32_t left WEMBED_TLS_MODEL = 0;
  if (left > 0) {
    left--;
    return false;
  }
  struct rlimit limit;
  bool has_limit = getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
  if (!has_limit) left = kAgain - 1;
  return has_limit;
}

// A file that would become larger than the process may make one: EFBIG, and SIGXFSZ, whose default
// is to end it.
template <class Act> int within_file_size(Act act) {
  return has_file_size_limit() ? without_signal(SIGXFSZ, EFBIG, act) : act();
}

}  // namespace

int write_pieces(int descriptor, const Piece* pieces, size_t count, size_t& done) {
  return within_file_size([&] {
    return transfer(done, [&] {
      return count == 1 ? ::write(descriptor, pieces->data, pieces->size)
                        : writev(descriptor, vectors(pieces), bounded(count));
    });
  });
}

int write_quietly(int descriptor, const Piece& piece, size_t& done) {
  return without_signal(SIGPIPE, EPIPE, [&] {
    return transfer(done, [&] { return ::write(descriptor, piece.data, piece.size); });
  });
}

int read_pieces_at(int descriptor, const Piece* pieces, size_t count, uint64_t offset,
                   size_t& done) {
  return transfer(done, [&] {
    return preadv(descriptor, vectors(pieces), bounded(count), static_cast<off_t>(offset));
  });
}

int write_pieces_at(int descriptor, const Piece* pieces, size_t count, uint64_t offset,
                    size_t& done) {
  return within_file_size([&] {
    return transfer(done, [&] {
      return pwritev(descriptor, vectors(pieces), bounded(count), static_cast<off_t>(offset));
    });
  });
}

int seek(int descriptor, int64_t delta, SeekFrom from, uint64_t& position) {
  static constexpr int kWhence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  off_t reached = lseek(descriptor, delta, kWhence[static_cast<int>(from)]);
  if (reached < 0) return errno;
  position = static_cast<uint64_t>(reached);
  return 0;
}

int synchronize(int descriptor, bool data_only) {
#ifdef __APPLE__
  (void)data_only;
  return retried([&] { return fsync(descriptor); });
#else
  return retried([&] { return data_only ? fdatasync(descriptor) : fsync(descriptor); });
#endif
}

int set_size(int descriptor, uint64_t size) {
  return within_file_size(
      [&] { return retried([&] { return ftruncate(descriptor, static_cast<off_t>(size)); }); });
}

int allocate_space(int descriptor, uint64_t offset, uint64_t length) {
#ifdef __APPLE__
  struct stat found;
  if (fstat(descriptor, &found) != 0) return errno;
  if (static_cast<uint64_t>(found.st_size) >= offset + length) return 0;
  return set_size(descriptor, offset + length);
#else
  return within_file_size([&] {
    for (;;) {
      int error =
          posix_fallocate(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length));
      if (error != EINTR) return error;
    }
  });
#endif
}

int advise(int descriptor, uint64_t offset, uint64_t length, unsigned advice) {
#ifdef __APPLE__
  (void)descriptor, (void)offset, (void)length, (void)advice;
  return 0;
#else
  static constexpr int kAdvice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                    POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  return posix_fadvise(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length),
                       kAdvice[advice]);
#endif
}

int set_times(int descriptor, const NewTime& accessed, const NewTime& modified) {
  const timespec times[] = {from_new_time(accessed), from_new_time(modified)};
  return result_of(futimens(descriptor, times));
}

uint64_t bytes_waiting(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 && count > 0 ? static_cast<uint64_t>(count) : 0;
}

// ---- Names

int status_at(int directory, const char* name, FileStatus& status) {
  struct stat found;
  if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  status = from_stat(found, kind_of_mode(found.st_mode));
  return 0;
}

int set_times_at(int directory, const char* name, const NewTime& accessed,
                 const NewTime& modified) {
  const timespec times[] = {from_new_time(accessed), from_new_time(modified)};
  return result_of(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

int read_link_at(int directory, const char* name, char* text, size_t room, size_t& length) {
  return transfer(length, [&] { return readlinkat(directory, name, text, room); });
}

int make_directory_at(int directory, const char* name) {
  return result_of(mkdirat(directory, name, 0777));
}

int remove_directory_at(int directory, const char* name) {
  int error = result_of(unlinkat(directory, name, AT_REMOVEDIR));
  return error == EEXIST ? ENOTEMPTY : error;
}

int unlink_at(int directory, const char* name) {
  int error = result_of(unlinkat(directory, name, 0));
  if (error != EPERM) return error;
  // What some systems say of a directory.
  FileStatus status;
  bool is_directory = status_at(directory, name, status) == 0 && status.kind == FileKind::Directory;
  return is_directory ? EISDIR : error;
}

int link_at(int from, const char* name, int to, const char* new_name) {
  return result_of(linkat(from, name, to, new_name, 0));
}

int make_link_at(const char* text, int directory, const char* name) {
  return result_of(symlinkat(text, directory, name));
}

int rename_at(int from, const char* name, int to, const char* new_name) {
  int error = result_of(renameat(from, name, to, new_name));
  return error == EEXIST ? ENOTEMPTY : error;
}

}  // namespace wembed::platform
