// Objects of the host that it has given a number, by wasm_externref_obj2ref: they belong to an
// instance, may have a clean-up function, and go when no guest of the instance's group refers to
// them any more.
//
// The guest does not see the numbers: its externref is the pointer, see references.h.
#pragma once

#include <cstdint>

#include "base/vector.h"
#include "runtime/instance.h"

namespace wembed {

using ExternCleanup = void (*)(void* object);

constexpr uint32_t kNullExternIndex = UINT32_MAX;

// The object's number, a new one or the one that it has in that instance. False: no memory, or no
// number is left.
[[nodiscard]] bool number_extern(Instance& instance, void* object, uint32_t& index);

// False: no object has that number any more.
[[nodiscard]] bool find_extern(uint32_t index, void*& object);
[[nodiscard]] bool retain_extern(uint32_t index);
// False: the object has no number in that instance.
[[nodiscard]] bool set_extern_cleanup(Instance& instance, void* object, ExternCleanup cleanup);
[[nodiscard]] bool delete_extern(Instance& instance, void* object);

// The instance ends: so do all that it has.
void delete_externs(Instance& instance);

// What a collection has found that guests of a group refer to.
class ReferredExterns {
 public:
  explicit ReferredExterns(Allocator& allocator) : slots_(allocator) {}
  void add(Slot slot) {
    if (!slots_.empty() && slots_.back() == slot) return;
    is_complete_ = slots_.push_back(slot) && is_complete_;
  }
  // Ends those objects of the instance's group that are neither here nor retained. None where there
  // was no memory to find out.
  void end_others(Instance& instance);

 private:
  Vector<Slot> slots_;
  bool is_complete_ = true;
};

}  // namespace wembed
