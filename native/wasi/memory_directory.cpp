// The part of MemoryNode that is about what lies in a directory.
#include <algorithm>
#include <cstring>

#include "wasi/memory_node.h"

namespace wembed::wasi {

Errno MemoryNode::look(const char* name, MemoryNames::Entry*& entry) {
  if (!is_directory()) return Errno::kNOTDIR;
  if (Errno error = take_over(); error != kSuccess) return error;
  entry = names_.find(name);
  return entry == nullptr ? Errno::kNOENT : kSuccess;
}

Errno MemoryNode::find(const char* name, Ref<Node>& node) {
  std::lock_guard lock(tree_->mutex);
  MemoryNames::Entry* entry = nullptr;
  Errno error = look(name, entry);
  if (error == kSuccess) node = Ref<Node>::share(entry->node);
  return error;
}

// A name here is for that node.
void MemoryNode::arrive(MemoryNode& node) {
  node.retain();
  node.links_++;
  if (node.is_directory()) node.parent_ = this;
}

// No more. The node stays as long as somebody has it open.
void MemoryNode::leave(MemoryNode& node, uint64_t now) {
  node.links_--;
  if (node.is_directory()) {
    node.parent_ = nullptr;
    node.is_removed_ = true;
  }
  node.touch(false, now);
  node.release();
}

Errno MemoryNode::add(const char* name, MemoryNode& node) {
  if (!names_.add(name, &node)) return Errno::kNOMEM;
  arrive(node);
  return kSuccess;
}

Errno MemoryNode::create(const char* name, FileKind kind, const char* text, Ref<Node>& node) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  MemoryNames::Entry* entry = nullptr;
  Errno error = look(name, entry);
  if (error != Errno::kNOENT) return error == kSuccess ? Errno::kEXIST : error;
  if (is_removed_) return Errno::kNOENT;
  MemoryNode* made = nullptr;
  if (error = create_node(tree_, kind, now, made); error != kSuccess) return error;
  Ref<MemoryNode> held(made);
  if (text != nullptr) {
    size_t length = std::strlen(text);
    if (error = made->resize(length); error != kSuccess) return error;
    std::memcpy(made->bytes_->data(), text, length);
  }
  if (error = add(name, *made); error != kSuccess) return error;
  touch(true, now);
  node = Ref<Node>(held.give_away());
  return kSuccess;
}

Errno MemoryNode::remove(const char* name, bool directory) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  MemoryNames::Entry* entry = nullptr;
  if (Errno error = look(name, entry); error != kSuccess) return error;
  MemoryNode& node = *entry->node;
  if (node.is_directory() != directory) return directory ? Errno::kNOTDIR : Errno::kISDIR;
  if (directory) {
    if (Errno error = node.take_over(); error != kSuccess) return error;
    if (node.names_.size() > 0) return Errno::kNOTEMPTY;
  }
  names_.remove(*entry);
  leave(node, now);
  touch(true, now);
  return kSuccess;
}

Errno MemoryNode::link(const char* name, Node& node) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  MemoryNames::Entry* entry = nullptr;
  Errno error = look(name, entry);
  if (error != Errno::kNOENT) return error == kSuccess ? Errno::kEXIST : error;
  auto& target = static_cast<MemoryNode&>(node);
  // One that has lost its last name does not come back.
  if (is_removed_ || target.links_ == 0) return Errno::kNOENT;
  if (error = add(name, target); error != kSuccess) return error;
  target.touch(false, now);
  touch(true, now);
  return kSuccess;
}

bool MemoryNode::is_below(const MemoryNode& other) const {
  for (const MemoryNode* node = this; node != nullptr; node = node->parent_) {
    if (node == &other) return true;
  }
  return false;
}

// Puts `moved` in the place of what is there, which needs no memory.
Errno MemoryNode::replace(MemoryNode& moved, MemoryNames::Entry& there, uint64_t now) {
  Ref<MemoryNode> old = Ref<MemoryNode>::share(there.node);
  if (old->is_directory() && !moved.is_directory()) return Errno::kISDIR;
  if (!old->is_directory() && moved.is_directory()) return Errno::kNOTDIR;
  if (old->is_directory()) {
    if (Errno error = old->take_over(); error != kSuccess) return error;
    if (old->names_.size() > 0) return Errno::kNOTEMPTY;
  }
  leave(*old, now);
  there.node = &moved;
  arrive(moved);
  return kSuccess;
}

Errno MemoryNode::rename(const char* name, Node& to, const char* new_name) {
  uint64_t now = 0;
  if (Errno error = file_time(now); error != kSuccess) return error;
  std::lock_guard lock(tree_->mutex);
  auto& target = static_cast<MemoryNode&>(to);
  MemoryNames::Entry* from = nullptr;
  MemoryNames::Entry* there = nullptr;
  if (Errno error = look(name, from); error != kSuccess) return error;
  Ref<MemoryNode> moved = Ref<MemoryNode>::share(from->node);
  Errno error = target.look(new_name, there);
  if (error != kSuccess && error != Errno::kNOENT) return error;
  if (there != nullptr && there->node == moved.get()) return kSuccess;
  if (moved->is_directory() && target.is_below(*moved)) return Errno::kINVAL;
  if (target.is_removed_) return Errno::kNOENT;
  error = there == nullptr ? target.add(new_name, *moved) : target.replace(*moved, *there, now);
  if (error != kSuccess) return error;
  // The names may have moved.
  if (look(name, from) == kSuccess) names_.remove(*from);
  moved->links_--;
  moved->release();
  moved->touch(false, now);
  touch(true, now);
  target.touch(true, now);
  return kSuccess;
}

Errno MemoryNode::list(uint64_t cookie, EntrySink& sink) {
  constexpr uint64_t kOwn = 2;
  std::lock_guard lock(tree_->mutex);
  if (Errno error = take_over(); error != kSuccess) return error;
  accessed_ns_ = std::max(accessed_ns_, modified_ns_);
  if (cookie < 1 && !sink.add(1, inode_, FileKind::Directory, ".")) return kSuccess;
  // Nothing is told of what lies outside.
  if (cookie < 2 && !sink.add(2, 0, FileKind::Directory, "..")) return kSuccess;
  auto entries = names_.entries();
  for (size_t i = names_.first_after(cookie < kOwn ? 0 : cookie - kOwn); i < entries.size(); i++) {
    const MemoryNames::Entry& entry = entries[i];
    if (entry.name == nullptr) continue;
    bool had_room = sink.add(entry.serial + kOwn, entry.node->inode_, entry.node->kind(),
                             {entry.name, entry.length});
    if (!had_room) return kSuccess;
  }
  return kSuccess;
}

}  // namespace wembed::wasi
