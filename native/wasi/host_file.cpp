#include "wasi/host_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wasi/socket.h"
#include "wasi/waiter.h"

namespace wembed::wasi {

namespace {

using platform::FileKind;

// What a pipe takes without waiting when it takes anything.
constexpr size_t kPipePiece = 4096;

bool is_socket(FileKind kind) {
  return kind == FileKind::StreamSocket || kind == FileKind::DatagramSocket;
}

// All directories of the host's: links and renames go from any to any, or the system refuses.
constexpr char kHost = 0;

}  // namespace

const void* HostFile::origin() const { return &kHost; }

Ref<File> HostFile::make(Allocator& allocator, FileKind kind, int descriptor, Ownership ownership,
                         Errno& error) {
  HostFile* file = allocator.create<HostFile>(allocator, kind, descriptor, ownership);
  error = file == nullptr ? Errno::kNOMEM : kSuccess;
  if (file == nullptr && ownership == Owned) platform::close_file(descriptor);
  return Ref<File>(file);
}

Ref<File> HostFile::adopt(Allocator& allocator, int descriptor, Ownership ownership, Errno& error) {
  FileStatus status;
  OpenMode mode;
  bool is_non_blocking = false;
  int failed = platform::status_of(descriptor, status);
  if (failed == 0) failed = platform::mode_of(descriptor, mode, is_non_blocking);
  if (failed != 0) {
    if (ownership == Owned) platform::close_file(descriptor);
    error = to_errno(failed);
    return {};
  }
  if (is_socket(status.kind)) {
    return Socket::adopt(allocator, status.kind, descriptor, ownership == Owned, is_non_blocking,
                         error);
  }
  Ref<File> made = make(allocator, status.kind, descriptor, ownership, error);
  if (!made) return {};
  auto& file = static_cast<HostFile&>(*made);
  file.can_read_ = mode.read;
  file.can_write_ = mode.write;
  file.is_terminal_ = platform::is_terminal(descriptor);
  uint16_t flags = mode.append ? kAppend : 0;
  if (mode.data_sync) flags |= kDsync;
  if (mode.sync) flags |= kSyncFlag;
  // A regular file may have been opened without waiting, which means nothing.
  if (is_non_blocking && file.can_block()) flags |= kNonblock;
  file.note_flags(flags);
  return made;
}

Ref<File> HostFile::open_path(Allocator& allocator, const char* path, int& system_error) {
  int descriptor = -1;
  system_error = platform::open_directory(path, descriptor);
  if (system_error != 0) return {};
  Errno error = kSuccess;
  Ref<File> file = make(allocator, FileKind::Directory, descriptor, Owned, error);
  if (!file) system_error = ENOMEM;
  return file;
}

HostFile::~HostFile() {
  stream_.close();
  if (ownership_ == Owned) platform::close_file(descriptor_);
}

uint64_t HostFile::rights() const {
  if (is_directory()) return right::kDirectory;
  uint64_t rights = right::kFile;
  if (is_terminal_ || kind_ == FileKind::Pipe) rights = right::kStream;
  if (!can_read_) rights &= ~right::kRead;
  if (!can_write_) rights &= ~(right::kWrite | right::kAllocate | right::kFilestatSetSize);
  return rights;
}

// ---- Open files

Errno HostFile::status(FileStatus& status) {
  return to_errno(platform::status_of(descriptor_, status));
}

Errno HostFile::read(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  if (!can_block()) return to_errno(platform::read_pieces(descriptor_, pieces, count, done));
  for (;;) {
    if (Errno error = waiter.wait(descriptor_, false, waits()); error != kSuccess) return error;
    int error = platform::read_pieces(descriptor_, pieces, count, done);
    // Somebody else was faster, on a descriptor that does not wait.
    if (error != EAGAIN || !waits()) return to_errno(error);
  }
}

Errno HostFile::write(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  if (can_block()) return write_stream(waiter, pieces, count, done);
  return to_errno(platform::write_pieces(descriptor_, pieces, count, done));
}

// Whatever waits may be told to stop between two pieces that are taken at once.
Errno HostFile::write_stream(Waiter& waiter, const Piece* pieces, size_t count, size_t& done) {
  done = 0;
  for (size_t i = 0; i < count; i++) {
    for (size_t at = 0; at < pieces[i].size;) {
      Errno error = waiter.wait(descriptor_, true, waits());
      if (error == Errno::kAGAIN && done > 0) return kSuccess;
      if (error != kSuccess) return error;
      Piece piece = {static_cast<char*>(pieces[i].data) + at,
                     std::min(pieces[i].size - at, kPipePiece)};
      size_t moved = 0;
      int failed = platform::write_quietly(descriptor_, piece, moved);
      if (failed == EAGAIN && waits()) continue;
      if (failed != 0) return done > 0 ? kSuccess : to_errno(failed);
      at += moved;
      done += moved;
    }
  }
  return kSuccess;
}

Errno HostFile::read_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  return to_errno(platform::read_pieces_at(descriptor_, pieces, count, offset, done));
}

Errno HostFile::write_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  return to_errno(platform::write_pieces_at(descriptor_, pieces, count, offset, done));
}

Errno HostFile::seek(int64_t delta, platform::SeekFrom from, uint64_t& position) {
  if (is_directory()) return Errno::kBADF;
  return to_errno(platform::seek(descriptor_, delta, from, position));
}

Errno HostFile::synchronize(bool data_only) {
  return to_errno(platform::synchronize(descriptor_, data_only));
}

Errno HostFile::allocate(uint64_t offset, uint64_t length) {
  if (is_directory()) return Errno::kBADF;
  int error = platform::allocate_space(descriptor_, offset, length);
  if (error != EOPNOTSUPP) return to_errno(error);
  // Where blocks cannot be reserved, the file grows all the same.
  FileStatus status;
  error = platform::status_of(descriptor_, status);
  if (error == 0 && status.size < offset + length) {
    error = platform::set_size(descriptor_, offset + length);
  }
  return to_errno(error);
}

Errno HostFile::set_size(uint64_t size) {
  if (is_directory()) return Errno::kISDIR;
  return to_errno(platform::set_size(descriptor_, size));
}

Errno HostFile::advise(uint64_t offset, uint64_t length, uint8_t advice) {
  if (is_directory()) return Errno::kBADF;
  int error = platform::advise(descriptor_, offset, length, advice);
  return error == ESPIPE ? kSuccess : to_errno(error);
}

Errno HostFile::set_times(const NewTime& accessed, const NewTime& modified) {
  return to_errno(platform::set_times(descriptor_, accessed, modified));
}

Errno HostFile::set_flags(uint16_t flags) {
  constexpr uint16_t kFixed = kDsync | kRsync | kSyncFlag;
  if (((flags ^ this->flags()) & kFixed) != 0) return Errno::kINVAL;
  bool append = (flags & kAppend) != 0;
  if (append != ((this->flags() & kAppend) != 0) && !is_directory()) {
    int error = platform::set_append(descriptor_, append);
    if (error != 0) return to_errno(error);
  }
  // Whether calls wait is decided here, never by the descriptor, which others may have as well.
  note_flags(flags);
  return kSuccess;
}

Readiness HostFile::readiness(Waiter&, bool writing) {
  Readiness result;
  if (can_block()) {
    result.descriptor = descriptor_;
    result.bytes_to_read = writing ? 0 : platform::bytes_waiting(descriptor_);
    return result;
  }
  FileStatus status;
  uint64_t position = 0;
  if (writing || is_directory() || platform::status_of(descriptor_, status) != 0 ||
      platform::seek(descriptor_, 0, platform::SeekFrom::Current, position) != 0) {
    return result;
  }
  result.is_at_end = position >= status.size;
  result.bytes_to_read = result.is_at_end ? 0 : status.size - position;
  return result;
}

}  // namespace wembed::wasi
