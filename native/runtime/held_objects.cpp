#include "runtime/held_objects.h"

#include <algorithm>
#include <utility>

namespace wembed {

namespace {
constexpr size_t kLeast = 16;
}

// Addresses are the heap's, not a guest's to choose.
size_t HeldObjects::home_of(const Object* object) const {
  const uint64_t mixed = (reinterpret_cast<uintptr_t>(object) >> 3) * 0x9e3779b97f4a7c15u;
  return static_cast<size_t>(mixed >> 20) & (entries_.size() - 1);
}

const HeldObjects::Entry* HeldObjects::find(const Object* object) const {
  if (count_ == 0 || object == nullptr) return nullptr;
  for (size_t at = home_of(object);; at = (at + 1) & (entries_.size() - 1)) {
    const Entry& entry = entries_[at];
    if (entry.object == object) return &entry;
    if (entry.object == nullptr) return nullptr;  // there is one: at most half are taken
  }
}

bool HeldObjects::make_room(size_t more) {
  size_t room = std::max(entries_.size(), kLeast);
  while (room < 2 * (count_ + more)) room *= 2;
  if (room == entries_.size()) return true;
  Vector<Entry> larger(*allocator_);
  if (!larger.resize(room)) return false;
  std::fill(larger.begin(), larger.end(), Entry{});
  std::swap(larger, entries_);
  count_ = 0;
  for (const Entry& entry : larger) {
    if (entry.object != nullptr) put(entry);
  }
  return true;
}

void HeldObjects::put(const Entry& entry) {
  size_t at = home_of(entry.object);
  while (entries_[at].object != nullptr && entries_[at].object != entry.object) {
    at = (at + 1) & (entries_.size() - 1);
  }
  if (entries_[at].object == nullptr) count_++;
  entries_[at].object = entry.object;
  entries_[at].times += entry.times;
}

bool HeldObjects::hold(Object& object) {
  if (!make_room(1)) return false;
  put({&object, 1});
  return true;
}

bool HeldObjects::release(const Object& object) {
  const Entry* found = find(&object);
  if (found == nullptr) return false;
  const auto at = static_cast<size_t>(found - entries_.data());
  if (--entries_[at].times == 0) close_gap(at);
  return true;
}

// Entries behind it that are not at home move up, so that looking for one never stops too early.
void HeldObjects::close_gap(size_t gap) {
  const size_t mask = entries_.size() - 1;
  entries_[gap] = {};
  count_--;
  for (size_t at = (gap + 1) & mask; entries_[at].object != nullptr; at = (at + 1) & mask) {
    const size_t home = home_of(entries_[at].object);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    entries_[gap] = std::exchange(entries_[at], {});
    gap = at;
  }
}

void HeldObjects::adopt(HeldObjects& other) {
  for (const Entry& entry : other.entries_) {
    if (entry.object != nullptr) put(entry);
  }
  other.entries_.clear();
  other.count_ = 0;
}

}  // namespace wembed
