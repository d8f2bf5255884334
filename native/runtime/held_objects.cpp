#include "runtime/held_objects.h"

namespace wembed {

bool HeldObjects::hold(Handle handle) {
  Entry* entry = held_.find_or_add(without_side(handle));
  if (entry == nullptr) return false;
  entry->times++;
  return true;
}

bool HeldObjects::release(Handle handle) {
  Entry* entry = held_.find(without_side(handle));
  if (entry == nullptr) return false;
  if (--entry->times == 0) held_.remove(entry);
  return true;
}

// An object is of one group, a value of the host's may be held in both.
void HeldObjects::adopt(HeldObjects& other) {
  other.held_.for_each([this](const Entry& entry) {
    if (Entry* here = held_.find(entry.key)) {
      here->times += entry.times;
    } else {
      held_.add(entry);
    }
  });
  other.held_.clear();
}

}  // namespace wembed
