// The commands, each in a file of its own. They return the exit status.
#pragma once

#include "command/arguments.h"

namespace wembed::command {

// As iwasm's: kNotStarted where the program could not be begun, kFailed after an exception of its.
constexpr int kFailed = 1;
constexpr int kNotStarted = 255;

#define COMMAND(function, name, operands, summary) int function(const Arguments& arguments);
#include "command/commands.def"
#undef COMMAND

}  // namespace wembed::command
