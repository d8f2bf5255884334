// Names in directories: opening, looking, making, removing, renaming.
#include <cstring>

#include "wasi/calls.h"
#include "wasi/filestat.h"
#include "wasi/walk.h"

namespace wembed::wasi {

namespace {

using platform::FileKind;

// A path of the call's, by the positions of its descriptor, pointer and length.
class Path {
 public:
  Path(Call& call, uint32_t descriptor, uint32_t pointer)
      : call_(call),
        descriptor_(descriptor),
        length_(call.word(pointer + 1)),
        bytes_(call.range(call.word(pointer), length_)) {}

  [[nodiscard]] bool is_outside() const { return bytes_ == nullptr; }

  // The directory, with these rights.
  Errno open(uint64_t rights) {
    if (Errno error = call_.get(descriptor_, 0, held); error != kSuccess) return error;
    if (!held.file->is_directory()) {
      return held.file->type() == FileType::RegularFile ? Errno::kNOTDIR : Errno::kNOTCAPABLE;
    }
    return (held.rights.base & rights) == rights ? kSuccess : Errno::kNOTCAPABLE;
  }
  Errno walk(Follow follow) { return wasi::walk(*held.file, bytes_, length_, follow, place); }
  // Both, for what is going to change something.
  Errno open_to_change(uint64_t rights, Follow follow) {
    if (Errno error = open(rights); error != kSuccess) return error;
    if (Errno error = walk(follow); error != kSuccess) return error;
    return held.file->is_read_only() ? Errno::kROFS : kSuccess;
  }
  // What has the name; with a slash behind it, a directory alone will do.
  Errno status(FileStatus& found) const {
    Errno error = place.status(found);
    if (error != kSuccess) return error;
    return place.has_slash && found.kind != FileKind::Directory ? Errno::kNOTDIR : kSuccess;
  }
  [[nodiscard]] bool is_there() const {
    FileStatus found;
    return place.status(found) == kSuccess;
  }

  Held held;
  Place place;

 private:
  Call& call_;
  uint32_t descriptor_;
  uint32_t length_;
  const uint8_t* bytes_;
};

Follow follow_of(uint32_t lookup) {
  return (lookup & kFollow) != 0 ? Follow::Always : Follow::WithSlash;
}
bool is_lookup_wrong(uint32_t lookup) { return (lookup & ~kFollow) != 0; }

}  // namespace

Trap path_create_directory(Call& call) {
  Path path(call, 0, 1);
  if (path.is_outside()) return Trap::MemoryOutOfBounds;
  Errno error = path.open_to_change(right::kCreateDirectory, Follow::Never);
  if (error != kSuccess) return call.give(error);
  if (path.place.is_self) return call.give(Errno::kEXIST);
  return call.give(path.place.directory->make_directory(path.place.name));
}

Trap path_remove_directory(Call& call) {
  Path path(call, 0, 1);
  if (path.is_outside()) return Trap::MemoryOutOfBounds;
  Errno error = path.open_to_change(right::kRemoveDirectory, Follow::Never);
  if (error != kSuccess) return call.give(error);
  if (path.place.is_self) return call.give(Errno::kINVAL);
  return call.give(path.place.directory->remove_directory(path.place.name));
}

Trap path_unlink_file(Call& call) {
  Path path(call, 0, 1);
  if (path.is_outside()) return Trap::MemoryOutOfBounds;
  Errno error = path.open_to_change(right::kUnlinkFile, Follow::Never);
  if (error != kSuccess) return call.give(error);
  if (path.place.is_self) return call.give(Errno::kISDIR);
  FileStatus found;
  if (path.place.has_slash) error = path.status(found);
  if (error != kSuccess) return call.give(error);
  return call.give(path.place.directory->unlink(path.place.name));
}

Trap path_filestat_get(Call& call) {
  Path path(call, 0, 2);
  uint8_t* target = call.range(call.word(4), filestat_bytes(call.version()));
  if (path.is_outside() || target == nullptr) return Trap::MemoryOutOfBounds;
  Errno error = path.open(right::kPathFilestatGet);
  if (error == kSuccess && is_lookup_wrong(call.word(1))) error = Errno::kINVAL;
  if (error == kSuccess) error = path.walk(follow_of(call.word(1)));
  FileStatus found;
  if (error == kSuccess) error = path.status(found);
  if (error == kSuccess) store_filestat(target, found, call.version());
  return call.give(error);
}

Trap path_filestat_set_times(Call& call) {
  Path path(call, 0, 2);
  if (path.is_outside()) return Trap::MemoryOutOfBounds;
  NewTime times[2];
  Errno error = path.open(right::kPathFilestatSetTimes);
  if (error == kSuccess && is_lookup_wrong(call.word(1))) error = Errno::kINVAL;
  if (error == kSuccess) error = read_times(call.wide(4), call.wide(5), call.word(6), times);
  if (error == kSuccess) error = path.walk(follow_of(call.word(1)));
  if (error == kSuccess && path.held.file->is_read_only()) error = Errno::kROFS;
  FileStatus found;
  if (error == kSuccess && path.place.has_slash) error = path.status(found);
  if (error != kSuccess) return call.give(error);
  // A handle to go on from takes no times; what is opened does.
  if (!path.place.is_self) {
    return call.give(path.place.directory->set_times_at(path.place.name, times[0], times[1]));
  }
  Ref<File> opened;
  error = path.place.directory->open_self(opened);
  return call.give(error == kSuccess ? opened->set_times(times[0], times[1]) : error);
}

Trap path_readlink(Call& call) {
  Path path(call, 0, 1);
  uint32_t room = call.word(4);
  uint8_t* target = call.range(call.word(3), room);
  uint8_t* used = call.place<uint32_t>(5);
  if (path.is_outside() || target == nullptr || used == nullptr) return Trap::MemoryOutOfBounds;
  Errno error = path.open(right::kReadlink);
  if (error == kSuccess) error = path.walk(Follow::WithSlash);
  if (error == kSuccess && path.place.is_self) error = Errno::kINVAL;
  if (error != kSuccess) return call.give(error);
  // The system wants room for one byte at least.
  char text[1];
  size_t length = 0;
  bool is_empty = room == 0;
  error = path.place.directory->read_link(path.place.name,
                                          is_empty ? text : reinterpret_cast<char*>(target),
                                          is_empty ? 1 : room, length);
  if (error == kSuccess) store(used, is_empty ? 0 : static_cast<uint32_t>(length));
  return call.give(error);
}

Trap path_symlink(Call& call) {
  constexpr uint32_t kMostText = 4096;
  Path path(call, 2, 3);
  uint32_t length = call.word(1);
  const uint8_t* bytes = call.range(call.word(0), length);
  if (path.is_outside() || bytes == nullptr) return Trap::MemoryOutOfBounds;
  Errno error = path.open_to_change(right::kSymlink, Follow::Never);
  if (error != kSuccess) return call.give(error);
  if (length == 0) return call.give(Errno::kNOENT);
  if (length > kMostText) return call.give(Errno::kNAMETOOLONG);
  // Nobody would follow it here, and to the host's programs it would lead out of the directory.
  if (bytes[0] == '/') return call.give(Errno::kPERM);
  if (path.place.is_self) return call.give(Errno::kEXIST);
  if (path.place.has_slash) {
    FileStatus found;
    error = path.status(found);
    return call.give(error == kSuccess ? Errno::kEXIST : error);
  }
  auto* text = static_cast<char*>(call.allocator().allocate(length + 1));
  if (text == nullptr) return call.give(Errno::kNOMEM);
  std::memcpy(text, bytes, length);
  text[length] = 0;
  error = std::memchr(text, 0, length) != nullptr
              ? Errno::kINVAL
              : path.place.directory->make_link(text, path.place.name);
  call.allocator().release(text);
  return call.give(error);
}

Trap path_link(Call& call) {
  Path from(call, 0, 2);
  Path to(call, 4, 5);
  if (from.is_outside() || to.is_outside()) return Trap::MemoryOutOfBounds;
  Errno error = from.open(right::kLinkSource);
  if (error == kSuccess) error = to.open(right::kLinkTarget);
  if (error == kSuccess && is_lookup_wrong(call.word(1))) error = Errno::kINVAL;
  if (error == kSuccess) error = from.walk(follow_of(call.word(1)));
  if (error == kSuccess) error = to.walk(Follow::Never);
  FileStatus found;
  if (error == kSuccess) error = from.status(found);
  if (error != kSuccess) return call.give(error);
  if (found.kind == FileKind::Directory) return call.give(Errno::kPERM);
  if (to.place.is_self || to.is_there()) return call.give(Errno::kEXIST);
  if (to.place.has_slash) return call.give(Errno::kNOENT);
  // By way of a link without a name a file could come from where nothing may be changed.
  if (from.held.file->is_read_only() || to.held.file->is_read_only()) {
    return call.give(Errno::kROFS);
  }
  if (from.place.directory->origin() != to.place.directory->origin()) {
    return call.give(Errno::kXDEV);
  }
  return call.give(from.place.directory->link(from.place.name, *to.place.directory, to.place.name));
}

Trap path_rename(Call& call) {
  Path from(call, 0, 1);
  Path to(call, 3, 4);
  if (from.is_outside() || to.is_outside()) return Trap::MemoryOutOfBounds;
  Errno error = from.open(right::kRenameSource);
  if (error == kSuccess) error = to.open(right::kRenameTarget);
  if (error == kSuccess) error = from.walk(Follow::Never);
  if (error == kSuccess) error = to.walk(Follow::Never);
  if (error == kSuccess && (from.place.is_self || to.place.is_self)) error = Errno::kBUSY;
  FileStatus found;
  if (error == kSuccess) error = from.status(found);
  if (error != kSuccess) return call.give(error);
  if (to.place.has_slash && found.kind != FileKind::Directory) return call.give(Errno::kNOTDIR);
  if (from.held.file->is_read_only() || to.held.file->is_read_only()) {
    return call.give(Errno::kROFS);
  }
  if (from.place.directory->origin() != to.place.directory->origin()) {
    return call.give(Errno::kXDEV);
  }
  return call.give(
      from.place.directory->rename(from.place.name, *to.place.directory, to.place.name));
}

}  // namespace wembed::wasi
