// Open files: reading and writing, positions, sizes and times.
#include "wasi/calls.h"
#include "wasi/filestat.h"

namespace wembed::wasi {

namespace {

constexpr uint64_t kMostOffset = uint64_t{1} << 63;

// fd, vectors, their number [, offset], where the number of bytes goes.
template <class Act> Trap transfer(Call& call, uint64_t rights, uint32_t result, Act act) {
  if (call.place<uint32_t>(result) == nullptr) return Trap::MemoryOutOfBounds;
  Vectors vectors;
  Errno error = kSuccess;
  if (Trap trap = vectors.read(call, call.word(1), call.word(2), error); trap != Trap::None) {
    return trap;
  }
  Held held;
  if (error == kSuccess) error = call.get(0, rights, held);
  if (error != kSuccess) return call.give(error);
  Waiter waiter(call.env());
  size_t done = 0;
  // Nothing to do is done, wherever it were.
  if (vectors.count() > 0) error = act(*held.file, waiter, vectors, done);
  if (error != kSuccess) return call.give(error, waiter);
  uint8_t* target = call.place<uint32_t>(result);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  store(target, static_cast<uint32_t>(done));
  return call.give(kSuccess);
}

}  // namespace

namespace {

// What is written into a file counts. DQUOT: no byte more.
template <class Act>
Errno counted(Call& call, const File& file, Vectors& vectors, size_t& done, Act act) {
  bool counts = call.settings().most_written != UINT64_MAX && file.type() == FileType::RegularFile;
  if (!counts) return act(vectors.count());
  uint64_t wanted = 0;
  for (size_t i = 0; i < vectors.count(); i++) wanted += vectors.pieces()[i].size;
  uint64_t given = call.state().take_room(wanted);
  size_t count = vectors.limit(given);
  Errno error = given == 0 ? Errno::kDQUOT : act(count);
  call.state().give_room(given - (error == kSuccess ? done : 0));
  return error;
}

// A file that is about to grow to `size`.
template <class Act> Errno grown(Call& call, File& file, uint64_t size, Act act) {
  if (call.settings().most_written == UINT64_MAX) return act();
  FileStatus status;
  if (Errno error = file.status(status); error != kSuccess) return error;
  uint64_t growth = size > status.size ? size - status.size : 0;
  uint64_t given = call.state().take_room(growth);
  Errno error = given < growth ? Errno::kDQUOT : act();
  if (error != kSuccess) call.state().give_room(given);
  return error;
}

}  // namespace

Trap fd_read(Call& call) {
  return transfer(call, right::kRead, 3,
                  [](File& file, Waiter& waiter, const Vectors& vectors, size_t& done) {
                    return file.read(waiter, vectors.pieces(), vectors.count(), done);
                  });
}

Trap fd_write(Call& call) {
  return transfer(call, right::kWrite, 3,
                  [&](File& file, Waiter& waiter, Vectors& vectors, size_t& done) {
                    return counted(call, file, vectors, done, [&](size_t count) {
                      return file.write(waiter, vectors.pieces(), count, done);
                    });
                  });
}

Trap fd_pread(Call& call) {
  uint64_t offset = call.wide(3);
  return transfer(call, right::kRead, 4,
                  [&](File& file, Waiter&, const Vectors& vectors, size_t& done) {
                    if (offset >= kMostOffset) return Errno::kINVAL;
                    return file.read_at(vectors.pieces(), vectors.count(), offset, done);
                  });
}

Trap fd_pwrite(Call& call) {
  uint64_t offset = call.wide(3);
  return transfer(call, right::kWrite, 4, [&](File& file, Waiter&, Vectors& vectors, size_t& done) {
    if (offset >= kMostOffset) return Errno::kINVAL;
    return counted(call, file, vectors, done, [&](size_t count) {
      return file.write_at(vectors.pieces(), count, offset, done);
    });
  });
}

namespace {

// False: there is no such origin.
bool read_whence(uint32_t whence, Version version, platform::SeekFrom& from) {
  using platform::SeekFrom;
  constexpr SeekFrom kOrder[] = {SeekFrom::Start, SeekFrom::Current, SeekFrom::End};
  constexpr SeekFrom kUnstableOrder[] = {SeekFrom::Current, SeekFrom::End, SeekFrom::Start};
  if (whence > 2) return false;
  from = version == Version::Unstable ? kUnstableOrder[whence] : kOrder[whence];
  return true;
}

}  // namespace

Trap fd_seek(Call& call) {
  uint8_t* target = call.place<uint64_t>(3);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  auto delta = static_cast<int64_t>(call.wide(1));
  platform::SeekFrom from = platform::SeekFrom::Start;
  bool is_known = read_whence(call.word(2), call.version(), from);
  bool only_tells = is_known && from == platform::SeekFrom::Current && delta == 0;
  Held held;
  Errno error = call.get(0, only_tells ? right::kTell : right::kSeek | right::kTell, held);
  if (error != kSuccess) return call.give(error);
  if (!is_known) return call.give(Errno::kINVAL);
  uint64_t position = 0;
  error = held.file->seek(delta, from, position);
  if (error == kSuccess) store(target, position);
  return call.give(error);
}

Trap fd_tell(Call& call) {
  uint8_t* target = call.place<uint64_t>(1);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  if (Errno error = call.get(0, right::kTell, held); error != kSuccess) return call.give(error);
  uint64_t position = 0;
  Errno error = held.file->seek(0, platform::SeekFrom::Current, position);
  if (error == kSuccess) store(target, position);
  return call.give(error);
}

namespace {

template <class Act> Trap on_file(Call& call, uint64_t rights, Act act) {
  Held held;
  if (Errno error = call.get(0, rights, held); error != kSuccess) return call.give(error);
  return call.give(act(*held.file));
}

}  // namespace

Trap fd_sync(Call& call) {
  return on_file(call, right::kSync, [](File& file) { return file.synchronize(false); });
}

Trap fd_datasync(Call& call) {
  return on_file(call, right::kDatasync, [](File& file) { return file.synchronize(true); });
}

Trap fd_advise(Call& call) {
  // A directory has the right in no host's opinion, and what is wrong with it is told first.
  Held held;
  if (Errno error = call.get(0, 0, held); error != kSuccess) return call.give(error);
  if (held.file->is_directory()) return call.give(Errno::kBADF);
  return on_file(call, right::kAdvise, [&](File& file) {
    uint32_t advice = call.word(3);
    if (advice > 5 || call.wide(1) >= kMostOffset || call.wide(2) >= kMostOffset) {
      return Errno::kINVAL;
    }
    return file.advise(call.wide(1), call.wide(2), static_cast<uint8_t>(advice));
  });
}

Trap fd_allocate(Call& call) {
  return on_file(call, right::kAllocate, [&](File& file) {
    uint64_t offset = call.wide(1), length = call.wide(2);
    if (length == 0 || offset >= kMostOffset || length >= kMostOffset - offset) {
      return Errno::kINVAL;
    }
    return grown(call, file, offset + length, [&] { return file.allocate(offset, length); });
  });
}

Trap fd_filestat_get(Call& call) {
  uint8_t* target = call.range(call.word(1), filestat_bytes(call.version()));
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  return on_file(call, right::kFilestatGet, [&](File& file) {
    FileStatus status;
    Errno error = file.status(status);
    if (error == kSuccess) store_filestat(target, status, call.version());
    return error;
  });
}

Trap fd_filestat_set_size(Call& call) {
  return on_file(call, right::kFilestatSetSize, [&](File& file) {
    uint64_t size = call.wide(1);
    if (size >= kMostOffset) return Errno::kINVAL;
    return grown(call, file, size, [&] { return file.set_size(size); });
  });
}

Trap fd_filestat_set_times(Call& call) {
  return on_file(call, right::kFilestatSetTimes, [&](File& file) {
    NewTime times[2];
    Errno error = read_times(call.wide(1), call.wide(2), call.word(3), times);
    if (error != kSuccess) return error;
    return file.is_read_only() ? Errno::kROFS : file.set_times(times[0], times[1]);
  });
}

}  // namespace wembed::wasi
