#include "addon/bounds.h"

#include <algorithm>
#include <chrono>

namespace wembed::addon {

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

int64_t fuel_of(double fuel) {
  // Beyond 2^53 a double no longer counts single instructions, and nobody could tell.
  return fuel >= 0 ? static_cast<int64_t>(std::min(fuel, 9007199254740992.0)) : -1;
}

CallBounds bounded(const CallBounds* outer, double deadline, wembed_stop_t stop) {
  CallBounds bounds{outer, deadline > 0 ? now_ms() + static_cast<int64_t>(deadline) : 0, stop};
  if (outer == nullptr) return bounds;
  if (outer->deadline != 0 && (bounds.deadline == 0 || outer->deadline < bounds.deadline)) {
    bounds.deadline = outer->deadline;
  }
  if (bounds.stop == nullptr) bounds.stop = outer->stop;
  return bounds;
}

wembed_call_options_t options_for(const CallBounds& bounds, int64_t fuel) {
  wembed_call_options_t options{};
  options.size = sizeof options;
  // A deadline that has passed still is one: the call stops at its first check.
  if (bounds.deadline != 0) options.deadline_ms = std::max<int64_t>(bounds.deadline - now_ms(), 1);
  options.fuel = fuel;
  options.stop = bounds.stop;
  return options;
}

}  // namespace wembed::addon
