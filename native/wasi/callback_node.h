// Files, directories and links that are what functions of the host's say of their paths.
//
// A node is a path below the root, "" or "a/b", made of names that guests gave one by one: nothing
// in it leads up. The functions are asked again each time, so that nothing of what they have said
// has to be true any longer.
#pragma once

#include <string_view>

#include "wasi/node.h"

namespace wembed {
struct ExecEnv;
}

namespace wembed::wasi {

// An entry of a directory.
struct CallbackEntry {
  FileKind kind = FileKind::Unknown;
  uint32_t length = 0;  // of the name
  char name[kMostName + 1] = {};
};

// All of these answer with an error number of WASI; anything above those: failed, the guest is
// stopped. `env` is the guest's, null when the host itself asks. Null functions: see the calls.
struct DirectoryFunctions {
  uint32_t (*status)(void* context, ExecEnv* env, const char* path, FileStatus* status) = nullptr;
  uint32_t (*entry)(void* context, ExecEnv* env, const char* path, uint64_t index,
                    CallbackEntry* entry) = nullptr;
  uint32_t (*read)(void* context, ExecEnv* env, const char* path, uint64_t offset, void* bytes,
                   size_t room, size_t* done) = nullptr;
  uint32_t (*write)(void* context, ExecEnv* env, const char* path, uint64_t offset,
                    const void* bytes, size_t length, size_t* done) = nullptr;
  uint32_t (*resize)(void* context, ExecEnv* env, const char* path, uint64_t size) = nullptr;
  uint32_t (*make)(void* context, ExecEnv* env, const char* path, FileKind kind,
                   const char* text) = nullptr;
  uint32_t (*remove)(void* context, ExecEnv* env, const char* path, bool is_directory) = nullptr;
  uint32_t (*rename)(void* context, ExecEnv* env, const char* from, const char* to) = nullptr;
  uint32_t (*read_link)(void* context, ExecEnv* env, const char* path, char* text, size_t room,
                        size_t* length) = nullptr;
  uint32_t (*set_times)(void* context, ExecEnv* env, const char* path, const NewTime* accessed,
                        const NewTime* modified) = nullptr;
  void (*gone)(void* context) = nullptr;
  void* context = nullptr;
};

// What the nodes of one directory share.
class CallbackTree {
 public:
  CallbackTree(Allocator& given, const DirectoryFunctions& all)
      : allocator(given), functions(all) {}
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();

  Allocator& allocator;
  DirectoryFunctions functions;  // the same from the beginning

 private:
  friend struct ::wembed::Allocator;
  ~CallbackTree() = default;
  std::atomic<uint32_t> references_{1};
};

class CallbackNode final : public Node {
 public:
  // The root. Null: no memory; `gone` is not called then.
  static Ref<Node> create_root(Allocator& allocator, const DirectoryFunctions& functions);

  [[nodiscard]] const void* origin() const override { return tree_.get(); }
  [[nodiscard]] bool calls_host() const override { return true; }
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
  CallbackNode(Ref<CallbackTree> tree, FileKind kind, const char* path)
      : Node(kind), tree_(std::move(tree)), path_(path) {}
  ~CallbackNode() = default;
  void end() override;

  // The path of what has that name here, in a block that is given back to the tree's allocator.
  Errno path_of(const char* name, const char*& path) const;
  // Of the path, which it takes over. Null: no memory.
  Ref<Node> node_at(const char* path, FileKind kind);

  const Ref<CallbackTree> tree_;
  const char* const path_;  // its own
};

}  // namespace wembed::wasi
