// A table of entries by their key, a word that is not 0: open addressing, at most half full, and
// what is taken out leaves no gap. Entry: trivially copyable, with a member `key`, 0 when it is
// made without one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/vector.h"

namespace wembed {

template <class Entry> class AddressTable {
 public:
  explicit AddressTable(Allocator& allocator) : allocator_(&allocator), entries_(allocator) {}

  [[nodiscard]] size_t size() const { return count_; }

  // Null: there is none.
  [[nodiscard]] Entry* find(uint64_t key) {
    return const_cast<Entry*>(std::as_const(*this).find(key));
  }
  [[nodiscard]] const Entry* find(uint64_t key) const {
    if (count_ == 0 || key == 0) return nullptr;
    for (size_t at = home_of(key);; at = next(at)) {
      if (entries_[at].key == key) return &entries_[at];
      if (entries_[at].key == 0) return nullptr;
    }
  }

  // There will be room for so many more. False: no memory.
  [[nodiscard]] bool make_room(size_t more) {
    size_t room = std::max(entries_.size(), kLeast);
    while (room < 2 * (count_ + more)) room *= 2;
    if (room == entries_.size()) return true;
    Vector<Entry> larger(*allocator_);
    if (!larger.resize(room)) return false;
    std::fill(larger.begin(), larger.end(), Entry{});
    std::swap(larger, entries_);
    count_ = 0;
    for (const Entry& entry : larger) {
      if (entry.key != 0) add(entry);
    }
    return true;
  }
  // One whose key is not here yet. There is room.
  Entry& add(const Entry& entry) {
    size_t at = home_of(entry.key);
    while (entries_[at].key != 0) at = next(at);
    entries_[at] = entry;
    count_++;
    return entries_[at];
  }
  // The entry with that key, a new one with nothing else if there was none. Null: no memory.
  [[nodiscard]] Entry* find_or_add(uint64_t key) {
    if (Entry* found = find(key)) return found;
    if (!make_room(1)) return nullptr;
    Entry entry{};
    entry.key = key;
    return &add(entry);
  }
  void remove(const Entry* entry) { close_gap(static_cast<size_t>(entry - entries_.data())); }

  // keep(entry) for each, for some more than once: those for which it is false are taken out.
  template <class Keep> void retain(Keep keep) {
    for (size_t at = 0; at < entries_.size();) {
      if (entries_[at].key == 0 || keep(entries_[at])) {
        at++;
      } else {
        close_gap(at);  // another may have come to its place
      }
    }
  }
  void clear() {
    entries_.clear();
    count_ = 0;
  }

  template <class Visit> void for_each(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.key != 0) visit(entry);
    }
  }

 private:
  static constexpr size_t kLeast = 16;

  // Keys are addresses and the like, not a guest's to choose.
  [[nodiscard]] size_t home_of(uint64_t key) const {
    const uint64_t mixed = (key >> 3) * 0x9e3779b97f4a7c15u;
    return static_cast<size_t>(mixed >> 20) & (entries_.size() - 1);
  }
  [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (entries_.size() - 1); }

  // Entries behind it that are not at home move up, so that looking for one never stops too early.
  void close_gap(size_t gap) {
    const size_t mask = entries_.size() - 1;
    entries_[gap] = {};
    count_--;
    for (size_t at = next(gap); entries_[at].key != 0; at = next(at)) {
      const size_t home = home_of(entries_[at].key);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      entries_[gap] = std::exchange(entries_[at], {});
      gap = at;
    }
  }

  Allocator* allocator_;
  Vector<Entry> entries_;  // a power of two, at most half of them taken; each at or behind its home
  size_t count_ = 0;
};

}  // namespace wembed
