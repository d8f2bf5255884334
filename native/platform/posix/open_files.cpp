// Opening what lies in directories, and looking what does.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/posix/file_kind.h"
#include "platform/posix/system_call.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <sys/vfs.h>
#endif

#ifdef O_PATH
#define WEMBED_STEP O_PATH
#else
#define WEMBED_STEP O_RDONLY
#endif

namespace wembed::platform {

namespace {

#ifdef __linux__
// Of <linux/openat2.h>, which older systems do not have.
constexpr long kOpenAt2 = 437;
struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
constexpr uint64_t kBeneath = 0x08;
constexpr uint64_t kNoMagicLinks = 0x02;
#endif

constexpr int kStep = WEMBED_STEP | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

int flags_of(const OpenMode& mode) {
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  flags |= mode.write ? (mode.read ? O_RDWR : O_WRONLY) : O_RDONLY;
  if (mode.create) flags |= O_CREAT;
  if (mode.exclusive) flags |= O_EXCL;
  if (mode.truncate) flags |= O_TRUNC;
  if (mode.directory) flags |= O_DIRECTORY;
  if (mode.append) flags |= O_APPEND;
  if (mode.sync) flags |= O_SYNC;
  if (mode.data_sync) flags |= O_DSYNC;
  return flags;
}

}  // namespace

int open_directory(const char* path, int& descriptor) {
  return opened(descriptor, [&] { return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

int open_directory_again(int directory, int& descriptor) {
  return opened(descriptor,
                [&] { return openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

int open_at(int directory, const char* name, const OpenMode& mode, int& descriptor) {
  return opened(descriptor, [&] { return openat(directory, name, flags_of(mode), 0666); });
}

int open_step(int directory, const char* name, int& descriptor) {
  return opened(descriptor, [&] { return openat(directory, name, kStep); });
}

int open_beneath(int directory, const char* path, int& descriptor) {
#ifdef __linux__
  const OpenHow how = {O_PATH | O_DIRECTORY | O_CLOEXEC, 0, kBeneath | kNoMagicLinks};
  // EAGAIN: somebody renames directories meanwhile; not for ever.
  for (int tries = 0; tries < 64; tries++) {
    int error = opened(descriptor, [&] {
      return static_cast<int>(syscall(kOpenAt2, directory, path, &how, sizeof(how)));
    });
    if (error != EAGAIN) return error;
  }
  return ENOSYS;
#else
  (void)directory, (void)path, (void)descriptor;
  return ENOSYS;
#endif
}

bool has_magic_links(int directory) {
#ifdef __linux__
  constexpr long kProcesses = 0x9fa0;
  struct statfs found;
  return fstatfs(directory, &found) != 0 || static_cast<long>(found.f_type) == kProcesses;
#else
  (void)directory;
  return false;
#endif
}

// ---- What is in a directory

int DirectoryStream::open(int directory) {
  int descriptor = -1;
  int error = open_directory_again(directory, descriptor);
  if (error != 0) return error;
  stream_ = fdopendir(descriptor);
  if (stream_ != nullptr) return 0;
  error = errno;
  ::close(descriptor);
  return error;
}

bool DirectoryStream::next(DirectoryEntry& entry, int& error) {
  errno = 0;
  const dirent* found = readdir(static_cast<DIR*>(stream_));
  error = errno;
  if (found == nullptr) return false;
  entry.inode = found->d_ino;
  entry.kind = kind_of_mode(static_cast<mode_t>(DTTOIF(found->d_type)));
  entry.name = found->d_name;
  return true;
}

void DirectoryStream::rewind() { rewinddir(static_cast<DIR*>(stream_)); }

void DirectoryStream::close() {
  if (stream_ != nullptr) closedir(static_cast<DIR*>(stream_));
  stream_ = nullptr;
}

int random_bytes(void* data, size_t size) {
#ifdef __linux__
  return syscall(SYS_getrandom, data, size, 0) == static_cast<long>(size) ? 0 : EIO;
#else
  return getentropy(data, size) == 0 ? 0 : errno;
#endif
}

}  // namespace wembed::platform
