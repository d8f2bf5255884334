#include "runtime/finalizers.h"

#include <utility>

#include "heap/heap.h"
#include "runtime/native_stack.h"

namespace wembed {

bool Finalizers::set(Handle handle, const Finalizer& finalizer) {
  Entry* entry = table_.find_or_add(without_side(handle));
  if (entry == nullptr) return false;
  entry->handle = handle;
  entry->finalizer = finalizer;
  return true;
}

void Finalizers::unset(Handle handle) {
  if (const Entry* entry = table_.find(without_side(handle))) table_.remove(entry);
}

void Finalizers::see(Slot externref) {
  if (Entry* entry = table_.find(without_side(externref | kOfHost))) entry->is_seen = true;
}

void Finalizers::forget_seen() {
  table_.retain([](Entry& entry) {
    entry.is_seen = false;
    return true;
  });
}

// The host's function may look at the object, and must not come back for another one, see
// runs_finalizer().
void Finalizers::call(const Entry& entry) {
  thread_state.runs_finalizer = true;
  entry.finalizer.call(entry.finalizer, entry.handle);
  thread_state.runs_finalizer = false;
}

void Finalizers::call_unreached() {
  // Those that come to a place behind are looked at again: what was seen stays so until then.
  table_.retain([](const Entry& entry) {
    const bool stays =
        is_of_host(entry.key) ? entry.is_seen : Heap::is_marked(*object_in(entry.key));
    if (!stays) call(entry);
    return stays;
  });
  forget_seen();
  kept_ = table_.size();
}

void Finalizers::call_all() {
  table_.for_each([](const Entry& entry) { call(entry); });
  table_.clear();
}

void Finalizers::adopt(Finalizers& other) {
  other.table_.for_each([this](const Entry& entry) {
    if (table_.find(entry.key) == nullptr) {
      table_.add(entry);
    } else {
      call(entry);
    }
  });
  other.table_.clear();
}

bool runs_finalizer() { return thread_state.runs_finalizer; }

}  // namespace wembed
