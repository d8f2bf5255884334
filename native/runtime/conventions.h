// What an embedder's interface adds to WebAssembly by names and numbers. The runtime has none of
// its own: each interface hands in a table, WAMR's is capi/conventions.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/trap.h"
#include "isa/types.h"
#include "runtime/value.h"

namespace wembed {

struct Instance;

// An immutable f64 global that is there without anybody providing it.
struct BuiltinGlobal {
  std::string_view module;
  std::string_view name;
  Slot value;
};

// How the host has references: in cells, as arguments and results of natives with a C parameter
// list.
struct ReferenceForm {
  // All are words of 64 bits that may be passed where C has a pointer, with one letter in
  // signatures; else those to functions are numbers of 32 bits, which have no letter, and those to
  // objects are for raw natives alone.
  bool are_words;
  // `type`: any of the reference's hierarchy. False: no memory.
  bool (*to_host)(Instance& instance, ValType type, Slot slot, uint64_t& word);
  // The reference may still be of another type. UndefinedElement: the word stands for nothing.
  // OutOfMemory: no memory, or a function of another runtime.
  Trap (*from_host)(Instance& instance, ValType type, uint64_t word, Slot& slot);
};

// What an exported function of a module's allocator does.
enum class AllocatorRole : uint8_t { Allocate, Create, Retain, Release };

struct AllocatorName {
  std::string_view name;
  AllocatorRole role;
};

struct Conventions {
  static constexpr uint32_t kConstructors = 2;

  // Modules whose memories and tables, when imported and given by nobody, are made afresh.
  std::span<const std::string_view> own_modules;
  std::span<const BuiltinGlobal> globals;
  // Exports that run when an instance begins, in this order.
  std::string_view constructors[kConstructors];
  // A module that imports functions of one of these begins otherwise: with the export
  // `initializer`, unless it has one called `command`, and without the last constructor.
  std::span<const std::string_view> system_modules;
  std::string_view initializer;
  std::string_view command;
  // Exports by which a module offers its allocator, see guest_allocator.h.
  std::span<const AllocatorName> allocator;
  uint32_t stack_size = 0;  // bytes of an exec_env's wasm stack when nobody says how many

  const ReferenceForm* references = nullptr;

  [[nodiscard]] const BuiltinGlobal* find_global(std::string_view module,
                                                 std::string_view name) const {
    for (const BuiltinGlobal& global : globals) {
      if (global.module == module && global.name == name) return &global;
    }
    return nullptr;
  }
  [[nodiscard]] bool is_system_module(std::string_view name) const {
    for (std::string_view system : system_modules) {
      if (system == name) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_own_module(std::string_view name) const {
    for (std::string_view own : own_modules) {
      if (own == name) return true;
    }
    return false;
  }
};

}  // namespace wembed
