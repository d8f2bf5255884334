// Memory files: what they are, and what is in files.
#include "wasi/memory_node.h"

#include <algorithm>
#include <cstring>

namespace wembed::wasi {

namespace {

// What a name and its node count for: an instance cannot take more by many empty files.
constexpr uint64_t kNodeCharge = 512;

std::atomic<uint64_t> last_device{0x77656d62'00000000};

void drop_bytes(Allocator& allocator, Bytes* bytes) {
  if (bytes == nullptr) return;
  if (bytes->references.fetch_sub(1, std::memory_order_acq_rel) == 1) allocator.release(bytes);
}

}  // namespace

// ---- The tree

Ref<MemoryTree> MemoryTree::create(Allocator& allocator, uint64_t most_bytes) {
  uint64_t seed = 0;
  static_cast<void>(platform::random_bytes(&seed, sizeof(seed)));
  uint64_t device = last_device.fetch_add(1, std::memory_order_relaxed);
  return Ref<MemoryTree>(allocator.create<MemoryTree>(allocator, most_bytes, device, seed));
}

void MemoryTree::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator& memory = allocator;
  this->~MemoryTree();
  memory.release(this);
}

bool MemoryTree::charge(uint64_t bytes) {
  uint64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > most_bytes || used > most_bytes - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

// ---- Nodes

MemoryNode::MemoryNode(Ref<MemoryTree> tree, FileKind kind, uint64_t now)
    : Node(kind),
      tree_(std::move(tree)),
      inode_(++tree_->last_inode),
      accessed_ns_(now),
      modified_ns_(now),
      changed_ns_(now),
      names_(tree_->allocator, tree_->seed) {}

MemoryNode::~MemoryNode() {
  drop_bytes(tree_->allocator, bytes_);
  tree_->discharge(charged_ + kNodeCharge);
}

// A directory's children may end with it, and theirs: one after another, however deep they are.
void MemoryNode::end() {
  const Ref<MemoryTree> tree = tree_;
  std::lock_guard lock(tree->mutex);
  MemoryNode* ending = this;
  ending->parent_ = nullptr;
  while (ending != nullptr) {
    MemoryNode* node = ending;
    ending = node->parent_;
    for (MemoryNames::Entry& entry : node->names_.entries()) {
      if (entry.name == nullptr) continue;
      MemoryNode* child = entry.node;
      if (child->is_directory()) child->parent_ = nullptr;
      if (!child->drop()) continue;
      child->parent_ = ending;
      ending = child;
    }
    node->~MemoryNode();
    tree->allocator.release(node);
  }
}

Errno MemoryNode::create_node(const Ref<MemoryTree>& tree, FileKind kind, uint64_t now,
                              MemoryNode*& node) {
  if (!tree->charge(kNodeCharge)) return Errno::kNOSPC;
  node = tree->allocator.create<MemoryNode>(tree, kind, now);
  if (node == nullptr) tree->discharge(kNodeCharge);
  return node == nullptr ? Errno::kNOMEM : kSuccess;
}

Ref<Node> MemoryNode::create_root(Allocator& allocator, uint64_t most_bytes, bool is_template) {
  Ref<MemoryTree> tree = MemoryTree::create(allocator, std::max(most_bytes, kNodeCharge));
  if (!tree) return {};
  uint64_t now = 0;
  MemoryNode* root = nullptr;
  if (file_time(now) != kSuccess) return {};
  if (create_node(tree, FileKind::Directory, now, root) != kSuccess) return {};
  root->is_template_ = is_template;
  root->links_ = 1;
  return Ref<Node>(root);
}

Ref<Node> MemoryNode::for_instance() {
  if (!is_template_) return Ref<Node>::share(this);
  Ref<MemoryTree> tree = MemoryTree::create(tree_->allocator, tree_->most_bytes);
  if (!tree) return {};
  std::lock_guard lock(tree_->mutex);
  MemoryNode* root = nullptr;
  if (copy_of(*this, tree, root) != kSuccess) return {};
  root->links_ = 1;
  return Ref<Node>(root);
}

// With the lock of the source's tree.
Errno MemoryNode::copy_of(MemoryNode& source, const Ref<MemoryTree>& tree, MemoryNode*& copy) {
  if (Errno error = create_node(tree, source.kind(), 0, copy); error != kSuccess) return error;
  copy->accessed_ns_ = source.accessed_ns_;
  copy->modified_ns_ = source.modified_ns_;
  copy->changed_ns_ = source.changed_ns_;
  copy->size_ = source.size_;
  copy->bytes_ = source.bytes_;
  if (copy->bytes_ != nullptr) copy->bytes_->references.fetch_add(1, std::memory_order_relaxed);
  if (source.is_directory()) copy->source_ = Ref<MemoryNode>::share(&source);
  return kSuccess;
}

// A directory that is a copy gets copies of what is in the other.
Errno MemoryNode::take_over() {
  if (!source_) return kSuccess;
  Ref<MemoryNode> source = source_;
  std::lock_guard lock(source->tree_->mutex);
  if (Errno error = source->take_over(); error != kSuccess) return error;
  for (MemoryNames::Entry& entry : source->names_.entries()) {
    if (entry.name == nullptr) continue;
    // One that came before memory ran out stays.
    if (names_.find({entry.name, entry.length}) != nullptr) continue;
    MemoryNode* copy = nullptr;
    Errno error = copy_of(*entry.node, tree_, copy);
    if (error != kSuccess) return error;
    error = add(entry.name, *copy);
    copy->release();
    if (error != kSuccess) return error;
  }
  source_ = {};
  return kSuccess;
}

Errno MemoryNode::status(FileStatus& status) {
  std::lock_guard lock(tree_->mutex);
  status = {};
  status.device = tree_->device;
  status.inode = inode_;
  status.kind = kind();
  status.links = is_directory() && !is_removed_ ? 2 : links_;
  status.size = size_;
  status.accessed_ns = accessed_ns_;
  status.modified_ns = modified_ns_;
  status.changed_ns = changed_ns_;
  return kSuccess;
}

Errno MemoryNode::set_times(const NewTime& accessed, const NewTime& modified) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  changed_ns_ = now;
  if (accessed.kind != NewTime::Keep) {
    accessed_ns_ = accessed.kind == NewTime::Now ? changed_ns_ : accessed.ns;
  }
  if (modified.kind != NewTime::Keep) {
    modified_ns_ = modified.kind == NewTime::Now ? changed_ns_ : modified.ns;
  }
  return kSuccess;
}

void MemoryNode::touch(bool contents, uint64_t now) {
  changed_ns_ = now;
  if (contents) modified_ns_ = now;
}

// ---- What is in files

// Makes the bytes the node's own, with room for `size` of them.
Errno MemoryNode::own_bytes(uint64_t size) {
  bool is_own = bytes_ != nullptr && bytes_->references.load(std::memory_order_acquire) == 1;
  if (is_own && bytes_->capacity >= size) return kSuccess;
  if (size > SIZE_MAX / 2 - sizeof(Bytes)) return Errno::kNOSPC;
  auto capacity = static_cast<size_t>(size);
  if (is_own) capacity = std::max<size_t>(capacity, bytes_->capacity + bytes_->capacity / 2);
  Allocator& allocator = tree_->allocator;
  void* block = allocator.allocate(sizeof(Bytes) + capacity);
  if (block == nullptr) return Errno::kNOMEM;
  auto* made = ::new (block) Bytes;
  made->capacity = capacity;
  if (bytes_ != nullptr) std::memcpy(made->data(), bytes_->data(), std::min(size_, size));
  drop_bytes(allocator, bytes_);
  bytes_ = made;
  return kSuccess;
}

// To so many bytes, which count from now on; new ones are zero.
Errno MemoryNode::resize(uint64_t size) {
  if (size > charged_ && !tree_->charge(size - charged_)) return Errno::kNOSPC;
  if (size == 0) {
    drop_bytes(tree_->allocator, std::exchange(bytes_, nullptr));
  } else if (Errno error = own_bytes(size); error != kSuccess) {
    if (size > charged_) tree_->discharge(size - charged_);
    return error;
  } else if (size > size_) {
    std::memset(bytes_->data() + size_, 0, static_cast<size_t>(size - size_));
  }
  if (size < charged_) tree_->discharge(charged_ - size);
  charged_ = size_ = size;
  return kSuccess;
}

Errno MemoryNode::read(uint64_t offset, const Piece* pieces, size_t count, size_t& done) {
  std::lock_guard lock(tree_->mutex);
  done = 0;
  for (size_t i = 0; i < count && offset < size_; i++) {
    auto size = static_cast<size_t>(std::min<uint64_t>(pieces[i].size, size_ - offset));
    std::memcpy(pieces[i].data, bytes_->data() + offset, size);
    offset += size;
    done += size;
  }
  return kSuccess;
}

Errno MemoryNode::write_here(uint64_t offset, const Piece* pieces, size_t count, uint64_t now,
                             size_t& done) {
  done = 0;
  uint64_t wanted = 0;
  for (size_t i = 0; i < count; i++) wanted += pieces[i].size;
  if (wanted == 0) return kSuccess;
  if (offset > tree_->most_bytes) return Errno::kFBIG;
  Errno error = resize(std::max(size_, offset + wanted));
  // As much as there is room for, as on a disk.
  while ((error == Errno::kNOSPC || error == Errno::kNOMEM) && wanted > 1) {
    wanted /= 2;
    error = resize(std::max(size_, offset + wanted));
  }
  if (error != kSuccess) return error;
  for (size_t i = 0; i < count && done < wanted; i++) {
    auto size = static_cast<size_t>(std::min<uint64_t>(pieces[i].size, wanted - done));
    std::memcpy(bytes_->data() + offset + done, pieces[i].data, size);
    done += size;
  }
  touch(true, now);
  return kSuccess;
}

Errno MemoryNode::write(uint64_t offset, const Piece* pieces, size_t count, size_t& done) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  return write_here(offset, pieces, count, now, done);
}

Errno MemoryNode::append(const Piece* pieces, size_t count, size_t& done, uint64_t& end) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  Errno error = write_here(size_, pieces, count, now, done);
  if (error == kSuccess) end = size_;
  return error;
}

Errno MemoryNode::set_size(uint64_t size) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  if (size > tree_->most_bytes) return Errno::kFBIG;
  Errno error = resize(size);
  if (error == kSuccess) touch(true, now);
  return error;
}

Errno MemoryNode::read_link(char* text, size_t room, size_t& length) {
  std::lock_guard lock(tree_->mutex);
  length = static_cast<size_t>(std::min<uint64_t>(room, size_));
  if (length > 0) std::memcpy(text, bytes_->data(), length);
  return kSuccess;
}

}  // namespace wembed::wasi
