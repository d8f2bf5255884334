// The exceptions that slots of one exec_env may refer to, each held once. That none refers to one
// any more is found out now and then by reading the wasm stack as if every slot might: nothing
// moves, so that a number which looks like one does no more than keep it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/allocator.h"
#include "runtime/exception.h"

namespace wembed {

struct ExceptionSpace {
  explicit ExceptionSpace(Allocator& from) : allocator(from) {}

  Allocator& allocator;
  // A set with open addressing. An entry's lowest bit says in which look it was seen last.
  Slot* entries = nullptr;
  size_t size = 0;  // a power of two
  size_t count = 0;
  size_t limit = 0;  // with so many the next look is due
  Slot seen = 0;     // the bit of the last look
  Exception* thrown = nullptr;
  ExceptionSpace* next = nullptr;  // of those an instance keeps
};

// Those that are held, and the thrown one.
template <class Visit> void for_each_exception(const ExceptionSpace& space, Visit visit) {
  for (size_t i = 0; i < space.size; i++) {
    if (space.entries[i] != 0) visit(*exception_of(space.entries[i] & ~Slot{1}));
  }
  if (space.thrown != nullptr) visit(*space.thrown);
}

// Null: no memory.
ExceptionSpace* exception_space(ExecEnv& env);

// A slot of `env` is about to refer to the exception. `top`: no slot of the wasm stack from there
// on refers to one. False: no memory.
[[nodiscard]] bool keep_exception(ExecEnv& env, Exception& exception, const Slot* top);

// Nothing runs on `env` any more, which is about to end.
void leave_exceptions(ExecEnv& env);

// Frees a list of spaces and gives up what they hold.
void free_exception_spaces(ExceptionSpace* first);

}  // namespace wembed
