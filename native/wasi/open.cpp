// path_open: what may be opened, how, and with which rights.
#include "wasi/calls.h"
#include "wasi/walk.h"

namespace wembed::wasi {

namespace {

using platform::FileKind;

class Opening {
 public:
  explicit Opening(Call& call)
      : call_(call),
        lookup_(call.word(1)),
        oflags_(call.word(4)),
        base_(call.wide(5)),
        inheriting_(call.wide(6)),
        fdflags_(call.word(7)) {}

  Trap run() {
    uint32_t length = call_.word(3);
    const uint8_t* path = call_.range(call_.word(2), length);
    uint8_t* target = call_.place<uint32_t>(8);
    if (path == nullptr || target == nullptr) return Trap::MemoryOutOfBounds;
    uint32_t number = 0;
    Errno error = check();
    if (error == kSuccess) error = open(path, length, number);
    if (error == kSuccess) store(target, number);
    return call_.give(error);
  }

 private:
  [[nodiscard]] bool wants(uint32_t oflag) const { return (oflags_ & oflag) != 0; }

  Errno check() {
    if (Errno error = call_.get(0, 0, held_); error != kSuccess) return error;
    if (!held_.file->is_directory()) {
      return held_.file->type() == FileType::RegularFile ? Errno::kNOTDIR : Errno::kNOTCAPABLE;
    }
    uint64_t rights = right::kOpen;
    if (wants(kCreat)) rights |= right::kCreateFile;
    if (wants(kTrunc)) rights |= right::kPathFilestatSetSize;
    uint64_t excess = (base_ | inheriting_) & right::kInheriting & ~held_.rights.inheriting;
    if ((held_.rights.base & rights) != rights || excess != 0) return Errno::kNOTCAPABLE;
    bool is_wrong = (lookup_ & ~kFollow) != 0 || (oflags_ & ~uint32_t{kAllOflags}) != 0 ||
                    (fdflags_ & ~uint32_t{kAllFdFlags}) != 0 ||
                    (wants(kCreat) && wants(kOpenDirectory));
    return is_wrong ? Errno::kINVAL : kSuccess;
  }

  Errno open(const uint8_t* path, uint32_t length, uint32_t& number) {
    Table& table = *call_.state().table();
    uint32_t most = call_.settings().most_descriptors;
    if (!table.has_room(most)) return Errno::kMFILE;
    bool is_new_only = wants(kCreat) && wants(kExcl);
    Follow follow = (lookup_ & kFollow) != 0 && !is_new_only ? Follow::Always : Follow::WithSlash;
    Place place;
    Ref<File> opened;
    Errno error = walk(*held_.file, path, length, follow, place);
    if (error == kSuccess) error = open_place(place, opened);
    if (error != kSuccess) return error;
    if (held_.file->is_read_only()) opened->make_read_only();
    opened->note_flags(static_cast<uint16_t>(fdflags_));
    // What the directory may pass on, of what was asked for, as far as the file can have it.
    Rights rights = {base_ & held_.rights.inheriting & right::kFile, 0};
    if (opened->is_directory()) {
      rights.base = base_ & held_.rights.inheriting & right::kDirectory;
      rights.inheriting = inheriting_ & held_.rights.inheriting;
    }
    return table.add(std::move(opened), rights, most, number);
  }

  [[nodiscard]] OpenMode mode() const {
    constexpr uint64_t kReads = right::kRead | right::kReaddir;
    constexpr uint64_t kWrites =
        right::kWrite | right::kDatasync | right::kAllocate | right::kFilestatSetSize;
    OpenMode mode;
    mode.write = (base_ & kWrites) != 0 || wants(kTrunc);
    mode.read = (base_ & kReads) != 0 || !mode.write;
    mode.exclusive = wants(kExcl);
    mode.append = (fdflags_ & kAppend) != 0;
    mode.sync = (fdflags_ & (kSyncFlag | kRsync)) != 0;
    mode.data_sync = !mode.sync && (fdflags_ & kDsync) != 0;
    return mode;
  }

  Errno open_place(const Place& place, Ref<File>& opened) {
    OpenMode mode = this->mode();
    FileStatus found;
    Errno error = place.status(found);
    if (error == Errno::kNOENT && wants(kCreat)) {
      if (place.has_slash) return Errno::kISDIR;
      if (held_.file->is_read_only()) return Errno::kROFS;
      mode.create = true;
      return place.directory->open(place.name, mode, opened);
    }
    if (error != kSuccess) return error;
    if (wants(kCreat) && wants(kExcl)) return Errno::kEXIST;
    return open_found(place, found.kind, mode, opened);
  }

  Errno open_found(const Place& place, FileKind kind, OpenMode mode, Ref<File>& opened) {
    if (kind == FileKind::Directory) {
      if (mode.write || wants(kCreat)) return Errno::kISDIR;
      if (place.is_self) return place.directory->open_self(opened);
      mode.directory = true;
      mode.append = mode.sync = mode.data_sync = mode.exclusive = false;
      return place.directory->open(place.name, mode, opened);
    }
    if (kind == FileKind::Link) return Errno::kLOOP;
    if (place.has_slash || wants(kOpenDirectory)) return Errno::kNOTDIR;
    // Opening others may wait, or do something.
    if (kind != FileKind::Regular) return Errno::kNOTCAPABLE;
    if (mode.write && held_.file->is_read_only()) return Errno::kROFS;
    mode.truncate = wants(kTrunc);
    mode.exclusive = false;
    return place.directory->open(place.name, mode, opened);
  }

  Call& call_;
  Held held_;
  uint32_t lookup_;
  uint32_t oflags_;
  uint64_t base_;
  uint64_t inheriting_;
  uint32_t fdflags_;
};

}  // namespace

Trap path_open(Call& call) { return Opening(call).run(); }

}  // namespace wembed::wasi
