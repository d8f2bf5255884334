// Files, directories and links that are nowhere but in memory.
//
// An instance begins with a copy of the tree that its host has made. Nothing is copied for it: a
// node of the copy takes over what is in a directory when somebody first looks, and the bytes of a
// file when somebody first writes.
#pragma once

#include <mutex>

#include "wasi/file_time.h"
#include "wasi/memory_names.h"
#include "wasi/node.h"

namespace wembed::wasi {

// Bytes that several nodes may have; then nobody writes them.
struct Bytes {
  std::atomic<uint32_t> references{1};
  size_t capacity = 0;
  [[nodiscard]] uint8_t* data() { return reinterpret_cast<uint8_t*>(this + 1); }
};

// What the nodes of one file system share.
class MemoryTree {
 public:
  static Ref<MemoryTree> create(Allocator& allocator, uint64_t most_bytes);
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  Allocator& allocator;
  const uint64_t most_bytes;
  const uint64_t device;  // tells file systems apart
  const uint64_t seed;
  // Of all nodes. The last reference to one may go while it is held.
  std::recursive_mutex mutex;
  uint64_t last_inode = 0;

  // What files have, and so much for each name. False: it would be more than there may be.
  [[nodiscard]] bool charge(uint64_t bytes);
  void discharge(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  friend struct ::wembed::Allocator;
  MemoryTree(Allocator& given, uint64_t most, uint64_t number, uint64_t random)
      : allocator(given), most_bytes(most), device(number), seed(random) {}
  ~MemoryTree() = default;
  std::atomic<uint64_t> used_{0};
  std::atomic<uint32_t> references_{1};
};

class MemoryNode final : public Node {
 public:
  // An empty directory, the root of a tree of its own. `is_template`: instances get copies.
  static Ref<Node> create_root(Allocator& allocator, uint64_t most_bytes, bool is_template);

  [[nodiscard]] const void* origin() const override { return tree_.get(); }
  [[nodiscard]] bool calls_host() const override { return has_own_clock(); }
  [[nodiscard]] Ref<Node> for_instance() override;
  Errno status(FileStatus& status) override;
  Errno set_times(const NewTime& accessed, const NewTime& modified) override;
  Errno read(uint64_t offset, const Piece* pieces, size_t count, size_t& done) override;
  Errno write(uint64_t offset, const Piece* pieces, size_t count, size_t& done) override;
  Errno append(const Piece* pieces, size_t count, size_t& done, uint64_t& end) override;
  Errno set_size(uint64_t size) override;
  Errno read_link(char* text, size_t room, size_t& length) override;
  Errno find(const char* name, Ref<Node>& node) override;
  Errno create(const char* name, FileKind kind, const char* text, Ref<Node>& node) override;
  Errno remove(const char* name, bool directory) override;
  Errno link(const char* name, Node& node) override;
  Errno rename(const char* name, Node& to, const char* new_name) override;
  Errno list(uint64_t cookie, EntrySink& sink) override;

 private:
  friend struct ::wembed::Allocator;
  MemoryNode(Ref<MemoryTree> tree, FileKind kind, uint64_t now);
  ~MemoryNode();
  void end() override;

  // All of these with the tree's lock.
  static Errno create_node(const Ref<MemoryTree>& tree, FileKind kind, uint64_t now,
                           MemoryNode*& node);
  static Errno copy_of(MemoryNode& source, const Ref<MemoryTree>& tree, MemoryNode*& copy);
  Errno take_over();
  Errno own_bytes(uint64_t size);
  Errno resize(uint64_t size);
  Errno write_here(uint64_t offset, const Piece* pieces, size_t count, uint64_t now, size_t& done);
  Errno look(const char* name, MemoryNames::Entry*& entry);
  Errno add(const char* name, MemoryNode& node);
  void arrive(MemoryNode& node);
  static void leave(MemoryNode& node, uint64_t now);
  Errno replace(MemoryNode& moved, MemoryNames::Entry& there, uint64_t now);
  [[nodiscard]] bool is_below(const MemoryNode& other) const;
  void touch(bool contents, uint64_t now);

  const Ref<MemoryTree> tree_;
  const uint64_t inode_;
  // Of which this is a copy, as long as nothing was taken over. Of a file: until it is written.
  Ref<MemoryNode> source_;
  bool is_template_ = false;
  bool is_removed_ = false;  // a directory without a name
  uint32_t links_ = 0;       // names
  uint64_t accessed_ns_;
  uint64_t modified_ns_;
  uint64_t changed_ns_;
  MemoryNode* parent_ = nullptr;  // of a directory; while it ends: the next that does
  Bytes* bytes_ = nullptr;        // of a file or link
  uint64_t size_ = 0;
  uint64_t charged_ = 0;
  MemoryNames names_;
};

}  // namespace wembed::wasi
