// The argument cell: one block a Node environment, shared with JavaScript as an ArrayBuffer. Two
// integers passed through it cost a third of what they cost as Node-API values.
//
//   byte 0      control words, written by JavaScript before and read by it after a call
//   byte 64     value slots: arguments in, results out, 8 bytes each
//
// Nothing in it is trusted: JavaScript may write what it likes, so that indices are checked and
// pointers never stand in it. Nested calls overwrite it; whoever calls takes its values out first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wembed::addon {

constexpr uint32_t kCellSlots = 1024;  // enough for any function: at most 1,000 parameters

enum CallStatus : uint32_t {
  kCallOk = 0,
  kCallFailed = 1,    // the instance has an error to be taken
  kCallClosed = 2,    // the function's instance is closed
  kCallBusy = 3,      // an asynchronous call has the instance
  kCallStarting = 4,  // the instance's start function runs and belongs to another call
  kCallActive = 5,    // a function of the instance is running
  kCallMoved = 6,     // memory of the instance is seen through a buffer that was moved
  kCallAgain = 7,     // from resume(): the call waits for the host function that has just run
};

// How a host function ended. The guest of an asynchronous call can wait for it.
enum HostOutcome : uint32_t {
  kHostDone = 0,
  kHostFailed = 1,   // it threw
  kHostWaits = 2,    // it will settle with hostSettle()
  kHostStopped = 3,  // its call has to end, whatever becomes of its promise
  kHostThrew = 4,    // what hostThrow() was told
};

struct Cell {
  uint32_t target;        // which function to call: index in the environment's function table
  uint32_t generation;    // and the generation of that entry
  uint32_t status;        // out: CallStatus
  uint32_t host_outcome;  // of a host function: HostOutcome
  double deadline;        // milliseconds; <= 0: none. Read by calls with options only
  double fuel;            // instructions; < 0: no limit
  uint32_t host_call;     // number of a host call whose guest can wait for a promise; 0: it cannot
  uint32_t lease;         // what is done now is done for that host call, which has the instance
  uint32_t depth;         // of calls that wait for a host function; JavaScript puts back its own
  uint32_t reserved[5];
  uint64_t slots[kCellSlots];
};
static_assert(offsetof(Cell, host_call) == 32, "lib/raw/cell.ts counts on it");
static_assert(offsetof(Cell, depth) == 40, "lib/raw/cell.ts counts on it");
static_assert(offsetof(Cell, slots) == 64, "lib/raw/cell.ts counts on it");

// A function reference in a slot, as JavaScript sees it: index in the low half and generation in
// the high one. All ones: null.
constexpr uint64_t kNullFunction = ~uint64_t{0};

}  // namespace wembed::addon
