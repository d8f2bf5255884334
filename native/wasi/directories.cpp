// What is in a directory.
#include <algorithm>
#include <cstring>

#include "wasi/calls.h"

namespace wembed::wasi {

namespace {

// Fills the guest's buffer; the last entry may be cut anywhere, also inside its head.
class Filler final : public EntrySink {
 public:
  Filler(uint8_t* target, uint32_t room) : target_(target), room_(room) {}

  bool add(uint64_t next, uint64_t inode, platform::FileKind kind, std::string_view name) override {
    uint8_t head[kDirentBytes] = {};
    store(head, next);
    store(head + 8, inode);
    store(head + 16, static_cast<uint32_t>(name.size()));
    store(head + 20, static_cast<uint8_t>(to_file_type(kind)));
    bool had_room = put(head, sizeof(head));
    return put(name.data(), name.size()) && had_room;
  }
  [[nodiscard]] uint32_t used() const { return used_; }

 private:
  bool put(const void* data, size_t size) {
    size_t fits = std::min<size_t>(size, room_ - used_);
    if (fits > 0) std::memcpy(target_ + used_, data, fits);
    used_ += static_cast<uint32_t>(fits);
    return fits == size;
  }
  uint8_t* target_;
  uint32_t room_;
  uint32_t used_ = 0;
};

}  // namespace

Trap fd_readdir(Call& call) {
  uint32_t room = call.word(2);
  uint8_t* buffer = call.range(call.word(1), room);
  uint8_t* used = call.place<uint32_t>(4);
  if (buffer == nullptr || used == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  if (Errno error = call.get(0, right::kReaddir, held); error != kSuccess) {
    return call.give(error);
  }
  Filler filler(buffer, room);
  Errno error = room == 0 ? kSuccess : held.file->read_entries(call.wide(3), filler);
  if (error == kSuccess) store(used, filler.used());
  return call.give(error);
}

}  // namespace wembed::wasi
