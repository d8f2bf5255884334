#include "wasi/callback_node.h"

#include <algorithm>
#include <cstring>

#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/native_stack.h"

namespace wembed::wasi {

namespace {

constexpr size_t kMostPath = 4096;
// What a function gets at a time; the rest is the guest's next call.
constexpr size_t kAtOnce = 65536;

// A block for functions of the host's, which may run code of the guest's and so never see the
// guest's memory itself.
class Block {
 public:
  Block(Allocator& allocator, size_t size)
      : data(static_cast<char*>(allocator.allocate(size))), allocator_(allocator) {}
  ~Block() { allocator_.release(data); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  char* const data;

 private:
  Allocator& allocator_;
};

// Asks a function. CANCELED: it has failed, and the guest is told so by an exception; so it is when
// the function has made the guest's memory move, as whoever called has places of it in hand.
template <class Ask> Errno ask(Ask act) {
  ExecEnv* env = thread_state.current;
  Instance* guest = env == nullptr ? nullptr : env->instance;
  const uint8_t* before =
      guest == nullptr || guest->memory == nullptr ? nullptr : guest->memory->base;
  uint32_t error = act(env);
  if (guest == nullptr) return error <= kMostErrno ? static_cast<Errno>(error) : Errno::kIO;
  bool has_moved = guest->memory != nullptr && guest->memory->base != before;
  if (error <= kMostErrno && !has_moved) return static_cast<Errno>(error);
  if (!guest->has_exception()) {
    guest->set_exception(has_moved ? "a file of the host has moved the memory"
                                   : "a file of the host failed");
  }
  return Errno::kCANCELED;
}

size_t bytes_of(const Piece* pieces, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += pieces[i].size;
  return bytes;
}

// What guests can do something with.
bool is_usual(FileKind kind) {
  return kind == FileKind::Regular || kind == FileKind::Directory || kind == FileKind::Link;
}

// The same for the same path, never 0: what inodes are for.
uint64_t inode_of(const char* path) {
  uint64_t hash = 0xcbf29ce484222325;
  for (; *path != 0; path++) hash = (hash ^ static_cast<unsigned char>(*path)) * 0x100000001b3;
  return hash | 1;
}

}  // namespace

void CallbackTree::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& memory = allocator;
  if (functions.gone != nullptr) functions.gone(functions.context);
  memory.destroy(this);
}

Ref<Node> CallbackNode::create_root(Allocator& allocator, const DirectoryFunctions& functions) {
  auto* path = static_cast<char*>(allocator.allocate(1));
  if (path == nullptr) return {};
  *path = 0;
  DirectoryFunctions quiet = functions;
  quiet.gone = nullptr;
  Ref<CallbackTree> tree(allocator.create<CallbackTree>(allocator, quiet));
  auto* root = tree ? allocator.create<CallbackNode>(tree, FileKind::Directory, path) : nullptr;
  if (root == nullptr) {
    allocator.release(path);
    return {};
  }
  // From here on it is the tree's to say that it has gone.
  tree->functions.gone = functions.gone;
  return Ref<Node>(root);
}

void CallbackNode::end() {
  const Ref<CallbackTree> tree = tree_;
  tree->allocator.release(const_cast<char*>(path_));
  tree->allocator.destroy(this);
}

Errno CallbackNode::path_of(const char* name, const char*& path) const {
  size_t here = std::strlen(path_), more = std::strlen(name);
  if (here + 1 + more > kMostPath) return Errno::kNAMETOOLONG;
  auto* made = static_cast<char*>(tree_->allocator.allocate(here + more + 2));
  if (made == nullptr) return Errno::kNOMEM;
  std::memcpy(made, path_, here);
  if (here > 0) made[here++] = '/';
  std::memcpy(made + here, name, more + 1);
  path = made;
  return kSuccess;
}

Ref<Node> CallbackNode::node_at(const char* path, FileKind kind) {
  auto* made = tree_->allocator.create<CallbackNode>(tree_, kind, path);
  if (made == nullptr) tree_->allocator.release(const_cast<char*>(path));
  return Ref<Node>(made);
}

Errno CallbackNode::status(FileStatus& status) {
  const DirectoryFunctions& functions = tree_->functions;
  status = {};
  Errno error =
      ask([&](ExecEnv* env) { return functions.status(functions.context, env, path_, &status); });
  if (error != kSuccess) return error;
  status.size = std::min<uint64_t>(status.size, INT64_MAX);
  status.device = reinterpret_cast<uintptr_t>(tree_.get());
  status.inode = inode_of(path_);
  status.links = 1;
  if (!is_usual(status.kind)) status.kind = FileKind::Unknown;
  return kSuccess;
}

Errno CallbackNode::set_times(const NewTime& accessed, const NewTime& modified) {
  const DirectoryFunctions& functions = tree_->functions;
  if (functions.set_times == nullptr) return Errno::kNOTSUP;
  return ask([&](ExecEnv* env) {
    return functions.set_times(functions.context, env, path_, &accessed, &modified);
  });
}

// ---- What is in files

Errno CallbackNode::read(uint64_t offset, const Piece* pieces, size_t count, size_t& done) {
  const DirectoryFunctions& functions = tree_->functions;
  done = 0;
  if (functions.read == nullptr) return Errno::kNOTSUP;
  size_t room = std::min(bytes_of(pieces, count), kAtOnce);
  Block block(tree_->allocator, std::max<size_t>(room, 1));
  if (block.data == nullptr) return Errno::kNOMEM;
  size_t got = 0;
  Errno error = ask([&](ExecEnv* env) {
    return functions.read(functions.context, env, path_, offset, block.data, room, &got);
  });
  if (error != kSuccess) return error;
  if (got > room) return Errno::kIO;
  for (size_t i = 0; i < count && done < got; i++) {
    size_t size = std::min(pieces[i].size, got - done);
    std::memcpy(pieces[i].data, block.data + done, size);
    done += size;
  }
  return kSuccess;
}

Errno CallbackNode::write(uint64_t offset, const Piece* pieces, size_t count, size_t& done) {
  const DirectoryFunctions& functions = tree_->functions;
  done = 0;
  if (functions.write == nullptr) return Errno::kROFS;
  size_t size = std::min(bytes_of(pieces, count), kAtOnce);
  Block block(tree_->allocator, std::max<size_t>(size, 1));
  if (block.data == nullptr) return Errno::kNOMEM;
  size_t filled = 0;
  for (size_t i = 0; i < count && filled < size; i++) {
    size_t part = std::min(pieces[i].size, size - filled);
    std::memcpy(block.data + filled, pieces[i].data, part);
    filled += part;
  }
  size_t taken = 0;
  Errno error = ask([&](ExecEnv* env) {
    return functions.write(functions.context, env, path_, offset, block.data, size, &taken);
  });
  if (error != kSuccess) return error;
  // One that takes nothing would be asked for ever.
  if (taken > size || (taken == 0 && size > 0)) return Errno::kIO;
  done = taken;
  return kSuccess;
}

// Behind what is there now: the functions know of nothing else.
Errno CallbackNode::append(const Piece* pieces, size_t count, size_t& done, uint64_t& end) {
  FileStatus found;
  if (Errno error = status(found); error != kSuccess) return error;
  Errno error = write(found.size, pieces, count, done);
  if (error == kSuccess) end = found.size + done;
  return error;
}

Errno CallbackNode::set_size(uint64_t size) {
  const DirectoryFunctions& functions = tree_->functions;
  if (functions.resize == nullptr) return Errno::kROFS;
  return ask([&](ExecEnv* env) { return functions.resize(functions.context, env, path_, size); });
}

Errno CallbackNode::read_link(char* text, size_t room, size_t& length) {
  const DirectoryFunctions& functions = tree_->functions;
  length = 0;
  if (functions.read_link == nullptr) return Errno::kINVAL;
  Block block(tree_->allocator, kMostPath);
  if (block.data == nullptr) return Errno::kNOMEM;
  size_t got = 0;
  Errno error = ask([&](ExecEnv* env) {
    return functions.read_link(functions.context, env, path_, block.data, kMostPath, &got);
  });
  if (error != kSuccess) return error;
  if (got > kMostPath) return Errno::kIO;
  length = std::min(got, room);
  std::memcpy(text, block.data, length);
  return kSuccess;
}

// ---- What lies in directories

Errno CallbackNode::find(const char* name, Ref<Node>& node) {
  if (!is_directory()) return Errno::kNOTDIR;
  const char* path = nullptr;
  if (Errno error = path_of(name, path); error != kSuccess) return error;
  Ref<Node> found = node_at(path, FileKind::Unknown);
  if (!found) return Errno::kNOMEM;
  FileStatus status;
  if (Errno error = found->status(status); error != kSuccess) return error;
  if (!is_usual(status.kind)) return Errno::kNOTCAPABLE;
  const char* again = nullptr;
  if (Errno error = path_of(name, again); error != kSuccess) return error;
  node = node_at(again, status.kind);
  return node ? kSuccess : Errno::kNOMEM;
}

Errno CallbackNode::create(const char* name, FileKind kind, const char* text, Ref<Node>& node) {
  const DirectoryFunctions& functions = tree_->functions;
  Errno found = find(name, node);
  if (found != Errno::kNOENT) return found == kSuccess ? Errno::kEXIST : found;
  if (functions.make == nullptr) return Errno::kROFS;
  const char* path = nullptr;
  if (Errno error = path_of(name, path); error != kSuccess) return error;
  node = node_at(path, kind);
  if (!node) return Errno::kNOMEM;
  return ask([&](ExecEnv* env) {
    return functions.make(functions.context, env, path, kind, text == nullptr ? "" : text);
  });
}

Errno CallbackNode::remove(const char* name, bool directory) {
  const DirectoryFunctions& functions = tree_->functions;
  Ref<Node> node;
  if (Errno error = find(name, node); error != kSuccess) return error;
  if (node->is_directory() != directory) return directory ? Errno::kNOTDIR : Errno::kISDIR;
  if (functions.remove == nullptr) return Errno::kROFS;
  const char* path = static_cast<CallbackNode&>(*node).path_;
  return ask(
      [&](ExecEnv* env) { return functions.remove(functions.context, env, path, directory); });
}

// Two names for one file are more than paths can say.
Errno CallbackNode::link(const char*, Node&) { return Errno::kNOTSUP; }

Errno CallbackNode::rename(const char* name, Node& to, const char* new_name) {
  const DirectoryFunctions& functions = tree_->functions;
  Ref<Node> node;
  if (Errno error = find(name, node); error != kSuccess) return error;
  if (functions.rename == nullptr) return Errno::kROFS;
  const char* path = static_cast<CallbackNode&>(*node).path_;
  const char* new_path = nullptr;
  if (Errno error = static_cast<CallbackNode&>(to).path_of(new_name, new_path); error != kSuccess) {
    return error;
  }
  size_t length = std::strlen(path);
  bool is_same = std::strcmp(path, new_path) == 0;
  bool is_into_itself = std::strncmp(path, new_path, length) == 0 && new_path[length] == '/';
  Errno error = is_into_itself ? Errno::kINVAL : kSuccess;
  if (!is_same && !is_into_itself) {
    error =
        ask([&](ExecEnv* env) { return functions.rename(functions.context, env, path, new_path); });
  }
  tree_->allocator.release(const_cast<char*>(new_path));
  return error;
}

Errno CallbackNode::list(uint64_t cookie, EntrySink& sink) {
  constexpr uint64_t kOwn = 2;
  const DirectoryFunctions& functions = tree_->functions;
  if (functions.entry == nullptr) return Errno::kNOTSUP;
  if (cookie < 1 && !sink.add(1, inode_of(path_), FileKind::Directory, ".")) return kSuccess;
  // Nothing is told of what lies outside.
  if (cookie < kOwn && !sink.add(kOwn, 0, FileKind::Directory, "..")) return kSuccess;
  CallbackEntry entry;
  for (uint64_t index = cookie < kOwn ? 0 : cookie - kOwn;; index++) {
    entry = {};
    Errno error = ask([&](ExecEnv* env) {
      return functions.entry(functions.context, env, path_, index, &entry);
    });
    if (error != kSuccess) return error == Errno::kNOENT ? kSuccess : error;
    std::string_view name(entry.name, std::min(entry.length, kMostName));
    bool is_name = !name.empty() && name != "." && name != ".." &&
                   name.find('/') == std::string_view::npos &&
                   name.find('\0') == std::string_view::npos;
    // What no guest could ask for is not told of either.
    if (!is_name) continue;
    const char* path = nullptr;
    entry.name[name.size()] = 0;
    if (error = path_of(entry.name, path); error != kSuccess) return error;
    uint64_t inode = inode_of(path);
    tree_->allocator.release(const_cast<char*>(path));
    if (!sink.add(index + kOwn + 1, inode, is_usual(entry.kind) ? entry.kind : FileKind::Unknown,
                  name)) {
      return kSuccess;
    }
  }
}

}  // namespace wembed::wasi
