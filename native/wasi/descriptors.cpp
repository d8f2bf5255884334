// Descriptors themselves: closing, numbers, rights, flags, and what was there at the start.
#include <cstring>

#include "wasi/calls.h"

namespace wembed::wasi {

Trap fd_close(Call& call) {
  Table* table = call.state().table();
  return call.give(table == nullptr ? Errno::kNOMEM : table->close(call.word(0)));
}

Trap fd_renumber(Call& call) {
  Table* table = call.state().table();
  return call.give(table == nullptr ? Errno::kNOMEM : table->renumber(call.word(0), call.word(1)));
}

Trap fd_fdstat_get(Call& call) {
  uint8_t* target = call.range(call.word(1), kFdstatBytes);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  Held held;
  if (Errno error = call.get(0, 0, held); error != kSuccess) return call.give(error);
  std::memset(target, 0, kFdstatBytes);
  store(target, static_cast<uint8_t>(held.file->type()));
  store(target + 2, held.file->flags());
  store(target + 8, held.rights.base);
  store(target + 16, held.rights.inheriting);
  return call.give(kSuccess);
}

Trap fd_fdstat_set_flags(Call& call) {
  Held held;
  if (Errno error = call.get(0, right::kSetFlags, held); error != kSuccess) {
    return call.give(error);
  }
  uint32_t flags = call.word(1);
  constexpr uint32_t kChangeable = kAppend | kNonblock;
  bool is_wrong =
      (flags & ~uint32_t{kAllFdFlags}) != 0 || ((flags ^ held.file->flags()) & ~kChangeable) != 0;
  if (is_wrong) return call.give(Errno::kINVAL);
  return call.give(held.file->set_flags(static_cast<uint16_t>(flags)));
}

Trap fd_fdstat_set_rights(Call& call) {
  Table* table = call.state().table();
  if (table == nullptr) return call.give(Errno::kNOMEM);
  return call.give(table->shrink(call.word(0), {call.wide(1), call.wide(2)}));
}

namespace {

// The name of the preopened directory that the call's first argument is.
Errno find_preopen(Call& call, std::string_view& name) {
  Table* table = call.state().table();
  return table == nullptr ? Errno::kNOMEM : table->preopen(call.word(0), name);
}

}  // namespace

Trap fd_prestat_get(Call& call) {
  uint8_t* target = call.range(call.word(1), kPrestatBytes);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  std::string_view name;
  if (Errno error = find_preopen(call, name); error != kSuccess) return call.give(error);
  store(target, uint32_t{0});
  store(target + 4, static_cast<uint32_t>(name.size()));
  return call.give(kSuccess);
}

Trap fd_prestat_dir_name(Call& call) {
  uint32_t room = call.word(2);
  uint8_t* target = call.range(call.word(1), room);
  if (target == nullptr) return Trap::MemoryOutOfBounds;
  std::string_view name;
  if (Errno error = find_preopen(call, name); error != kSuccess) return call.give(error);
  if (room < name.size()) return call.give(Errno::kNAMETOOLONG);
  std::memcpy(target, name.data(), name.size());
  return call.give(kSuccess);
}

}  // namespace wembed::wasi
