// Host functions that come with wembed and are offered to the imports of every module of a runtime.
#pragma once

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

struct NativeLibrary {
  std::string_view module;
  std::span<const LibraryFunction> functions;  // sorted by name
  // Its functions serve instances that were made with a LibraryState, and no others.
  bool needs_state = false;
};

}  // namespace wembed
