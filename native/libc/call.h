// One call of a guest's into its C library: its arguments, and the guest's memory with checks.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/trap.h"
#include "runtime/bulk.h"
#include "runtime/guest_span.h"
#include "runtime/value.h"

namespace wembed::libc {

// A string of the guest's that ended in a NUL when it was looked at, which is not part of it.
struct Text {
  const uint8_t* data = nullptr;
  uint64_t length = 0;
};

class Call {
 public:
  Call(ExecEnv& env, Instance& instance, Slot* slots)
      : env_(env), instance_(instance), slots_(slots), bulk_(env, instance) {}

  [[nodiscard]] ExecEnv& env() const { return env_; }
  [[nodiscard]] Instance& instance() const { return instance_; }
  [[nodiscard]] Bulk& bulk() { return bulk_; }

  // Arguments by position.
  [[nodiscard]] uint32_t word(uint32_t index) const { return static_cast<uint32_t>(slots_[index]); }
  [[nodiscard]] int32_t number(uint32_t index) const { return static_cast<int32_t>(word(index)); }
  [[nodiscard]] uint64_t long_word(uint32_t index) const { return slots_[index]; }
  [[nodiscard]] uint64_t pointer(uint32_t index) const {
    return is_wide() ? slots_[index] : word(index);
  }
  [[nodiscard]] bool is_wide() const {
    return instance_.memory != nullptr && instance_.memory->type.limits.is_64;
  }

  // The result; for `return`.
  Trap give(uint32_t value) {
    slots_[0] = value;
    return Trap::None;
  }
  Trap give_wide(uint64_t value) {
    slots_[0] = value;
    return Trap::None;
  }
  // Stops the guest with this exception.
  Trap fail(const char* exception) {
    instance_.set_exception(exception);
    return Trap::HostException;
  }

  [[nodiscard]] GuestSpan from(uint64_t offset) const { return guest_span(instance_, offset); }
  // Null: it does not lie in the guest's memory as a whole.
  [[nodiscard]] uint8_t* range(uint64_t offset, uint64_t size) const {
    GuestSpan span = from(offset);
    return size <= span.size ? span.data : nullptr;
  }
  // A word at any address. False, nothing, where it does not lie in the guest's memory.
  [[nodiscard]] bool read_word(uint64_t offset, uint32_t& value) const {
    const uint8_t* at = range(offset, sizeof(value));
    if (at != nullptr) std::memcpy(&value, at, sizeof(value));
    return at != nullptr;
  }
  bool write_word(uint64_t offset, uint32_t value) {
    uint8_t* at = range(offset, sizeof(value));
    if (at != nullptr) std::memcpy(at, &value, sizeof(value));
    return at != nullptr;
  }
  // The string at that offset, however long.
  [[nodiscard]] Trap string(uint64_t offset, Text& text);
  // The bytes before the first `byte` among the first `most`; `most` when there is none.
  [[nodiscard]] Trap count_until(const uint8_t* data, uint8_t byte, uint64_t most, uint64_t& count);

 private:
  ExecEnv& env_;
  Instance& instance_;
  Slot* slots_;
  Bulk bulk_;
};

}  // namespace wembed::libc
