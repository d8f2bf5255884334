// Deadlines, fuel and stop requests of calls.
#pragma once

#include <cstdint>

#include "wembed.h"

namespace wembed::addon {

// What bounds the calls that are under way, for calls nested in them.
struct CallBounds {
  const CallBounds* outer = nullptr;
  int64_t deadline = 0;  // now_ms() at which to stop; 0: none
  wembed_stop_t stop = nullptr;
};

// A steady clock in milliseconds.
int64_t now_ms();

// Instructions as the C API counts them; below zero: no limit.
int64_t fuel_of(double fuel);

// A call's own bounds together with those it is nested in.
CallBounds bounded(const CallBounds* outer, double deadline, wembed_stop_t stop);

wembed_call_options_t options_for(const CallBounds& bounds, int64_t fuel);

}  // namespace wembed::addon
