// The descriptors of an instance: numbers, rights and names of what was there at the start.
#pragma once

#include <mutex>
#include <string_view>

#include "base/vector.h"
#include "wasi/file.h"

namespace wembed::wasi {

struct Rights {
  uint64_t base = 0;
  uint64_t inheriting = 0;
};

// A descriptor as one call has it: others may close it meanwhile.
struct Held {
  Ref<File> file;
  Rights rights;
};

class Table {
 public:
  explicit Table(Allocator& allocator) : entries_(allocator) {}
  ~Table() { clear(); }

  // The lowest free number from `least` on. MFILE: there are `most` already.
  Errno add(Ref<File> file, const Rights& rights, uint32_t most, uint32_t& number,
            std::string_view preopen = {}, uint32_t least = 0);
  // Whether another one can be added, as far as their number goes.
  [[nodiscard]] bool has_room(uint32_t most);
  // BADF, or NOTCAPABLE when one of the rights is missing.
  Errno get(uint32_t number, uint64_t rights, Held& held);
  Errno close(uint32_t number);
  Errno renumber(uint32_t from, uint32_t to);
  Errno shrink(uint32_t number, const Rights& rights);
  // BADF for what is no directory that was there at the start. The name stays as long as the state.
  Errno preopen(uint32_t number, std::string_view& name);
  void clear();

 private:
  struct Entry {
    File* file;  // null: free
    Rights rights;
    const char* name;  // null: no preopen
    size_t name_length;
  };
  Entry* find(uint32_t number) {
    bool is_open = number < entries_.size() && entries_[number].file != nullptr;
    return is_open ? &entries_[number] : nullptr;
  }

  std::mutex mutex_;
  Vector<Entry> entries_;
  uint32_t lowest_ = 0;  // nothing below is free
  uint32_t open_ = 0;
};

}  // namespace wembed::wasi
