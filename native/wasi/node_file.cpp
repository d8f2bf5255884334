// A node that is open: its position, and what may be done with it.
#include "wasi/node.h"

namespace wembed::wasi {

namespace {

constexpr uint64_t kMostOffset = INT64_MAX;

}  // namespace

Ref<File> NodeFile::create(Allocator& allocator, Ref<Node> node, const OpenMode& mode) {
  return Ref<File>(allocator.create<NodeFile>(allocator, std::move(node), mode));
}

Ref<File> NodeFile::for_instance() {
  Ref<Node> node = node_->for_instance();
  if (!node) return {};
  Ref<File> file = create(allocator(), std::move(node), mode_);
  if (file && is_read_only()) file->make_read_only();
  return file;
}

// ---- Open files

Errno NodeFile::status(FileStatus& status) { return node_->status(status); }

Errno NodeFile::read(Waiter&, const Piece* pieces, size_t count, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  if (!mode_.read) return Errno::kBADF;
  const std::unique_lock held = lock();
  const uint64_t at = position_;
  Errno error = node_->read(at, pieces, count, done);
  if (error == kSuccess) position_ = at + done;
  return error;
}

Errno NodeFile::write(Waiter&, const Piece* pieces, size_t count, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  if (!mode_.write) return Errno::kBADF;
  const std::unique_lock held = lock();
  uint64_t at = position_;
  Errno error =
      appends() ? node_->append(pieces, count, done, at) : node_->write(at, pieces, count, done);
  if (error == kSuccess) position_ = appends() ? at : at + done;
  return error;
}

Errno NodeFile::read_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  return mode_.read ? node_->read(offset, pieces, count, done) : Errno::kBADF;
}

// As Linux has it, the offset counts for nothing where everything is appended.
Errno NodeFile::write_at(const Piece* pieces, size_t count, uint64_t offset, size_t& done) {
  if (is_directory()) return Errno::kISDIR;
  if (!mode_.write) return Errno::kBADF;
  uint64_t end = 0;
  return appends() ? node_->append(pieces, count, done, end)
                   : node_->write(offset, pieces, count, done);
}

Errno NodeFile::seek(int64_t delta, platform::SeekFrom from, uint64_t& position) {
  if (is_directory()) return Errno::kBADF;
  const std::unique_lock held = lock();
  uint64_t base = from == platform::SeekFrom::Current ? position_.load() : 0;
  if (from == platform::SeekFrom::End) {
    FileStatus status;
    if (Errno error = node_->status(status); error != kSuccess) return error;
    base = status.size;
  }
  int64_t reached = 0;
  bool is_too_far = __builtin_add_overflow(static_cast<int64_t>(base), delta, &reached);
  if (is_too_far) return Errno::kOVERFLOW;
  if (reached < 0) return Errno::kINVAL;
  position = position_ = static_cast<uint64_t>(reached);
  return kSuccess;
}

Errno NodeFile::synchronize(bool) { return kSuccess; }

Errno NodeFile::allocate(uint64_t offset, uint64_t length) {
  if (is_directory() || !mode_.write) return Errno::kBADF;
  FileStatus status;
  Errno error = node_->status(status);
  if (error != kSuccess || status.size >= offset + length) return error;
  return node_->set_size(offset + length);
}

Errno NodeFile::set_size(uint64_t size) {
  if (is_directory()) return Errno::kISDIR;
  if (!mode_.write) return Errno::kINVAL;
  return size > kMostOffset ? Errno::kFBIG : node_->set_size(size);
}

Errno NodeFile::advise(uint64_t, uint64_t, uint8_t) {
  return is_directory() ? Errno::kBADF : kSuccess;
}

Errno NodeFile::set_times(const NewTime& accessed, const NewTime& modified) {
  return node_->set_times(accessed, modified);
}

// There is nothing to be synchronised with: those flags are as good as any.
Errno NodeFile::set_flags(uint16_t flags) {
  constexpr uint16_t kFixed = kDsync | kRsync | kSyncFlag;
  if (((flags ^ this->flags()) & kFixed) != 0) return Errno::kINVAL;
  note_flags(flags);
  return kSuccess;
}

Readiness NodeFile::readiness(Waiter&, bool writing) {
  Readiness result;
  FileStatus status;
  if (writing || is_directory() || node_->status(status) != kSuccess) return result;
  const std::unique_lock held = lock();
  result.is_at_end = position_ >= status.size;
  result.bytes_to_read = result.is_at_end ? 0 : status.size - position_;
  return result;
}

// ---- What lies in a directory

Errno NodeFile::open_self(Ref<File>& opened) {
  opened = create(allocator(), node_);
  return opened ? kSuccess : Errno::kNOMEM;
}

Errno NodeFile::open(const char* name, const OpenMode& mode, Ref<File>& opened) {
  Ref<Node> node;
  Errno error = node_->find(name, node);
  if (error == kSuccess && mode.create && mode.exclusive) return Errno::kEXIST;
  if (error == Errno::kNOENT && mode.create) {
    error = node_->create(name, FileKind::Regular, nullptr, node);
    // Somebody else was faster.
    if (error == Errno::kEXIST && !mode.exclusive) error = node_->find(name, node);
  }
  if (error != kSuccess) return error;
  if (node->kind() == FileKind::Link) return Errno::kLOOP;
  if (node->is_directory() && mode.write) return Errno::kISDIR;
  if (!node->is_directory() && mode.directory) return Errno::kNOTDIR;
  if (mode.truncate && !node->is_directory()) {
    if (error = node->set_size(0); error != kSuccess) return error;
  }
  opened = create(allocator(), std::move(node), mode);
  return opened ? kSuccess : Errno::kNOMEM;
}

Errno NodeFile::step(const char* name, Ref<File>& directory) {
  Ref<Node> node;
  if (Errno error = node_->find(name, node); error != kSuccess) return error;
  if (node->kind() == FileKind::Link) return Errno::kLOOP;
  if (!node->is_directory()) return Errno::kNOTDIR;
  directory = create(allocator(), std::move(node));
  return directory ? kSuccess : Errno::kNOMEM;
}

Errno NodeFile::status_at(const char* name, FileStatus& status) {
  Ref<Node> node;
  Errno error = node_->find(name, node);
  return error == kSuccess ? node->status(status) : error;
}

Errno NodeFile::set_times_at(const char* name, const NewTime& accessed, const NewTime& modified) {
  Ref<Node> node;
  Errno error = node_->find(name, node);
  return error == kSuccess ? node->set_times(accessed, modified) : error;
}

Errno NodeFile::read_link(const char* name, char* text, size_t room, size_t& length) {
  Ref<Node> node;
  Errno error = node_->find(name, node);
  if (error != kSuccess) return error;
  if (node->kind() != FileKind::Link) return Errno::kINVAL;
  return node->read_link(text, room, length);
}

Errno NodeFile::make_directory(const char* name) {
  Ref<Node> node;
  return node_->create(name, FileKind::Directory, nullptr, node);
}

Errno NodeFile::remove_directory(const char* name) { return node_->remove(name, true); }
Errno NodeFile::unlink(const char* name) { return node_->remove(name, false); }

// `to` has the same origin, which the caller has seen to.
Errno NodeFile::link(const char* name, File& to, const char* new_name) {
  Ref<Node> node;
  if (Errno error = node_->find(name, node); error != kSuccess) return error;
  if (node->is_directory()) return Errno::kPERM;
  return static_cast<NodeFile&>(to).node_->link(new_name, *node);
}

Errno NodeFile::make_link(const char* text, const char* name) {
  Ref<Node> node;
  return node_->create(name, FileKind::Link, text, node);
}

Errno NodeFile::rename(const char* name, File& to, const char* new_name) {
  return node_->rename(name, static_cast<NodeFile&>(to).node(), new_name);
}

Errno NodeFile::read_entries(uint64_t cookie, EntrySink& sink) {
  return is_directory() ? node_->list(cookie, sink) : Errno::kNOTDIR;
}

}  // namespace wembed::wasi
