// The list of registered natives: newest first, each array sorted for binary search.
#include "runtime/natives.h"

#include <algorithm>
#include <cstring>

namespace wembed {

namespace {

// In a sorted list.
const NativeEntry* search(const NativeEntry* entries, size_t count, std::string_view name) {
  const NativeEntry* end = entries + count;
  const NativeEntry* at = std::lower_bound(
      entries, end, name,
      [](const NativeEntry& entry, std::string_view wanted) { return entry.symbol < wanted; });
  return at != end && at->symbol == name ? at : nullptr;
}

// What `search` finds by the name, or by the name without one underscore in front.
template <class Search> auto find_name(std::string_view name, Search search) {
  auto found = search(name);
  if (found != nullptr || name.empty() || name[0] != '_') return found;
  return search(name.substr(1));
}

}  // namespace

NativeRegistry::~NativeRegistry() {
  while (newest_ != nullptr) {
    Node* node = newest_;
    newest_ = node->older;
    allocator_->destroy(node);
  }
}

bool NativeRegistry::add(const char* module, NativeEntry* entries, uint32_t count, bool raw) {
  Node* node = allocator_->create<Node>(Node{module, entries, count, raw, nullptr});
  if (node == nullptr) return false;
  std::sort(entries, entries + count, [](const NativeEntry& a, const NativeEntry& b) {
    return std::strcmp(a.symbol, b.symbol) < 0;
  });
  std::lock_guard lock(mutex_);
  node->older = newest_;
  newest_ = node;
  return true;
}

bool NativeRegistry::remove(const char* module, const NativeEntry* entries) {
  std::lock_guard lock(mutex_);
  for (Node** link = &newest_; *link != nullptr; link = &(*link)->older) {
    Node* node = *link;
    if (node->entries != entries || std::strcmp(node->module, module) != 0) continue;
    *link = node->older;
    allocator_->destroy(node);
    return true;
  }
  return false;
}

NativeRegistry::Found NativeRegistry::find(std::string_view module, std::string_view name) {
  std::lock_guard lock(mutex_);
  for (const Node* node = newest_; node != nullptr; node = node->older) {
    if (module != node->module) continue;
    const NativeEntry* entry = find_name(
        name, [&](std::string_view wanted) { return search(node->entries, node->count, wanted); });
    if (entry != nullptr) {
      return {entry->function, entry->signature, entry->attachment, node->raw, nullptr, nullptr};
    }
  }
  for (uint32_t i = 0; i < library_count_; i++) {
    const NativeLibrary& library = *libraries_[i];
    if (library.module != module) continue;
    const LibraryFunction* found =
        find_name(name, [&](std::string_view wanted) { return library.find(wanted); });
    if (found == nullptr) continue;
    return {nullptr, found->signature, nullptr, false, found->invoke, &library};
  }
  return {};
}

}  // namespace wembed
