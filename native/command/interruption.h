// What ends a program from outside: signals of the user's and a time limit. Both are asked for at
// the runtime's checkpoints, so that a program ends where a host function has returned, and where
// it waits.
#pragma once

#include <cstdint>

namespace wembed::command {

// From now on SIGINT, SIGTERM and SIGHUP end the program that runs; where none does, or when a
// second one comes, the process, as ever. What the caller was started to ignore stays ignored.
void watch_signals();

// A program runs, or does no more. One at a time.
void begin_program();
void end_program();

// From now on.
void set_time_limit(uint32_t milliseconds);

// The runtime's checkpoint. Any thread.
bool may_go_on(void* context);

// Ends the process by the signal that has ended the program, if one has.
void pass_on_signal();

}  // namespace wembed::command
