// Where a program keeps its static data, its stack in memory and its own heap: what compilers tell
// by the names of globals. Hearsay: names and values are the guest's, and checked for sense only.
#pragma once

#include <cstdint>

#include "runtime/instance.h"

namespace wembed {

// Of memory 0. Both ends of the stack are known or none.
struct ProgramLayout {
  static constexpr uint64_t kUnknown = UINT64_MAX;
  static constexpr uint32_t kHow = 64;
  uint64_t data_end = kUnknown;   // of static data
  uint64_t stack_low = kUnknown;  // the stack grows down, from high to low
  uint64_t stack_high = kUnknown;
  uint64_t stack_pointer = kUnknown;  // now; may lie anywhere
  uint64_t heap_base = kUnknown;      // where the guest's own heap begins
  // How each was found out, for people.
  char static_how[kHow] = {};
  char stack_how[kHow] = {};
  char heap_how[kHow] = {};
};

// The program's data segments on both sides of an address.
struct DataAround {
  uint64_t below = 0;  // the end of the last one that begins below; 0: none does
  bool is_above = false;
};
using FindData = DataAround (*)(void* context, uint64_t at);

ProgramLayout find_program_layout(Instance& instance, FindData find_data, void* context);

}  // namespace wembed
