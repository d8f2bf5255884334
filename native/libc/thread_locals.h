// What one thread of a guest has for itself: its number and its values of keys.
#pragma once

#include <cstdint>

#include "libc/program.h"

namespace wembed::libc {

// Goes with the exec_env that the thread runs on.
struct ThreadLocals final : LibraryPart {
  explicit ThreadLocals(Allocator& its_allocator) : allocator(its_allocator) {}
  // Null: the thread has none yet.
  static ThreadLocals* of(ExecEnv& env) { return static_cast<ThreadLocals*>(library_part(env)); }
  void release() override {
    Allocator& last = allocator;
    last.destroy(this);
  }

  // Of a key; null: the thread has set none since the key was made. Under the program's mutex.
  uint32_t* find(const Program& program, uint32_t key) {
    bool is_set = serial == program.serial() && values[key].serial != 0 &&
                  values[key].serial == program.keys[key].serial;
    return is_set ? &values[key].value : nullptr;
  }
  void set(const Program& program, uint32_t key, uint32_t value) {
    if (serial != program.serial()) {
      for (Value& old : values) old = {};
      serial = program.serial();
    }
    values[key] = {program.keys[key].serial, value};
  }

  Allocator& allocator;
  Thread* thread = nullptr;  // null: the program's first, or one of the host's
  uint64_t serial = 0;       // of the program that the values are of
  struct Value {
    uint32_t serial = 0;  // of its key
    uint32_t value = 0;
  };
  Value values[Program::kKeys];
};

// Calls the destructors of the values that the thread has, as it ends. A trap is the guest's.
Trap end_values(Program& program, ExecEnv& env);

// Calls a function of the guest's table with one word, from a host function of the guest's or from
// outside. A trap is recorded.
Trap call_element(ExecEnv& env, uint32_t element, uint32_t argument, uint32_t& result);

}  // namespace wembed::libc
