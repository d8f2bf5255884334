// libwembed-gc: references as in a WAMR with GC, whatever they refer to: objects of gc_export.h.
#include "capi/references.h"
#include "runtime/object_handle.h"
#include "runtime/store.h"

namespace wembed {

namespace {

bool to_host(Instance&, ValType type, Slot slot, uint64_t& word) {
  word = handle_of(type, slot);
  return true;
}

// Functions of other groups join the instance's.
Trap from_host(Instance& instance, ValType type, uint64_t word, Slot& slot) {
  slot = word;
  if (word == 0) return Trap::None;
  if (type.is_any_ref() || type.is_extern_ref()) {
    slot = slot_of(word);
    // A value of the host's could pass for something else in the other hierarchy.
    return is_extern_handle(word) == type.is_extern_ref() ? Trap::None : Trap::ReferenceType;
  }
  if (!type.is_function_ref()) return Trap::None;
  if (!is_function_handle(word)) return Trap::ReferenceType;
  const auto* function = reinterpret_cast<const Function*>(static_cast<uintptr_t>(slot));
  return join(instance, *function->instance) ? Trap::None : Trap::OutOfMemory;
}

}  // namespace

constinit const ReferenceForm kReferenceForm = {true, &to_host, &from_host};

}  // namespace wembed
