#include "wasi/memory_names.h"

#include <cstring>

namespace wembed::wasi {

MemoryNames::~MemoryNames() {
  for (Entry& entry : entries_) allocator_.release(entry.name);
}

// Seeded, so that a guest cannot choose names that meet.
uint32_t MemoryNames::hash_of(std::string_view name) const {
  uint64_t hash = seed_ ^ name.size();
  for (size_t at = 0; at < name.size(); at += 8) {
    uint64_t piece = 0;
    size_t left = name.size() - at;
    std::memcpy(&piece, name.data() + at, left < 8 ? left : 8);
    hash = (hash ^ piece) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return static_cast<uint32_t>(hash >> 16);
}

MemoryNames::Entry* MemoryNames::find(std::string_view name) {
  if (buckets_.size() == 0) return nullptr;
  uint32_t hash = hash_of(name);
  size_t mask = buckets_.size() - 1;
  for (size_t at = hash & mask; buckets_[at] != 0; at = (at + 1) & mask) {
    Entry& entry = entries_[buckets_[at] - 1];
    bool is_it = entry.name != nullptr && entry.hash == hash && entry.length == name.size() &&
                 std::memcmp(entry.name, name.data(), name.size()) == 0;
    if (is_it) return &entry;
  }
  return nullptr;
}

bool MemoryNames::add(std::string_view name, MemoryNode* node) {
  // At most three quarters full, removed ones counted.
  bool is_full = (entries_.size() + 1) * 4 > buckets_.size() * 3;
  if (is_full && !rebuild()) return false;
  auto* copy = static_cast<char*>(allocator_.allocate(name.size() + 1));
  if (copy == nullptr) return false;
  std::memcpy(copy, name.data(), name.size());
  copy[name.size()] = 0;
  Entry entry = {copy, static_cast<uint32_t>(name.size()), hash_of(name), ++last_serial_, node};
  if (!entries_.push_back(entry)) {
    allocator_.release(copy);
    return false;
  }
  enter(static_cast<uint32_t>(entries_.size() - 1));
  live_++;
  return true;
}

void MemoryNames::remove(Entry& entry) {
  allocator_.release(entry.name);
  entry.name = nullptr;
  entry.node = nullptr;
  live_--;
}

size_t MemoryNames::first_after(uint64_t serial) const {
  size_t low = 0, high = entries_.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    (entries_[middle].serial > serial ? high : low) =
        entries_[middle].serial > serial ? middle : middle + 1;
  }
  return low;
}

// Without the removed ones, and with room for as many again.
bool MemoryNames::rebuild() {
  size_t wanted = 8;
  while (wanted < (live_ + 1) * 2) wanted *= 2;
  Vector<uint32_t> buckets(allocator_);
  if (!buckets.resize(wanted)) return false;
  size_t kept = 0;
  for (size_t i = 0; i < entries_.size(); i++) {
    if (entries_[i].name != nullptr) entries_[kept++] = entries_[i];
  }
  entries_.truncate(kept);
  buckets_ = std::move(buckets);
  for (size_t i = 0; i < kept; i++) enter(static_cast<uint32_t>(i));
  return true;
}

void MemoryNames::enter(uint32_t entry) {
  size_t mask = buckets_.size() - 1;
  size_t at = entries_[entry].hash & mask;
  while (buckets_[at] != 0) at = (at + 1) & mask;
  buckets_[at] = entry + 1;
}

}  // namespace wembed::wasi
