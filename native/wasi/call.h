// One call of a guest's into WASI: its arguments, and the guest's memory with checks.
#pragma once

#include <cstdint>

#include "base/trap.h"
#include "runtime/bulk.h"
#include "runtime/guest_span.h"
#include "runtime/value.h"
#include "wasi/state.h"
#include "wasi/waiter.h"

namespace wembed::wasi {

class Call {
 public:
  Call(ExecEnv& env, Instance& instance, State& state, Slot* slots, Version version)
      : env_(env), instance_(instance), state_(state), slots_(slots), version_(version) {}

  [[nodiscard]] ExecEnv& env() const { return env_; }
  [[nodiscard]] Instance& instance() const { return instance_; }
  [[nodiscard]] State& state() const { return state_; }
  [[nodiscard]] const Settings& settings() const { return state_.settings(); }
  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] Allocator& allocator() const { return settings().allocator(); }

  // Arguments by position.
  [[nodiscard]] uint32_t word(uint32_t index) const { return static_cast<uint32_t>(slots_[index]); }
  [[nodiscard]] uint64_t wide(uint32_t index) const { return slots_[index]; }

  // The result; for `return`.
  Trap give(Errno error) {
    // A function of the host's has failed, and said why.
    if (error == Errno::kCANCELED && env_.instance->has_exception()) return Trap::HostException;
    slots_[0] = static_cast<uint16_t>(error);
    return Trap::None;
  }
  // A result that is no error number.
  Trap answer(int32_t value) {
    slots_[0] = static_cast<uint32_t>(value);
    return Trap::None;
  }
  // An error number after an operation that may have been told to stop.
  Trap give(Errno error, const Waiter& waiter) {
    return waiter.trap() != Trap::None ? waiter.trap() : give(error);
  }
  // Stops the guest with this exception.
  Trap fail(const char* exception, Trap trap = Trap::HostException) {
    instance_.set_exception(exception, trap);
    return trap;
  }

  // Null: it does not lie in the guest's memory as a whole.
  [[nodiscard]] uint8_t* range(uint32_t offset, uint64_t size) const {
    GuestSpan span = guest_span(instance_, offset);
    return size <= span.size ? span.data : nullptr;
  }
  // Of the argument at `index`.
  template <class T> [[nodiscard]] uint8_t* place(uint32_t index) const {
    return range(word(index), sizeof(T));
  }

  // The descriptor with the number of the argument at `index`.
  Errno get(uint32_t index, uint64_t rights, Held& held) {
    Table* table = state_.table();
    return table == nullptr ? Errno::kNOMEM : table->get(word(index), rights, held);
  }

 private:
  ExecEnv& env_;
  Instance& instance_;
  State& state_;
  Slot* slots_;
  Version version_;
};

// The vectors of a call that reads or writes, all of which have to lie in memory.
class Vectors {
 public:
  Vectors() = default;
  Vectors(const Vectors&) = delete;
  Vectors& operator=(const Vectors&) = delete;
  ~Vectors();

  // At `vectors` as many as `count`. A trap, when one lies outside; otherwise `error`.
  Trap read(Call& call, uint32_t vectors, uint32_t count, Errno& error);

  [[nodiscard]] const Piece* pieces() const { return pieces_; }
  [[nodiscard]] size_t count() const { return count_; }
  // No more than so many bytes; the count of pieces that have them.
  size_t limit(uint64_t bytes);

 private:
  // What one call of the system takes. What is behind that is for the guest's next call.
  static constexpr size_t kMost = 1024;
  static constexpr uint64_t kMostBytes = 0x7ffff000;
  static constexpr size_t kInline = 8;
  Allocator* allocator_ = nullptr;
  Piece few_[kInline];
  Piece* pieces_ = few_;
  size_t count_ = 0;
};

}  // namespace wembed::wasi
