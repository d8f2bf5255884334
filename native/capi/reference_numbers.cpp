// libwembed: references as in a WAMR without GC. Functions are their numbers, externrefs the host's
// pointers; those to objects, which such a WAMR does not have, are slots, see wembed_gc.h.
#include "capi/references.h"
#include "capi/value_kind.h"

namespace wembed {

namespace {

bool is_externref(ValType type) { return value_kind(type) == WASM_EXTERNREF; }

bool to_host(Instance& instance, ValType type, Slot slot, uint64_t& word) {
  if (type.is_function_ref()) {
    uint32_t index;
    if (!funcref_to_index(instance, slot, index)) return false;
    word = index;
  } else {
    word = is_externref(type) ? externref_to_host(slot) : slot;
  }
  return true;
}

Trap from_host(Instance& instance, ValType type, uint64_t word, Slot& slot) {
  if (type.is_function_ref()) {
    return index_to_funcref(instance, static_cast<uint32_t>(word), slot);
  }
  slot = is_externref(type) ? externref_from_host(static_cast<uintptr_t>(word)) : word;
  return Trap::None;
}

}  // namespace

constinit const ReferenceForm kReferenceForm = {false, &to_host, &from_host};

}  // namespace wembed
