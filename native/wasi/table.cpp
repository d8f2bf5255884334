#include "wasi/table.h"

#include <algorithm>

namespace wembed::wasi {

Errno Table::add(Ref<File> file, const Rights& rights, uint32_t most, uint32_t& number,
                 std::string_view preopen, uint32_t least) {
  std::lock_guard lock(mutex_);
  uint32_t at = std::max(lowest_, least);
  while (at < entries_.size() && entries_[at].file != nullptr) at++;
  if (at >= most) return Errno::kMFILE;
  if (at >= entries_.size() && !entries_.resize(at + 1)) return Errno::kNOMEM;
  if (least <= lowest_) lowest_ = at + 1;
  entries_[at] = {file.give_away(), rights, preopen.data(), preopen.size()};
  open_++;
  number = at;
  return kSuccess;
}

bool Table::has_room(uint32_t most) {
  std::lock_guard lock(mutex_);
  return open_ < most;
}

Errno Table::get(uint32_t number, uint64_t rights, Held& held) {
  std::lock_guard lock(mutex_);
  Entry* entry = find(number);
  if (entry == nullptr) return Errno::kBADF;
  if ((entry->rights.base & rights) != rights) return Errno::kNOTCAPABLE;
  held.file = Ref<File>::share(entry->file);
  held.rights = entry->rights;
  return kSuccess;
}

Errno Table::close(uint32_t number) {
  Ref<File> gone;  // outside of the lock: closing may take its time
  std::lock_guard lock(mutex_);
  Entry* entry = find(number);
  if (entry == nullptr) return Errno::kBADF;
  gone = Ref<File>(entry->file);
  *entry = {};
  open_--;
  lowest_ = std::min(lowest_, number);
  return kSuccess;
}

Errno Table::renumber(uint32_t from, uint32_t to) {
  Ref<File> gone;
  std::lock_guard lock(mutex_);
  Entry* source = find(from);
  Entry* target = find(to);
  if (source == nullptr || target == nullptr) return Errno::kBADF;
  if (from == to) return kSuccess;
  gone = Ref<File>(target->file);
  *target = *source;
  *source = {};
  open_--;
  lowest_ = std::min(lowest_, from);
  return kSuccess;
}

Errno Table::shrink(uint32_t number, const Rights& rights) {
  std::lock_guard lock(mutex_);
  Entry* entry = find(number);
  if (entry == nullptr) return Errno::kBADF;
  bool grows = (rights.base & ~entry->rights.base) != 0 ||
               (rights.inheriting & ~entry->rights.inheriting) != 0;
  if (grows) return Errno::kNOTCAPABLE;
  entry->rights = rights;
  return kSuccess;
}

Errno Table::preopen(uint32_t number, std::string_view& name) {
  std::lock_guard lock(mutex_);
  const Entry* entry = find(number);
  if (entry == nullptr || entry->name == nullptr) return Errno::kBADF;
  name = {entry->name, entry->name_length};
  return kSuccess;
}

void Table::clear() {
  std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.file != nullptr) entry.file->release();
  }
  entries_.clear();
  lowest_ = 0;
  open_ = 0;
}

}  // namespace wembed::wasi
