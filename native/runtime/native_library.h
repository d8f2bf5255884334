// Host functions that come with wembed and are offered to the imports of every module of a runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/host_function.h"

namespace wembed {

// A function that is entered as it is, without a conversion.
struct LibraryFunction {
  std::string_view name;
  const char* signature;  // of the imports it fits; * and $ stand for the memory's index type
  Trap (*invoke)(ExecEnv& env, const Function& function, Slot* slots);
};

// A constant: its table is made by the compiler.
struct NativeLibrary {
  constexpr NativeLibrary(std::string_view name, std::span<const LibraryFunction> all,
                          bool wants_state = false)
      : module(name), needs_state(wants_state), functions_(all) {
    for (size_t i = 0; i < all.size(); i++) {
      size_t at = slot_of(all[i].name);
      while (table_[at] != 0) at = (at + 1) % kSlots;
      table_[at] = static_cast<uint8_t>(i + 1);
    }
  }

  // Null: it has no such function. Most imports are the host's, and end here at an empty slot.
  [[nodiscard]] constexpr const LibraryFunction* find(std::string_view name) const {
    for (size_t at = slot_of(name); table_[at] != 0; at = (at + 1) % kSlots) {
      const LibraryFunction& function = functions_[table_[at] - 1];
      if (function.name == name) return &function;
    }
    return nullptr;
  }

  std::string_view module;
  // Its functions serve instances that were made with a LibraryState, and no others.
  bool needs_state;

 private:
  static constexpr size_t kSlots = 256;  // of fewer functions

  static constexpr size_t slot_of(std::string_view name) {
    if (name.empty()) return 0;
    auto at = [&](size_t i) { return size_t{static_cast<unsigned char>(name[i])}; };
    size_t mixed = name.size() * 31 + at(0) * 7 + at(name.size() / 2) * 13 + at(name.size() - 1);
    return mixed % kSlots;
  }

  std::span<const LibraryFunction> functions_;
  uint8_t table_[kSlots] = {};  // numbers of functions plus one, behind where their names belong
};

}  // namespace wembed
