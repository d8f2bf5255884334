// What lies in a file system that is not the host's: a file, a directory or a link, whether or not
// anybody has it open. Names are one component each, never "" "." or "..".
#pragma once

#include <atomic>
#include <mutex>

#include "wasi/file.h"

namespace wembed::wasi {

using platform::FileKind;

class Node {
 public:
  explicit Node(FileKind kind) : kind_(kind) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (drop()) end();
  }

  [[nodiscard]] FileKind kind() const { return kind_; }
  [[nodiscard]] bool is_directory() const { return kind_ == FileKind::Directory; }
  // Whether functions of the host's are asked: nothing is locked meanwhile, as they may call
  // guests.
  [[nodiscard]] virtual bool calls_host() const { return false; }
  // Of the file system: links and renames go from node to node of the same.
  [[nodiscard]] virtual const void* origin() const = 0;
  virtual Errno status(FileStatus& status) = 0;
  virtual Errno set_times(const NewTime& accessed, const NewTime& modified) = 0;
  // The root that a new instance begins with instead of this one. Null: no memory.
  virtual Ref<Node> for_instance() { return Ref<Node>::share(this); }

  // ---- Files. `done` is less than asked for at the end, or where no more fits.
  virtual Errno read(uint64_t offset, const Piece* pieces, size_t count, size_t& done) = 0;
  virtual Errno write(uint64_t offset, const Piece* pieces, size_t count, size_t& done) = 0;
  // Behind what is there, wherever that ends by then; `end` is where it ends afterwards.
  virtual Errno append(const Piece* pieces, size_t count, size_t& done, uint64_t& end) = 0;
  virtual Errno set_size(uint64_t size) = 0;

  // ---- Links
  virtual Errno read_link(char* text, size_t room, size_t& length) = 0;

  // ---- Directories
  virtual Errno find(const char* name, Ref<Node>& node) = 0;
  // EXIST when there is something. `text` is for links.
  virtual Errno create(const char* name, FileKind kind, const char* text, Ref<Node>& node) = 0;
  // A directory, or what is none.
  virtual Errno remove(const char* name, bool directory) = 0;
  virtual Errno link(const char* name, Node& node) = 0;
  virtual Errno rename(const char* name, Node& to, const char* new_name) = 0;
  virtual Errno list(uint64_t cookie, EntrySink& sink) = 0;

 protected:
  ~Node() = default;
  // Whether that was the last reference.
  [[nodiscard]] bool drop() { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  virtual void end() = 0;

 private:
  const FileKind kind_;
  std::atomic<uint32_t> references_{1};
};

// A node that is open.
class NodeFile final : public File {
 public:
  static Ref<File> create(Allocator& allocator, Ref<Node> node, const OpenMode& mode = {});
  [[nodiscard]] Node& node() const { return *node_; }

  [[nodiscard]] Ref<File> for_instance() override;
  [[nodiscard]] uint64_t rights() const override {
    return is_directory() ? right::kDirectory : right::kFile;
  }
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
  Errno status_at(const char* name, FileStatus& status) override;
  Errno set_times_at(const char* name, const NewTime& accessed, const NewTime& modified) override;
  Errno read_link(const char* name, char* text, size_t room, size_t& length) override;
  Errno make_directory(const char* name) override;
  Errno remove_directory(const char* name) override;
  Errno unlink(const char* name) override;
  Errno link(const char* name, File& to, const char* new_name) override;
  Errno make_link(const char* text, const char* name) override;
  Errno rename(const char* name, File& to, const char* new_name) override;
  Errno read_entries(uint64_t cookie, EntrySink& sink) override;
  [[nodiscard]] const void* origin() const override { return node_->origin(); }

 private:
  friend struct ::wembed::Allocator;
  NodeFile(Allocator& allocator, Ref<Node> node, const OpenMode& mode)
      : File(allocator, to_file_type(node->kind())), node_(std::move(node)), mode_(mode) {}
  // Until somebody of the host's may be asked.
  [[nodiscard]] std::unique_lock<std::mutex> lock() {
    std::unique_lock held(mutex_);
    if (node_->calls_host()) held.unlock();
    return held;
  }
  [[nodiscard]] bool appends() const { return (flags() & kAppend) != 0; }

  const Ref<Node> node_;
  const OpenMode mode_;
  std::mutex mutex_;
  std::atomic<uint64_t> position_{0};
};

}  // namespace wembed::wasi
